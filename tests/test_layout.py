"""The rules of this house.

One name in four places: note, module, examples and tests agree and cite each other.
Imports run one way, and no file grows into a folder.
"""

import ast
import re
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from sitebuild.near import near

ROOT = Path(__file__).parents[1]
NOTES = {page.stem: page for page in sorted(ROOT.glob("docs/notes/*.md"))}
LABS = sorted(ROOT.glob("docs/labs/*.py"))
SCRIPTS = sorted(ROOT.glob("examples/*/*.py"))
LIBRARY = sorted(ROOT.glob("dlnotes/**/*.py"))
BUILD = sorted(ROOT.glob("sitebuild/**/*.py"))
FLOORS = {"blocks", "ledger", "toy"}  # what notes stand on
LAZY = {  # where a function may import what the library can do without
    **dict.fromkeys(("skimage", "sklearn"), "dlnotes/toy/"),
    "h5py": "dlnotes/blocks/modelnet.py",
    **dict.fromkeys(("numpy", "scipy"), "dlnotes/blocks/"),
    "tokenizers": "dlnotes/bert/tokens.py",
}
TEXTS = ("cff", "cfg", "css", "js", "json", "lock", "md", "mjs", "py", "toml", "yml")

CITATION = re.compile(r"Eq\. \(([^()\s]+)\)(?:\]\([./]*(?:notes/)?(\w+)\.md)?")
TAG = re.compile(r"\\tag\{([^{}]*)\}(?:\s*\\label\{([^{}]*)\})?")
PLACE = re.compile(r"(?<![\w.~$}-])/(home|mnt|opt|root|tmp|Users|var|work)/\w")

any_note = pytest.mark.parametrize("name", NOTES)


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
            where = f"{relative(path)}, line {node.lineno}"
            assert node.level == 0, f"{where}: write dlnotes... in full, not a dot"
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def siblings(path: Path) -> set[str]:
    """The first names below `dlnotes` that a file imports."""
    dotted = [name.split(".") for name, _ in imports(path)]
    return {parts[1] for parts in dotted if parts[0] == "dlnotes" and len(parts) > 1}


def required(name: str) -> set[str]:
    """The `requires: [a, b]` line of a note's front matter."""
    match = re.search(r"^requires: \[(.*)\]$", NOTES[name].read_text("utf-8"), re.M)
    assert match, f"{name}.md: write 'requires: []' into the front matter"
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


def split_references(name: str) -> tuple[str, str]:
    """A note before and after the heading of its last section, the references."""
    body, *rest = NOTES[name].read_text("utf-8").split("\n## References\n")
    assert len(rest) == 1, (
        f"{name}.md: has {len(rest)} sections '## References', needs one, the last"
    )
    return body, rest[0]


@any_note
def test_a_note_has_a_module_examples_and_tests(name):
    code = modules(name)[0]
    assert code.exists(), f"write {relative(code)}, the code of the note"
    intro = ROOT / f"examples/{name}/README.md"
    assert intro.exists(), f"write {relative(intro)}: a heading '## ...', one sentence"
    scripts = list(ROOT.glob(f"examples/{name}/plot_*.py"))
    assert scripts, f"write a gallery script, examples/{name}/plot_....py"
    assert checks(name), f"write tests/test_{name}.py or tests/{name}/test_....py"


@any_note
def test_every_module_of_a_package_has_its_test_file(name):
    if (ROOT / f"dlnotes/{name}").is_dir():
        public = {p.name for p in modules(name) if not p.name.startswith("_")}
        tested = {path.name.removeprefix("test_") for path in checks(name)}
        untested = ", ".join(f"test_{file}" for file in sorted(public - tested))
        assert not untested, f"write in tests/{name}: {untested}"


def test_every_module_example_and_lab_belongs_to_a_note():
    public = {p for p in ROOT.glob("dlnotes/[!_]*") if p.suffix in {"", ".py"}}
    orphans = {path for path in public if path.stem not in FLOORS | set(NOTES)}
    orphans |= {path for path in SCRIPTS if path.parent.name not in NOTES}
    orphans |= {path for path in LABS if path.stem not in NOTES}
    names = sorted(map(relative, orphans))
    assert not names, f"no page docs/notes/<name>.md has the name of {names}"


