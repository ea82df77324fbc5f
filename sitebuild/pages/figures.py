"""Shows every figure in two variants, one for light and one for dark pages."""

import base64
import html
import re
from pathlib import Path

from mkdocs.exceptions import PluginError

from sitebuild.worker.twins import DARK, LIGHT, dark_twin, narrow_twin, solid_twin

_IMAGE = re.compile(r"<img\b[^>]*?>")
_SOURCE = re.compile(r'src="([^"]+\.svg)"')
_THUMBNAIL = re.compile(r"thumb/(\w+)_thumb\.svg$")
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"')
_PIXEL = 0.75  # of a page, in the points of an SVG
_INLINE = re.compile(r'<img[^>]*src="data:image/svg\+xml;base64,([^"]+)"[^>]*>')


def pair_figures(content: str, page: Path) -> str:
    """Show a figure that has a dark variant twice, one for each scheme.

    A browser fetches the one that it shows, when a reader comes near. On a narrow page
    it takes the narrow variant, if there is one. A figure with a file beside it is one
    that `docs/assets/site.js` lets a reader turn.

    Args:
        content: HTML of a page.
        page: Where the page's images are looked up: its folder-style address below
            the folder of all sources.
    """
    return _IMAGE.sub(lambda match: _pair(match[0], page), content)


def _pair(image: str, page: Path) -> str:
    source = _SOURCE.search(image)
    if not source or source[1].startswith(("http", "data:")):
        return image
    light = Path(_THUMBNAIL.sub(r"thumb/\1_001.webp", source[1]))
    if not (page / dark_twin(light)).resolve().exists():
        return image
    narrow = narrow_twin(light)
    variants = {
        "only-light": (light, narrow),
        "only-dark": (dark_twin(light), dark_twin(narrow)),
    }
    shown = "".join(
        _variant(
            _add_class(image, name).replace(source[1], path.as_posix()),
            path,
            small,
            page,
        )
        for name, (path, small) in variants.items()
    )
    solid = solid_twin(light)
    if (page / solid).resolve().exists():
        return f'<span class="solid" data-solid="{solid.as_posix()}">{shown}</span>'
    return shown


def _variant(image: str, path: Path, narrow: Path, page: Path) -> str:
    """Let a browser keep the place of an image, and fetch it when it is needed."""
    size = f" {_size(path, page)}" if path.suffix == ".svg" else ""
    image = image.replace("<img", f'<img loading="lazy"{size}', 1)
    if not (page / narrow).resolve().exists():
        return image
    media, file = "(max-width: 44.99em)", narrow.as_posix()
    source = f'<source media="{media}" srcset="{file}" {_size(narrow, page)}>'
    return f"<picture>{source}{image}</picture>"


def _size(path: Path, page: Path) -> str:
    """Width and height of an SVG in the pixels of a page."""
    with (page / path).resolve().open(encoding="utf-8") as opened:
        start = opened.read(1000)
    width, height = (round(float(x) / _PIXEL) for x in _SIZE.findall(start)[0])
    return f'width="{width}" height="{height}"'


def pair_inline(content: str) -> str:
    """Pair the figures that a lab carries in its page, with the alt text they have."""
    return _INLINE.sub(_pair_inline, content)


def _pair_inline(match: re.Match[str]) -> str:
    svg = base64.b64decode(match[1]).decode("utf-8")
    alt = re.search(r"<dc:title>(.*?)</dc:title>", svg, re.DOTALL)
    if not alt:
        raise PluginError("a figure has no alt text: call fig.set_label(...)")
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
