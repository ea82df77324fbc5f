"""With DLNOTES_NOTE, the site is that of one note: its page, scripts, labs, claims."""

import logging
import os
import posixpath
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files

_FIGURE = re.compile(r"gallery/(\w+)/images/")


def wanted_note(docs: Path) -> str:
    """The note that the site is restricted to, "" for all.

    Raises:
        PluginError: If there is no such note.
    """
    note = os.environ.get("DLNOTES_NOTE", "")
    notes = sorted(path.stem for path in docs.glob("notes/*.md"))
    if note and note not in notes:
        raise PluginError(f"there is no note {note!r}, but: {', '.join(notes)}")
    return note


def shows(uri: str, note: str) -> bool:
    """Tell whether a file of the sources belongs to the site of a note.

    Figures of other notes do: the page may show them.
    """
    top, _, rest = uri.partition("/")
    if top == "gallery" and rest.count("/") == 1 and rest.endswith(".md"):
        return rest.startswith(f"{note}/")
    if top in ("notes", "labs"):
        return Path(rest).stem == note
    if top == "api":
        return rest in ("index.md", f"{note}.md", f"tests/{note}.md")
    return True


def leads_out(problem: str, note: str, docs: Path) -> bool:
    """Tell whether a dead link is one to what the site of a note does not show.

    Args:
        problem: A message about the built site, `notes/bias/index.html: dead link ...`.
        note: The only note that the site shows.
        docs: The sources of all pages.
    """
    page, found, address = problem.partition(": dead link ")
    path, folder = urlsplit(address).path, posixpath.dirname(page)
    source = posixpath.normpath(posixpath.join(posixpath.dirname(folder), path))
    built = posixpath.normpath(posixpath.join(folder, path))
    if found and built.startswith("api/"):  # these pages have no source
        return not shows(f"{built}.md", note)
    if found and (figure := _FIGURE.match(built)):  # perhaps it was never drawn
        return figure[1] != note and (docs / f"notes/{figure[1]}.md").is_file()
    targets = [source, built, f"{built}.md", f"{built}.py"] if found else []
    return any(not shows(uri, note) and (docs / uri).is_file() for uri in targets)


def restrict_settings(config: MkDocsConfig, note: str) -> None:
    """Leave what belongs to other notes out of the nav, and links to it unchecked."""
    config.nav = _prune(config.nav or [], note)
    links, nav = config.validation.links, config.validation.nav
    links.not_found = links.anchors = links.unrecognized_links = logging.DEBUG
    nav.not_found = nav.omitted_files = logging.DEBUG
    for name in ("mkdocs_autorefs", "mkdocs_autorefs._internal.plugin"):
        logging.getLogger(f"mkdocs.plugins.{name}").setLevel(logging.ERROR)


def restrict_files(files: Files, config: MkDocsConfig, note: str) -> None:
    """Take what belongs to other notes out of the site, and out of its nav."""
    config.nav = _prune(config.nav or [], note)
    for file in [file for file in files if not shows(file.src_uri, note)]:
        files.remove(file)


def _prune(nav: Any, note: str) -> Any:
    """A part of the nav, without what is not shown; empty if nothing is."""
    if isinstance(nav, list):
        return [kept for item in nav if (kept := _prune(item, note))]
    if isinstance(nav, dict):
        return {title: kept for title, x in nav.items() if (kept := _prune(x, note))}
    return nav if shows(nav, note) else None
