"""The closest decreasing sequence: neighbors in the wrong order are pooled."""

import torch
from torch import Tensor

from dlnotes.smoothing.checks import check_values, widened


def isotonic_decreasing(values: Tensor) -> Tensor:
    """Project onto the non-increasing sequences, Eq. (isotonic).

    Args:
        values: Finite numbers, shape `(..., K)`. Time and memory grow like K².

    Returns:
        Least-squares fits that never increase, shape `(..., K)`. A derivative averages
        over the pool of an entry, which is exact wherever one exists.

    Raises:
        TypeError: If the values are not floating-point.
        ValueError: If a value is not finite.
    """
    check_values("values", values)
    return pool_mean(widened(values), pools(values)).to(values.dtype)


def pools(values: Tensor) -> Tensor:
    """Number the pools of neighbors that get one common value.

    Args:
        values: Finite numbers, shape `(..., K)`.

    Returns:
        Pool numbers, int64, from 0, never decreasing, shape `(..., K)`.
    """
    exact = values.detach().double()
    exact = exact - exact.mean(-1, keepdim=True)
    sums = torch.nn.functional.pad(exact.cumsum(-1), (1, 0))  # (..., K + 1)
    place = torch.arange(sums.shape[-1], device=sums.device)
    count = place[1:] - place[:-1, None]  # (K, K): from the row to the column
    total = sums[..., None, 1:] - sums[..., :-1, None]
    means = torch.where(count > 0, total / count.clamp(min=1), -torch.inf)
    highest = means.flip(-1).cummax(-1).values.flip(-1)  # over later ends
    # A row starts at its own place, so only entries on or right of the diagonal count.
    highest = highest.masked_fill(count <= 0, torch.inf)
    fit = highest.amin(-2)  # over earlier starts
    return torch.nn.functional.pad((fit.diff(dim=-1) < 0).cumsum(-1), (1, 0))


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


def _mean(values: Tensor, pool: Tensor) -> Tensor:
    zeros = torch.zeros_like(values)
    total = zeros.scatter_add(-1, pool, values)
    size = zeros.scatter_add(-1, pool, torch.ones_like(values))
    return total.gather(-1, pool) / size.gather(-1, pool)


def _first_of_pool(values: Tensor, pool: Tensor) -> Tensor:
    new = torch.nn.functional.pad(pool.diff(dim=-1), (1, 0))
    place = torch.arange(pool.shape[-1], device=pool.device)
    return values.gather(-1, (place * new).cummax(-1).values)
