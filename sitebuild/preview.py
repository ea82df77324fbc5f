"""Shows an edited page at once, while `mkdocs serve` makes the whole site anew.

It is made as in any build, from what the last build knows of everything else. The whole
site, which comes a few seconds later, takes its place.
"""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from jinja2 import Environment
from mkdocs.commands import build as steps
from mkdocs.livereload import _timestamp
from mkdocs.structure.files import File, Files

from sitebuild import report
from sitebuild.build import Build
from sitebuild.freshness import snapshot


class Preview:
    """What is kept of the last build for it.

    Args:
        build: The build, whose site is in place.
        files: Of the site.
        env: Its templates.
    """

    def __init__(self, build: Build, files: Files, env: Environment) -> None:
        self.build, self.files, self.env = build, files, env

    def edited(self) -> File | None:
        """The page whose text is all that has changed since."""
        now = snapshot.take(self.build.root)
        changed = snapshot.differing(self.build.sources, now)
        if len(changed) != 1 or not changed[0].startswith("docs/notes/"):
            return None
        return self.files.src_uris.get(changed[0].removeprefix("docs/"))

    def show(self, file: File) -> None:
        """Make one page, and put it in place."""
        build, page = self.build, file.page
        assert page is not None
        config = build.publication.config
        pages = self.files.documentation_pages()
        vars(page).pop("render", None)  # as `Kept` left it
        steps._populate_page(page, config, self.files)
        steps._build_page(page, config, pages, build.nav, self.env)
        draft = build.publication.draft
        report.tell_the_time(draft, build.summary)
        text = (draft / file.dest_uri).read_text("utf-8")
        shutil.rmtree(draft)
        html, rules = build.formulas.of_page(file.dest_uri, text)
        place = build.publication.place
        (place / file.dest_uri).write_text(html, "utf-8")
        styles = place / "assets" / "math" / "math.css"
        known = styles.read_text("utf-8")
        new = [rule for rule in rules if rule not in known]
        styles.write_text("\n\n".join([known.rstrip(), *new]) + "\n", "utf-8")


def show_first(server: Any, latest: Callable[[], Preview | None]) -> None:
    """Let a server show what was edited before it builds the site.

    Args:
        server: Of `mkdocs serve`.
        latest: Gives what is kept of the last build.
    """
    whole = server.builder

    def builder() -> None:
        if _shown(latest()):
            # All other pages of the last build are served until the next is whole.
            _reload(server)
            whole()
            server._wanted_epoch = _timestamp()
        else:
            whole()

    server.builder = builder


def _shown(preview: Preview | None) -> bool:
    """Show what was edited, if there is such a page and it has no fault."""
    file = preview.edited() if preview else None
    if not preview or not file:
        return False
    try:
        with _silence():  # the build of the site tells what is wrong
            preview.show(file)
    except (Exception, SystemExit):
        return False
    return True


def _reload(server: Any) -> None:
    with server._epoch_cond:
        server._visible_epoch = server._wanted_epoch
        server._epoch_cond.notify_all()


@contextmanager
def _silence() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
