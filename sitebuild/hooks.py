"""mkdocs calls these functions by their names; mkdocs.yml lists this file.

Plain `mkdocs build` and `mkdocs serve` do everything: run what is stale, check claims,
lay pages out, link, typeset, verify.
"""

import logging
from typing import Any

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, PluginError
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler

from sitebuild import gallery, leftovers, policy, report, selection, site_check
from sitebuild.build import Build
from sitebuild.freshness import snapshot
from sitebuild.known import Known
from sitebuild.pages import about, calls, labs, macros, reference
from sitebuild.pages.bodies import show_bodies
from sitebuild.pages.content import finish_page, name_search
from sitebuild.pages.templates import START
from sitebuild.preview import Preview, show_first
from sitebuild.publish import warnings_that_count
from sitebuild.sources import Sources

log = logging.getLogger("mkdocs.hooks.build")
# They tell of their own work, which is none: the build runs the scripts.
TALKATIVE = ("mkdocs-gallery", "mkdocs_jupyter", "mkdocs_macros.util")
current: Build | None = None
serving = False  # then the next build follows by itself
begun: Preview | None = None
ready: Preview | None = None  # of the site that is in place


def on_startup(command: str, dirty: bool) -> None:
    """Refuse what would show a page beside others that are older."""
    global serving
    serving = command == "serve"
    if dirty:
        raise Abort("a site is built as a whole: leave out --dirty or --no-clean")


@event_priority(100)
def on_config(config: MkDocsConfig) -> None:
    """Begin a build, before any plugin does something."""
    global current
    current = Build.of(config, "serve" if serving else "build")
    partial = current.lenient or current.note != ""
    gallery.keep_quiet(config, lenient=partial)
    reference.complete_nav(config, current.root)
    for name in TALKATIVE:
        logging.getLogger(f"mkdocs.plugins.{name}").setLevel(logging.WARNING)
    if partial:
        _forgive_warnings(config)
    if current.note:
        selection.restrict_settings(config, current.note)


@event_priority(100)
def on_pre_build(config: MkDocsConfig) -> None:
    """Run what is stale, and check what was recorded against the claims."""
    build = _current()
    build.begin()
    build.read()
    build.execute()
    build.check(lambda: calls.faults(build, config.plugins["macros"]))
    macros.register(build, config.plugins["macros"])
    config.extra["build"] = report.lasting(build.summary)
    # The site's own style sheet covers what the gallery needs, in both schemes.
    config.extra_css = [
        name for name in config.extra_css if not str(name).startswith("sg_gallery")
    ]


@event_priority(-100)
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are generated, and show each lab as it was executed."""
    build = _current()
    for uri, text in reference.reference_pages(build.root, build.index).items():
        files.append(File.generated(config, uri, content=text))
    sheet = about.dark_without_scripts(files)
    files.append(File.generated(config, "assets/no-script-dark.css", content=sheet))
    for job in build.jobs:
        if job.kind == "lab":
            labs.show_executed(job, files, config)
    if build.note:
        selection.restrict_files(files, config, build.note)
    build.kept.begin(files)
    return files


@event_priority(-100)
def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> Page:
    """Do not render again what did not change."""
    _current().kept.keep(page)
    return page


@event_priority(100)
def _foreign_text(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> None:
    """Let text that comes from scripts and code stay text, whatever it says."""
    if macros.are_foreign(page.file.src_uri) or START not in markdown:
        page.meta["render_macros"] = False


@event_priority(-50)
def _code_of_notes(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Show the code that a note names; the macros in its text are done."""
    uri, url = page.file.src_uri, page.file.url
    if not uri.startswith("notes/"):
        return markdown
    build = _current()
    return show_bodies(markdown, uri, url, build.index, build.root)


on_page_markdown = CombinedEvent(_foreign_text, _code_of_notes)