@pytest.mark.parametrize("path", [*NOTES.values(), *LABS], ids=relative)
def test_the_navigation_lists_every_note_and_lab(path):
    page = path.relative_to(ROOT / "docs").as_posix()
    listed = re.search(rf"^ +- {page}$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M)
    assert listed, f"list '- {page}' in mkdocs.yml, under nav"


@any_note
def test_a_note_imports_only_floors_and_what_it_requires(name):
    imported = set().union(*map(siblings, modules(name)))
    extra = sorted(imported - {name} - FLOORS - required(name))
    assert not extra, f"{name}.md: add {extra} to requires, or move code to blocks"
    unknown = sorted(required(name) - set(NOTES))
    assert not unknown, f"{name}.md: requires {unknown}, which are no notes"


def test_the_reading_order_has_no_cycle():
    TopologicalSorter({name: required(name) for name in NOTES}).prepare()


@pytest.mark.parametrize("floor", sorted(FLOORS))
def test_a_floor_imports_no_note_and_is_tested(floor):
    for path in modules(floor):
        above = sorted(siblings(path) - (FLOORS - {"ledger"}))
        assert not above, f"{relative(path)} must not import dlnotes.{above}"
        if not path.name.startswith("_"):
            place = path.relative_to(ROOT / "dlnotes").with_name(f"test_{path.name}")
            assert (ROOT / "tests" / place).exists(), f"write tests/{place}"


def outside_forks(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those where torch's global generator is put back afterwards."""
    if isinstance(node, ast.With) and "fork_rng" in ast.unparse(node.items[0]):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from outside_forks(child)


@pytest.mark.parametrize("path", LIBRARY, ids=relative)
def test_a_library_file_keeps_to_itself(path):
    """No measuring, no seeding, and no package but torch and einops."""
    assert "ledger" not in siblings(path), "move the measuring to a gallery script"
    for dotted, node in imports(path):
        package = dotted.split(".")[0]
        if package not in {"dlnotes", "einops", "torch", *sys.stdlib_module_names}:
            place = LAZY.get(package, "nowhere")
            allowed = node.col_offset > 0 and relative(path).startswith(place)
            assert allowed, f"do without {package}: only torch and einops are there"
    for node in outside_forks(tree(path)):
        if isinstance(node, ast.Attribute):
            seeds = node.attr in {"manual_seed", "seed", "set_rng_state"}
            assert not seeds, f"line {node.lineno}: take a generator as an argument"
    if path.name == "__init__.py":
        alone = len(tree(path).body) == 1 and ast.get_docstring(tree(path))
        assert alone, "keep a docstring and nothing else: the path is the public name"


@pytest.mark.parametrize("path", BUILD, ids=relative)
def test_the_build_uses_of_the_library_only_its_ledger(path):
    extra = sorted(siblings(path) - {"ledger"})
    assert not extra, f"do without dlnotes.{extra}: the build knows no note"


@any_note
def test_a_tagged_equation_is_named_implemented_and_tested(name):
    names = [tag for tag, _ in tags(name)]
    assert names, r"tag the equations that the code needs: \tag{a-name}\label{a-name}"
    twice = sorted({tag for tag in names if names.count(tag) > 1})
    assert not twice, f"give each equation a name of its own: {twice} come twice"
    for tag, label in tags(name):
        plain = re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", tag)
        assert plain, f"name the equation ({tag}) in words-with-dashes"
        assert label == tag, f"write \\tag{{{tag}}}\\label{{{tag}}}, not {label!r}"
    implemented = cited([text.split("\n")[0] for text in docstrings(modules(name))])
    tested = cited(docstrings(checks(name)))
    for tag in names:
        place = "docstring of the function that implements it"
        assert tag in implemented, f"cite 'Eq. ({tag})' in line 1 of the {place}"
        assert tag in tested, f"cite 'Eq. ({tag})' in the docstring of a test"


@any_note
def test_the_references_of_a_note_are_numbered_in_order(name):
    """A line that begins with a year and a full stop would become an entry."""
    _, references = split_references(name)
    numbers = [int(n) for n in re.findall(r"(?m)^ *(\d+)\. ", references)]
    wanted = list(range(1, len(numbers) + 1))
    assert numbers == wanted, f"number the references 1, 2, ...; they are {numbers}"


@any_note
def test_a_cited_equation_exists(name):
    scripts = [path for path in SCRIPTS if path.parent.name == name]
    labs = [path for path in LABS if path.stem == name]
    files = [*modules(name), *checks(name), *scripts, *labs, NOTES[name]]
    for path in files:
        text = path.read_text("utf-8")
        for found in CITATION.finditer(text):
            tag, page = found[1], found[2] or name
            known = [known for known, _ in tags(page)]
            where = f"{relative(path)}:{text.count(chr(10), 0, found.start()) + 1}"
            what = f"{page}.md has no equation ({tag}){near(tag, known)}"
            assert tag in known, f"{where}: {what}"


@pytest.mark.parametrize("floor", sorted(FLOORS))
def test_a_floor_cites_no_equation(floor):
    """Equations belong to notes, and a floor knows no note."""
    for path in [*modules(floor), *ROOT.glob(f"tests/{floor}/*.py")]:
        cites = CITATION.search(path.read_text("utf-8"))
        assert not cites, f"{relative(path)}: move {cites and cites[0]} to a note"


def project_files() -> list[Path]:
    """Every text file of the project, without what is installed or built."""
    folders = ["benchmarks", "dlnotes", "docs", "examples", "sitebuild", "tests"]
    folders += [".ci", ".github", "tools"]
    found = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
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
        place = PLACE.search(path.read_text("utf-8"))
        assert not place, (
            f"{relative(path)}: not every machine has {place and place[0]}"
        )


def test_no_python_file_changes_where_modules_are_found():
    """The clone is installed, so everything is imported by its name."""
    for path in project_files():
        if path.suffix == ".py":
            for node in ast.walk(tree(path)):
                changes = [getattr(node, "func", None), getattr(node, "target", None)]
                changes += getattr(node, "targets", [])
                code = [ast.unparse(part) for part in changes if part]
                changed = any(text.startswith("sys.path") for text in code)
                assert not changed, f"{relative(path)}: leave sys.path as it is"


def test_no_python_file_is_long():
    """Beyond 300 lines a file takes over the role of a folder."""
    lengths = {
        relative(path): len(path.read_text("utf-8").splitlines())
        for path in project_files()
        if path.suffix == ".py"
    }
    long = {name: lines for name, lines in lengths.items() if lines > 300}
    assert not long, f"split what has more than 300 lines: {long}"
