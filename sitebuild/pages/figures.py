"""Shows every figure in two variants, one for light and one for dark pages."""

import base64
import html
import re
from pathlib import Path

from mkdocs.exceptions import PluginError

from sitebuild.worker.figures import DARK, LIGHT, dark_twin, narrow_twin

LARGEST = 150_000  # bytes of a figure

_IMAGE = re.compile(r"<img\b[^>]*?>")
_SOURCE = re.compile(r'src="([^"]+\.svg)"')
_THUMBNAIL = re.compile(r"_thumb\.svg$")
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"')
_PIXEL = 0.75  # of a page, in the points of an SVG
_INLINE = re.compile(r'<img[^>]*src="data:image/svg\+xml;base64,([^"]+)"[^>]*>')


def pair_figures(content: str, page: Path) -> str:
    """Show a figure that has a dark variant twice, one for each scheme.

    A browser fetches the one that it shows, when a reader comes near. On a narrow page
    it takes the narrow variant, if there is one.

    Args:
        content: HTML of a page.
        page: Where the page's images are looked up: its folder-style address below
            the folder of all sources.

    Raises:
        PluginError: If a figure is larger than readers should have to load.
    """

    def pair(match: re.Match[str]) -> str:
        image = match[0]
        source = _SOURCE.search(image)
        if not source or source[1].startswith(("http", "data:")):
            return image
        light = Path(source[1])
        if light.parent.name == "thumb":
            light = Path(_THUMBNAIL.sub("_001.webp", source[1]))
        if not (page / dark_twin(light)).resolve().exists():
            return image
        variants = []
        for scheme, path in (("light", light), ("dark", dark_twin(light))):
            shown = image.replace(source[0], f'src="{path.as_posix()}"')
            shown = _add_class(shown, f"only-{scheme}")
            variants.append(_with_size(shown, path, page))
        if not (page / narrow_twin(light)).resolve().exists():
            return "".join(variants)
        narrow = narrow_twin(light)
        return "".join(
            f"<picture>{_for_narrow_pages(path, page)}{variant}</picture>"
            for path, variant in zip((narrow, dark_twin(narrow)), variants, strict=True)
        )

    return _IMAGE.sub(pair, content)


def _with_size(image: str, path: Path, page: Path) -> str:
    """Let a browser keep the place of an image, and fetch it when it is needed."""
    size = f" {_size(path, page)}" if path.suffix == ".svg" else ""
    return image.replace("<img", f'<img loading="lazy"{size}', 1)


def _for_narrow_pages(path: Path, page: Path) -> str:
    media = "(max-width: 44.99em)"
    return f'<source media="{media}" srcset="{path.as_posix()}" {_size(path, page)}>'


def _size(path: Path, page: Path) -> str:
    """Width and height of an SVG in the pixels of a page."""
    file = (page / path).resolve()
    text = file.read_text("utf-8")
    if len(text) > LARGEST:
        raise PluginError(
            f"{file.name} has {len(text) // 1000} kB, at most {LARGEST // 1000} are "
            "good for readers: draw fewer points, or with rasterized=True"
        )
    width, height = (round(float(x) / _PIXEL) for x in _SIZE.findall(text)[0])
    return f'width="{width}" height="{height}"'


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
