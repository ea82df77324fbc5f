"""Links between an equation, the code that implements it, its test and its uses."""

import ast
import html
import posixpath
import re
from pathlib import Path

from mkdocs.exceptions import PluginError

from sitebuild.citations import CITATION, TAG, Index, Place
from sitebuild.jobs import Job

SHOWN_TESTS = 3  # below an equation; the entry of its function links all
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
            for node in ast.parse((root / file).read_text("utf-8")).body:
                if isinstance(node, ast.FunctionDef) and node.name == function:
                    place = Place(file, function, node.lineno)
                    words = function.removeprefix("test_").replace("_", " ")
                    return _a(_test_url(note, place, url, index), words, name)
    raise PluginError(f"docs/notes/{note}.md: there is no test {name!r}")


def address(target: str, url: str) -> str:
    """The address of a page as another page writes it; both are within the site."""
    return "" if target == url else posixpath.relpath(target, url or ".") + "/"


def _equation_links(block: str, note: str, url: str, index: Index) -> str:
    links = []
    for tag in TAG.findall(block):
        for dotted in index.code[note, tag]:
            links.append(_a(f"#{dotted}", f"<code>{dotted.split('.')[-1]}</code>"))
        for place in index.tests[note, tag][:SHOWN_TESTS]:
            links.append(_a(_test_url(note, place, url, index), "test", place.name))
    return f'<p class="equation-links">{" · ".join(links)}</p>' if links else ""


def _entry_links(dotted: str, url: str, index: Index) -> str:
    cited = index.cited[dotted]
    places = dict.fromkeys((e[0], place) for e in cited for place in index.tests[e])
    equations = ", ".join(
        _a(address(f"notes/{note}/", url) + f"#mjx-eqn:{tag}", f"({tag})")
        for note, tag in cited
    )
    tests = " ".join(
        _a(_test_url(note, place, url, index), str(number), place.name)
        for number, (note, place) in enumerate(places, start=1)
    )
    uses = ", ".join(
        _a(address(job.url, url), _job_name(job)) for job in index.uses[dotted]
    )
    named = {"equation": equations, "tests": tests, "used in": uses}
    parts = [f"{words} {links}" for words, links in named.items() if links]
    return f'<p class="entry-links">{" · ".join(parts)}</p>' if parts else ""


def _job_name(job: Job) -> str:
    name = job.source.stem.removeprefix("plot_").replace("_", " ")
    return f"lab {name}" if job.kind == "lab" else name


def _test_url(note: str, place: Place, url: str, index: Index) -> str:
    number = index.test_files[note].index(place.file)
    return address(f"api/tests/{note}/", url) + f"#__span-{number}-{place.line}"


def _a(href: str, text: str, title: str = "") -> str:
    extra = f' title="{html.escape(title)}"' if title else ""
    return f'<a href="{href}"{extra}>{text}</a>'
