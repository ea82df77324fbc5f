"""Finishes the HTML of a page: its figures, its links, and the line about its run."""

import html
import re
from collections.abc import Mapping
from pathlib import Path

from mkdocs.structure.pages import Page

from sitebuild.build import Build
from sitebuild.jobs import Job, Run
from sitebuild.pages.figures import pair_figures
from sitebuild.pages.labs import clean_lab, downloads
from sitebuild.pages.links import link_page

SHOWN_VERSIONS = ("python", "matplotlib", "numpy", "torch")
STALE = (
    '<div class="admonition warning"><p class="admonition-title">Stale</p>'
    "<p>The code has changed since these outputs were computed.</p></div>"
)
# From the first list of an entry, such as its parameters, to its source.
_ENTRY_SECTIONS = re.compile(
    r'(<p>\s*<span class="doc-section-title">(?:(?!<h\d id=).)*?)'
    r'(?=<details class="mkdocstrings-source")',
    re.DOTALL,
)
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
    content = clean_lab(content) if is_lab else content
    content = pair_figures(content, build.docs / url)
    content = fold_entries(content) if is_note else content
    content = let_names_break(content)
    content = link_page(content, url, build.index, note if is_note else None)
    return content + _about_the_run(job, build) if job else content


def fold_entries(content: str) -> str:
    """Fold what a function's entry says of its arguments, so that the text reads on."""
    opening = '<details class="entry-more"><summary>Arguments and result</summary>'
    return _ENTRY_SECTIONS.sub(rf"{opening}\1</details>", content)


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
    return (downloads(job) if job.kind == "lab" else "") + line


def _text_now(job: Job) -> str:
    """The text of a job whose page shows an older one, perhaps."""
    text = html.escape(job.source.read_text("utf-8"))
    summary = f"<summary>{html.escape(job.label)} as it is now</summary>"
    return f"<details>{summary}<pre><code>{text}</code></pre></details>"
