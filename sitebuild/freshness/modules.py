"""Cuts a module into its top-level definitions and what runs when it is imported.

Reading code cannot tell everything that running it would. Where it cannot, what is
said here errs towards more: `Module.acting` names definitions that may act without
being named, and `looks_around` tells that code may reach anything.
"""

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

BODY = "<top level>"
WHOLE = "<whole>"

Target = tuple[str, tuple[str, ...]]  # a dotted module, and the names to follow in it
Import = tuple[str, str | None, str | None]  # module, item, and the name that it binds
Chain = tuple[str, tuple[str, ...]]  # a name, and the attributes that follow it
Mentions = tuple[list[Import], list[Chain]]

# Whoever uses one of these may find code by its name, or read code as text.
_LOOKS_AROUND = {
    *("__builtins__", "__doc__", "__import__", "__loader__", "__spec__", "breakpoint"),
    *("compile", "eval", "exec", "globals", "help", "locals", "vars"),
}
_LOOKS_AROUND_IN = {
    *("IPython", "ast", "builtins", "code", "copyreg", "dis", "doctest", "gc"),
    *("importlib", "inspect", "linecache", "logging", "marshal", "pickle", "pkgutil"),
    *("pydoc", "runpy", "shelve", "site", "timeit", "tokenize", "trace", "traceback"),
    *("types", "unittest", "zipimport"),
}
_ATTRIBUTES = {
    *("__builtins__", "__closure__", "__code__", "__doc__", "__func__", "__globals__"),
    *("__mro__", "__path__", "__subclasses__", "__traceback__", "__wrapped__"),
    *("allow_pickle", "cr_frame", "f_back", "f_builtins", "f_globals", "f_locals"),
    *("gi_frame", "mro", "tb_frame"),
}
# Of sys, what finds modules, or the code that calls.
_SYSTEM = {
    *("_current_frames", "_getframe", "exc_info", "meta_path", "modules", "path"),
    *("path_hooks", "setprofile", "settrace"),
}
# Decorators that hand a definition to nobody else.
_DISCREET = {
    *("abstractmethod", "cache", "cached_property", "classmethod", "contextmanager"),
    *("dataclass", "enable_grad", "final", "inference_mode", "lru_cache", "no_grad"),
    *("once_differentiable", "overload", "override", "property", "runtime_checkable"),
    *("staticmethod", "total_ordering", "wraps"),
}
# Packages whose classes do not keep account of their subclasses.
_PLAIN = {
    *("abc", "collections", "contextlib", "dataclasses", "enum", "functools", "math"),
    *("numpy", "torch", "typing", "typing_extensions"),
}


