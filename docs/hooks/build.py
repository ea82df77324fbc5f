"""The steps of a build, in order; mkdocs calls these functions by their names.

mkdocs.yml lists this file under `hooks`. Plain `mkdocs build` and `mkdocs serve` do
everything: run what is stale, check claims, lay pages out, link, typeset, verify.
"""

import json
import logging
import os
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler
from mkdocs_gallery import gen_single
from mkdocs_jupyter.plugin import NotebookFile

DOCS = str(Path(__file__).parents[1])
sys.path.insert(0, DOCS)

from hooks import (
    api,
    freshness,
    gallery,
    pages,
    runner,
    site_check,
    state,
    typeset,
    xref,
)
from hooks.jobs import Job, find_jobs
from hooks.ledger import Ledger, check_claims, load_claims

log = logging.getLogger("mkdocs.hooks.build")
_MARKUP = re.compile("<[^>]*>")
# They tell of their own work, which is none: this file runs the scripts.
TALKATIVE = ("mkdocs-gallery", "mkdocs_jupyter", "mkdocs_macros.util")
SHOWN_VERSIONS = {"torch", "numpy", "matplotlib"}


@event_priority(100)
def on_config(config: MkDocsConfig) -> None:
    """Note the gallery's options as mkdocs.yml gives them, and complete the nav."""
    if DOCS not in sys.path:  # mkdocs takes it out after it has loaded this file
        sys.path.insert(0, DOCS)
    state.root = Path(config.config_file_path).parent
    options = config.plugins["gallery"].config
    state.settings = {
        name: value
        for name, value in options.items()
        if value is not None and not name.endswith("_dirs")  # these depend on the place
    }
    state.lenient = os.environ.get("DLNOTES_GALLERY") == "stale"
    if state.lenient:
        _forgive_warnings(config)
        options["plot_gallery"] = options["download_all_examples"] = False
    api.complete_nav(config, state.root)
    gen_single.tqdm = lambda scripts, **_: scripts  # progress is shown below
    for name in TALKATIVE:
        logging.getLogger(f"mkdocs.plugins.{name}").setLevel(logging.WARNING)


@event_priority(100)
def on_pre_build(config: MkDocsConfig) -> None:
    """Run what is stale, and check what was recorded against the claims."""
    _lock(config)
    started = time.perf_counter()
    docs = Path(config.docs_dir)
    try:
        state.jobs = find_jobs(state.root, docs)
    except ValueError as error:
        raise PluginError(str(error)) from error
    workers = runner.available_cores()
    if state.lenient:
        state.runs = _known_runs(state.jobs)
    else:
        state.runs = runner.run_stale(state.jobs, state.settings, workers)
    gallery.lay_out(state.jobs, docs / "gallery")
    if state.lenient:
        gallery.accept_as_is(state.jobs, docs / "gallery")
    state.summary = _summary(workers, time.perf_counter() - started)
    config.extra["build"] = state.summary
    # The site's own style sheet covers what the gallery needs, in both schemes.
    config.extra_css = [
        name for name in config.extra_css if not str(name).startswith("sg_gallery")
    ]
    state.ledger = Ledger.from_runs(state.runs, lenient=state.lenient)
    state.claims = load_claims(docs / "claims.yml")
    if failures := check_claims(state.claims, state.ledger):
        raise PluginError("\n".join(failures))
    state.index = xref.build_index(state.root, state.jobs)


@event_priority(-100)
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are generated, and show each lab as it was executed."""
    for uri, text in api.pages(state.root, state.index).items():
        files.append(File.generated(config, uri, content=text))
    for job in state.jobs:
        executed = job.store / "executed.ipynb"
        file = files.get_file_from_path(job.page)
        if job.kind == "lab" and file and executed.exists():
            files.remove(file)
            text = File.generated(config, job.page, abs_src_path=str(executed))
            shown = NotebookFile(text, **config)
            shown.abs_src_path = str(executed)  # where mkdocs-jupyter looks
            files.append(shown)
            for suffix in (".py", ".ipynb"):
                name = job.source.with_suffix(suffix).name
                uri = f"labs/{job.source.stem}/{name}"
                path = str(job.store / name)
                files.append(File.generated(config, uri, abs_src_path=path))
    return files


@event_priority(50)
def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Pair figures, link equations with code and tests, add the line about the run."""
    uri = page.file.src_uri
    job = next((job for job in state.jobs if job.page == uri), None)
    if job and job.kind == "lab":
        html = pages.clean_lab(html)
    html = pages.pair_figures(html, Path(config.docs_dir) / page.file.url)
    note = page.file.src_path.split("/")[-1].removesuffix(".md")
    is_note = uri.startswith("notes/") and note in state.index.equations
    if is_note:
        html = pages.fold_entries(html)
    html = pages.let_names_break(html)
    html = xref.link_page(html, page.file.url, state.index, note if is_note else None)
    if job and (run := state.runs.get(job)):
        versions = {
            name: version
            for name, version in state.summary["versions"].items()
            if name in SHOWN_VERSIONS | {"python"}
        }
        html += pages.downloads(job) if job.kind == "lab" else ""
        html += pages.run_line(run, job.label, versions, stale=job in state.stale)
    return html


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Finish a page's HTML."""
    return pages.name_search(output)


