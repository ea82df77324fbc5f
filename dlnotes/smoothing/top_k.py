"""The k largest values as a mask, made of k softmaxes."""

import math

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_floating, check_positive
from dlnotes.smoothing.checks import check_values, widened


def log1mexp(x: Tensor) -> Tensor:
    """Compute log(1 - exp(x)) for negative x, Eq. (log1mexp).

    Args:
        x: Numbers below 0, any shape.

    Returns:
        Logs that are exact to rounding, near 0 as well as far from it, shape of `x`;
        minus infinity at 0.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If a number is positive or NaN.
    """
    check_floating("x", x)
    if not (x.detach() <= 0).all():
        raise ValueError(f"x must not be positive, got {x.max().item()}")
    near = x > -math.log(2)
    # The branch not taken must not turn the gradient of the other into NaN.
    close = torch.log(-torch.expm1(torch.where(near, x, -1)))
    far = torch.log1p(-torch.exp(torch.where(near, -1, x)))
    return torch.where(near, close, far)


def soft_k_max(values: Tensor, k: int, sharpness: float) -> Tensor:
    """Take softmaxes and multiply their winners away, Eq. (soft-k-max).

    Args:
        values: Finite numbers, shape `(..., K)`. Their minimum is moved to 0.
        k: How many to choose; below K, since the last one would tie with those that
            are gone.
        sharpness: Positive.

    Returns:
        Masks that sum to `k`, shape `(..., K)`. Entries can exceed 1.

    Raises:
        TypeError: If the values are not floating-point or `k` is not an integer.
        ValueError: If a value is not finite, `k` is not from 1 to K - 1, or the
            sharpness is not positive.
    """
    check_values("values", values)
    check_count("k", k, most=values.shape[-1] - 1)
    check_positive("sharpness", sharpness)
    wide = widened(values)
    height = wide - wide.amin(-1, keepdim=True)
    left, chosen = torch.ones_like(wide), torch.zeros_like(wide)
    for _ in range(k):
        rest = left * height
        top = rest.detach().amax(-1, keepdim=True)
        p = torch.softmax(sharpness * (rest - top), -1)
        left, chosen = left * (1 - p), chosen + p
    return chosen.to(values.dtype)


def log_soft_k_max(values: Tensor, k: int, sharpness: float) -> Tensor:
    """Take softmaxes and push their winners down by a log, Eq. (log-soft-k-max).

    Args:
        values: Finite numbers, shape `(..., K)`.
        k: How many to choose, from 1 to K.
        sharpness: Positive. At 1 a winner falls to the level of the others taken
            together; choose it above 1, the more the more pronounced.

    Returns:
        Masks that sum to `k`, shape `(..., K)`. Entries can exceed 1.

    Raises:
        TypeError: If the values are not floating-point or `k` is not an integer.
        ValueError: If a value is not finite, `k` does not fit, or the sharpness is not
            positive.
    """
    check_values("values", values)
    check_count("k", k, most=values.shape[-1])
    check_positive("sharpness", sharpness)
    wide = widened(values)
    height = wide - wide.detach().amax(-1, keepdim=True)
    chosen = torch.zeros_like(wide)
    for step in range(k):
        scaled = sharpness * (height - height.detach().amax(-1, keepdim=True))
        chosen = chosen + scaled.softmax(-1)
        if step < k - 1:
            height = height + _log_not_chosen(scaled)
    return chosen.to(values.dtype)


def _log_not_chosen(scaled: Tensor) -> Tensor:
    """Log of one minus the softmax, exact for the winner too.

    The probability of a winner can round to 1, its logarithm to 0. What is left of it
    is the weight of the others, so it comes from them.
    """
    top, winner = scaled.max(-1, keepdim=True)
    won = torch.zeros_like(scaled, dtype=torch.bool).scatter(-1, winner, True)
    lowest = torch.finfo(scaled.dtype).min
    others = scaled.masked_fill(won, lowest).logsumexp(-1, keepdim=True)
    lead = top - others
    log_lost = -torch.logaddexp(lead, torch.zeros_like(lead))
    rest = torch.where(won, -1, scaled.log_softmax(-1))
    return torch.where(won, log_lost, log1mexp(rest))
