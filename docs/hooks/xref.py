"""Links between an equation, the code that implements it, its test and its uses."""

import ast
import html
import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path

from hooks import reach
from hooks.jobs import Job

_CITATION = re.compile(r"Eq\. \(([a-z0-9-]+)\)")
_TAG = re.compile(r"\\tag\{([a-z0-9-]+)\}")
_DISPLAY = re.compile(r'<div class="arithmatex">.*?</div>', re.DOTALL)
_ENTRY = re.compile(
    r'(<h\d id="(dlnotes\.[\w.]+)" class="doc doc-heading">.*?</h\d>)', re.DOTALL
)
_OPAQUE = re.compile(
    r"(<pre.*?</pre>|<code.*?</code>|<a .*?</a>|<h\d.*?</h\d>"
    r'|<div class="arithmatex".*?</div>)',
    re.DOTALL,
)
_LINKED = re.compile(r'(<a href="[^"#]*notes/\w+/)(">Eq\. \(([a-z0-9-]+)\)</a>)')


@dataclass
class Index:
    """Who cites and who uses what.

    Attributes:
        equations: Note to the names of its tagged equations, in order.
        code: `(note, equation)` to dotted names of functions and classes.
        tests: `(note, equation)` to `(file, test name, line)`.
        test_files: Note to the files that test its equations, as its page shows them.
        cited: Dotted name to the `(note, equation)` pairs in its docstring.
        uses: Dotted name to the jobs whose script names it.
    """

    equations: dict[str, list[str]] = field(default_factory=dict)
    code: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    tests: dict[tuple[str, str], list[tuple[str, str, int]]] = field(
        default_factory=dict
    )
    test_files: dict[str, list[str]] = field(default_factory=dict)
    cited: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    uses: dict[str, list[Job]] = field(default_factory=dict)


def build_index(root: Path, jobs: list[Job]) -> Index:
    """Read the notes, the library, the tests and the scripts of a project."""
    index = Index()
    for page in sorted(root.glob("docs/notes/*.md")):
        note = page.stem
        index.equations[note] = _TAG.findall(page.read_text("utf-8"))
        for path in note_files(root, "dlnotes", f"{note}.py", note):
            for name, _, equations in _citing(path):
                dotted = _dotted(path, root) + "." + name
                for equation in equations:
                    index.code.setdefault((note, equation), []).append(dotted)
                    index.cited.setdefault(dotted, []).append((note, equation))
        for path in note_files(root, "tests", f"test_{note}.py", note):
            file = path.relative_to(root).as_posix()
            citing = _citing(path)
            if citing:
                index.test_files.setdefault(note, []).append(file)
            for name, line, equations in citing:
                for equation in equations:
                    place = (file, name, line)
                    index.tests.setdefault((note, equation), []).append(place)
    for job in jobs:
        for dotted in reach.named_definitions(job.source, root):
            index.uses.setdefault(dotted, []).append(job)
    return index


def note_files(root: Path, top: str, single: str, folder: str) -> list[Path]:
    """The Python files of a note under `dlnotes` or `tests`."""
    paths = [root / top / single, *sorted((root / top / folder).rglob("*.py"))]
    return [path for path in paths if path.is_file()]


def link_page(content: str, url: str, index: Index, note: str | None) -> str:
    """Add the links to a rendered page.

    Args:
        content: Its HTML, before the mathematics is typeset.
        url: Its address within the site, such as `notes/bias/`.
        index: Who cites and uses what.
        note: The note that the page derives, if it is a note's page.
    """
    content = _LINKED.sub(r"\1#mjx-eqn:\3\2", content)
    content = _ENTRY.sub(lambda m: m[1] + _entry_links(m[2], url, index), content)
    if note is None:
        return content
    pieces = _OPAQUE.split(content)
    pieces[::2] = [
        _CITATION.sub(r'<a href="#mjx-eqn:\1">Eq. (\1)</a>', piece)
        for piece in pieces[::2]
    ]
    return _DISPLAY.sub(
        lambda m: m[0] + _equation_links(m[0], note, url, index), "".join(pieces)
    )


def tests_page(note: str, files: list[str], root: Path) -> str:
    """Write the page that shows the tests of a note's equations, with line numbers."""
    parts = [
        "---\nsearch:\n  exclude: true\nrender_macros: false\n---\n\n"
        f"# Tests of {note}\n\nA function whose docstring names an equation tests it.\n"
    ]
    for file in files:
        text = (root / file).read_text("utf-8")
        parts.append(f'## {file}\n\n````{{.python linenums="1"}}\n{text}````\n')
    return "\n".join(parts)


def _equation_links(block: str, note: str, url: str, index: Index) -> str:
    tags = _TAG.findall(block)
    links = []
    for tag in tags:
        for dotted in index.code.get((note, tag), []):
            links.append(_a(f"#{dotted}", f"<code>{dotted.split('.')[-1]}</code>"))
        for place in index.tests.get((note, tag), [])[:3]:
            links.append(_a(_test_url(note, place, url, index), "test", place[1]))
    if not links:
        return ""
    return f'<p class="equation-links">{" · ".join(links)}</p>'


def _entry_links(dotted: str, url: str, index: Index) -> str:
    parts = []
    cited = index.cited.get(dotted, [])
    if cited:
        links = [
            _a(_to(f"notes/{note}/", url) + f"#mjx-eqn:{equation}", f"({equation})")
            for note, equation in cited
        ]
        parts.append("equation " + ", ".join(links))
    places = dict.fromkeys(
        (note, place)
        for note, equation in cited
        for place in index.tests.get((note, equation), [])
    )
    if places:
        links = [
            _a(_test_url(note, place, url, index), str(number), place[1])
            for number, (note, place) in enumerate(places, start=1)
        ]
        parts.append("tests " + " ".join(links))
    if jobs := index.uses.get(dotted):
        links = [
            _a(_to(job.page.rsplit(".", 1)[0] + "/", url), _job_name(job))
            for job in jobs
        ]
        parts.append("used in " + ", ".join(links))
    return f'<p class="entry-links">{" · ".join(parts)}</p>' if parts else ""


def _job_name(job: Job) -> str:
    name = job.source.stem.removeprefix("plot_").replace("_", " ")
    return f"lab {name}" if job.kind == "lab" else name


def _test_url(note: str, place: tuple[str, str, int], url: str, index: Index) -> str:
    file, _, line = place
    number = index.test_files[note].index(file)
    return _to(f"api/tests/{note}/", url) + f"#__span-{number}-{line}"


def _to(target: str, url: str) -> str:
    return "" if target == url else posixpath.relpath(target, url or ".") + "/"


def _a(href: str, text: str, title: str = "") -> str:
    extra = f' title="{html.escape(title)}"' if title else ""
    return f'<a href="{href}"{extra}>{text}</a>'


def _citing(path: Path) -> list[tuple[str, int, list[str]]]:
    """Definitions of a file whose docstring cites equations."""
    found = []
    for node in ast.parse(path.read_text("utf-8"), str(path)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = _CITATION.findall(ast.get_docstring(node) or "")
            if isinstance(node, ast.ClassDef):
                for item in node.body:
                    if isinstance(item, ast.FunctionDef):
                        names += _CITATION.findall(ast.get_docstring(item) or "")
            if names:
                found.append((node.name, node.lineno, list(dict.fromkeys(names))))
    return found


def _dotted(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts)
