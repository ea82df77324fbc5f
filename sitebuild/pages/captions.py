"""Shows the figures of gallery scripts on other pages, in the words of the scripts."""

import difflib
import html
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

from sitebuild.jobs import Job

_CALL = re.compile(r'<% figure\("([^"]+)"(?:, (\d+))?\) %>')
_ALT = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Figure:
    """A figure of a gallery script.

    Attributes:
        job: The script.
        number: Which of its figures, from 1 on.
    """

    job: Job
    number: int

    @property
    def image(self) -> str:
        """The variant for light pages, relative to docs."""
        stem = self.job.source.stem
        return f"gallery/{self.job.note}/images/mkd_glr_{stem}_{self.number:03}.svg"

    @property
    def anchor(self) -> str:
        """What links on its page lead to."""
        words = self.job.source.stem.removeprefix("plot_").replace("_", "-")
        return f"figure-{words}" + (f"-{self.number}" if self.number > 1 else "")


def find_figure(name: str, number: int, file: File, jobs: Iterable[Job]) -> Figure:
    """Look up a figure that a page shows.

    Args:
        name: The script, `plot_decay`; that of another note as `bias/plot_decay`.
        number: Which of its figures.
        file: The page.
        jobs: The scripts of all notes.

    Raises:
        PluginError: If there is no such script, or it shows fewer figures.
    """
    try:
        job = find_script(name, Path(file.src_uri).stem, jobs)
    except PluginError as error:
        raise PluginError(f"{_line(name, file)}: {error}") from None
    count = len(words_before_figures(job.source.read_text("utf-8")))
    if not 1 <= number <= count:
        message = f"{job.label} shows {count} by plt.show()"
        raise PluginError(f"{_line(name, file)}: no figure {number}: {message}")
    return Figure(job, number)


def find_script(name: str, note: str, jobs: Iterable[Job]) -> Job:
    """Look up a gallery script.

    Args:
        name: `plot_decay` of the same note, or `bias/plot_decay`.
        note: The note that names it.
        jobs: Those of all notes.

    Raises:
        PluginError: If there is none; the message tells names that are near.
    """
    label = name if "/" in name else f"{note}/{name}"
    scripts = [job for job in jobs if job.kind == "gallery"]
    known = {f"{job.note}/{job.source.stem}": job for job in scripts}
    if label not in known:
        near = difflib.get_close_matches(label, known) or sorted(known)[:3]
        raise PluginError(f"there is no examples/{label}.py, but {', '.join(near)}")
    return known[label]


def number_on_page(name: str, number: int, file: File) -> int:
    """Count which figure of a page one is.

    Raises:
        PluginError: If the page does not show it, or shows it twice.
    """
    calls = _CALL.findall(file.content_string)
    shown = [(script, int(which or 1)) for script, which in calls]
    if shown.count((name, number)) != 1:
        words = f'"{name}", {number}' if number > 1 else f'"{name}"'
        message = f"write <% figure({words}) %> once, in these letters"
        raise PluginError(f"{_line(name, file)}: {message}")
    return shown.index((name, number)) + 1


def show(figure: Figure, number: int, file: File, docs: Path, *, stale: bool) -> str:
    """Write a figure with its caption, as Markdown.

    Args:
        figure: What to show.
        number: The number that it has on the page.
        file: The page.
        docs: The sources of all pages.
        stale: Whether it may be older than its script, or was never drawn.

    Raises:
        PluginError: If it should be there and is not.
    """
    text = figure.job.source.read_text("utf-8")
    page = posixpath.relpath(figure.job.page, posixpath.dirname(file.src_uri) or ".")
    title = re.findall(r"(?m)^# (.+)$", text)[0]
    words = _LINK.sub(r"\1", words_before_figures(text)[figure.number - 1])
    kind = ' class="stale"' if stale else ""
    return (
        f'<figure id="{figure.anchor}"{kind} markdown="1">\n\n'
        f"{_image(figure, file, docs, stale=stale)}\n\n"
        f'<figcaption markdown="span">Figure {number}. [{title}]({page}). {words}'
        "</figcaption>\n\n</figure>"
    )


def words_before_figures(script: str) -> list[str]:
    """What a gallery script says before each of its figures, the last paragraph."""
    cells = re.split(r"(?m)^# %%\n", script)
    return [
        _last_words(cell) for cell in cells for _ in re.findall(r"plt\.show\(", cell)
    ]


def _line(name: str, file: File) -> str:
    """Where a page first names a script, `docs/notes/bias.md:12`."""
    before = file.content_string.partition(f'("{name}"')[0]
    return f"docs/{file.src_uri}:{len(before.splitlines())}"


def _last_words(cell: str) -> str:
    comment = re.match(r"(#.*\n)*", cell)
    lines = (comment[0] if comment else "").splitlines()
    paragraphs = "\n".join(line.removeprefix("#").strip() for line in lines).split(
        "\n\n"
    )
    words = " ".join(paragraphs[-1].split())
    return "" if words.startswith("#") else words


def _image(figure: Figure, file: File, docs: Path, *, stale: bool) -> str:
    path = docs / figure.image
    if not path.exists():
        if stale:
            return "Not drawn yet."
        raise PluginError(f"{figure.job.label} drew no figure {figure.number}")
    found = _ALT.search(path.read_text("utf-8"))
    alt = html.escape(html.unescape(found[1]).strip()) if found else ""
    source = posixpath.relpath(figure.image, file.url or ".")
    return f'<img alt="{alt}" src="{source}">'
