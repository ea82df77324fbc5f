"""Reads what 3-D axes show: points, lines and faces, with their colors.

matplotlib has no public method for some of it. What is read from private attributes is
compared with what matplotlib draws, in `tests/site/test_solid.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgba
from mpl_toolkits.mplot3d import Axes3D
from mpl_toolkits.mplot3d.art3d import (
    Line3D,
    Line3DCollection,
    Path3DCollection,
    Poly3DCollection,
    Text3D,
)

_NO_MARKER = ("None", "none", " ", "", None)


@dataclass(frozen=True)
class Group:
    """What one artist shows.

    Attributes:
        kind: `"points"`, `"lines"` or `"faces"`.
        parts: The vertices of each, `(vertices, 3)`; of points, all of them in one.
        fill: Their colors, `(1 or parts, 4)`.
        edge: Colors around faces, `(0, 1 or parts, 4)`.
        size: Radius of points, width of lines, in points of type; `(1 or parts,)`.
        dashed: Whether lines are.
        fades: Whether far points are paler than near ones.
    """

    kind: str
    parts: list[np.ndarray]
    fill: np.ndarray
    edge: np.ndarray
    size: np.ndarray
    dashed: bool = False
    fades: bool = False


def groups(ax: Axes3D) -> list[Group]:
    """Read all that is drawn into 3-D axes, once they were drawn.

    Raises:
        ValueError: If a viewer could not show something of it.
    """
    shown = [a for a in _drawn(ax) if a.get_visible()]
    return [g for a in shown for g in _readers(a)(a) if g.parts and len(g.parts[0])]


def texts(ax: Axes3D) -> list[tuple[Any, str]]:
    """The words at places of 3-D axes."""
    found = [t for t in ax.texts if isinstance(t, Text3D) and t.get_visible()]
    return [(text.get_position_3d(), text.get_text()) for text in found]


def _drawn(ax: Axes3D) -> Iterator[Any]:
    """Everything but axes, title and words."""
    yield from (*ax.collections, *ax.lines, *ax.patches, *ax.images, *ax.tables)
    yield from (text for text in ax.texts if not isinstance(text, Text3D))
    if legend := ax.get_legend():
        yield legend


def _readers(artist: Any) -> Callable[[Any], Iterator[Group]]:
    known = {
        Path3DCollection: _points,
        Line3D: _line,
        Line3DCollection: _lines,
        Poly3DCollection: _faces,
    }
    found = [read for kind, read in known.items() if isinstance(artist, kind)]
    if not found:
        raise ValueError(
            f"3-D axes show a {type(artist).__name__}, which cannot be turned: draw "
            "points, lines and faces; a legend: fig.legend(loc='outside lower center')"
        )
    return found[0]


def _points(artist: Path3DCollection) -> Iterator[Group]:
    coordinates = [np.ma.filled(x, np.nan) for x in artist._offsets3d]
    points = np.stack(np.broadcast_arrays(*coordinates), axis=1)
    there = np.isfinite(points).all(axis=1)
    fill = PathCollection.get_facecolor(artist)  # not sorted by depth, not shaded
    edge = PathCollection.get_edgecolor(artist)
    radius = np.sqrt(artist._sizes3d) / 2
    if len(edge):
        radius = radius + np.asarray(artist.get_linewidth()).max() / 2
    colors = _of(fill if len(fill) else edge, there)
    fades = bool(artist.get_depthshade())
    none = np.empty((0, 4))
    yield Group(
        "points", [points[there]], colors, none, _of(radius, there), fades=fades
    )


def _line(artist: Line3D) -> Iterator[Group]:
    vertices = np.column_stack([np.ma.filled(x, np.nan) for x in artist.get_data_3d()])
    none, alpha = np.empty((0, 4)), artist.get_alpha()
    if artist.get_linestyle() not in _NO_MARKER:
        color = np.array([to_rgba(artist.get_color(), alpha)])
        width = np.array([artist.get_linewidth()])
        parts = list(_runs(vertices))
        yield Group("lines", parts, color, none, width, dashed=artist.is_dashed())
    if artist.get_marker() not in _NO_MARKER:
        points = vertices[np.isfinite(vertices).all(axis=1)]
        color = np.array([to_rgba(artist.get_markerfacecolor(), alpha)])
        radius = np.array([artist.get_markersize() / 2])
        yield Group("points", [points], color, none, radius)


def _lines(artist: Line3DCollection) -> Iterator[Group]:
    segments = [np.ma.filled(s, np.nan) for s in artist._segments3d]
    runs = [list(_runs(np.asarray(segment, float))) for segment in segments]
    of = np.repeat(np.arange(len(runs)), [len(found) for found in runs])
    fill, width = LineCollection.get_edgecolor(artist), artist.get_linewidth()
    dashed = any(dashes for _, dashes in artist.get_linestyle())
    parts = [run for found in runs for run in found]
    none = np.empty((0, 4))
    yield Group("lines", parts, _of(fill, of), none, _of(width, of), dashed=dashed)


def _faces(artist: Poly3DCollection) -> Iterator[Group]:
    meant = np.logical_not(artist._invalid_vertices)  # they fill up short faces
    corners = np.isfinite(artist._faces).all(axis=2) & meant
    there = corners.sum(axis=1) >= 3
    parts = [f[c] for f, c in zip(artist._faces[there], corners[there], strict=True)]
    width = np.asarray(artist.get_linewidth())
    edge = artist._edgecolor3d if width.any() else np.empty((0, 4))
    fill = _of(artist._facecolor3d, there)
    yield Group("faces", parts, fill, _of(edge, there), _of(width, there))


def _of(values: Any, chosen: np.ndarray) -> np.ndarray:
    """Those of some parts; one value, or none, is that of all."""
    given = np.asarray(values)
    return np.asarray(given[chosen] if len(given) > 1 else given)


def _runs(vertices: np.ndarray) -> Iterator[np.ndarray]:
    """The parts of a line between vertices that are not numbers."""
    there = np.isfinite(vertices).all(axis=1)
    steps = np.flatnonzero(np.diff(there)) + 1
    for run in np.split(vertices, steps):
        if np.isfinite(run).all() and len(run) > 1:
            yield run
