"""Checks of the finished site: its links, and that nothing comes from outside."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree, html

from sitebuild import loads
from sitebuild.known import Known
from sitebuild.near import near

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
_TOP = ("", "__top")  # anchors that every page has
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
    anchors: list[str] = field(default_factory=list)
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

    @cached_property
    def within(self) -> list[str]:
        """The addresses within the site, each once."""
        loaded = [a for a in self.loaded if not a.startswith(("data:", "#"))]
        followed = [a for a in self.links if not urlsplit(a).scheme]
        addresses = dict.fromkeys([*loaded, *followed])
        return [address for address in addresses if not urlsplit(address).netloc]


def check_site(site: Path, known: Known) -> list[str]:
    """Look through every page and other file of a built site.

    Args:
        site: The site, complete.
        known: What is known of its pages.

    Returns:
        One message per dead link, dead anchor, missing file, address of another host
        that a page would load by itself, and thing that no page needs.
    """
    paths = sorted(site.rglob("*.html"))
    pages = {path: _read(path, site, known) for path in paths}
    problems = [problem for page in pages.values() for problem in page.problems]
    there: dict[str, set[str] | None] = {
        f"{folder}/{name}": None for folder, _, names in os.walk(site) for name in names
    }
    there |= {str(path): set(page.anchors) for path, page in pages.items()}
    for path, page in pages.items():
        problems += _dead(page.within, path, site, there)
    for path in sorted(site.rglob("*.css")):
        style = _Page(loaded=_css_addresses(path.read_text("utf-8", "replace")))
        problems += _dead(style.within, path, site, there)
    problems += loads.faults_of_files(site)
    return list(dict.fromkeys(problems))


def _read(path: Path, site: Path, known: Known) -> _Page:
    text, name = path.read_text("utf-8"), path.relative_to(site).as_posix()
    return _Page(**known.about(f"links of {name}", text, lambda: _parse(text, name)))


def _parse(text: str, name: str) -> dict[str, Any]:
    """Note what a page refers to, and what is wrong with the page alone."""
    tree = html.document_fromstring(text or "<p>")
    page = _Page(problems=list(loads.faults(tree, name)))
    page.anchors = sorted({*tree.xpath("//@id"), *tree.xpath("//@name")})
    for element in _NOTEWORTHY(tree):
        page.note(element.tag, element.attrib)
    for style in tree.iter("style"):
        page.loaded += _css_addresses(style.text or "")
    return asdict(page)


def _css_addresses(text: str) -> list[str]:
    found = _CSS_ADDRESS.findall(_CSS_COMMENT.sub("", text))
    return ["".join(groups) for groups in found]


def _dead(
    addresses: Iterable[str],
    path: Path,
    site: Path,
    there: Mapping[str, set[str] | None],
) -> Iterator[str]:
    """Messages about addresses that lead nowhere within the site."""
    name = path.relative_to(site).as_posix()
    for address in addresses:
        parts = urlsplit(address)
        if name == "404.html" and parts.path.startswith("/"):
            continue  # its addresses begin with the path of the published site
        target = _target(unquote(parts.path), path, site) if parts.path else str(path)
        if target not in there and (target := f"{target}/index.html") not in there:
            yield f"{name}: dead link {address}"
            continue
        anchors, anchor = there[target], unquote(parts.fragment)
        if anchors is not None and anchor not in anchors and anchor not in _TOP:
            ids = sorted(a for a in anchors if not a.startswith("__"))
            yield f"{name}: dead anchor {address}{near(anchor, ids)}"


def _target(address: str, path: Path, site: Path) -> str:
    """The file or folder that an address names, seen from a page."""
    base = site if address.startswith("/") else path.parent
    return os.path.normpath(f"{base}/{address.lstrip('/')}")
