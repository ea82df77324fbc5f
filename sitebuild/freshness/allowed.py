"""Finds, before a job runs, code whose outputs nobody could make again.

What a job computes must depend on nothing but the project and the packages. Most of
what does not is refused while the job runs; clocks cannot be seen there, and packages
written in C read files unseen.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from sitebuild.freshness import reach
from sitebuild.jobs import Job
from sitebuild.worker.refused import CLOCKS

# Packages that read files and draw chance through Python, or not at all.
PACKAGES = {
    *("IPython", "cycler", "einops", "matplotlib", "mpmath", "numpy"),
    *("scipy", "skimage", "sklearn", "sympy", "tokenizers", "torch"),
}
# Of Python's own modules, those that reach past Python.
UNSEEN = {"_ctypes", "_gdbm", "_dbm", "ctypes", "dbm", "_posixsubprocess", "posix"}
# What is different in each run, and cannot be refused there: types written in C.
CHANGING = {
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
    *("datetime.date.today", "email.utils.localtime"),
}
CHANGING |= {"socket.gethostname", "socket.getfqdn"}
CHANGING |= {f"{m.__name__}.{name}" for m, names in CLOCKS.items() for name in names}
# What has clocks, and is therefore used by its names alone: time.perf_counter().
_MODULES = {"datetime", "os", "platform", "threading", "time"}
_HOLDERS = _MODULES | {"datetime.datetime", "datetime.date"}
# Whatever these reach has no name that could be looked up.
_NAMELESS = {
    *("__builtins__", "__import__", "compile", "eval", "exec", "globals", "locals"),
}
_SEEDS = {"default_rng", "manual_seed", "Random", "RandomState", "seed", "SeedSequence"}
_CLOCKS = ("default_timer", "perf_counter", "monotonic", "process_time", "thread_time")
# What a file system says of a file, beside what is in it.
_TIMES = {f"st_{x}{ns}" for x in ("atime", "ctime", "mtime") for ns in ("", "_ns")}
_TIMES |= {"st_birthtime", "st_ino", "getatime", "getctime", "getmtime"}
_HIDDEN = {name.split(".")[-1] for name in CHANGING} | _TIMES
_BY_NAME = {"__getattribute__", "attrgetter", "getattr", "getattr_static"}
_BY_NAME |= {"datetime64", "import_module", "methodcaller"}
_NOW = {"now", "today", "utcnow"}  # of a date too, however it is reached


def faults(jobs: Iterable[Job]) -> list[str]:
    """Messages about the code that jobs reach, each with its file and line."""
    found: dict[Path, list[str]] = {}
    for job in jobs:
        walk = reach.Walk(job.source, job.root)
        for path in sorted({path for path, _ in walk.reached()} - set(found)):
            found[path] = list(_in_file(path, walk, job.root))
    return [fault for messages in found.values() for fault in messages]


def _in_file(path: Path, walk: reach.Walk, root: Path) -> Iterator[str]:
    """Messages about one file."""
    module = walk.module(path)
    names = {
        bound: {".".join((dotted, *parts)) for dotted, parts in targets}
        for bound, targets in module.names.items()
    }
    clocks, places = _holders(module.tree, names)
    named = _used_by_name(module.tree)
    found: dict[int, dict[str, None]] = {}
    for node in ast.walk(module.tree):
        why = [*_of_node(node, names, walk), *_of_call(node, names, clocks, places)]
        why += _out_of_sight(node, names, named)
        found.setdefault(getattr(node, "lineno", 1), {}).update(dict.fromkeys(why))
    for line, reasons in sorted(found.items()):
        if reasons:
            yield f"{path.relative_to(root)}:{line}: {'; '.join(reasons)}"


def _of_node(
    node: ast.AST, names: dict[str, set[str]], walk: reach.Walk
) -> Iterator[str]:
    """What is wrong with a piece of code, apart from its parts."""
    if isinstance(node, ast.Import):
        yield from _imports([alias.name for alias in node.names], walk)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield from _imports([node.module or ""], walk)
    elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
        for name in sorted(_meanings(node, names) & CHANGING):
            yield f"{name} is different in every build"
    known = {name.split(".")[-1] for name in _meanings(node, names)} | {_last(node)}
    for name in sorted(known & _TIMES):
        yield f"{name} is different in every copy of the project"


def _of_call(
    node: ast.AST, names: dict[str, set[str]], clocks: set[str], places: set[str]
) -> Iterator[str]:
    """What is wrong with a call, by what it is given."""
    if not isinstance(node, ast.Call):
        return
    called = _last(node.func)
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    if called not in _SEEDS | _BY_NAME | {"record"}:
        return
    parts = [child for value in given for child in ast.walk(value)]
    words = {part.value for part in parts if isinstance(part, ast.Constant)}
    if called in _BY_NAME and (found := sorted(map(str, words & (_HIDDEN | _MODULES)))):
        yield f"{found[0]} is different in every build"
    if called == "seed" and words <= {None} and all(map(_is_constant, given)):
        yield "seed() without a number is different in every build"
    if called in _SEEDS and (why := _changing(parts, names, clocks | places)):
        yield f"a seed from {why} is different in every build"
    if called == "record" and (why := _changing(parts, {}, places, clocks=False)):
        yield f"a number from {why} is different in every build"


def _out_of_sight(
    node: ast.AST, names: dict[str, set[str]], named: set[int]
) -> Iterator[str]:
    """What is wrong with a piece of code that could reach a clock without its name."""
    if not isinstance(node, ast.Attribute | ast.Name | ast.ImportFrom):
        return
    meanings = _meanings(node, names)
    if isinstance(node, ast.ImportFrom):
        if node.module in _MODULES and any(alias.name == "*" for alias in node.names):
            yield f"name what is imported from {node.module}: it has clocks"
    elif isinstance(node.ctx, ast.Load):
        if id(node) not in named and (found := sorted(meanings & _HOLDERS)):
            yield f"{found[0]} has clocks: use it by its names alone"
        last, dotted = _last(node), isinstance(node, ast.Attribute)
        if last in _NAMELESS and (not dotted or f"builtins.{last}" in meanings):
            yield f"the build cannot follow what {last} reaches"
        if "sys.modules" in meanings:
            yield "the build cannot follow what sys.modules reaches"
        if dotted and last in _NOW and not meanings & CHANGING:
            yield f"{last} is different in every build"


def _used_by_name(tree: ast.AST) -> set[int]:
    """Pieces of code whose attribute is named, or that are called."""
    return {
        id(inner)
        for node in ast.walk(tree)
        for inner in (getattr(node, "value", None), getattr(node, "func", None))
        if isinstance(node, ast.Call)
        or (isinstance(node, ast.Attribute) and not node.attr.startswith("__"))
    }


def _is_constant(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant)


def _changing(
    parts: Iterable[ast.AST],
    names: dict[str, set[str]],
    holders: set[str],
    *,
    clocks: bool = True,
) -> str:
    """The clock or place in memory that a piece of code reads, "" if none."""
    for part in parts:
        if isinstance(part, ast.Name) and part.id in holders:
            return part.id
        called = {name.split(".")[-1] for name in _meanings(part, names)}
        called.add(_last(part))
        timed = clocks and any(name.startswith(_CLOCKS) for name in called)
        if "id" in called or timed:
            return f"{_last(part)}()"
    return ""


def _holders(tree: ast.AST, names: dict[str, set[str]]) -> tuple[set[str], set[str]]:
    """Names of a file that hold what a clock said, and what `id` said."""
    found: tuple[set[str], set[str]] = (set(), set())
    kinds = ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr
    assigned = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    before = -1
    while sum(map(len, found)) > before:  # until no further name is found
        before = sum(map(len, found))
        for node in assigned:
            parts = list(ast.walk(node.value)) if node.value else []
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            bound = {name for target in targets for name in _bound(target)}
            if _changing(parts, {}, found[1], clocks=False):
                found[1].update(bound)
            elif _changing(parts, names, found[0]):
                found[0].update(bound)
    return found


def _bound(target: ast.AST) -> Iterator[str]:
    """Names that an assignment changes: of `x[k], y = ...` x and y."""
    while isinstance(target, ast.Attribute | ast.Starred | ast.Subscript):
        target = target.value
    if isinstance(target, ast.List | ast.Tuple):
        for element in target.elts:
            yield from _bound(element)
    elif isinstance(target, ast.Name):
        yield target.id


def _imports(modules: list[str], walk: reach.Walk) -> Iterator[str]:
    for dotted in modules:
        top = dotted.split(".")[0]
        known = top in PACKAGES or top in sys.stdlib_module_names
        if not (known or walk.locate(top) or walk.folder(top)):
            yield f"nobody has said how {top} reads files: see PACKAGES in {_HERE}"
        if top in UNSEEN:
            yield f"{top} reaches what the build cannot follow"


_HERE = "sitebuild/freshness/allowed.py"


def _meanings(node: ast.AST, names: dict[str, set[str]]) -> set[str]:
    """Dotted names that an expression may stand for."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return set()
    return {".".join((name, *attributes)) for name in names.get(node.id, ())}


def _last(node: ast.AST) -> str:
    """The last part of the name of what is called."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
