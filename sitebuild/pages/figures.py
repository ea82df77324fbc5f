"""Shows every figure in two variants, one for light and one for dark pages."""

import base64
import html
import re
from pathlib import Path

from mkdocs.exceptions import PluginError

from sitebuild.worker.figures import DARK, LIGHT, dark_twin

_IMAGE = re.compile(r"<img\b[^>]*?>")
_SOURCE = re.compile(r'src="([^"]+\.svg)"')
_INLINE = re.compile(r'<img[^>]*src="data:image/svg\+xml;base64,([^"]+)"[^>]*>')


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


def pair_inline(content: str) -> str:
    """Pair the figures that a lab carries in its page, with the alt text they have."""
    return _INLINE.sub(_pair_inline, content)


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


def _add_class(image: str, name: str) -> str:
    if 'class="' in image:
        return image.replace('class="', f'class="{name} ', 1)
    return image.replace("<img", f'<img class="{name}"', 1)
