"""Keeps what a job prints and shows what it is: text and figures of a readable size."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from mkdocs.exceptions import PluginError

from sitebuild.worker.figures import LARGEST

MOST = 100_000  # characters that a job may print
SHOWN = {"image/png", "image/svg+xml", "text/latex", "text/plain"}
_RUNS = re.compile("`+")
# They would show a text in another order than that of its letters.
_REORDERING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_COLORS = re.compile(r"\x1b\[[0-9;]*m")  # whoever shows the text takes them away


class Meter:
    """Counts what a job prints; there is one for each job.

    Attributes:
        refuse: Takes the reason why something is not printed; raises.
        count: Characters so far.
    """

    def __init__(self, refuse: Callable[[str], None]) -> None:
        self.refuse = refuse
        self.count = 0

    def read(self, text: str) -> None:
        """Look at what is about to be printed."""
        self.count += len(text)
        if self.count > MOST:
            self.refuse(f"it prints more than {MOST:,} characters")
        if fault := unreadable(text):
            self.refuse(f"it {fault}")

    def watch(self, stream: Any) -> None:
        """Read first what is written to a stream, or to those of a class."""
        write = stream.write

        def written(*arguments: Any) -> Any:
            self.read(arguments[-1])
            return write(*arguments)

        stream.write = written


def unreadable(text: str) -> str:
    """Say what in a text a page cannot show, "" if nothing."""
    for letter in set(_COLORS.sub("", text)) - {"\n", "\t"}:
        hidden = unicodedata.category(letter) in ("Cc", "Cs")
        if hidden or unicodedata.bidirectional(letter) in _REORDERING:
            return f"shows the character {letter!r}, which no page can"
    return ""


def insist_on_text(text: str, where: str = "it") -> None:
    """Refuse what is too long for a page, or not shown by it."""
    if len(text) > MOST:
        raise PluginError(f"{where} shows more than {MOST:,} characters")
    if fault := unreadable(text):
        raise PluginError(f"{where} {fault}")


def fenced(text: str, attributes: str) -> str:
    """Show a text as it is; it cannot end the block, whatever it says."""
    longest = max(map(len, _RUNS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{{{attributes}}}\n{text.rstrip()}\n{fence}\n"


def insist_on_plain(data: dict[str, Any], where: str) -> None:
    """Refuse an output of a lab that is no text, formula or figure of a readable size.

    Args:
        data: Its variants, by their types; the page shows one of them.
        where: The cell, for messages.
    """
    for kind, content in data.items():
        if kind not in SHOWN:
            what = "text, formulas and figures only: print it, or draw it"
            raise PluginError(f"{where} shows {kind}, but pages take {what}")
        if kind.startswith("text/"):
            insist_on_text(str(content), where)
        elif len(content) > LARGEST:
            size = f"more than {LARGEST:,} characters"
            raise PluginError(f"{where} shows a figure of {size}")
