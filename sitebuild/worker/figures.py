"""How figures look and how they are saved: one SVG for light pages, one for dark."""

import html
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from mkdocs.exceptions import PluginError

from sitebuild.worker import narrow, solid
from sitebuild.worker.twins import DARK, LIGHT, dark_twin, narrow_twin, solid_twin

LARGEST = 150_000  # characters of a figure; larger ones are slow to load
# Told apart by readers with any common color vision, and legible on both pages.
COLORS = ["#3b82c4", "#dd7a2e", "#21967f", "#c25086", "#8a70cc", "#a08a1c"]

THUMBNAIL = 440  # pixels across; twice what the index of the gallery shows

STYLE = {
    "axes.edgecolor": LIGHT,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": LIGHT,
    "axes.prop_cycle": cycler(color=COLORS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": LIGHT,
    "axes.titlesize": 11,
    **{f"axes3d.{name}axis.panecolor": "#80808010" for name in "xyz"},
    "figure.facecolor": "none",
    "font.size": 10.5,
    "grid.alpha": 0.25,
    "grid.color": "#80808040",  # 3-D axes take no `grid.alpha`
    "image.cmap": "viridis",
    "legend.edgecolor": "#808080",
    "legend.facecolor": "none",
    "legend.framealpha": 0,
    "legend.labelcolor": LIGHT,
    "lines.linewidth": 1.8,
    "savefig.dpi": 120,
    "savefig.facecolor": "none",
    "svg.fonttype": "path",
    "svg.hashsalt": "dlnotes",
    "text.color": LIGHT,
    "xtick.color": LIGHT,
    "ytick.color": LIGHT,
}


def apply_style(*_: Any) -> None:
    """Start from matplotlib's defaults and set the style of the site."""
    plt.close("all")
    mpl.rcdefaults()
    plt.style.use(STYLE)


def write_titles() -> None:
    """Let every figure of this process carry its alt text; a lab's page reads it."""
    draw = FigureCanvasBase.print_figure

    def print_figure(canvas: FigureCanvasBase, *args: Any, **kwargs: Any) -> Any:
        about = _about(alt_text(canvas.figure))
        return draw(canvas, *args, **{"metadata": about, **kwargs})

    FigureCanvasBase.print_figure = print_figure  # type: ignore[method-assign, assignment]


def alt_text(figure: Figure) -> str:
    """What a script said that a figure shows, "" if nothing."""
    return str(figure.get_label() or "")


def thumbnail(path: Path) -> Path:
    """Where the small picture of a figure lies, in the gallery's index."""
    return path.parent / "thumb" / f"{path.stem}.webp"


def save_twins(fig: Figure, path: Path) -> None:
    """Save a figure for light and for dark pages."""
    fig.savefig(path, metadata=_about(alt_text(fig)))
    text = path.read_text("utf-8")
    if len(text) > LARGEST:
        size = f"{len(text):,} characters, more than {LARGEST:,}"
        how = "draw fewer points, or with rasterized=True"
        raise ValueError(f"{alt_text(fig)!r} has {size}: {how}")
    dark_twin(path).write_text(text.replace(LIGHT, DARK), "utf-8")


def save_thumbnails(fig: Figure, path: Path) -> None:
    """Save small pictures of a figure, for light and for dark pages."""
    small = thumbnail(path)
    small.parent.mkdir(parents=True, exist_ok=True)
    dpi = THUMBNAIL / fig.get_figwidth()
    fig.savefig(small, dpi=dpi, pil_kwargs={"quality": 70})
    _swap_color(fig, LIGHT, DARK)
    fig.savefig(dark_twin(small), dpi=dpi, pil_kwargs={"quality": 70})
    _swap_color(fig, DARK, LIGHT)


def save_figures(block: Any, script: Any, **_: Any) -> str:
    """Save the open figures and show them; a scraper for mkdocs-gallery.

    Args:
        block: The code block that has just run: its kind, its text, its first line.
        script: mkdocs-gallery's script, which names the files.

    Returns:
        HTML that shows the figures with their written alt text.

    Raises:
        PluginError: If a figure has no alt text, or shows nothing.
    """
    shown: list[str] = []
    for number, path in zip(
        plt.get_fignums(), script.run_vars.image_path_iterator, strict=False
    ):
        fig = plt.figure(number)
        alt = alt_text(fig)
        if not alt:
            where = _place(block, script, len(shown))
            how = "call fig.set_label(...)"
            raise PluginError(f"{where}: a figure has no alt text: {how}")
        if not any(ax.has_data() or ax.texts or ax.patches for ax in fig.axes):
            where = _place(block, script, len(shown))
            raise PluginError(f"{where}: the figure {alt!r} is blank")
        path = Path(path).with_suffix(".svg")
        solid.settle(fig)
        save_twins(fig, path)
        if path.stem.endswith("_001"):  # the gallery shows the first one
            save_thumbnails(fig, path)
        places = [solid.places(fig)]
        if fig.get_figwidth() > narrow.WIDTH:
            narrow.lay_out_narrow(fig)
            solid.settle(fig)
            save_twins(fig, narrow_twin(path))
            narrow.insist_that_all_fits(fig)
            places.append(solid.places(fig))
        solid.save(fig, places, solid_twin(path))
        shown.append(
            f'<img class="mkd-glr-single-img" alt="{html.escape(alt, quote=True)}" '
            f'src="../images/{path.name}" />'
        )
    plt.close("all")
    return "\n\n".join(shown)


def _place(block: Any, script: Any, number: int) -> str:
    """The line that shows one of the figures of a block, the last such line at most."""
    _, text, first = block
    calls = [
        n for n, line in enumerate(text.splitlines(), first) if "plt.show(" in line
    ]
    line = calls[min(number, len(calls) - 1)] if calls else first
    return f"{'/'.join(script.src_py_file.parts[-3:])}:{line}"


def _swap_color(fig: Figure, old: str, new: str) -> None:
    """Draw in another color what has one color now, such as text and axes."""
    for part in fig.findobj():
        for name in ("color", "edgecolor"):
            color = getattr(part, f"get_{name}", lambda: None)()
            if isinstance(color, str | tuple) and same_color(color, old):
                getattr(part, f"set_{name}")(new)


def _about(alt: str) -> dict[str, str | None]:
    """What an SVG says of itself: its alt text, and no date, so that runs agree."""
    return {"Date": None, "Title": alt or None}
