"""Points vote for the centers of circles through them."""

import math
from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_finite
from dlnotes.blocks.precision import half_to_single
from dlnotes.votenet.lines import check_places, round_half_away


def circle_votes(
    points: Tensor,
    radii: Sequence[int],
    size: tuple[int, int],
    *,
    normalize: bool = True,
) -> Tensor:
    """Count the points around each possible center, Eq. (circle-votes).

    A point votes for the cells of a circle around itself, `circle_cells`. Places are
    rounded to whole numbers, halves away from zero. Votes that fall outside of the
    table are lost.

    Args:
        points: x and y, shape `(B, N, 2)`.
        radii: Whole numbers, `K` of them.
        size: Rows `H` and columns `W` of the table.
        normalize: Whether to divide by the number of cells of a circle, so that a
            whole circle gives 1.

    Returns:
        Shape `(B, K, H, W)`.
    """
    check_places("points", points)
    if not len(radii):
        raise ValueError("radii must hold a number, got none")
    tables = []
    for radius in radii:
        cells = circle_cells(radius, like=points)
        votes = offset_votes(points, cells, size)
        tables.append(votes / len(cells) if normalize else votes)
    return torch.stack(tables, 1)


def circle_cells(radius: int, *, like: Tensor) -> Tensor:
    """List the cells of a thin circle around the origin.

    Between two diagonals there is one cell in each row or column, the nearest to the
    circle.

    Args:
        radius: A whole number.
        like: A floating-point tensor, whose dtype and device are taken; half
            precision gives float32.

    Returns:
        x and y, whole numbers, shape `(M, 2)`, no cell twice.

    Examples:
        >>> len(circle_cells(1, like=torch.zeros(0)))
        4
    """
    check_count("radius", radius)
    check_finite("like", like)
    cells = set()
    for x in range(radius + 1):
        y = math.isqrt(4 * (radius**2 - x**2)) + 1 >> 1  # the root, rounded
        if x <= y:
            signs = [(i, j) for i in (-1, 1) for j in (-1, 1)]
            cells |= {(i * x, j * y) for i, j in signs}
            cells |= {(j * y, i * x) for i, j in signs}
    dtype = torch.promote_types(like.dtype, torch.float32)
    return torch.tensor(sorted(cells), dtype=dtype, device=like.device)


@half_to_single
def offset_votes(points: Tensor, offsets: Tensor, size: tuple[int, int]) -> Tensor:
    """Let each point vote for the cells at some offsets from it.

    Places are rounded to whole numbers, halves away from zero; votes outside of the
    table are lost.

    Args:
        points: x and y, shape `(B, N, 2)`.
        offsets: x and y, shape `(M, 2)`.
        size: Rows `H` and columns `W` of the table.

    Returns:
        Shape `(B, H, W)`.
    """
    check_places("points", points)
    check_finite("offsets", offsets)
    if offsets.ndim != 2 or offsets.shape[1] != 2:
        raise ValueError(f"offsets must be (M, 2), got {tuple(offsets.shape)}")
    check_size("size", size)
    votes = points.new_zeros(len(points), math.prod(size))
    # So many points at a time that their votes are no more than cells.
    few = max(1, math.prod(size) // max(1, len(offsets)))
    for some in torch.split(points.detach(), few, 1):
        places = (some[:, :, None] + offsets.detach()).flatten(1, 2)
        cells, inside = cells_of(places, size)
        votes = votes.scatter_add(1, cells, inside.to(votes.dtype))
    return rearrange(votes, "b (h w) -> b h w", h=size[0])


@half_to_single
def cells_of(places: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Find the cells of a table in which places lie.

    Args:
        places: x and y, shape `(B, N, 2)`, rounded to whole numbers here.
        size: Rows and columns of the table.

    Returns:
        Numbers of cells, row by row, int64, and whether the place is in the table at
        all, both `(B, N)`; outside the number is 0.
    """
    check_places("places", places)
    check_size("size", size)
    x, y = places.detach().unbind(-1)
    # Halves go away from zero: those of negative numbers end outside.
    inside = (x > -0.5) & (x < size[1] - 0.5) & (y > -0.5) & (y < size[0] - 0.5)
    column, row = (round_half_away(some.where(inside, 0)).long() for some in (x, y))
    return row * size[1] + column, inside


def check_size(name: str, size: tuple[int, int]) -> None:
    """Refuse what is not a number of rows and one of columns.

    Args:
        name: What the caller calls the pair, for the message.
        size: The pair to check.
    """
    if len(size) != 2:
        raise ValueError(f"{name} must be rows and columns, got {size}")
    for part, number in zip(("rows", "columns"), size, strict=True):
        check_count(part, number)
