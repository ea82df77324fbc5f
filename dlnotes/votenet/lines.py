"""Points vote for the lines through them: a curve of a point, and counts in cells."""

import math

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_finite, first_where, holds
from dlnotes.blocks.grouping import check_cloud, check_truth
from dlnotes.blocks.precision import half_to_single, widen_half

PART = 2**16  # cells that are voted for at a time, half a megabyte


def hough_angles(count: int = 180, *, like: Tensor) -> Tensor:
    """Spread angles of normals evenly over half a turn.

    Args:
        count: How many, `A`.
        like: A floating-point tensor, whose dtype and device are taken; half
            precision gives float32.

    Returns:
        Angles from -π/2 on, below π/2, shape `(A,)`.

    Examples:
        >>> hough_angles(4, like=torch.zeros(0)).rad2deg()
        tensor([-90., -45.,   0.,  45.])
    """
    check_count("count", count)
    check_finite("like", like)
    numbers = torch.arange(count, dtype=torch.float64, device=like.device)
    angles = numbers * (math.pi / count) - math.pi / 2
    return angles.to(torch.promote_types(like.dtype, torch.float32))


@widen_half
def line_distance(points: Tensor, angles: Tensor) -> Tensor:
    """Signed distance from the origin of lines through points, Eq. (hough-line).

    Args:
        points: x and y, shape `(B, N, 2)`.
        angles: Directions of the lines' normals in radians, shape `(A,)`.

    Returns:
        Shape `(B, N, A)`.

    Examples:
        >>> corner = torch.tensor([[[3.0, 4.0]]])
        >>> line_distance(corner, torch.tensor([0.0, torch.pi / 2])).round()
        tensor([[[3., 4.]]])
    """
    _check(points, angles)
    x, y = points.unbind(-1)
    return x[..., None] * angles.cos() + y[..., None] * angles.sin()


@half_to_single
def line_votes(
    points: Tensor, angles: Tensor, *, reach: int, mask: Tensor | None = None
) -> Tensor:
    """Count the points whose curves pass through each cell, Eq. (accumulator).

    Distances are rounded to whole numbers, halves away from zero. So the cells are one
    unit wide; scale the points to have others. Row `reach` is the distance 0. For the
    pixels of an image take `reach_of` its height and width.

    Args:
        points: x and y, shape `(B, N, 2)`, at most `reach` from the origin.
        angles: Directions of the lines' normals in radians, shape `(A,)`.
        reach: The largest distance, `R`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Shape `(B, 2 R + 1, A)`.
    """
    _check(points, angles)
    check_count("reach", reach)
    check_truth("mask", mask, points.shape[:2])
    points, angles = points.detach(), angles.detach()
    _check_within(points, reach)
    real = points.new_ones(points.shape[:2]) if mask is None else mask.to(points.dtype)
    rows = 2 * reach + 1
    votes = points.new_zeros(len(points), rows, len(angles))
    # Some points at a time: no table is larger than the result, or than a cache.
    few = max(1, min(rows, PART // max(1, len(angles))))
    parts = torch.split(points, few, 1), torch.split(real, few, 1)
    for some, weights in zip(*parts, strict=True):
        # No line is farther than its point, but for rounding.
        distances = line_distance(some, angles).clamp(-reach, reach)
        cells = round_half_away(distances).long() + reach
        votes = votes.scatter_add(1, cells, weights[..., None].expand(cells.shape))
    return votes


def reach_of(height: int, width: int) -> int:
    """Find the distance beyond which no line meets an image.

    Args:
        height: Rows of pixels.
        width: Columns of pixels.

    Returns:
        The length of the diagonal, rounded up.

    Examples:
        >>> reach_of(30, 40)
        50
    """
    check_count("height", height)
    check_count("width", width)
    return math.isqrt(height**2 + width**2 - 1) + 1


@widen_half
def canonical_lines(lines: Tensor) -> Tensor:
    """Choose of the names of each line the one with a small angle, Eq. (line-twins).

    Args:
        lines: Distance and angle of the normal, shape `(..., 2)`; any angle.

    Returns:
        The same lines, with angles from -π/2 on, below π/2, shape `(..., 2)`.

    Examples:
        >>> canonical_lines(torch.tensor([5.0, torch.pi]))
        tensor([-5.,  0.])
    """
    check_finite("lines", lines)
    if lines.shape[-1:] != (2,):
        raise ValueError(f"lines must have shape (..., 2), got {tuple(lines.shape)}")
    distance, angle = lines.unbind(-1)
    turns = (angle.detach() / math.pi + 0.5).floor()
    turns = turns + (angle.detach() - turns * math.pi >= math.pi / 2)  # by rounding
    signs = 1 - 2 * turns.remainder(2)
    angle = (angle - turns * math.pi).clamp(min=-math.pi / 2)
    return torch.stack([distance * signs, angle], -1)


@half_to_single
def round_half_away(values: Tensor) -> Tensor:
    """Round to whole numbers, halves away from zero.

    Args:
        values: Any shape.

    Returns:
        Same shape.

    Examples:
        >>> round_half_away(torch.tensor([-1.5, -0.5, 0.4, 0.5, 2.5]))
        tensor([-2., -1.,  0.,  1.,  3.])
    """
    check_finite("values", values)
    # With its fraction added once more, a number reaches the next whole one from a half
    # on. The sum is exact below; with a half added instead, it would be rounded.
    return (values + values.frac()).trunc() + 0.0


def check_places(name: str, points: Tensor) -> None:
    """Refuse what is not a batch of clouds of points in a plane.

    Args:
        name: What the caller calls the tensor, for the message.
        points: The tensor to check.
    """
    check_cloud(name, points)
    if points.shape[-1] != 2:
        raise ValueError(f"{name} must be (B, N, 2), got {tuple(points.shape)}")


def _check(points: Tensor, angles: Tensor) -> None:
    check_places("points", points)
    check_finite("angles", angles)
    if angles.ndim != 1:
        raise ValueError(f"angles must have shape (A,), got {tuple(angles.shape)}")


def _check_within(points: Tensor, reach: int) -> None:
    lengths = torch.linalg.vector_norm(points, dim=-1)
    if not holds(lengths <= reach):
        odd = first_where(lengths, lengths > reach)
        raise ValueError(f"points must be within reach {reach} of 0, got {odd} away")
