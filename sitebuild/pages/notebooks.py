"""Lets the links of a notebook work wherever it was downloaded to."""

import json
import posixpath
import re

# Code and formulas stay; so do images, and addresses that are whole or begin with #.
_LINK = re.compile(r"`[^`]*`|\$[^$]*\$|(?<!!)\[([^\]]*)\]\((?!\w+:|#)([^)\s]+)\)")
_PAGE = re.compile(r"(?:(?<=/)index)?\.(?:md|py|ipynb)$")


def with_whole_links(notebook: str, folder: str, address: str) -> str:
    """Write links to pages of the site in full; without an address, their words alone.

    Args:
        notebook: The notebook, as JSON.
        folder: Where its links start, relative to the site.
        address: Where the site is published, "" if that is not known.
    """

    def whole(match: re.Match[str]) -> str:
        words, link = match.groups()
        if link is None:
            return match[0]
        path, mark, anchor = link.partition("#")
        place = _PAGE.sub("/", posixpath.normpath(posixpath.join(folder, path)))
        place = place.replace("//", "/") + ("/" if path.endswith("/") else "")
        return f"[{words}]({address}{place}{mark}{anchor})" if address else words

    found = json.loads(notebook)
    for cell in found["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = _LINK.sub(whole, "".join(cell["source"]))
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"
