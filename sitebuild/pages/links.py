"""Links between an equation, the code that implements it, its test and its uses."""

import ast
import html
import posixpath
import re
from pathlib import Path

from mkdocs.exceptions import PluginError

from sitebuild.citations import CITATION, TAG, Index, Place, parsed
from sitebuild.jobs import Job
from sitebuild.near import near

# Of tests and of uses below the code on a note, as many as fit on a line, the first of
# these pairs that does; its API entry links all.
SHOWN = ((2, 2), (1, 2), (2, 1), (1, 1), (0, 1), (1, 0), (0, 0))
LINE = 118  # letters on a desk
_DISPLAY = re.compile(r'<div class="arithmatex">.*?</div>', re.DOTALL)
_ENTRY = re.compile(
    r'(<h\d id="(dlnotes\.[\w.]+)" class="doc doc-heading">.*?</h\d>)', re.DOTALL
)
_OPAQUE = re.compile(
    r"(<pre.*?</pre>|<code.*?</code>|<a .*?</a>|<h\d.*?</h\d>"
    r'|<div class="arithmatex".*?</div>)',
    re.DOTALL,
)
_TAG = re.compile("<[^>]*>")
_LINE = re.compile(r'id="(__span-\d+-\d+)"')
_LINKED = re.compile(r'(<a href="[^"#]*notes/\w+/)(">Eq\. \(([a-z0-9-]+)\)</a>)')


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
        CITATION.sub(r'<a href="#mjx-eqn:\1">Eq. (\1)</a>', piece)
        for piece in pieces[::2]
    ]
    return _DISPLAY.sub(
        lambda m: m[0] + _equation_links(m[0], note, url, index), "".join(pieces)
    )


def test_link(note: str, name: str, url: str, index: Index, root: Path) -> str:
    """Link a test of a note by its name, `test_file.py::test_name`.

    Raises:
        PluginError: If the note has no such test.
    """
    file_name, _, function = name.partition("::")
    for file in index.test_files[note]:
        if file.endswith(f"/{file_name}"):
            for node in _definitions(root / file):
                if node.name == function:
                    place = Place(file, function)
                    return _test(note, place, url, index)
    known = [
        f"{Path(file).name}::{node.name}"
        for file in index.test_files[note]
        for node in _definitions(root / file)
        if node.name.startswith("test_")
    ]
    hint = near(name, known)
    raise PluginError(f"docs/notes/{note}.md: there is no test {name!r}{hint}")


def address(target: str, url: str) -> str:
    """The address of a page as another page writes it; both are within the site."""
    return "" if target == url else posixpath.relpath(target, url or ".") + "/"


def body_links(dotted: str, url: str, index: Index) -> str:
    """What stands below the code of a function on a note: one line of links."""
    entry = _a(_entry_url(dotted, url), f"<code>{_short(dotted)}</code>")
    tests, uses = _test_links(dotted, url, index), _use_links(dotted, url, index)
    lines = [
        " · ".join(
            [f"API {entry}", *_some("tests", tests, a), *_some("used in", uses, b)]
        )
        for a, b in SHOWN
    ]
    fitting = [line for line in lines if len(_TAG.sub("", line)) <= LINE]
    return [*fitting, lines[-1]][0]


def test_anchors(content: str, note: str, index: Index, root: Path) -> str:
    """Name each test on the page of a note's tests, so that links survive an edit."""
    names = {
        f"__span-{number}-{node.lineno}": f"{Path(file).stem}.{node.name}"
        for number, file in enumerate(index.test_files[note])
        for node in _definitions(root / file)
    }
    return _LINE.sub(lambda m: f'id="{names.get(m[1], m[1])}"', content)


def _equation_links(block: str, note: str, url: str, index: Index) -> str:
    """The code of an equation that the note does not show."""
    links = [
        _a(_entry_url(dotted, url), f"<code>{_short(dotted)}</code>")
        for tag in TAG.findall(block)
        for dotted in index.code[note, tag]
        if dotted not in index.shown[note]
    ]
    return f'<p class="equation-links">{" · ".join(links)}</p>' if links else ""


def _some(words: str, links: list[str], shown: int) -> list[str]:
    """The first few of some links, and how many there are beyond."""
    left = len(links) - shown
    more = [f"{left} more" if shown else f"{left}"] if left > 0 else []
    return [f"{words}: {', '.join([*links[:shown], *more])}"] if links else []


def _entry_links(dotted: str, url: str, index: Index) -> str:
    equations = [
        _a(address(f"notes/{note}/", url) + f"#mjx-eqn:{tag}", f"({tag})")
        for note, tag in index.cited[dotted]
    ]
    named = {
        "equation": equations,
        "tests": _test_links(dotted, url, index),
        "used in": _use_links(dotted, url, index),
    }
    parts = [f"{words}: {', '.join(links)}" for words, links in named.items() if links]
    return f'<p class="entry-links">{" · ".join(parts)}</p>' if parts else ""


def _test_links(dotted: str, url: str, index: Index) -> list[str]:
    cited = index.cited[dotted]
    places = dict.fromkeys((e[0], place) for e in cited for place in index.tests[e])
    return [_test(note, place, url, index) for note, place in places]


def _use_links(dotted: str, url: str, index: Index) -> list[str]:
    return [_a(address(job.url, url), _job_name(job)) for job in index.uses[dotted]]


def _definitions(path: Path) -> list[ast.FunctionDef]:
    body = parsed(path.read_text("utf-8")).body
    return [node for node in body if isinstance(node, ast.FunctionDef)]


def _short(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def _job_name(job: Job) -> str:
    name = job.source.stem.removeprefix("plot_").replace("_", " ")
    return f"lab {name}" if job.kind == "lab" else name


def _entry_url(dotted: str, url: str) -> str:
    return address(f"api/{dotted.split('.')[1]}/", url) + f"#{dotted}"


def _test(note: str, place: Place, url: str, index: Index) -> str:
    """Link a test by its name in words, and its file where another has that name."""
    file = Path(place.file).stem
    words = place.name.removeprefix("test_").replace("_", " ")
    if index.test_names[note][place.name] > 1:
        words += f" ({file.removeprefix('test_').replace('_', ' ')})"
    page = address(f"api/tests/{note}/", url)
    return _a(f"{page}#{file}.{place.name}", words, f"{place.file}::{place.name}")


def _a(href: str, text: str, title: str = "") -> str:
    extra = f' title="{html.escape(title)}"' if title else ""
    return f'<a href="{href}"{extra}>{text}</a>'
