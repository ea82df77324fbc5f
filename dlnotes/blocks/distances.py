"""Distances of all points of one cloud from all of another."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_finite, first_where, holds
from dlnotes.blocks.precision import half_to_single, widen_half

FEW = 8  # coordinates up to which differences are exact and fast, and a k-d tree wins


@half_to_single
def squared_distances(one: Tensor, other: Tensor) -> Tensor:
    """Squared distances of all points of one cloud from all of another.

    With up to `FEW` coordinates the squared differences are summed, and equal points
    have distance 0. With more, a matrix product of points less their mean is taken,
    which needs no table of differences; what rounding makes negative becomes 0.

    Args:
        one: Shape `(..., M, D)`.
        other: Shape `(..., N, D)`.

    Returns:
        Shape `(..., M, N)`, nowhere negative.

    Examples:
        >>> import torch
        >>> squared_distances(torch.zeros(1, 2), torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
        tensor([[25.,  0.]])
    """
    for name, points in {"one": one, "other": other}.items():
        check_finite(name, points)
        if points.ndim < 2 or not points.shape[-1]:
            shape = tuple(points.shape)
            raise ValueError(f"{name} must have shape (..., N, D), got {shape}")
    if one.shape[-1] != other.shape[-1] or one.shape[:-2] != other.shape[:-2]:
        shapes = tuple(one.shape), tuple(other.shape)
        raise ValueError(f"must be (..., M, D) and (..., N, D), got {shapes}")
    if one.shape[-1] > FEW:
        return _by_product(one, other)
    total = one.new_zeros(())
    for x, y in zip(one.unbind(-1), other.unbind(-1), strict=True):
        total = total + (x[..., :, None] - y[..., None, :]).square()
    return total


@widen_half
def safe_root(squares: Tensor) -> Tensor:
    """Take square roots, whose gradient at 0 is 0 here.

    Args:
        squares: 0 or more, any shape.

    Returns:
        Same shape.
    """
    check_finite("squares", squares)
    if not holds(squares >= 0):
        odd = first_where(squares, squares < 0)
        raise ValueError(f"squares must be 0 or more, got {odd}")
    positive = squares > 0
    return squares.where(positive, 1).sqrt().where(positive, 0)


def in_parts(
    function: Callable[..., Sequence[Tensor]], *rows: Tensor, size: int
) -> list[Tensor]:
    """Call a function for some rows at a time, so that its tables stay small.

    Results go to memory made before: kept one by one, they would lie between the freed
    tables, and the next table would not fit there.

    Args:
        function: Maps parts of `rows` to tensors `(B, size, ...)`, at most `size` rows.
        *rows: Tensors `(B, M, ...)`.
        size: How many rows it gets at one time.

    Returns:
        Its results for all rows, `(B, M, ...)`.
    """
    check_count("size", size)
    parts = [torch.split(tensor, size, dim=1) for tensor in rows]
    if len(parts[0]) == 1:
        return list(function(*rows))
    results: list[Tensor] = []
    start, total = 0, rows[0].shape[1]
    for some in zip(*parts, strict=True):
        found, end = function(*some), start + some[0].shape[1]
        results = results or [
            part.new_empty((part.shape[0], total, *part.shape[2:])) for part in found
        ]
        for result, part in zip(results, found, strict=True):
            result[:, start:end] = part
        start = end
    return results


def _by_product(one: Tensor, other: Tensor) -> Tensor:
    """A common shift changes no distance, but keeps the squares small."""
    center = (other.sum(-2, keepdim=True) / max(other.shape[-2], 1)).detach()
    one, other = one - center, other - center
    squares = one.square().sum(-1)[..., None] + other.square().sum(-1)[..., None, :]
    return (squares - 2 * one @ other.mT).clamp_min(0)
