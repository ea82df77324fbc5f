"""Shows formulas as plain text where nothing is typeset: in titles, in the search."""

import html
import json
import re
from collections.abc import Mapping
from pathlib import Path

# Code keeps what it says; the other groups are formulas.
_CODE_OR_FORMULA = re.compile(
    r"(?P<code><(pre|code|script|style|mjx-container)\b.*?</\2>)"
    r"|\\\((.+?)\\\)|\\\[(.+?)\\\]|\$\$([^$]+)\$\$|\$([^$<\n]+)\$",
    re.DOTALL,
)


def show_as_text(site: Path, texts: Mapping[str, str]) -> None:
    """Replace the TeX that is left in a site by what it says.

    Args:
        site: The site, whose pages are typeset.
        texts: Every formula of it, and the same as plain text.
    """
    for path in site.rglob("*.html"):
        page = path.read_text("utf-8")
        if "\\(" in page or "\\[" in page:
            path.write_text(as_text(page, texts), "utf-8")
    index = site / "search" / "search_index.json"
    if index.exists():
        found = json.loads(index.read_text("utf-8"))
        for entry in found["docs"]:
            for name in ("title", "text"):
                entry[name] = as_text(entry[name], texts)
        index.write_text(json.dumps(found, separators=(",", ":")), "utf-8")


def as_text(page: str, texts: Mapping[str, str]) -> str:
    """Replace the TeX of a piece of HTML, outside of code; leave what is unknown."""
    if not any(mark in page for mark in ("\\(", "\\[", "$")):
        return page

    def replace(match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        tex = " ".join(html.unescape(match[match.lastindex or 0]).split())
        return html.escape(texts[tex]) if tex in texts else match[0]

    return _CODE_OR_FORMULA.sub(replace, page)
