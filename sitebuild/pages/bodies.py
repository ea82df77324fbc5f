"""What a note shows of a function under its equation: the statements that compute.

Annotations, docstring and the checks of arguments stand in the reference pages, which
show the whole source.
"""

import ast
import re
from collections.abc import Iterator
from copy import deepcopy
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from mkdocs.exceptions import PluginError

from sitebuild.citations import CITATION, ENTRY, Index, parsed
from sitebuild.pages.links import body_links

LINE = 80  # characters of a signature that fit on a note
_Definition = ast.FunctionDef | ast.ClassDef


def show_bodies(text: str, uri: str, url: str, index: Index, root: Path) -> str:
    """Put code and a line of links in the place of every `::: name` of a note.

    Args:
        text: The note, in Markdown.
        uri: Where it stands among the sources, for messages.
        url: Its address within the site.
        index: Who cites and uses what.
        root: The project.
    """

    def show(match: re.Match[str]) -> str:
        indent, dotted = match.groups()
        code = f"```python\n{definition(dotted, root, uri)}\n```"
        block = f"{code}\n\n{body_links(dotted, url, index)}\n{{: .body-links }}"
        return re.sub(r"(?m)^(?=.)", indent, block)

    return ENTRY.sub(show, text)


def unknown(text: str, file: str, root: Path) -> Iterator[str]:
    """Messages about names in a note that the library does not have, with their lines.

    Args:
        text: The note, in Markdown.
        file: What it is called.
        root: The project.
    """
    for match in ENTRY.finditer(text):
        try:
            definition(
                match[2], root, f"{file}:{text.count(chr(10), 0, match.start()) + 1}"
            )
        except PluginError as error:
            yield str(error)


def definition(dotted: str, root: Path, where: str) -> str:
    """Write a function or class of the library as a note shows it.

    Raises:
        PluginError: If there is none of that name.
    """
    module, _, name = dotted.rpartition(".")
    path = root / f"{module.replace('.', '/')}.py"
    source = path.read_text("utf-8") if path.is_file() else ""
    if code := _definition(source, name):
        return code
    names = [x.name for x in parsed(source).body if isinstance(x, _Definition)]
    near = ", ".join(get_close_matches(name, names))
    hint = f"; near it: {near}" if near else ""
    raise PluginError(f"{where}: there is no {dotted}{hint}")


@lru_cache(maxsize=4096)  # while `mkdocs serve` runs
def _definition(source: str, name: str) -> str:
    for node in parsed(source).body:
        if isinstance(node, _Definition) and node.name == name:
            lines = source.splitlines()
            if isinstance(node, ast.ClassDef):
                return "\n".join(_class(node, lines))
            return "\n".join(_function(node, lines))
    return ""


def _class(node: ast.ClassDef, lines: list[str]) -> Iterator[str]:
    """Its first line, its fields, and the methods that matter."""
    yield lines[node.lineno - 1]
    fields = [item for item in node.body if isinstance(item, ast.AnnAssign)]
    for item in fields:
        yield from lines[item.lineno - 1 : item.end_lineno]
    methods = [item for item in node.body if isinstance(item, ast.FunctionDef)]
    chosen = [m for m in methods if m.name == "forward" or _cites(m)]
    if not fields and not chosen:
        chosen = [m for m in methods if not m.name.startswith("_")]
    for method in chosen:
        yield ""
        yield from lines[_first(method) - 1 : method.lineno - 1]
        yield from _function(method, lines)


def _function(node: ast.FunctionDef, lines: list[str]) -> Iterator[str]:
    """Its names, and the lines of the statements that compute."""
    indent = " " * node.col_offset
    yield from (indent + line for line in _signature(node))
    has_docstring = ast.get_docstring(node) is not None
    body = node.body[has_docstring:]
    end = node.body[0].end_lineno if has_docstring else _first(body[0]) - 1
    computing = _computing(body) or body
    for statement in body:
        if statement in computing:
            yield from lines[end : statement.end_lineno]
        end = statement.end_lineno


def _signature(node: ast.FunctionDef) -> list[str]:
    arguments = deepcopy(node.args)  # others read the tree, too
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    names = ast.unparse(arguments)
    line = f"def {node.name}({names}):"
    return [line] if len(line) <= LINE else [f"def {node.name}(", f"    {names}", "):"]


def _computing(body: list[ast.stmt]) -> list[ast.stmt]:
    """Leave out checks of arguments, and what is computed for these alone."""
    kept: list[ast.stmt] = []
    needed: set[str] = set()
    checked: set[str] = set()
    for statement in reversed(body):
        read, bound = _names(statement, ast.Load), _names(statement, ast.Store)
        assigns = isinstance(statement, ast.Assign | ast.AnnAssign)
        alone = assigns and bound and bound <= checked - needed
        if _is_check(statement) or alone:
            checked |= read
        else:
            needed |= read
            kept.append(statement)
    return kept[::-1]


def _is_check(node: ast.stmt) -> bool:
    """Whether a statement can do nothing but refuse an argument."""
    match node:
        case ast.Expr(ast.Call(ast.Name(name))):
            return name.lstrip("_").startswith("check_")
        case ast.For(body=body):
            return all(map(_is_check, body))
        case ast.If(body=[*_, ast.Raise()], orelse=rest):
            return all(map(_is_check, rest))
        case ast.If(body=body, orelse=rest):
            return all(map(_is_check, [*body, *rest]))
    return False


def _names(node: ast.stmt, context: type[ast.expr_context]) -> set[str]:
    return {
        item.id
        for item in ast.walk(node)
        if isinstance(item, ast.Name) and isinstance(item.ctx, context)
    }


def _first(node: ast.stmt) -> int:
    """The first line of a statement, decorators included."""
    decorators = node.decorator_list if isinstance(node, _Definition) else []
    return min([node.lineno, *(item.lineno for item in decorators)])


def _cites(node: ast.FunctionDef) -> bool:
    return bool(CITATION.search(ast.get_docstring(node) or ""))
