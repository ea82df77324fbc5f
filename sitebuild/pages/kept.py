"""Keeps pages from build to build: what did not change is not rendered again.

Most of a build's time goes into turning Markdown into HTML, that into entries of the
search index, and into the HTML around it. mkdocs has no event around these, so they are
wrapped. What a page gives depends on its text, the settings, the code of the build, the
packages, and which files there are; where it shows the library, on all of its code.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from material.plugins.search.plugin import SearchIndex
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc
from mkdocs.utils import CountHandler

from sitebuild import seal
from sitebuild.freshness import remembered
from sitebuild.freshness.files import file_hash
from sitebuild.freshness.snapshot import Snapshot

_index = SearchIndex.add_entry_from_context
_BUILD = ("mkdocs.yml", "sitebuild/", "docs/overrides/")
_SHOWS_CODE = "::: "


class Kept:
    """The rendered pages of one build, and of the last one."""

    def __init__(self, root: Path, sources: Snapshot) -> None:
        self.folder = root / ".cache" / "pages"
        self.used: set[str] = set()
        own = {name: x for name, x in sources.items() if name.startswith(_BUILD)}
        self.build = _hash(own, remembered.packages())
        self.library = _hash(
            {name: x for name, x in sources.items() if name.startswith("dlnotes/")}
        )
        self.files = ""

    def begin(self, files: Files) -> None:
        """See which files the pages of this build may refer to."""
        seal.make_folder(self.folder, self.folder.parent)
        self.files = _hash([(f.src_uri, f.dest_uri, f.inclusion.name) for f in files])
        SearchIndex.add_entry_from_context = self._indexing()

    def forget(self, kind: str) -> None:
        """Remove what neither this build nor the last one of another kind used."""
        seal.forget(self.folder, self.used, kind)

    def keep(self, page: Page) -> None:
        """Let a page be rendered only if what it depends on has changed."""
        rendered = page.render

        def render(config: MkDocsConfig, files: Files) -> None:
            text, source = page.markdown or "", page.file.abs_src_path
            library = self.library if _SHOWS_CODE in text else ""
            digest = file_hash(Path(source)) if source else ""  # of a notebook
            about = (self.files, library, page.file.src_uri, digest, _sha(text))
            path = self._path("page", *about)
            if known := seal.read_sealed(path):
                _restore(page, json.loads(known), config, files)
                return
            with _told(config) as told:
                rendered(config, files)
            if not told["warnings"]:  # they must be heard in each build
                seal.write_sealed(path, json.dumps(_state(page, told)))

        page.render = render  # type: ignore[method-assign]

    def keep_templates(self, env: Environment, nav: Any) -> None:
        """Let the HTML around a page be written only if something in it has changed."""
        listed = _hash([(p.url, p.title) for p in nav.pages], str(nav))
        env.bytecode_cache = _Templates(self)
        template = env.get_template("main.html")
        rendered = template.render

        def render(context: Any) -> str:
            if context["page"] is None:  # it has no source, such as 404.html
                return rendered(context)
            return self.around(lambda: rendered(context), listed, context)

        template.render = render  # type: ignore[method-assign]

    def around(self, render: Callable[[], str], listed: str, context: Any) -> str:
        """Write the HTML of a page and what is around it, unless it is known."""
        page, config = context["page"], context["config"]
        facts = [
            {name: x for name, x in given.items() if _is_plain(x)}
            for given in (vars(page), context)
        ]
        near = [(p.url, p.title) for p in (page.previous_page, page.next_page) if p]
        about = (
            facts,
            page.meta,
            _plain(page.toc),
            page.title,
            page.url,
            near,
            config.site_url,
        )
        loads = (context["extra_css"], context["extra_javascript"], config.extra)
        path = self._path("around", listed, about, loads)
        if known := seal.read_sealed(path):
            return known
        text = render()
        seal.write_sealed(path, text)
        return text

    def _indexing(self) -> Callable[[SearchIndex, Page], None]:
        def add(index: SearchIndex, page: Page) -> None:
            about = [page.url, page.title, page.meta, _plain(page.toc)]
            path = self._path("search", _sha(page.content or ""), about)
            if known := seal.read_sealed(path):
                index.entries += json.loads(known)
                return
            before = len(index.entries)
            _index(index, page)
            seal.write_sealed(path, json.dumps(index.entries[before:]))

        return add

    def _path(self, kind: str, *parts: Any) -> Path:
        """Where that is kept which depends on some parts, and on the build."""
        name = _hash(kind, self.build, *parts)
        self.used.add(name)
        return self.folder / name


class _Templates(BytecodeCache):
    """Compiled templates."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is known of a template's text."""
        if known := seal.read_sealed(self._path(bucket)):
            bucket.bytecode_from_string(bytes.fromhex(known))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        seal.write_sealed(self._path(bucket), bucket.bytecode_to_string().hex())

    def _path(self, bucket: Bucket) -> Path:
        return self.kept._path("template", bucket.key, bucket.checksum)