@event_priority(50)
def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Finish the content of a page."""
    content = finish_page(html, page, _current())
    policy.refuse_code(content, f"docs/{page.file.src_uri}")
    return content


@event_priority(-100)
def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Remember what every page lists."""
    _current().nav = nav
    return nav


@event_priority(-100)
def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:
    """Do not write again what did not change around the content of pages."""
    global begun
    build = _current()
    build.kept.keep_templates(env, build.nav)
    begun = Preview(build, files, env)
    return env


@event_priority(-100)
def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Finish the HTML around it, and begin with its formulas."""
    finished = name_search(output)
    _current().formulas.foresee(page.file.dest_uri, finished)
    return finished


def on_post_template(output: str, template_name: str, config: MkDocsConfig) -> str:
    """Finish the HTML of a page that has no source, such as 404.html."""
    return name_search(output)


def on_serve(server: Any, config: MkDocsConfig, builder: Any) -> None:
    """Show what is edited first, and pages without their policy.

    mkdocs adds a script to them that reloads them.
    """
    add = server._inject_js_into_html
    server._inject_js_into_html = lambda page, epoch: add(
        policy.without_policy(page), epoch
    )
    show_first(server, lambda: ready if ready and ready.build is current else None)


@event_priority(-100)
def on_post_build(config: MkDocsConfig) -> None:
    """Typeset the finished site, check it, prove the execution, put it in place."""
    global ready
    build = _current()
    report.write_proof(build.site / "run.json", build.summary, build.runs, build.stale)
    problems = build.ledger.unused() + report.unaccounted(build.site, build.jobs)
    problems += _look_through(build)
    report.tell_the_time(build.site, build.summary)
    if not serving:
        problems += snapshot.changes(build.sources, build.runs, build.root)
    if problems and not build.lenient:
        raise PluginError("\n".join(problems))
    for problem in problems:
        log.warning(problem)
    if config.strict and warnings_that_count():
        return  # mkdocs ends the build
    build.kept.forget(build.kind)
    build.publication.complete()
    ready = begun
    counts = "Scripts and labs: %(found)d found, %(executed)d executed, %(fresh)d fresh"
    counts += ", %(stale)d stale" if build.lenient else ""
    log.info(counts, build.summary)
    build.end()


def on_build_error(error: Exception) -> None:
    """Remove what was built so far, and let other builds go on."""
    if current is not None:
        current.end()
    if isinstance(error, OSError) and error.filename:
        raise PluginError(f"{error.strerror}: {error.filename}") from error


def on_shutdown() -> None:
    """Do the same where the build was interrupted."""
    if current is not None:
        current.end()


def _look_through(build: Build) -> list[str]:
    """Typeset the finished site, and check all that a reader would meet."""
    sources = Sources(build.root, build.docs, build.jobs)
    broken = build.formulas.typeset(build.site)
    policy.protect(build.site)
    known = Known(build.root / ".cache" / f"known-{build.kind}", build.kept.build)
    dead = [
        problem
        for problem in site_check.check_site(build.site, known)
        if not (build.note and selection.leads_out(problem, build.note, build.docs))
        if not (broken and "#mjx-eqn:" in problem)  # what follows from that
    ]
    left = [] if broken else leftovers.check_site(build.site, sources, known)
    known.keep()
    if build.note:  # references to what the site does not show stay as they were typed
        left = [problem for problem in left if "][dlnotes." not in problem]
    return [*map(sources.explain, broken + dead), *left]


def _current() -> Build:
    """The build that mkdocs has begun."""
    if current is None:
        raise PluginError("mkdocs has not begun a build")
    return current


def _forgive_warnings(config: MkDocsConfig) -> None:
    """Undo `strict`: mkdocs has begun to count warnings before it asks the hooks."""
    config.strict = False
    logger = logging.getLogger("mkdocs")
    for handler in [h for h in logger.handlers if isinstance(h, CountHandler)]:
        logger.removeHandler(handler)
