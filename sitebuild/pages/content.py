"""Finishes the HTML of a page: its figures, its links, and the line about its run."""

import functools
import html
import re
from collections.abc import Mapping
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.pages import Page

from sitebuild.build import Build
from sitebuild.jobs import Job, Run
from sitebuild.pages import about, claim_rows, links
from sitebuild.pages.anchors import add_anchors
from sitebuild.pages.figures import pair_figures
from sitebuild.pages.labs import clean_lab, downloads
from sitebuild.pages.numbers import anchor_values
from sitebuild.pages.references import link_back

SHOWN_VERSIONS = ("python", "matplotlib", "numpy", "torch")
STALE = (
    '<div class="admonition warning"><p class="admonition-title">Stale</p>'
    "<p>The code has changed since these outputs were computed.</p></div>"
)
_MEASURED = re.compile(r'<h2 id="what-was-measured-here">.*?</h2>', re.DOTALL)
_CELL = re.compile(r"<td\b[^>]*>.*?</td>", re.DOTALL)
_CODE = re.compile(r"(<code>)([^<]*)(</code>)")
_JOINT = re.compile(r"(?<=\w)([_.(/])(?=\w)")


def finish_page(content: str, page: Page, build: Build) -> str:
    """Pair figures, link equations with code and tests, add the line about the run."""
    uri, url = page.file.src_uri, page.file.url
    job = next((job for job in build.jobs if job.page == uri), None)
    is_lab = job is not None and job.kind == "lab"
    note = Path(uri).stem if uri.startswith("notes/") else ""
    is_note = note in build.index.equations
    content = _clean_lab(content, f"docs/{uri}") if is_lab else content
    if picture := about.first_picture(content, build.docs):
        page.meta["image"] = picture
    content = pair_figures(content, build.docs / url)
    if is_note:
        content = link_back(tell_of_claims(content, note, build))
        content = add_anchors(content)
    if run := build.runs.get(job) if job else None:
        names = [value["name"] for value in run["values"]]
        content = anchor_values(content, names)
    content = let_names_break(content)
    if uri.startswith("api/tests/"):
        content = links.test_anchors(content, Path(uri).stem, build.index, build.root)
    content = links.link_page(content, url, build.index, note if is_note else None)
    return content + _about_the_run(job, build) if job else content


def tell_of_claims(content: str, note: str, build: Build) -> str:
    """Lead from a note to its claims: where its numbers are, else at its end."""
    link = functools.partial(links.address, url=f"notes/{note}/")
    line = claim_rows.line(note, build.claims, link)
    told = _MEASURED.sub(lambda match: match[0] + line, content, count=1)
    return told if told != content else content + line


@functools.lru_cache(maxsize=1024)  # while `mkdocs serve` runs
def let_names_break(content: str) -> str:
    """Allow the code in table cells to break after the joints of its names."""

    def loosen(match: re.Match[str]) -> str:
        return match[1] + _JOINT.sub(r"\1<wbr>", match[2]) + match[3]

    return _CELL.sub(lambda cell: _CODE.sub(loosen, cell[0]), content)


def name_search(output: str) -> str:
    """Name the search dialog, which Material leaves without a name."""
    dialog = 'data-md-component="search" role="dialog"'
    return output.replace(dialog, f'{dialog} aria-label="Search"')


def run_line(run: Run, label: str, versions: Mapping[str, str], *, stale: bool) -> str:
    """Say when and how the outputs of a page were computed."""
    values = len(run["values"])
    parts = [
        f"<code>{html.escape(label)}</code> ran in {run['seconds']:.1f} s",
        f"peak memory {run['peak_mib']} MiB",
        f"{values} recorded value{'s' * (values != 1)}",
        f"executed {run['finished']}",
        ", ".join(f"{name} {version}" for name, version in versions.items()),
    ]
    line = f'<p class="run-line">{" · ".join(parts)}</p>'
    return STALE + line if stale else line


def _clean_lab(content: str, where: str) -> str:
    try:
        return clean_lab(content)
    except PluginError as error:
        raise PluginError(f"{where}: {error}") from None


def _about_the_run(job: Job, build: Build) -> str:
    """What stands below the outputs of a job."""
    run = build.runs.get(job)
    if run is None:
        return ""
    known = build.summary["versions"]
    versions = {name: known[name] for name in SHOWN_VERSIONS}
    line = run_line(run, job.label, versions, stale=job in build.stale)
    if job in build.stale:
        line += _text_now(job)
    needs = about.needs(build.publication.config.extra.get("repository") or "")
    return (downloads(job) if job.kind == "lab" else "") + needs + line


def _text_now(job: Job) -> str:
    """The text of a job whose page shows an older one, perhaps."""
    text = html.escape(job.source.read_text("utf-8"))
    summary = f"<summary>{html.escape(job.label)} as it is now</summary>"
    return f"<details>{summary}<pre><code>{text}</code></pre></details>"