@contextmanager
def _told(config: MkDocsConfig) -> Iterator[dict[str, Any]]:
    """Collect what a rendering tells others: anchors, names of objects, warnings."""
    told: dict[str, Any] = {"anchors": [], "objects": [], "warnings": False}
    autorefs, inventory = _listeners(config)
    counter = CountHandler()
    counter.setLevel(logging.WARNING)
    loud = logging.getLogger("mkdocs")
    loud.addHandler(counter)
    autorefs.register_anchor = _noting(autorefs.register_anchor, told["anchors"])
    inventory.register = _noting(inventory.register, told["objects"])
    try:
        yield told
    finally:
        del autorefs.register_anchor, inventory.register
        loud.removeHandler(counter)
        told["warnings"] = bool(counter.counts)


def _noting(method: Callable[..., None], calls: list[Any]) -> Callable[..., None]:
    def noted(*arguments: Any, **options: Any) -> None:
        named = {name: x for name, x in options.items() if name != "page"}
        calls.append([[x for x in arguments if not isinstance(x, Page)], named])
        method(*arguments, **options)

    return noted


def _listeners(config: MkDocsConfig) -> tuple[Any, Any]:
    """Who resolves references to anchors, and who lists the library's objects."""
    autorefs: Any = config.plugins["autorefs"]
    mkdocstrings: Any = config.plugins["mkdocstrings"]
    return autorefs, mkdocstrings.handlers.inventory


def _state(page: Page, told: dict[str, Any]) -> dict[str, Any]:
    """All that a rendering leaves behind."""
    links = page.links_to_anchors or {}
    return {
        "content": page.content,
        "toc": _plain(page.toc),
        "title": page._title_from_render,
        "given": vars(page).get("title"),  # by a notebook
        "present": sorted(page.present_anchor_ids or ()),
        "links": {file.src_uri: anchors for file, anchors in links.items()},
        "anchors": told["anchors"],
        "objects": told["objects"],
    }


def _restore(
    page: Page, state: dict[str, Any], config: MkDocsConfig, files: Files
) -> None:
    """Leave all that behind again."""
    page.content = state["content"]
    page.toc = get_toc(state["toc"])
    page._title_from_render = state["title"]
    if state["given"] is not None:
        page.title = state["given"]
    page.present_anchor_ids = set(state["present"])
    by_name = files.src_uris
    page.links_to_anchors = {by_name[uri]: x for uri, x in state["links"].items()}
    autorefs, inventory = _listeners(config)
    for arguments, options in state["anchors"]:
        autorefs.register_anchor(page, *arguments, **options)
    for arguments, options in state["objects"]:
        inventory.register(*arguments, **options)
    if state["objects"]:  # what mkdocstrings writes asks which handlers were used
        config.plugins["mkdocstrings"].handlers.get_handler("python")  # type: ignore[attr-defined]


def _plain(toc: Any) -> list[Any]:
    """A table of contents as it came from the Markdown."""
    return [
        {"name": x.title, "id": x.id, "level": x.level, "children": _plain(x.children)}
        for x in toc
    ]


def _is_plain(fact: Any) -> bool:
    return fact is None or isinstance(fact, bool | int | str)


def _hash(*parts: Any) -> str:
    return _sha(json.dumps(parts, default=str))


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