def on_post_template(output: str, template_name: str, config: MkDocsConfig) -> str:
    """Finish the HTML of a page that has no source, such as 404.html."""
    return pages.name_search(output)


@event_priority(-100)
def on_post_build(config: MkDocsConfig) -> None:
    """Check the finished site, typeset it, and write the proof of execution."""
    site = Path(config.site_dir)
    text = json.dumps({**state.summary, "jobs": _job_facts()}, indent=1)
    (site / "run.json").write_text(text + "\n", "utf-8")
    problems = state.ledger.unused() + _unaccounted(site)
    problems += typeset.typeset(site, state.root / ".cache" / "typeset")
    problems += site_check.check_site(site)
    if problems and not state.lenient:
        raise PluginError("\n".join(problems))
    for problem in problems:
        log.warning(problem)
    log.info(
        "Scripts and labs: %d found, %d executed, %d fresh",
        state.summary["found"],
        state.summary["executed"],
        state.summary["fresh"],
    )
    _unlock()


def on_build_error(error: Exception) -> None:
    """Let other builds go on after this one failed."""
    _unlock()


def _forgive_warnings(config: MkDocsConfig) -> None:
    """Undo `strict`: mkdocs has begun to count warnings before it asks the hooks."""
    config.strict = False
    logger = logging.getLogger("mkdocs")
    for handler in [h for h in logger.handlers if isinstance(h, CountHandler)]:
        logger.removeHandler(handler)


def _lock(config: MkDocsConfig) -> None:
    """Hold off other builds of this project until this one is done."""
    folder = state.root / ".cache"
    folder.mkdir(exist_ok=True)
    state.lock = FileLock(folder / "build.lock")
    if state.lock.is_locked:
        return
    try:
        state.lock.acquire(timeout=0)
    except TimeoutError:
        log.info("Waiting for another build of this project to finish")
        state.lock.acquire()


def _unlock() -> None:
    if state.lock is not None:
        state.lock.release(force=True)


def _known_runs(jobs: list[Job]) -> dict[Job, dict]:
    """What the authors' mode shows: the last runs, however old."""
    runs = {}
    state.stale = []
    for job in jobs:
        if not freshness.is_fresh(job, state.settings):
            state.stale.append(job)
        if run := freshness.stored(job):
            runs[job] = {**run, "executed": False}
    return runs


def _summary(workers: int, seconds: float) -> dict[str, Any]:
    executed = sum(run["executed"] for run in state.runs.values())
    return {
        "built": datetime.now(UTC).isoformat(timespec="seconds"),
        "found": len(state.jobs),
        "executed": executed,
        "fresh": len(state.runs) - executed,
        "workers": workers,
        "wall_seconds": round(seconds, 2),
        "recorded": sum(len(run["values"]) for run in state.runs.values()),
        "versions": freshness.versions(set(freshness.ALWAYS)),
    }


def _job_facts() -> list[dict[str, Any]]:
    keep = ("key", "finished", "seconds", "peak_mib", "executed")
    return [
        {
            "source": job.label,
            "page": job.page,
            "values": len(run["values"]),
            **{name: run[name] for name in keep},
        }
        for job, run in state.runs.items()
    ]


def _unaccounted(site: Path) -> list[str]:
    """Messages about jobs whose page is missing or shows a traceback."""
    problems = []
    for job in state.jobs:
        page = site / job.page.rsplit(".", 1)[0] / "index.html"
        if not page.exists():
            problems.append(f"{job.label} has no page")
        elif "Traceback (most recent" in _MARKUP.sub("", page.read_text("utf-8")):
            problems.append(f"{job.label}: its page shows a traceback")
    return problems
