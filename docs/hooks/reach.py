"""Which definitions of the project a script reaches, found without running it.

A definition is a top-level function or class of a project module. A script reaches
those that it names, those that these name, and so on, and the top-level code of
every module imported on the way. Where code looks names up at run time (`getattr` on
a module, `globals`, `import *`, ...) the whole module counts.
"""

import ast
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

BODY = "<top level>"
# Names whose use means that a module's parts cannot be told apart by reading it.
DYNAMIC = {
    "__doc__",
    "__import__",
    "eval",
    "exec",
    "globals",
    "importlib",
    "inspect",
    "locals",
    "vars",
}

Unit = tuple[Path, str]  # a module, and a definition in it or BODY


@dataclass
class Module:
    """A parsed module, cut into its definitions."""

    path: Path
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    names: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    body: list[ast.AST] = field(default_factory=list)
    dynamic: bool = False


def reached_units(script: Path, root: Path) -> set[Unit]:
    """Find every unit that a script reaches; the script itself is one unit."""
    done: set[Unit] = set()
    todo: list[Unit] = [(script, BODY)]
    while todo:
        unit = todo.pop()
        if unit not in done:
            done.add(unit)
            todo += _next_units(unit, script, root)
    return done


def fingerprint(script: Path, root: Path) -> str:
    """Hash the code that a script reaches; comments and docstrings do not count.

    The text of the script itself counts as it stands, because its page shows it.
    """
    digest = hashlib.sha256(script.read_bytes())
    for path, name in sorted(reached_units(script, root)):
        if path != script:
            digest.update(f"\n{path.relative_to(root)}:{name}\n".encode())
            digest.update(_unit_code(_parse(path, path.read_text("utf-8")), name))
    return digest.hexdigest()


def third_party(script: Path, root: Path) -> set[str]:
    """Name the top-level packages outside the project that the reached code imports."""
    paths = {path for path, _ in reached_units(script, root)}
    found = set()
    for path in paths:
        for dotted, _ in _imports(ast.parse(path.read_text("utf-8"))):
            if not _locate(dotted.split(".")[0], script, root):
                found.add(dotted.split(".")[0])
    return found


def named_definitions(script: Path, root: Path) -> set[str]:
    """Give the dotted names of the project's definitions that a script itself uses."""
    units = _next_units((script, BODY), script, root)
    return {_dotted(path, root) + "." + name for path, name in units if name != BODY}


def _next_units(unit: Unit, script: Path, root: Path) -> list[Unit]:
    path, name = unit
    module = _parse(path, path.read_text("utf-8"))
    found: list[Unit] = []
    if path == script or name == BODY or module.dynamic:
        found.append((path, BODY))
        nodes = list(module.body)
        # Importing runs the modules' top level, and the packages' above them.
        for dotted, _ in module.names.values():
            found += _bodies(dotted, script, root)
        for dotted in module.stars:
            found += _whole(dotted, script, root)
        if path == script or module.dynamic:
            nodes += [n for group in module.definitions.values() for n in group]
            found += [(path, other) for other in module.definitions]
    else:
        found.append((path, BODY))
        nodes = list(module.definitions[name])
    for node in nodes:
        found += _named_units(node, module, script, root)
    return found


def _named_units(node: ast.AST, module: Module, script: Path, root: Path) -> list[Unit]:
    """Units that a piece of code mentions, by name or as an attribute of a module."""
    found: list[Unit] = []
    for child, chain in _name_chains(node):
        if child in module.definitions:
            found.append((module.path, child))
        if child in module.names:
            dotted, item = module.names[child]
            found += _resolve(dotted, item, chain, script, root)
    for child in ast.walk(node):  # imports inside functions
        if isinstance(child, ast.Import | ast.ImportFrom):
            for dotted, item in _imports(child):
                found += _resolve(dotted, item, [], script, root)
    return found


def _resolve(
    dotted: str, item: str | None, chain: list[str], script: Path, root: Path
) -> list[Unit]:
    """Follow `from dotted import item` or `dotted.chain` to the units it means."""
    parts = ([item] if item else []) + chain
    while parts and _locate(f"{dotted}.{parts[0]}", script, root):
        dotted, parts = f"{dotted}.{parts[0]}", parts[1:]
    path = _locate(dotted, script, root)
    if path is None:
        return []
    bodies = _bodies(dotted, script, root)
    if not parts:  # the module itself is handed around
        return bodies + _whole(dotted, script, root)
    module = _parse(path, path.read_text("utf-8"))
    if parts[0] in module.definitions:
        return [*bodies, (path, parts[0])]
    if parts[0] in module.names:  # a name that the module itself imported
        other, other_item = module.names[parts[0]]
        return bodies + _resolve(other, other_item, parts[1:], script, root)
    return bodies


