"""Finds what is no part of a plain page, or names another host as something to load.

What may be there is listed, not what may not. Browsers are told the same by the policy
of `policy.py`; this names the file.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from lxml import etree, html

_ELEMENTS = """
    html head body title meta link style script article aside footer header main nav
    section div span p br hr wbr h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption
    colgroup col thead tbody tfoot tr th td a abbr b bdi cite code del dfn em i ins
    kbd mark q s samp small strong sub sup time u var pre blockquote details summary
    dialog figure figcaption img picture source form fieldset input label button output
    noscript
    progress area map svg g path circle rect line ellipse polygon polyline defs
    clippath use text tspan lineargradient radialgradient stop desc math maction
    menclose merror mfrac mi mlabeledtr mmultiscripts mn mo mover mpadded mphantom
    mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext
    mtr munder munderover none semantics annotation
"""
_FILES = """
    .bin .css .gz .html .ico .inv .ipynb .jpg .js .json .map .png .py .svg .txt .webp
    .woff2 .xml .zip
"""
HEAVIEST = 5_000_000  # bytes of a page
ELEMENTS = frozenset(_ELEMENTS.split())
FILES = frozenset(_FILES.split())
_SCRIPTS = {"", "module", "text/javascript", "application/json"}
FOLLOWED = {"canonical", "alternate", "prev", "next", "edit", "license", "author"}
_SCHEMES = {"http", "https", "mailto", ""}
# Texts, which are shown and not loaded.
_WORDS = {"alt", "title", "aria-label", "placeholder", "content", "value"}
_ADDRESSED = etree.XPath(
    "//@*[contains(., ':') or contains(., '//') or contains(., '\\')]"
    "[not(starts-with(name(), 'data-'))]"
)
_OUTSIDE = re.compile(
    r"""(?:^|[\s,'"`(=;])((?:(?:https?|ftp|wss?|file|blob):/*|//)[^\s'"`)>]+)""",
    re.IGNORECASE,
)
# What a style sheet only says, and images that are in it.
_HARMLESS = re.compile(r"""/\*.*?\*/|url\(\s*(["']?)data:image/.*?\1\s*\)""", re.DOTALL)
# In an image, in lower case; apart, since each is then found fast.
_ACTIVE = [
    re.compile(pattern)
    for pattern in (
        r"<(?:script|foreignobject|iframe|animate|set|handler)\b",
        r"<\?xml-stylesheet",
        r"<!entity",
        r"@import",
        r"\son[a-z]+\s*=",
        r"href\s*=\s*[\"'](?!#|data:image/png)",
        r"src\s*=",
        r"url\(\s*[\"']?(?!#)[^)\"']",
    )
]


def faults(tree: html.HtmlElement, name: str) -> Iterator[str]:
    """Messages about a page."""
    yield from (f"{name} loads {a} from another host" for a in _addresses(tree))
    tags = {str(e.tag).lower() for e in tree.iter(etree.Element)}
    for tag in sorted(tag for tag in tags - ELEMENTS if not tag.startswith("mjx-")):
        yield f"{name} has the element <{tag}>, which no page needs"
    for meta in tree.iterfind(".//meta[@http-equiv]"):
        if meta.get("http-equiv").lower() != "content-security-policy":
            yield f"{name} has <meta http-equiv={meta.get('http-equiv')}>"
    for script in tree.iter("script"):
        if script.get("type", "").lower() not in _SCRIPTS:
            yield f"{name} has a script of the type {script.get('type')}"
    for link in tree.iterfind(".//a[@href]"):
        scheme, found, _ = link.get("href").strip().partition(":")
        if found and scheme.lower() not in _SCHEMES and scheme.isalpha():
            yield f"{name} links {link.get('href')[:80]}"


def faults_of_files(site: Path) -> Iterator[str]:
    """Messages about all files of a site but its pages."""
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if not path.is_file() or path.name.startswith("."):
            continue
        if path.suffix not in FILES:
            yield f"{name} is a file of a kind that no page needs"
        if path.suffix == ".html" and path.stat().st_size > HEAVIEST:
            yield f"{name} has {path.stat().st_size:,} bytes, at most {HEAVIEST:,}"
        if path.suffix == ".svg" and (found := _active(_text(path))):
            yield f"{name} is no plain image: {found}"
        own = path.suffix == ".js" and not name.startswith("assets/javascripts/")
        if own or path.suffix == ".css":
            for address in _outside(_HARMLESS.sub("", _text(path))):
                yield f"{name} loads {address} from another host"


@lru_cache(maxsize=4096)  # while `mkdocs serve` runs
def _active(image: str) -> str:
    """What in an image would be executed or loaded, "" if nothing."""
    image = image.lower()
    found = next(filter(None, (pattern.search(image) for pattern in _ACTIVE)), None)
    return found[0].strip() if found else ""


def _addresses(tree: html.HtmlElement) -> Iterator[str]:
    """Addresses of other hosts that a page would load by itself."""
    for value in _ADDRESSED(tree):
        element, name = value.getparent(), value.attrname.lower()
        if not _is_followed(element, name) and not value.startswith("data:image/"):
            yield from _outside(value)
    for element in tree.iter("style", "script"):
        yield from _outside(_HARMLESS.sub("", element.text or ""))


def _is_followed(element: html.HtmlElement, name: str) -> bool:
    """Tell whether an attribute is a text, or an address that only a reader follows."""
    if name == "href" and element.tag == "link":
        return {*element.get("rel", "").lower().split()} <= FOLLOWED
    if element.tag == "meta":
        return "http-equiv" not in element.attrib
    followed = name == "href" and element.tag in ("a", "area")
    return followed or name in _WORDS or name.startswith(("xmlns", "data-"))


def _outside(text: str) -> list[str]:
    """The addresses of other hosts in a text, as a browser would read them."""
    plain = re.sub(r"[\t\r\n]", "", text) if len(text) < 10_000 else text
    return _OUTSIDE.findall(plain.replace("\\", "/"))


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace")
