"""The rules of this house.

One name in four places: note, module, examples and tests agree and cite each other.
Imports run one way, and no file grows into a folder.
"""

import ast
import re
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTES = {page.stem: page for page in sorted(ROOT.glob("docs/notes/*.md"))}
LABS = sorted(ROOT.glob("docs/labs/*.py"))
SCRIPTS = sorted(ROOT.glob("examples/*/*.py"))
LIBRARY = sorted(ROOT.glob("dlnotes/**/*.py"))
FLOORS = {"blocks", "ledger", "toy"}  # what notes stand on
TEXTS = ("cff", "cfg", "css", "js", "json", "lock", "md", "mjs", "py", "toml", "yml")

CITATION = re.compile(r"Eq\. \(([^()\s]+)\)(?:\]\([./]*(?:notes/)?(\w+)\.md)?")
TAG = re.compile(r"\\tag\{([^{}]*)\}(?:\s*\\label\{([^{}]*)\})?")
PLACE = re.compile(r"(?<![\w.~$}-])/(home|mnt|opt|root|tmp|Users|work)/\w")

any_note = pytest.mark.parametrize("name", NOTES)
any_script = pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def modules(name: str) -> list[Path]:
    """The Python files of a note's module, or of its package."""
    return [path for path in LIBRARY if path.relative_to(ROOT).parts[1] == name] or [
        ROOT / f"dlnotes/{name}.py"
    ]