def _bodies(dotted: str, script: Path, root: Path) -> list[Unit]:
    parts = dotted.split(".")
    prefixes = [".".join(parts[: i + 1]) for i in range(len(parts))]
    paths = [_locate(prefix, script, root) for prefix in prefixes]
    return [(path, BODY) for path in paths if path]


def _whole(dotted: str, script: Path, root: Path) -> list[Unit]:
    path = _locate(dotted, script, root)
    if path is None:
        return []
    module = _parse(path, path.read_text("utf-8"))
    return [(path, BODY), *((path, name) for name in module.definitions)]


def _locate(dotted: str, script: Path, root: Path) -> Path | None:
    """Find the project file behind a dotted name, as the script would import it."""
    relative = Path(*dotted.split("."))
    for base in (script.parent, root):
        for path in (base / relative / "__init__.py", base / f"{relative}.py"):
            if path.is_file():
                return path
    return None


def _dotted(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@lru_cache(maxsize=1024)
def _parse(path: Path, text: str) -> Module:
    module = Module(path)
    tree = ast.parse(text, filename=str(path))
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            module.definitions.setdefault(statement.name, []).append(statement)
            module.body += _run_at_import(statement)
        else:
            module.body.append(statement)
    for node in module.body:
        for child in ast.walk(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                _bind(child, module)
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    imported = {dotted.split(".")[0] for dotted, _ in _imports(tree)}
    module.dynamic = bool((used | imported) & DYNAMIC) or "__getattr__" in (
        module.definitions
    )
    return module


def _bind(node: ast.Import | ast.ImportFrom, module: Module) -> None:
    """Note what an import statement binds in its module."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            bound = alias.asname or alias.name.split(".")[0]
            dotted = alias.name if alias.asname else alias.name.split(".")[0]
            module.names[bound] = (dotted, None)
            if not alias.asname and "." in alias.name:
                module.names[f"<import {alias.name}>"] = (alias.name, None)
    else:
        for alias in node.names:
            if alias.name == "*":
                module.stars.append(node.module or "")
            else:
                module.names[alias.asname or alias.name] = (
                    node.module or "",
                    alias.name,
                )


def _run_at_import(node: ast.stmt) -> list[ast.AST]:
    """Parts of a definition that run when the module is imported."""
    parts: list[ast.AST] = list(node.decorator_list)  # type: ignore[attr-defined]
    if isinstance(node, ast.ClassDef):
        return [*parts, *node.bases, *(keyword.value for keyword in node.keywords)]
    arguments = node.args  # type: ignore[attr-defined]
    return parts + [d for d in [*arguments.defaults, *arguments.kw_defaults] if d]


def _imports(tree: ast.AST) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, None) for alias in node.names]
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [(node.module, a.name) for a in node.names if a.name != "*"]
            found += [(node.module, None) for a in node.names if a.name == "*"]
    return found


def _name_chains(node: ast.AST) -> list[tuple[str, list[str]]]:
    """Every name read in a piece of code, with the attributes that follow it."""
    chains: list[tuple[str, list[str]]] = []
    inside: set[int] = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Attribute | ast.Name) and id(child) not in inside:
            attributes: list[str] = []
            current: ast.AST = child
            while isinstance(current, ast.Attribute):
                attributes.insert(0, current.attr)
                current = current.value
                inside.add(id(current))
            if isinstance(current, ast.Name):
                chains.append((current.id, attributes))
    return chains


def _unit_code(module: Module, name: str) -> bytes:
    nodes = module.body if name == BODY else module.definitions[name]
    return "\n".join(_dump(node) for node in nodes).encode()


def _dump(node: ast.AST) -> str:
    """Write code without comments, layout and docstrings."""
    node = ast.parse(ast.unparse(node))
    for child in ast.walk(node):
        body = getattr(child, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            body[0] = ast.Pass()
    return ast.dump(node)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
