"""Meshes of triangles: read from OFF files, with points drawn on them.

What a file says is checked line by line. Whatever is wrong with it is a `ValueError`
that names file and line; nothing is repaired in silence. PLY files are read by
`dlnotes.blocks.ply`.
"""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_count, check_finite, check_members
from dlnotes.blocks.magnitude import near_one

Lines = Iterator[tuple[int, list[str]]]  # numbers of lines, and their words


class Mesh(NamedTuple):
    """Triangles in space.

    Attributes:
        corners: Shape `(V, 3)`, float64.
        faces: Numbers of the corners of each triangle, int64, shape `(F, 3)`.
    """

    corners: Tensor
    faces: Tensor


def read_off(path: str | Path) -> Mesh:
    """Read a mesh from an OFF file, as those of ModelNet40.

    Counts may stand behind the word OFF without a space, as in hundreds of ModelNet40's
    files. A face of more than three corners becomes a fan of triangles around its
    first corner, right where it is convex and flat. Colors behind a face are
    ignored. The number of edges is not checked: most files have 0 there.

    Args:
        path: The file.

    Returns:
        The mesh.

    Raises:
        ValueError: If the file is no OFF file, is cut off, goes on after the last face,
            has a number that is none or not finite, or a face with a corner that does
            not exist or with fewer than three.
    """
    path = Path(path)
    lines = _worded(path.read_bytes().decode("latin-1"))
    number, words = _next(path, lines, "the word OFF")
    if not words[0].startswith("OFF"):
        raise ValueError(
            f"{path}, line {number}: must begin with OFF, got {words[0]!r}"
        )
    words = [word for word in (words[0][3:], *words[1:]) if word]
    if not words:
        number, words = _next(path, lines, "three counts")
    if len(words) != 3:
        found = " ".join(words)
        raise ValueError(f"{path}, line {number}: needs three counts, got {found!r}")
    count, faces, _ = (whole(path, f"line {number}", word) for word in words)
    corners = [_read_corner(path, lines, i, count) for i in range(count)]
    polygons = [_read_face(path, lines, i, faces, count) for i in range(faces)]
    for number, words in lines:
        found = " ".join(words)
        raise ValueError(
            f"{path}, line {number}: goes on after the last face: {found!r}"
        )
    return make_mesh(corners, polygons)


def make_mesh(
    corners: Sequence[Sequence[float]], polygons: Sequence[Sequence[int]]
) -> Mesh:
    """Make a mesh of polygons: of each a fan of triangles around its first corner.

    Args:
        corners: Three coordinates of each.
        polygons: Numbers of the corners of each.

    Returns:
        The mesh.
    """
    triangles = [
        (face[0], face[i], face[i + 1])
        for face in polygons
        for i in range(1, len(face) - 1)
    ]
    places = torch.tensor(corners, dtype=torch.float64)
    return Mesh(
        places.reshape(-1, 3), torch.tensor(triangles, dtype=torch.int64).reshape(-1, 3)
    )


def draw_on_mesh(
    mesh: Mesh, count: int, *, generator: Generator | None = None
) -> Tensor:
    """Draw points on a mesh, uniformly by area and independent of each other.

    Args:
        mesh: Has a triangle with an area.
        count: How many, `N`.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Shape `(N, 3)`, float64.
    """
    check_members("mesh", mesh)
    check_finite("mesh.corners", mesh.corners)
    check_count("count", count)
    triangles = mesh.corners[mesh.faces]
    a, b, c = near_one(triangles, (0, 1, 2)).unbind(1)
    areas = torch.linalg.cross(b - a, c - a).norm(dim=-1)
    if not bool(areas.sum() > 0):
        raise ValueError(f"mesh must have an area, got {len(areas)} flat triangles")
    which = torch.searchsorted(
        areas.cumsum(0) / areas.sum(),
        torch.rand(count, dtype=torch.float64, generator=generator),
        right=True,
    ).clamp_max(len(areas) - 1)
    u, v = torch.rand(2, count, 1, dtype=torch.float64, generator=generator)
    u = u.sqrt()
    a, b, c = triangles.unbind(1)
    drawn: Tensor = (1 - u) * a[which] + u * (1 - v) * b[which] + u * v * c[which]
    return drawn


def whole(path: Path, where: str, word: str) -> int:
    """Read a whole number, 0 or more.

    Args:
        path: The file, for the message.
        where: The place in it, for the message.
        word: What stands there, up to 99 digits.

    Returns:
        The number.
    """
    if not re.fullmatch(r"\+?[0-9]{1,99}", word):
        raise ValueError(f"{path}, {where}: needs a whole number, got {word[:99]!r}")
    return int(word)


def finite(path: Path, where: str, word: str | float) -> float:
    """Read a finite number.

    Args:
        path: The file, for the message.
        where: The place in it, for the message.
        word: What stands there.

    Returns:
        The number.
    """
    try:
        value = math.nan if "_" in str(word) else float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{path}, {where}: needs a finite number, got {word!r}")
    return value


def check_face(name: Path, where: str, face: Sequence[int], count: int) -> None:
    """Refuse a face that is none.

    Args:
        name: The file, for the message.
        where: The place in it, for the message.
        face: Numbers of its corners.
        count: How many corners the file has.
    """
    if len(face) < 3:
        raise ValueError(
            f"{name}, {where}: a face needs three corners, got {list(face)}"
        )
    if min(face) < 0 or max(face) >= count:
        odd = next(i for i in face if not 0 <= i < count)
        raise ValueError(f"{name}, {where}: there are {count} corners, none is {odd}")


def _worded(text: str) -> Lines:
    """Lines that are neither empty nor comments."""
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split("#", 1)[0].split()
        if words:
            yield number, words


def _next(path: Path, lines: Lines, wanted: str) -> tuple[int, list[str]]:
    try:
        return next(lines)
    except StopIteration:
        end = len(path.read_bytes().split(b"\n"))
        raise ValueError(f"{path}, line {end}: ends where {wanted} should be") from None


def _read_corner(path: Path, lines: Lines, index: int, count: int) -> list[float]:
    number, words = _next(path, lines, f"corner {index + 1} of {count}")
    if len(words) != 3:
        found = " ".join(words)
        raise ValueError(f"{path}, line {number}: a corner has three, got {found!r}")
    return [finite(path, f"line {number}", word) for word in words]


def _read_face(
    path: Path, lines: Lines, index: int, faces: int, count: int
) -> list[int]:
    number, words = _next(path, lines, f"face {index + 1} of {faces}")
    size = whole(path, f"line {number}", words[0])
    face = [whole(path, f"line {number}", word) for word in words[1 : size + 1]]
    if len(face) < size:
        raise ValueError(
            f"{path}, line {number}: announces {size} corners, has {len(face)}"
        )
    check_face(path, f"line {number}", face, count)
    return face
