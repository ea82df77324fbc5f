"""Who cites and who uses what: equations, code, tests, scripts."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from sitebuild.freshness import remembered
from sitebuild.freshness.modules import dotted_name
from sitebuild.jobs import Job
from sitebuild.near import near

CITATION = re.compile(r"Eq\. \(([a-z0-9-]+)\)")
# The same as a link on a page of another note.
_CITED = re.compile(CITATION.pattern + r"(?:\]\([./]*(?:notes/)?(\w+)\.md)?")
ENTRY = re.compile(r"(?m)^( *)::: (dlnotes\.[\w.]+)$")
TAG = re.compile(r"\\tag\{([a-z0-9-]+)\}")

Equation = tuple[str, str]  # a note, and the name of one of its equations


class Place(NamedTuple):
    """A test: its file and its name."""

    file: str
    name: str


class Index:
    """Who cites and who uses what.

    Attributes:
        equations: Note to the names of its tagged equations, in order.
        code: Equation to dotted names of functions and classes.
        tests: Equation to its tests.
        test_files: Note to its test files, in the order in which a page shows them.
        test_names: Note to how many of its tests have a name.
        shown: Note to the dotted names whose code it shows.
        cited: Dotted name to the equations in its docstring.
        uses: Dotted name to the jobs whose script names it.
    """

    def __init__(self) -> None:
        self.equations: dict[str, list[str]] = {}
        self.code: dict[Equation, list[str]] = defaultdict(list)
        self.tests: dict[Equation, list[Place]] = defaultdict(list)
        self.test_files: dict[str, list[str]] = defaultdict(list)
        self.test_names: dict[str, Counter[str]] = defaultdict(Counter)
        self.shown: dict[str, list[str]] = defaultdict(list)
        self.cited: dict[str, list[Equation]] = defaultdict(list)
        self.uses: dict[str, list[Job]] = defaultdict(list)


def build_index(root: Path, jobs: list[Job], state: str = "") -> Index:
    """Read the notes, the library, the tests and the scripts of a project.

    Args:
        root: The project.
        jobs: Its scripts and labs.
        state: Of all code, as `remembered.code_state` hashes it; "" to look anew.
    """
    index = Index()
    for page in sorted(root.glob("docs/notes/*.md")):
        text = page.read_text("utf-8")
        index.equations[page.stem] = TAG.findall(text)
        index.shown[page.stem] = [dotted for _, dotted in ENTRY.findall(text)]
        _add_code(page.stem, root, index)
        _add_tests(page.stem, root, index)
    for job in jobs:
        for dotted in remembered.reached(job.source, root, state).named:
            index.uses[dotted].append(job)
    return index


def unknown_equations(root: Path, note: str, index: Index) -> Iterator[str]:
    """Messages about code and tests that cite an equation which no page has.

    Args:
        root: The project.
        note: Look only at this one, if it is not "".
        index: What the pages have.
    """
    for name in [note] if note else index.equations:
        files = _note_files(root, "dlnotes", f"{name}.py", name)
        files += _note_files(root, "tests", f"test_{name}.py", name)
        for path in files:
            lines = path.read_text("utf-8").splitlines()
            for number, line in enumerate(lines, start=1):
                where = f"{path.relative_to(root).as_posix()}:{number}"
                for tag, linked in _CITED.findall(line):
                    known = index.equations.get(linked or name, [])
                    if tag not in known:
                        page = f"docs/notes/{linked or name}.md has no equation ({tag})"
                        yield f"{where}: {page}{near(tag, known)}"


@lru_cache(maxsize=512)
def parsed(text: str) -> ast.Module:
    """Parse the text of a file, once; not to be changed."""
    return ast.parse(text)


def _add_code(note: str, root: Path, index: Index) -> None:
    for path in _note_files(root, "dlnotes", f"{note}.py", note):
        for name, equations in _citing(path):
            dotted = f"{dotted_name(path, root)}.{name}"
            for equation in equations:
                index.code[note, equation].append(dotted)
                index.cited[dotted].append((note, equation))


def _add_tests(note: str, root: Path, index: Index) -> None:
    for path in _note_files(root, "tests", f"test_{note}.py", note):
        file = path.relative_to(root).as_posix()
        if path.name.startswith("test_"):
            index.test_files[note].append(file)
            body = parsed(path.read_text("utf-8")).body
            names = [node.name for node in body if isinstance(node, ast.FunctionDef)]
            index.test_names[note].update(names)
        for name, equations in _citing(path):
            for equation in equations:
                index.tests[note, equation].append(Place(file, name))


def _note_files(root: Path, top: str, single: str, folder: str) -> list[Path]:
    """The Python files of a note under `dlnotes` or `tests`."""
    paths = [root / top / single, *sorted((root / top / folder).rglob("*.py"))]
    return [path for path in paths if path.is_file()]


def _citing(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Definitions of a file whose docstrings cite equations."""
    for node in parsed(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            methods = node.body if isinstance(node, ast.ClassDef) else []
            names = [
                name
                for item in [node, *methods]
                if isinstance(item, ast.FunctionDef | ast.ClassDef)
                for name in CITATION.findall(ast.get_docstring(item) or "")
            ]
            if names:
                yield node.name, list(dict.fromkeys(names))
