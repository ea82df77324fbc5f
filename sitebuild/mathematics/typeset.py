"""Typesets the mathematics of the built site, with MathJax in Node.

A page that was typeset before, by the same program, is taken from `.cache/typeset`.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import Any

from sitebuild import seal
from sitebuild.mathematics.mathjax import begin, run_node
from sitebuild.mathematics.plain import as_text, show_as_text

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / "node_modules"
FONTS = MODULES / "@mathjax/mathjax-newcm-font/chtml/woff2"
# What the HTML of a formula depends on, beside the page.
PROGRAM = [
    *(HERE / name for name in ("typeset.mjs", "plain.mjs", "macros.json")),
    MODULES / ".package-lock.json",
]
_MARKS = ("arithmatex", "jp-Rendered")  # of TeX in a page


class Formulas:
    """The formulas of the site that a build makes.

    Args:
        cache: Where typeset pages are kept. In the end it holds those of this site,
            and those of the last site of another kind.
        kind: What kind of site it is.
    """

    def __init__(self, cache: Path, kind: str = "site") -> None:
        self.cache, self.kind = cache, kind
        self.program = program()
        self.begun: dict[str, Future[dict[str, Any]]] = {}

    def foresee(self, page: str, text: str) -> None:
        """Begin with a page that will be in the site, unless it is known."""
        if _has_tex(text) and not self._kept(text).exists():
            self.begun[text] = begin(page, text)

    def drop(self) -> None:
        """Let go of what was begun."""
        for future in self.begun.values():
            future.cancel()
        self.begun = {}

    def typeset(self, site: Path) -> list[str]:
        """Replace the TeX of every page by HTML.

        Returns:
            One message per broken formula, with its page.

        Raises:
            PluginError: If Node or MathJax is missing.
        """
        seal.make_folder(self.cache, self.cache.parent)
        texts = {
            p.relative_to(site).as_posix(): t for p, t in _read(site) if _has_tex(t)
        }
        used = {self._kept(text).name for text in texts.values()}
        seal.forget(self.cache, used, self.kind)
        known, messages = self._known(texts)
        _show(site, known)
        return messages

    def of_page(self, page: str, text: str) -> tuple[str, list[str]]:
        """The HTML of one page with its formulas, and the rules of style for them."""
        found = self._known({page: text})[0].get(page)
        if found is None:  # it has no formula, or broken ones
            return text, []
        return as_text(found["html"], found["texts"]), _rules(found)

    def _known(
        self, texts: dict[str, str]
    ) -> tuple[dict[str, dict[str, Any]], list[str]]:
        """What is known of pages, and messages about those that are broken."""
        pages = {page: self._kept(text) for page, text in texts.items()}
        known = {page: seal.read_sealed(kept) for page, kept in pages.items()}
        unknown = {page: texts[page] for page, text in known.items() if not text}
        messages: list[str] = []
        for page, result in self._typeset(unknown).items():
            messages += result.pop("problems")
            if result["html"]:
                known[page] = json.dumps(result)
                seal.write_sealed(pages[page], known[page] or "")
        return {p: _loaded(text) for p, text in known.items() if text}, messages

    def _typeset(self, pages: dict[str, str]) -> dict[str, dict[str, Any]]:
        begun = {p: t for p, t in pages.items() if t in self.begun}
        results = run_node({p: t for p, t in pages.items() if p not in begun})
        results += [self.begun[text].result() for text in begun.values()]
        return {result.pop("page"): result for result in results}

    def _kept(self, text: str) -> Path:
        """Where a page is kept as it looks when it is typeset."""
        digest = hashlib.sha256(self.program + text.encode("utf-8")).hexdigest()
        return self.cache / f"{digest}.json"


def program() -> bytes:
    """All that the HTML of a formula depends on, beside the page."""
    return b"".join(path.read_bytes() for path in PROGRAM if path.exists())


@lru_cache(maxsize=1024)  # while `mkdocs serve` runs
def _loaded(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def _rules(known: dict[str, Any]) -> list[str]:
    """Rules of style, which pages share."""
    rules: list[str] = known["styles"].strip().split("\n\n")
    return rules


def _read(site: Path) -> Iterator[tuple[Path, str]]:
    """Every page of a site, with its text."""
    return ((path, path.read_text("utf-8")) for path in site.rglob("*.html"))


def _has_tex(text: str) -> bool:
    return any(mark in text for mark in _MARKS)


def _show(site: Path, pages: dict[str, dict[str, Any]]) -> None:
    """Put typeset pages in place, and their styles."""
    rules: dict[str, None] = {}
    texts: dict[str, str] = {}
    for page, known in pages.items():
        (site / page).write_text(known["html"], "utf-8")
        rules |= dict.fromkeys(_rules(known))
        texts |= known["texts"]
    show_as_text(site, texts)
    assets = site / "assets" / "math"
    shutil.copytree(FONTS, assets / "fonts", dirs_exist_ok=True)
    (assets / "math.css").write_text("\n\n".join(rules) + "\n", "utf-8")