def checks(name: str) -> list[Path]:
    """The test files of a note: `test_<note>.py`, or those of a folder `<note>`."""
    single = ROOT / f"tests/test_{name}.py"
    return [single] if single.exists() else sorted(ROOT.glob(f"tests/{name}/test_*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), relative(path))


def imports(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """The dotted names that a file imports, each with its statement."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(path)}: relative import"
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def siblings(path: Path) -> set[str]:
    """The first names below `dlnotes` that a file imports."""
    dotted = [name.split(".") for name, _ in imports(path)]
    return {parts[1] for parts in dotted if parts[0] == "dlnotes" and len(parts) > 1}


def required(name: str) -> set[str]:
    """The `requires: [a, b]` line of a note's front matter."""
    match = re.search(r"^requires: \[(.*)\]$", NOTES[name].read_text("utf-8"), re.M)
    assert match, f"{name}.md: no 'requires: [...]' line"
    return set(re.findall(r"\w+", match[1]))


def tags(name: str) -> list[tuple[str, str]]:
    """The tagged equations of a note, as pairs of tag and label."""
    return TAG.findall(NOTES[name].read_text("utf-8"))


def docstrings(paths: list[Path]) -> list[str]:
    """The docstrings of functions and classes."""
    nodes = [node for path in paths for node in ast.walk(tree(path))]
    definitions = [n for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return [ast.get_docstring(node) or "" for node in definitions]


def cited(texts: list[str]) -> set[str]:
    return {tag for text in texts for tag, _ in CITATION.findall(text)}


@any_note
def test_a_note_has_a_module_examples_and_tests(name):
    assert all(path.exists() for path in modules(name))
    assert (ROOT / f"examples/{name}/README.md").exists()
    assert list(ROOT.glob(f"examples/{name}/plot_*.py"))
    assert checks(name)


@any_note
def test_every_module_of_a_package_has_its_test_file(name):
    if (ROOT / f"dlnotes/{name}").is_dir():
        private = ("_", "checks.py")
        public = {p.name for p in modules(name) if not p.name.startswith(private)}
        tested = {path.name.removeprefix("test_") for path in checks(name)}
        assert public <= tested


def test_every_module_example_and_lab_belongs_to_a_note():
    public = {p for p in ROOT.glob("dlnotes/[!_]*") if p.suffix in {"", ".py"}}
    assert {path.stem for path in public} - FLOORS == set(NOTES)
    assert {path.parent.name for path in SCRIPTS} <= set(NOTES)
    assert {path.stem for path in LABS} <= set(NOTES)


@pytest.mark.parametrize("path", [*NOTES.values(), *LABS], ids=relative)
def test_the_navigation_lists_every_note_and_lab(path):
    page = path.relative_to(ROOT / "docs").as_posix()
    assert re.search(rf"^ +- {page}$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M)


@any_note
def test_a_note_imports_only_floors_and_what_it_requires(name):
    imported = set().union(*map(siblings, modules(name)))
    assert imported - {name} - FLOORS <= required(name)
    assert required(name) <= set(NOTES)


def test_the_reading_order_has_no_cycle():
    TopologicalSorter({name: required(name) for name in NOTES}).prepare()


@pytest.mark.parametrize("floor", sorted(FLOORS))
def test_a_floor_imports_no_note_and_is_tested(floor):
    for path in modules(floor):
        assert siblings(path) <= FLOORS - {"ledger"}, relative(path)
        if not path.name.startswith("_"):
            place = path.relative_to(ROOT / "dlnotes").with_name(f"test_{path.name}")
            assert (ROOT / "tests" / place).exists()


@pytest.mark.parametrize("path", LIBRARY, ids=relative)
def test_a_library_file_keeps_to_itself(path):
    """No measuring, no seeding, and no package but torch and einops."""
    assert "ledger" not in siblings(path)
    for dotted, node in imports(path):
        package = dotted.split(".")[0]
        if package not in {"dlnotes", "einops", "torch", *sys.stdlib_module_names}:
            lazy = node.col_offset > 0 and relative(path).startswith("dlnotes/toy/")
            assert (package, lazy) == ("sklearn", True), f"imports {package}"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"manual_seed", "seed", "set_rng_state"}
    if path.name == "__init__.py":
        assert len(tree(path).body) == 1
        assert ast.get_docstring(tree(path))


@any_note
def test_a_tagged_equation_is_named_implemented_and_tested(name):
    names = [tag for tag, _ in tags(name)]
    assert names, "no equation has a tag"
    assert len(names) == len(set(names)), "a tag appears twice"
    for tag, label in tags(name):
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", tag)
        assert label == tag, f"the label of ({tag}) must have the same name"
    implemented = cited([text.split("\n")[0] for text in docstrings(modules(name))])
    tested = cited(docstrings(checks(name)))
    assert set(names) <= implemented, f"no code cites {set(names) - implemented}"
    assert set(names) <= tested, f"no test cites {set(names) - tested}"


@any_note
def test_the_references_of_a_note_are_numbered_in_order(name):
    """A line that begins with a year and a full stop would become an entry."""
    _, references = NOTES[name].read_text("utf-8").split("\n## References\n")
    numbers = [int(n) for n in re.findall(r"(?m)^ *(\d+)\. ", references)]
    assert numbers == list(range(1, len(numbers) + 1))


@any_note
def test_a_cited_equation_exists(name):
    scripts = [path for path in SCRIPTS if path.parent.name == name]
    labs = [path for path in LABS if path.stem == name]
    files = [*modules(name), *checks(name), *scripts, *labs, NOTES[name]]
    for path in files:
        for tag, linked in CITATION.findall(path.read_text("utf-8")):
            known = [known for known, _ in tags(linked or name)]
            assert tag in known, f"{relative(path)} cites ({tag})"


@pytest.mark.parametrize("floor", sorted(FLOORS))
def test_a_floor_cites_no_equation(floor):
    """Equations belong to notes, and a floor knows no note."""
    for path in [*modules(floor), *ROOT.glob(f"tests/{floor}/*.py")]:
        assert not CITATION.search(path.read_text("utf-8")), relative(path)


@any_script
def test_a_gallery_script_reads_like_a_page(path):
    """Title, one sentence for the tooltip, cells, 40 to 80 lines."""
    text = path.read_text("utf-8")
    title, sentence, *_ = (ast.get_docstring(tree(path)) or "\n").split("\n\n")
    assert path.name.startswith("plot_")
    assert re.fullmatch(r"# .+", title.strip())
    assert len(" ".join(sentence.split())) <= 95
    lines = text.splitlines()
    assert "# %%" in lines
    for cell, heading in pairwise(lines):
        assert cell != "# %%" or heading.startswith("# "), "a cell starts with text"
    assert 40 <= len(lines) <= 80, f"{len(lines)} lines"


@any_script
def test_a_gallery_script_uses_the_library_and_defines_nothing(path):
    assert siblings(path), "imports nothing from dlnotes"
    for node in ast.walk(tree(path)):
        assert not isinstance(node, ast.FunctionDef | ast.ClassDef)
    code = ast.unparse(tree(path))
    assert not re.search(r"rcParams|plt\.style|(torch|random)\.(manual_)?seed", code)


@any_script
def test_every_figure_of_a_gallery_script_has_a_written_alt_text(path):
    code = ast.unparse(tree(path))
    pattern = r"(\w+)(?:, .+?)?\)? = plt\.(?:subplots|subplot_mosaic|figure)\("
    figures = re.findall(pattern, code)
    assert figures, "no figure"
    assert len(figures) == len(re.findall(r"plt\.(?:subplot|figure)", code))
    for figure in set(figures):
        labels = re.findall(rf"\b{figure}\.set_label\(", code)
        assert len(labels) == figures.count(figure), f"alt text of {figure}"


def project_files() -> list[Path]:
    """Every text file of the project, without what is installed or built."""
    folders = ("benchmarks", "dlnotes", "docs", "examples", "tests", ".github", ".ci")
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in folders:
        found += (path for path in (ROOT / folder).rglob("*") if path.is_file())
    built = (ROOT / "docs/gallery", ROOT / "docs/assets/math")
    return [
        path
        for path in sorted(found)
        if path.suffix.lstrip(".") in ("", *TEXTS) and path.name != ".coverage"
        if not any(path.is_relative_to(folder) for folder in built)
    ]


def test_no_file_names_a_place_on_one_machine():
    for path in project_files():
        assert not PLACE.search(path.read_text("utf-8")), relative(path)


def test_no_python_file_is_long():
    """Beyond 300 lines a file takes over the role of a folder."""
    lengths = {
        relative(path): len(path.read_text("utf-8").splitlines())
        for path in project_files()
        if path.suffix == ".py"
    }
    assert {name: n for name, n in lengths.items() if n > 300} == {}