@dataclass
class Module:
    """A parsed module.

    Attributes:
        tree: All of it.
        definitions: Top-level functions and classes, by name.
        body: What runs when the module is imported.
        names: What each imported name may mean, in any scope of the module.
        assigned: Other names that its top level binds.
        acting: Definitions that may do something although nobody names them.
        package: Where its relative imports start.
        mentioned: What `mentions` has found so far.
    """

    tree: ast.Module
    package: list[str]
    definitions: dict[str, list[ast.AST]] = field(default_factory=dict)
    body: list[ast.AST] = field(default_factory=list)
    names: dict[str, list[Target]] = field(default_factory=dict)
    assigned: set[str] = field(default_factory=set)
    acting: set[str] = field(default_factory=set)
    mentioned: dict[str, Mentions] = field(default_factory=dict)

    def nodes(self, name: str) -> list[ast.AST]:
        """The code of a definition, of the top level, or of all."""
        if name == WHOLE:
            return [self.tree]
        return self.body if name == BODY else self.definitions[name]

    def mentions(self, name: str) -> Mentions:
        """Imports and names in a definition, in the top level, or in all."""
        if name not in self.mentioned:
            imports: list[Import] = []
            chains: list[Chain] = []
            for node in self.nodes(name):
                imports += self.imports(node)
                chains += _name_chains(node)
            self.mentioned[name] = (imports, list(dict.fromkeys(chains)))
        return self.mentioned[name]

    def imports(self, node: ast.AST) -> Iterator[Import]:
        """Every import in a piece of code."""
        for child in ast.walk(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield alias.name, None, alias.asname
            elif isinstance(child, ast.ImportFrom):
                above = self.package[: len(self.package) + 1 - child.level]
                base = above if child.level else []
                dotted = ".".join(base + ([child.module] if child.module else []))
                for alias in child.names:
                    yield dotted, alias.name, alias.asname or alias.name

    def looks_around(self, name: str) -> bool:
        """Tell whether code may reach definitions that it does not name."""
        imports, chains = self.mentions(name)
        return any(
            dotted.split(".")[0] in _LOOKS_AROUND_IN
            or (dotted == "sys" and (item in _SYSTEM or item == "*"))
            for dotted, item, _ in imports
        ) or any(
            first in _LOOKS_AROUND
            or _ATTRIBUTES & set(attributes)
            or (first == "sys" and attributes[0:1] and attributes[0] in _SYSTEM)
            for first, attributes in chains
        )


@lru_cache(maxsize=1024)
def parse(text: str, dotted: str, is_package: bool = False) -> Module:
    """Cut a module up.

    Args:
        text: Its source.
        dotted: Its name, from which relative imports start.
        is_package: Whether it is the `__init__` of a package.
    """
    parts = dotted.split(".")
    tree = ast.parse(text)
    module = Module(tree, parts if is_package else parts[:-1])
    for name, item, bound in module.imports(tree):
        first = name.split(".")[0]  # which `import a.b` binds
        target = (name, (item,) if item else ()) if bound else (first, ())
        module.names.setdefault(bound or first, []).append(target)
    _sort(module)
    module.acting |= {
        name
        for name, nodes in module.definitions.items()
        if any(_acts(node, module) for node in nodes)
    }
    return module


def _sort(module: Module) -> None:
    """Tell a module's definitions from what runs when it is imported."""
    statements = module.tree.body
    times = Counter(name for node in statements for name in _bound(node))
    for node in statements:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            module.body.append(node)
            module.assigned |= set(_bound(node)) - set(module.names)
            continue
        module.definitions.setdefault(node.name, []).append(node)
        module.body += _at_import(node)
        if times[node.name] > 1:  # then the order of the bindings counts
            module.body += ast.parse(f"def {node.name}(): ...").body


def dotted_name(path: Path, root: Path) -> str:
    """The name by which a file of a project is imported."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def code(nodes: Iterable[ast.AST]) -> bytes:
    """Write code down without comments, layout and docstrings."""
    return "\n".join(_dump(node) for node in nodes).encode()


def _name_chains(node: ast.AST) -> Iterator[Chain]:
    """Every name in a piece of code, with the attributes that follow it.

    Attributes of what is not a name, as in `f(x).a`, follow the name "", and so do
    texts that name an attribute, as in `getattr(f, "__globals__")`.
    """
    inside: set[int] = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Attribute | ast.Name) and id(child) not in inside:
            attributes: list[str] = []
            current: ast.AST = child
            while isinstance(current, ast.Attribute):
                attributes.insert(0, current.attr)
                current = current.value
                inside.add(id(current))
            first = current.id if isinstance(current, ast.Name) else ""
            yield first, tuple(attributes)
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield "", tuple(_ATTRIBUTES & set(child.value.split(".")))


def _bound(node: ast.AST) -> Iterator[str]:
    """Names that a statement of the top level may bind."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and not isinstance(child.ctx, ast.Load):
            yield child.id
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child.name
        elif isinstance(child, ast.Import | ast.ImportFrom):
            yield from (a.asname or a.name.split(".")[0] for a in child.names)
        elif isinstance(child, ast.MatchAs | ast.MatchStar | ast.ExceptHandler):
            yield from [child.name] if child.name else []


def _at_import(node: ast.AST) -> list[ast.AST]:
    """Parts of a definition that run when its module is imported."""
    if isinstance(node, ast.ClassDef):
        parts = [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
        return parts + [part for item in node.body for part in _at_import(item)]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        defaults = [*node.args.defaults, *node.args.kw_defaults]
        return [*node.decorator_list, *(default for default in defaults if default)]
    return [node]


def _acts(node: ast.AST, module: Module) -> bool:
    """Tell whether a definition may be handed on while its module is imported."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return not all(_is_discreet(d, module) for d in node.decorator_list)
    if not isinstance(node, ast.ClassDef):
        calls = [child for child in ast.walk(node) if isinstance(child, ast.Call)]
        return not all(_is_plain(call, module) for call in calls)
    return (
        not all(_is_discreet(d, module) for d in node.decorator_list)
        or not all(_is_plain(base, module) for base in node.bases)
        or not all(_is_plain(keyword.value, module) for keyword in node.keywords)
        or any(_acts(item, module) for item in node.body)
    )


def _is_discreet(node: ast.AST, module: Module) -> bool:
    """Tell whether a decorator is known to hand its definition to nobody else."""
    node = node.func if isinstance(node, ast.Call) else node
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    if name in ("setter", "deleter", "getter"):
        return True
    return name in _DISCREET and _is_plain(node, module)


def _is_plain(node: ast.AST, module: Module) -> bool:
    """Tell whether an expression begins with a builtin or with a plain package."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    if not isinstance(node, ast.Name):
        return isinstance(node, ast.Constant)
    if node.id in module.definitions or node.id in module.assigned:
        return False
    if targets := module.names.get(node.id):
        return all(dotted.split(".")[0] in _PLAIN for dotted, _ in targets)
    return hasattr(builtins, node.id) and "*" not in module.names


def _dump(node: ast.AST) -> str:
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
