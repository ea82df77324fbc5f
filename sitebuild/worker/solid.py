"""Saves what a reader can turn of a figure: the points of its 3-D axes, in one file.

The file is a header in JSON, whose length comes before it, and arrays of integers that
`docs/assets/solid/file.js` reads in the same order.
"""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import Bbox
from mpl_toolkits.mplot3d import Axes3D

from sitebuild.worker import artists
from sitebuild.worker.artists import Group
from sitebuild.worker.twins import LIGHT

LARGEST = 30_000  # bytes of a figure
STEPS = 2**14  # between the limits of an axis; half of the integers are left around
STEPS_OF_LAYOUT = 5  # after which it moved by less than a pixel
SIZES = 8  # steps of a radius or width in a point of type
MOST_COLORS = 256

Palette = tuple[np.ndarray, int]


def settle(fig: Figure) -> None:
    """Draw 3-D axes until their layout stays, with room for the names of axes.

    It takes some steps to find its place, and leaves no room for these by itself.
    """
    engine = fig.get_layout_engine()
    if not _solid_axes(fig) or not isinstance(engine, ConstrainedLayoutEngine):
        return
    left, lower, right, upper = 0.0, 0.0, 1.0, 1.0
    for _ in range(STEPS_OF_LAYOUT):
        engine.set(rect=(left, lower, right - left, upper - lower))
        fig.draw_without_rendering()
        around, page = fig.get_tightbbox(), fig.bbox_inches
        left += max(page.x0 - around.x0, 0) / page.width
        lower += max(page.y0 - around.y0, 0) / page.height
        right -= max(around.x1 - page.x1, 0) / page.width
        upper -= max(around.y1 - page.y1, 0) / page.height
    fig.draw_without_rendering()


def places(fig: Figure) -> dict[str, Any]:
    """Where the 3-D axes are in a figure that was drawn, and how large.

    Returns:
        The width of the figure in points of type. Of each axes, as parts of width and
        height from the upper left corner, what they cover; where their middle is, and
        how wide one unit of matplotlib's projection is; and what is written at them.
    """
    axes = _solid_axes(fig)
    if axes:
        fig.draw_without_rendering()
    panels = [{"place": _place(ax, fig), "axes": _axes(ax)} for ax in axes]
    return {"width": float(fig.get_figwidth() * 72), "panels": panels}


def save(fig: Figure, laid_out: list[dict[str, Any]], path: Path) -> None:
    """Write the file of a figure, if it has 3-D axes.

    Args:
        fig: The figure, drawn.
        laid_out: What `places` says of it, and of its layout for narrow pages.
        path: The file.

    Raises:
        ValueError: If the file is too large, or something could not be turned.
    """
    axes = _solid_axes(fig)
    if not axes:
        return
    groups = [artists.groups(ax) for ax in axes]
    palette = _few_colors([g for found in groups for g in found])
    arrays: list[np.ndarray] = []
    panels = [_panel(*pair, palette, arrays) for pair in zip(axes, groups, strict=True)]
    colors = [f"#{color:08x}" for color in palette[0]]
    header = {"ink": LIGHT, "palette": colors, "places": laid_out, "panels": panels}
    content = _pack(header, arrays)
    if len(content) > LARGEST:
        size = f"{len(content):,} bytes in three dimensions, more than {LARGEST:,}"
        raise ValueError(f"{fig.get_label()!r} has {size}: draw fewer points or faces")
    path.write_bytes(content)


def _solid_axes(fig: Figure) -> list[Axes3D]:
    return [ax for ax in fig.axes if isinstance(ax, Axes3D) and ax.get_visible()]


def _place(ax: Axes3D, fig: Figure) -> list[float]:
    """Where one axes is, in `places`."""
    page, box = fig.bbox, _covered(ax, fig)
    (x, y), (beside, _) = ax.transData.transform([(0, 0), (1, 0)]) / page.size
    left, right = box.x0 / page.width, box.x1 / page.width
    top, bottom = 1 - box.y1 / page.height, 1 - box.y0 / page.height
    return _rounded([left, top, right, bottom, x, 1 - y, beside - x])


def _covered(ax: Axes3D, fig: Figure) -> Bbox:
    """What one axes covers of a figure, but its title, and a color bar beside it."""
    shown = [axis.get_tightbbox() for axis in (ax.xaxis, ax.yaxis, ax.zaxis)]
    parts = [ax.bbox, *(part for part in shown if part and ax._axis3don)]
    box = Bbox.intersection(Bbox.union(parts), fig.bbox) or fig.bbox
    left, lower, right, upper = box.extents
    if ax.get_title():
        upper = min(upper, ax.title.get_window_extent().y0)
    for other in (x for x in fig.axes if not isinstance(x, Axes3D)):
        beside = other.get_tightbbox()
        if beside and beside.x0 > (left + right) / 2:
            right = min(right, beside.x0)
        elif beside and beside.y1 < (lower + upper) / 2:
            lower = max(lower, beside.y1)
    return Bbox.from_extents(left, lower, right, upper)


