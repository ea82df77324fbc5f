"""Rewrites rendered pages: paired figures, lean labs, and the line about the run."""

import base64
import html
import re
from pathlib import Path

from mkdocs.exceptions import PluginError

from hooks.figures import DARK, LIGHT, dark_twin
from hooks.jobs import Job

_IMAGE = re.compile(r"<img\b[^>]*?>")
_SOURCE = re.compile(r'src="([^"]+\.svg)"')
_LAB_EXTRAS = re.compile(
    r"<(style|script)\b.*?</\1>|<link\b[^>]*>|<clipboard-copy.*?</clipboard-copy>"
    r'|<div class="(clipboard-copy-txt|zeroclipboard-container)"[^>]*>[^<]*</div>'
    r'|<div class="jp-(Input|Output)Prompt[^>]*>[^<]*</div>| tabindex="0"',
    re.DOTALL,
)
# From the first list of an entry, such as its parameters, to its source.
_ENTRY_SECTIONS = re.compile(
    r'(<p>\s*<span class="doc-section-title">.*?)'
    r'(?=<details class="mkdocstrings-source")',
    re.DOTALL,
)
_CELL = re.compile(r"<td\b[^>]*>.*?</td>", re.DOTALL)
_CODE = re.compile(r"(<code>)([^<]*)(</code>)")
_JOINT = re.compile(r"(?<=\w)([_.(/])(?=\w)")
_LAB_FIGURE = re.compile(r'<img[^>]*src="data:image/svg\+xml;base64,([^"]+)"[^>]*>')
_LAB_CODE = re.compile(
    r'<div class="highlight-ipynb[^>]*><pre>(.*?)</pre></div>', re.DOTALL
)


def pair_figures(content: str, page: Path) -> str:
    """Show a figure that has a dark variant twice, one for each scheme.

    Args:
        content: HTML of a page.
        page: Where the page's images are looked up: its folder-style address below
            the folder of all sources.
    """

    def pair(match: re.Match[str]) -> str:
        image = match[0]
        source = _SOURCE.search(image)
        if not source or source[1].startswith(("http", "data:")):
            return image
        path = (page / source[1]).resolve()
        if not dark_twin(path).exists():
            return image
        if "/thumb/" in source[1]:
            image = _add_class(image, "off-glb")  # leads to a page, not to itself
        dark = image.replace(source[1], dark_twin(Path(source[1])).as_posix())
        return _add_class(image, "only-light") + _add_class(dark, "only-dark")

    return _IMAGE.sub(pair, content)


def clean_lab(content: str) -> str:
    """Turn the markup of nbconvert into that of other pages, without its styles.

    Figures appear in a light and a dark variant, with the alt text that the lab gave.
    """
    content = _LAB_EXTRAS.sub("", content)
    # The markup of other pages' code, with their colors and their copy button.
    code = r'<div class="highlight"><pre><code>\1</code></pre></div>'
    content = _LAB_CODE.sub(code, content)
    return _LAB_FIGURE.sub(_pair_inline, content)


def _pair_inline(match: re.Match[str]) -> str:
    svg = base64.b64decode(match[1]).decode("utf-8")
    alt = re.search(r"<dc:title>(.*?)</dc:title>", svg, re.DOTALL)
    if not alt:
        raise PluginError("a lab's figure has no alt text: call fig.set_label(...)")
    words = html.escape(html.unescape(alt[1]).strip(), quote=True)
    return "".join(
        f'<img class="only-{scheme}" alt="{words}" '
        f'src="data:image/svg+xml;base64,{base64.b64encode(text.encode()).decode()}">'
        for scheme, text in (("light", svg), ("dark", svg.replace(LIGHT, DARK)))
    )


def fold_entries(content: str) -> str:
    """Fold what a function's entry says of its arguments, so that the text reads on."""
    opening = '<details class="entry-more"><summary>Arguments and result</summary>'
    return _ENTRY_SECTIONS.sub(rf"{opening}\1</details>", content)


def let_names_break(content: str) -> str:
    """Allow the code in table cells to break after the joints of its names."""

    def loosen(match: re.Match[str]) -> str:
        return match[1] + _JOINT.sub(r"\1<wbr>", match[2]) + match[3]

    return _CELL.sub(lambda cell: _CODE.sub(loosen, cell[0]), content)


def name_search(output: str) -> str:
    """Name the search dialog, which Material leaves without a name."""
    dialog = 'data-md-component="search" role="dialog"'
    return output.replace(dialog, f'{dialog} aria-label="Search"')


def run_line(run: dict, label: str, versions: dict[str, str], *, stale: bool) -> str:
    """Say when and how the outputs of a page were computed."""
    values = len(run["values"])
    parts = [
        f"<code>{html.escape(label)}</code> ran in {run['seconds']:.1f} s",
        f"peak memory {run['peak_mib']} MiB",
        f"{values} recorded value{'s' * (values != 1)}",
        f"executed {run['finished']}",
        ", ".join(f"{name} {version}" for name, version in versions.items()),
    ]
    line = f'<p class="run-line">{" · ".join(parts)}</p>'
    return STALE + line if stale else line


STALE = (
    '<div class="admonition warning"><p class="admonition-title">Stale</p>'
    "<p>The code has changed since these outputs were computed.</p></div>"
)


def _add_class(image: str, name: str) -> str:
    if 'class="' in image:
        return image.replace('class="', f'class="{name} ', 1)
    return image.replace("<img", f'<img class="{name}"', 1)


def downloads(job: Job) -> str:
    """Offer a lab as a Python file and as a notebook without outputs."""
    stem = job.source.stem
    return (
        f'<p><a class="md-button" href="{stem}.py" download>Download {stem}.py</a> '
        f'<a class="md-button" href="{stem}.ipynb" download>Download {stem}.ipynb</a>'
        "</p>"
    )
