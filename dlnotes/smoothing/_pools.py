"""The closest decreasing sequence as a division into pools of neighbors."""

import torch
from torch import Tensor
from torch.nn.functional import pad


def pools(values: Tensor) -> Tensor:
    """Number the pools of neighbors that get one common value.

    Short sequences are fitted first, then pairs of them joined, until one is left.
    This takes some K log² K steps and memory for K numbers, and no loop over entries.

    Args:
        values: Finite numbers, shape `(..., K)`.

    Returns:
        Pool numbers, int64, from 0, never decreasing, shape `(..., K)`.
    """
    fit, count, size = values.detach().double(), values.shape[-1], 1
    # Filled up to a power of two with what is never too large for its place.
    spare = (1 << (count - 1).bit_length()) - count
    lowest = fit.amin(-1, keepdim=True)
    fit = torch.cat([fit, lowest.expand(*fit.shape[:-1], spare)], -1)
    while size < count:
        pairs = fit.shape[-1] // (2 * size)
        left, right = fit.reshape(*fit.shape[:-1], pairs, 2, size).unbind(-2)
        level = _common_level(left, right)
        fit = torch.cat([left.maximum(level), right.minimum(level)], -1).flatten(-2)
        size *= 2
    return pad((fit[..., :count].diff(dim=-1) < 0).cumsum(-1), (1, 0))


def pool_mean(values: Tensor, pool: Tensor) -> Tensor:
    """Average within each pool.

    Args:
        values: Shape `(..., K)`.
        pool: Pool numbers as `pools` returns them, int64, shape `(..., K)`.

    Returns:
        For each entry the mean of its pool, shape `(..., K)`.
    """
    first = _first_of_pool(values, pool)
    return first + _mean(values - first, pool)


def pool_deviation(values: Tensor, pool: Tensor) -> Tensor:
    """Subtract the mean of each pool, without rounding away small differences.

    Args:
        values: Shape `(..., K)`.
        pool: Pool numbers as `pools` returns them, int64, shape `(..., K)`.

    Returns:
        Shape `(..., K)`.
    """
    shifted = values - _first_of_pool(values, pool)
    return shifted - _mean(shifted, pool)


def _common_level(left: Tensor, right: Tensor) -> Tensor:
    """The level at which two decreasing sequences join.

    What is below it on the left comes up to it, what is above it on the right comes
    down, by the same amount in total. If the two are in order, nothing moves.

    Args:
        left: Shape `(..., n)`, never increasing.
        right: Shape `(..., n)`, never increasing.

    Returns:
        Shape `(..., 1)`.
    """
    low, high = left[..., -1:], right[..., :1]
    # The level is between the two ends; what lies beyond them does not move.
    heights = torch.cat([left.minimum(high), right.maximum(low)], -1) - low
    heights, order = heights.sort(-1, descending=True)
    falls = order >= left.shape[-1]
    above = torch.where(falls, heights, 0).cumsum(-1) - heights * falls.cumsum(-1)
    below = torch.where(falls, 0, heights).flip(-1).cumsum(-1).flip(-1)
    rising = (~falls).flip(-1).cumsum(-1).flip(-1)
    # How much would rise less how much would fall, were this height the level.
    surplus = heights * rising - below - above
    joins = torch.where(falls, surplus > 0, surplus < 0)
    total = torch.where(joins, heights, 0).sum(-1, keepdim=True)
    level = total / joins.sum(-1, keepdim=True).clamp(min=1)
    return low + torch.where(low < high, level, 0)


def _mean(values: Tensor, pool: Tensor) -> Tensor:
    zeros = torch.zeros_like(values)
    total = zeros.scatter_add(-1, pool, values)
    size = zeros.scatter_add(-1, pool, torch.ones_like(values))
    return total.gather(-1, pool) / size.gather(-1, pool)


def _first_of_pool(values: Tensor, pool: Tensor) -> Tensor:
    new = pad(pool.diff(dim=-1), (1, 0))
    place = torch.arange(pool.shape[-1], device=pool.device)
    return values.gather(-1, (place * new).cummax(-1).values)