def _panel(
    ax: Axes3D, groups: list[Group], palette: Palette, arrays: list[np.ndarray]
) -> dict[str, Any]:
    """What the header says of one axes; their numbers are added to the arrays."""
    perspective = np.isfinite(ax._focal_length)
    words = [[*_fractions(np.array(at), ax), text] for at, text in artists.texts(ax)]
    return {
        "box": _rounded(ax._box_aspect),
        "view": _rounded([ax.elev, ax.azim, ax.roll]),
        "distance": ax._dist,
        "focal": ax._focal_length if perspective else 0,
        "axes": [
            _axis(axis) for axis in (ax.xaxis, ax.yaxis, ax.zaxis) if ax._axis3don
        ],
        "texts": [[*_rounded(at), _plain(text)] for *at, text in words],
        "groups": [_group(group, ax, palette, arrays) for group in groups],
    }


def _axes(ax: Axes3D) -> list[dict[str, Any]]:
    """The three axes, if they are shown."""
    scales = {ax.get_xscale(), ax.get_yscale(), ax.get_zscale()}
    if scales != {"linear"} or ax._vertical_axis != 2:
        raise ValueError("a figure with 3-D axes needs linear ones, with z upwards")
    return [_axis(axis) for axis in (ax.xaxis, ax.yaxis, ax.zaxis) if ax._axis3don]


def _axis(axis: Any) -> dict[str, Any]:
    """The name of an axis, and where its ticks are between its limits."""
    low, high = axis.get_view_interval()
    ticks = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=True)
    shown = [((x - low) / (high - low), _plain(label.get_text())) for x, label in ticks]
    inside = [[round(x, 4), text] for x, text in shown if -1e-9 <= x <= 1 + 1e-9]
    return {"name": _plain(axis.get_label().get_text()), "ticks": inside}


def _group(
    group: Group, ax: Axes3D, palette: Palette, arrays: list[np.ndarray]
) -> dict[str, Any]:
    """What the header says of one group; its numbers are added to the arrays."""
    vertices = _integers(_fractions(np.concatenate(group.parts), ax))
    lengths = indices = np.empty(0, "<u2")
    if group.kind != "points":
        vertices, inverse = np.unique(vertices, axis=0, return_inverse=True)
        indices = inverse.ravel().astype("<u2")
        lengths = np.array([len(part) for part in group.parts], "<u2")
        if (lengths == lengths[0]).all():
            lengths = lengths[:1]
    sizes = np.clip(np.round(group.size * SIZES), 0, 255).astype("u1")
    fill, edge = (_places_in(palette, of) for of in (group.fill, group.edge))
    sizes = sizes[:1] if (sizes == sizes[0]).all() else sizes
    added = [vertices.ravel(), lengths, indices, fill, edge, sizes]
    arrays += added
    facts = {"kind": group.kind, "dashed": group.dashed, "fades": group.fades}
    return {**facts, "counts": [len(array) for array in added]}


def _fractions(points: np.ndarray, ax: Axes3D) -> np.ndarray:
    """Points as parts of the way between the limits of their axes."""
    low, high = np.array([ax.get_xlim(), ax.get_ylim(), ax.get_zlim()]).T
    return np.asarray((points - low) / (high - low))


def _integers(fractions: np.ndarray) -> np.ndarray:
    steps = np.round((fractions - 0.5) * STEPS)
    if np.abs(steps).max() > np.iinfo(np.int16).max:
        raise ValueError("a point lies far beyond the limits of its 3-D axes")
    return np.asarray(steps, "<i2")


def _few_colors(groups: list[Group]) -> Palette:
    """The colors of all groups, in order; similar ones count as one, if need be.

    Returns:
        The colors as `_coarse` writes them, and the step between similar ones.
    """
    all_used = [colors for g in groups for colors in (g.fill, g.edge)]
    used = np.concatenate([np.empty((0, 4)), *all_used])
    step = 1
    while len(found := np.unique(_coarse(used, step))) > MOST_COLORS:
        step += 1
    return found, step


def _coarse(colors: np.ndarray, step: int) -> np.ndarray:
    """Colors as numbers, 0xrrggbbaa; that of text, which changes, stays as it is."""
    exact = np.round(colors * 255).astype(int)
    rough = np.round(exact / step) * step
    rough[:, 3] = np.round(exact[:, 3] / 15) * 15 if step > 1 else exact[:, 3]
    ink = (exact[:, :3] == list(bytes.fromhex(LIGHT[1:]))).all(axis=1, keepdims=True)
    shown = np.where(ink, exact, np.minimum(rough, 255)).astype(int)
    return np.asarray(shown @ [2**24, 2**16, 2**8, 1])


def _places_in(palette: Palette, colors: np.ndarray) -> np.ndarray:
    """Where colors stand in the palette; once, if they are all the same."""
    found, step = palette
    chosen = np.searchsorted(found, _coarse(colors, step)).astype("u1")
    return chosen[:1] if (chosen == chosen[:1]).all() else chosen


def _plain(text: str) -> str:
    """A text without the marks of simple formulas.

    Raises:
        ValueError: If it has more of TeX.
    """
    if "$" in text and any(mark in text for mark in "\\_^{"):
        raise ValueError(f"the axes of a 3-D figure take no TeX: {text!r}")
    return text.replace("$", "")


def _rounded(numbers: Any) -> list[float]:
    return [round(float(x), 4) for x in numbers]


def _pack(header: dict[str, Any], arrays: list[np.ndarray]) -> bytes:
    """Lay out a file; each array begins at an even place."""
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    parts = [struct.pack("<I", len(text)), text, *(array.tobytes() for array in arrays)]
    return b"".join(part + b"\0" * (len(part) % 2) for part in parts)
