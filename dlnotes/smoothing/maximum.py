"""From the absolute value to a smooth maximum, with its errors."""

import math

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_floating, check_positive
from dlnotes.smoothing.checks import check_values


def smooth_abs(x: Tensor, sharpness: float) -> Tensor:
    """Integrate a steep sigmoid into an absolute value, Eq. (smooth-abs).

    Args:
        x: Any shape.
        sharpness: Positive; the error is largest at 0, log 4 over the sharpness.

    Returns:
        Values above the absolute value, shape of `x`.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the sharpness is not positive and finite.
    """
    check_floating("x", x)
    check_positive("sharpness", sharpness)
    size = _absolute(x)
    return size + 2 * torch.log1p(torch.exp(-sharpness * size)) / sharpness


def log_cosh_abs(x: Tensor, sharpness: float) -> Tensor:
    """Drop the constant inside the logarithm, Eq. (log-cosh-abs).

    Args:
        x: Any shape.
        sharpness: Positive; the error is largest at 0, log 2 over the sharpness.

    Returns:
        Values above the absolute value, shape of `x`.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the sharpness is not positive and finite.
    """
    check_floating("x", x)
    check_positive("sharpness", sharpness)
    size = _absolute(x)
    return size + torch.log1p(torch.exp(-2 * sharpness * size)) / sharpness


def smooth_max(values: Tensor, sharpness: float) -> Tensor:
    """Smooth the maximum by a log-sum-exp, Eq. (smooth-max).

    Args:
        values: Finite numbers, shape `(..., K)`.
        sharpness: Positive; 1 is the plain log-sum-exp.

    Returns:
        At least the maximum, and at most log K over the sharpness above it, shape
        `(...)`. No scale of the values overflows.

    Raises:
        TypeError: If the values are not floating-point.
        ValueError: If a value is not finite, or the sharpness is not positive.
    """
    gap = smooth_max_gap(values, sharpness)
    return values.max(-1).values + gap  # the gradient of the same winner as in the gap


def smooth_max_gap(values: Tensor, sharpness: float) -> Tensor:
    """Measure how far the smooth maximum is above the maximum, Eq. (smooth-max-gap).

    Args:
        values: Finite numbers, shape `(..., K)`.
        sharpness: Positive.

    Returns:
        From 0 to log K over the sharpness, shape `(...)`, without the rounding of a
        difference of two large numbers.

    Raises:
        TypeError: If the values are not floating-point.
        ValueError: If a value is not finite, or the sharpness is not positive.
    """
    check_values("values", values)
    check_positive("sharpness", sharpness)
    top, first = values.max(-1, keepdim=True)
    others = torch.exp(sharpness * (values - top))
    others = others.scatter(-1, first, 0)  # the winner is the 1 of log1p
    return torch.log1p(others.sum(-1)) / sharpness


def log_mean_exp(values: Tensor, sharpness: float) -> Tensor:
    """Shift the smooth maximum below the maximum, Eq. (log-mean-exp).

    Args:
        values: Finite numbers, shape `(..., K)`.
        sharpness: Positive; tends to the mean at 0, to the maximum at infinity.

    Returns:
        At most the maximum, and at least the mean, shape `(...)`.

    Raises:
        TypeError: If the values are not floating-point.
        ValueError: If a value is not finite, or the sharpness is not positive.
    """
    top = smooth_max(values, sharpness)
    return top - math.log(values.shape[-1]) / sharpness


def smooth_max_hessian(values: Tensor, sharpness: float) -> Tensor:
    """Second derivatives of the smooth maximum, Eq. (smooth-max-hessian).

    Args:
        values: Finite numbers, shape `(..., K)`.
        sharpness: Positive.

    Returns:
        Positive semidefinite matrices whose rows sum to 0, shape `(..., K, K)`.

    Raises:
        TypeError: If the values are not floating-point.
        ValueError: If a value is not finite, or the sharpness is not positive.
    """
    check_values("values", values)
    check_positive("sharpness", sharpness)
    top = values.amax(-1, keepdim=True)
    p = torch.softmax(sharpness * (values - top), -1)
    return sharpness * (torch.diag_embed(p) - p.unsqueeze(-1) * p.unsqueeze(-2))


def _absolute(x: Tensor) -> Tensor:
    """|x| with slope 1 at 0, so that the smooth versions get their slope 0 there."""
    return torch.where(x < 0, -x, x)
