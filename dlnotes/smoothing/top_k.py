"""The k largest values as a mask, made of k softmaxes."""

import math

import torch
from torch import Tensor

from dlnotes.blocks.checks import (
    Parameter,
    check_count,
    check_floating,
    first_where,
    holds,
)
from dlnotes.blocks.precision import widen_half
from dlnotes.smoothing._rows import below_leader, check_possible, check_row, leader


@widen_half
def soft_k_max(values: Tensor, k: int, sharpness: Parameter) -> Tensor:
    """Take softmaxes and multiply their winners away, Eq. (soft-k-max).

    Args:
        values: Shape `(..., K)`; minus infinity masks an entry. The smallest of the
            others is moved to 0.
        k: How many to choose; below the number of entries that are not masked. Choose
            no more than are above the smallest value: that one ties with those that
            are gone.
        sharpness: Positive.

    Returns:
        Masks that sum to `k`, shape `(..., K)`. Entries can exceed 1.
    """
    check_row("values", values, sharpness)
    check_count("k", k, most=values.shape[-1] - 1)
    check_possible("k", k + 1, values)
    possible = values > -torch.inf
    low = torch.where(possible, values, torch.inf).amin(-1, keepdim=True)
    height = torch.where(possible, values, low) - low
    height = height.clamp(max=torch.finfo(height.dtype).max)
    left, chosen = torch.ones_like(height), torch.zeros_like(height)
    for _ in range(k):
        rest = torch.where(possible, left * height, -torch.inf)
        p = below_leader(rest, sharpness).softmax(-1)
        left, chosen = left * (1 - p), chosen + p
    return chosen


@widen_half
def log_soft_k_max(values: Tensor, k: int, sharpness: Parameter) -> Tensor:
    """Take softmaxes and push their winners down by a log, Eq. (log-soft-k-max).

    Args:
        values: Shape `(..., K)`; minus infinity masks an entry.
        k: How many to choose, from 1 to the number of entries that are not masked.
        sharpness: Positive. At 1 a winner falls to the level of the others taken
            together; choose it above 1, the more the more pronounced. With three or
            more to choose, also its product with the lead of each winner should exceed
            how far that is above the last one chosen, or the winner may win again.

    Returns:
        Masks that sum to `k`, shape `(..., K)`. Entries can exceed 1.

    Examples:
        >>> log_soft_k_max(torch.tensor([3.0, 1.0, 2.0]), 2, 4.0)
        tensor([0.9817, 0.0196, 0.9987])
    """
    check_row("values", values, sharpness)
    check_count("k", k, most=values.shape[-1])
    check_possible("k", k, values)
    height, chosen = values, torch.zeros_like(values)
    for step in range(k):
        scaled = below_leader(height, sharpness)
        chosen = chosen + scaled.softmax(-1)
        if step < k - 1:
            height = height + _log_not_chosen(scaled)
    return chosen


@widen_half
def log1mexp(x: Tensor) -> Tensor:
    """Compute log(1 - exp(x)) for negative x, Eq. (log1mexp).

    Args:
        x: Numbers up to 0, any shape; minus infinity too.

    Returns:
        Logs that are exact to rounding, near 0 as well as far from it, shape of `x`.
        At 0 it is minus infinity, with the gradient 0.
    """
    check_floating("x", x)
    good = x.detach() <= 0
    if not holds(good):
        raise ValueError(f"x must not be positive, got {first_where(x, ~good)}")
    near, end = x > -math.log(2), x == 0
    # A branch that is not taken must not turn the gradient of the other into NaN.
    close = torch.log(-torch.expm1(torch.where(near & ~end, x, -1)))
    far = torch.log1p(-torch.exp(torch.where(near, -1, x)))
    return torch.where(end, -torch.inf, torch.where(near, close, far))


def _log_not_chosen(scaled: Tensor) -> Tensor:
    """Log of one minus the softmax, exact for the winner too.

    The probability of a winner can round to 1, its logarithm to 0. What is left of it
    is the weight of the others, so it comes from them.
    """
    top, place = leader(scaled)
    won = torch.zeros_like(scaled, dtype=torch.bool).scatter(-1, place, True)
    others = scaled.masked_fill(won, -torch.inf).logsumexp(-1, keepdim=True)
    lead = top - others
    log_lost = -torch.logaddexp(lead, torch.zeros_like(lead))
    rest = torch.where(won, -1, scaled.log_softmax(-1))
    return torch.where(won, log_lost, log1mexp(rest))
