"""Finds source text that stayed on a page: TeX, macros, Markdown, HTML, Python."""

import html as entities
import json
import re
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from lxml import etree, html

from sitebuild.known import Known
from sitebuild.sources import Sources

# Code and output may say anything; formulas are typeset by now.
_OPAQUE = re.compile(
    r"<(pre|code|kbd|samp|script|style|svg|mjx-container)\b.*?</\1>", re.DOTALL
)
_GAP = "\N{OBJECT REPLACEMENT CHARACTER}"
_TAG = re.compile(r"<[^>]*>")
# Texts, and the attributes that a reader sees or hears, or a search engine shows.
_WORDS = etree.XPath(
    "//text()[normalize-space()] | //@alt | //@title | //@aria-label | //@placeholder"
    " | //@data-title | //meta[@name or @property]/@content"
)
_BLOCKS = {
    *("p", "li", "td", "th", "dt", "dd", "div", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("summary", "blockquote", "figcaption", "caption"),
}
# Titles and the search show formulas as plain text, which may look like the others.
_ALWAYS = {
    "TeX": r"\\|\$|[_^]\{|&=",
    "a macro": r"\{\{|\}\}|\{%|%\}|<%|%>|\{#|#\}",
    "HTML": r"&(?:[A-Za-z]{2,8}|#\d{2,6}|#[xX][0-9A-Fa-f]{2,6});"
    r"|</?[A-Za-z][\w-]*(?:\s[^<>]*)?>|<!--|-->",
    "Python": r"NoneNone|[±=≈] ?(?:None|nan|NaN)\b|\b(?:None|nan|inf) ?[±×%]"
    r"|<(?:function|class|module|bound|built-in) |\[object |\b0x[0-9a-f]{8,}",
}
_IN_TEXT = _ALWAYS | {
    "a formula in plain text": r"\w\^[\w({+−-]",
    "Markdown": r"\*\*|(?<!\w)__?(?=\w)|(?<![\w*])\*(?=\w)|`|\]\(|\]\[|!\[|\[\^|~~"
    r"|:::|\?\?\?|!!!|\[[ xX]\] |\{[:.][ \w]|==\w[^=]*==|\[TOC\]"
    r"|:\w+:`|\*\[|:[a-z]+-[a-z-]+:",
    "a number twice": r"(?<![\d.])(?P<number>\d+\.\d{2,})(?P=number)+(?![\d.])",
}
_SUSPECT = re.compile("|".join(_IN_TEXT.values()))
# What begins a line, or a whole block, only where it was not taken for Markdown.
_LINE = re.compile(
    r"\n(?:[-+*] |#{1,6} |> |\||1[.)] |~~~|>>> |\.\. |: )"
    r"|\A\s*(?:#{1,6} |[-+*] \w|> |\||~~~|>>> |\.\. \w|-{3,}\s*\Z|:[a-z]+[: ]"
    r"|(?:Args|Arguments|Returns|Raises|Yields|Attributes|Examples?):\s)"
)
_NOTHING = re.compile(r"\s*(?:None|nan|NaN|-?inf|undefined|\[\]|\(\)|\{\})\s*")
# A text of a note that is indented too far becomes code without any colors.
_PLAIN_CODE = re.compile(
    r'<div class="highlight"><pre>((?:(?!<span class=).)*?)</pre>', re.S
)
_WRITTEN = re.compile(r"\$[^$]+\$|\\\w+\{|\*\*\w|\]\(|<%|class=.measured")


class Leftover(NamedTuple):
    """A piece of source text that a page shows.

    Attributes:
        page: The page, relative to the site.
        kind: What it is.
        text: It, with some of the text around it.
        inside: Whether it is in the page's own text, not in what many pages share.
    """

    page: str
    kind: str
    text: str
    inside: bool


def check_site(site: Path, sources: Sources, known: Known) -> list[str]:
    """Look through all pages and the search; say what was left over, and where.

    Args:
        site: The site, whose formulas are typeset.
        sources: Where its texts come from.
        known: What is known of its pages.
    """
    found = []
    for path in sorted(site.rglob("*.html")):
        text, page = path.read_text("utf-8"), path.relative_to(site).as_posix()
        pieces = known.about(f"left on {page}", text, partial(find, text, page))
        found += [Leftover(*piece) for piece in pieces]
    found += find_in_search(site / "search" / "search_index.json")
    return messages(found, sources)


def find(text: str, page: str) -> list[Leftover]:
    """Look through the HTML of a finished page."""
    tree = html.document_fromstring(_OPAQUE.sub(_GAP, text) or "<p>")
    found = _indented(text, page) if page.startswith("notes/") else []
    for words in _WORDS(tree):
        element = words.getparent()
        begins = words.is_text and element.tag in _BLOCKS
        alone = words.is_text and not len(element) and _NOTHING.fullmatch(words)
        if alone or _SUSPECT.search(words) or (begins and _LINE.search(words)):
            inside = next(element.iterancestors("article"), None) is not None
            pieces = _pieces(words, inside=inside, begins=begins)
            pieces = [("Python", words.strip())] if alone else pieces
            found += [Leftover(page, kind, piece, inside) for kind, piece in pieces]
    return found


def _indented(text: str, page: str) -> list[Leftover]:
    """Formulas and other source text in what a note shows as code without colors."""
    blocks = [entities.unescape(_TAG.sub("", c)) for c in _PLAIN_CODE.findall(text)]
    found = [(block, match) for block in blocks if (match := _WRITTEN.search(block))]
    kind = "indented text, as code,"
    return [Leftover(page, kind, _around(*pair), inside=True) for pair in found]


def find_in_search(index: Path) -> list[Leftover]:
    """Look through the entries of the search."""
    found = []
    for entry in json.loads(index.read_text("utf-8"))["docs"]:
        page = f"{entry['location'].partition('#')[0]}index.html"
        for words in (entry["title"], entry["text"]):
            pieces = _in_entry(words)
            found += [Leftover(page, kind, piece, False) for kind, piece in pieces]
    return found


@lru_cache(maxsize=8192)  # while `mkdocs serve` runs
def _in_entry(words: str) -> list[tuple[str, str]]:
    shown = entities.unescape(_TAG.sub(" ", _OPAQUE.sub(_GAP, words)))
    return _pieces(shown, inside=False, begins=False)


def messages(found: list[Leftover], sources: Sources) -> list[str]:
    """Say what was left over, and where it was written, each once.

    Navigation and search repeat what pages say, and show their formulas as plain text.
    """
    told: dict[str, str] = {}
    for piece in sorted(found, key=lambda piece: not piece.inside):
        text = f"{piece.kind} is left on the page: {piece.text}"
        known = any(p.inside and p[:2] == piece[:2] for p in found)
        if piece.inside or not known:
            told.setdefault(text, sources.locate(piece.page, piece.text))
    return [f"{place}: {text}" for text, place in told.items()]


def _pieces(text: str, *, inside: bool, begins: bool) -> list[tuple[str, str]]:
    """What of a text is source text, one piece of each kind.

    Args:
        text: The text.
        inside: Whether it is in the page's own text.
        begins: Whether a block of the page begins with it.
    """
    kinds = _IN_TEXT if inside else _ALWAYS
    matches = {kind: re.search(pattern, text) for kind, pattern in kinds.items()}
    if inside and begins and not matches["Markdown"]:
        matches["Markdown"] = _LINE.search(text)
    return [(kind, _around(text, match)) for kind, match in matches.items() if match]


def _around(text: str, match: re.Match[str]) -> str:
    """A match, with the words around it."""
    piece = text[max(match.start() - 30, 0) : match.end() + 30]
    return " ".join(piece.replace(_GAP, " ").split())
