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
    *("scipy", "skimage", "sklearn", "sympy", "torch"),
}
# Of Python's own modules, those that reach past Python.
UNSEEN = {"_ctypes", "_gdbm", "_dbm", "ctypes", "dbm", "_posixsubprocess", "posix"}
# What is different in each run, and cannot be refused there: types written in C.
CHANGING = {
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
    "datetime.date.today",
}
CHANGING |= {f"{m.__name__}.{name}" for m, names in CLOCKS.items() for name in names}
_SEEDS = {"default_rng", "manual_seed", "Random", "RandomState", "seed", "SeedSequence"}
_CLOCKS = ("perf_counter", "monotonic", "process_time", "thread_time")


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
    for node in ast.walk(module.tree):
        if why := "; ".join(_of_node(node, names, walk)):
            yield f"{path.relative_to(root)}:{getattr(node, 'lineno', 1)}: {why}"


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
    elif isinstance(node, ast.Call) and _last(node.func) in _SEEDS:
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if not given and _last(node.func) == "seed":
            yield "seed() without a number is different in every build"
        for child in (child for value in given for child in ast.walk(value)):
            called = _meanings(child, names) | {_last(child)}
            if "id" in called or any(
                name.split(".")[-1].startswith(_CLOCKS) for name in called
            ):
                yield f"a seed from {_last(child)}() is different in every build"


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
