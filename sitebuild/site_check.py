"""Checks of the finished site: its links, and that nothing comes from outside."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import etree, html

from sitebuild import loads

# What a browser fetches by itself, as opposed to a link that a reader follows.
_LOADED = {
    "audio": ("src",),
    "embed": ("src",),
    "feimage": ("href", "xlink:href"),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
# The elements that may refer to something; formulas consist of thousands of others.
_NOTEWORTHY = etree.XPath(
    "//a | //area | //*[@style] | " + " | ".join(f"//{tag}" for tag in _LOADED)
)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_ADDRESS = re.compile(
    r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^"')\s]+))\s*\)"""
    r"""|@import\s+(?:"([^"]*)"|'([^']*)')""",
    re.IGNORECASE,
)


@dataclass
class _Page:
    """The addresses and anchors of one page."""

    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def note(self, tag: str, given: Mapping[str, str]) -> None:
        """Note what one element refers to."""
        if tag in ("a", "area") and "href" in given:
            self.links.append(given["href"])
        self.loaded += _css_addresses(given.get("style", ""))
        if tag == "link" and set(given.get("rel", "").split()) <= loads.FOLLOWED:
            return
        for name in _LOADED.get(tag, ()):
            if value := given.get(name):
                parts = value.split(",") if name == "srcset" else [value]
                self.loaded += [part.split()[0] for part in parts if part.split()]


def check_site(site: Path) -> list[str]:
    """Look through every page and other file of a built site.

    Returns:
        One message per dead link, dead anchor, missing file, address of another host
        that a page would load by itself, and thing that no page needs.
    """
    problems: list[str] = []
    paths = sorted(site.rglob("*.html"))
    pages = {str(path): _read(path, site, problems) for path in paths}
    for path, page in zip(paths, pages.values(), strict=True):
        for address in dict.fromkeys(page.loaded):
            problems += _load(address, path, site, pages)
        for address in dict.fromkeys(page.links):
            if not _is_outside(address) and not urlsplit(address).scheme:
                problems += _dead(address, path, site, pages)
    for path in sorted(site.rglob("*.css")):
        for address in _css_addresses(path.read_text("utf-8", "replace")):
            problems += _load(address, path, site, pages)
    problems += loads.faults_of_files(site)
    return list(dict.fromkeys(problems))


def _load(address: str, path: Path, site: Path, pages: dict[str, _Page]) -> list[str]:
    """Messages about an address of this site that a browser would fetch by itself."""
    if _is_outside(address) or address.startswith(("data:", "#")):
        return []
    return _dead(address, path, site, pages)


def _read(path: Path, site: Path, problems: list[str]) -> _Page:
    """Note what a page refers to, and what is wrong with the page alone."""
    page = _parse(path.read_text("utf-8"), path.relative_to(site).as_posix())
    problems += page.problems
    return page


@lru_cache(maxsize=1024)  # while `mkdocs serve` runs
def _parse(text: str, name: str) -> _Page:
    tree = html.document_fromstring(text or "<p>")
    page = _Page(anchors={*tree.xpath("//@id"), *tree.xpath("//@name")})
    page.problems = list(loads.faults(tree, name))
    for element in _NOTEWORTHY(tree):
        page.note(element.tag, element.attrib)
    for style in tree.iter("style"):
        page.loaded += _css_addresses(style.text or "")
    return page


def _css_addresses(text: str) -> list[str]:
    found = _CSS_ADDRESS.findall(_CSS_COMMENT.sub("", text))
    return ["".join(groups) for groups in found]


def _is_outside(address: str) -> bool:
    return bool(urlsplit(address).netloc)


def _dead(address: str, path: Path, site: Path, pages: dict[str, _Page]) -> list[str]:
    """Messages about an address that leads nowhere within the site."""
    name = path.relative_to(site).as_posix()
    parts = urlsplit(address)
    if name == "404.html" and parts.path.startswith("/"):
        return []  # its addresses begin with the path of the published site
    target = _target(unquote(parts.path), path, site) if parts.path else str(path)
    if target is None:
        return [f"{name}: dead link {address}"]
    anchor = unquote(parts.fragment)
    known = pages[target].anchors if target in pages else {anchor}
    if anchor not in known and anchor not in ("", "__top"):
        return [f"{name}: dead anchor {address}"]
    return []


def _target(address: str, path: Path, site: Path) -> str | None:
    """The file that an address names, seen from a page."""
    base = site if address.startswith("/") else path.parent
    target = os.path.normpath(f"{base}/{address.lstrip('/')}")
    if os.path.isdir(target):
        target += "/index.html"
    return target if os.path.isfile(target) else None
