"""Smooth versions of |x| and of max(x, 0), known as activations."""

import math

import torch
from torch import Tensor

from dlnotes.blocks.checks import Parameter, check_finite, check_positive
from dlnotes.blocks.precision import widen_half


@widen_half
def swish(x: Tensor, sharpness: Parameter) -> Tensor:
    """Take the Boltzmann maximum of a value and 0, Eq. (swish).

    Args:
        x: Any shape.
        sharpness: Positive; 1 is also known as SiLU.

    Returns:
        Values at or below `max(x, 0)`, shape of `x`.

    Examples:
        >>> swish(torch.tensor([-1.0, 0.0, 1.0]), 10.0)
        tensor([-4.5398e-05,  0.0000e+00,  9.9995e-01])
    """
    _check(x, sharpness)
    return x * torch.sigmoid(sharpness * x)


@widen_half
def erf_abs(x: Tensor, sharpness: Parameter) -> Tensor:
    """Approach the absolute value from below, Eq. (erf-abs).

    Args:
        x: Any shape.
        sharpness: Positive.

    Returns:
        From 0 to the absolute value, shape of `x`.
    """
    _check(x, sharpness)
    return x * torch.erf(sharpness * x)


@widen_half
def root_abs(x: Tensor, sharpness: Parameter) -> Tensor:
    """Approach the absolute value from above by a hyperbola, Eq. (root-abs).

    Args:
        x: Any shape.
        sharpness: Positive; the error at 0 is its inverse.

    Returns:
        At least the absolute value, shape of `x`.
    """
    _check(x, sharpness)
    return torch.hypot(x, torch.ones_like(x) / sharpness)


@widen_half
def smu(first: Tensor, second: Tensor, sharpness: Parameter) -> Tensor:
    """Take the maximum of two with the error function, Eq. (smu).

    Args:
        first: Any shape.
        second: A shape that broadcasts with it.
        sharpness: Positive.

    Returns:
        Values from the mean to the maximum of the two, broadcast shape.
    """
    check_finite("first", first)
    check_finite("second", second)
    # The larger one minus what is missing: half the sum would cancel where the result
    # is small. One formula serves both signs, so that it is smooth at a tie.
    swap = first < second
    high, low = torch.where(swap, second, first), torch.where(swap, first, second)
    check_positive("sharpness", sharpness, like=high)
    half = high / 2 - low / 2
    return high - half * torch.erfc(sharpness * half * 2)


@widen_half
def gelu(x: Tensor) -> Tensor:
    """Take a value as often as a normal variable stays below it, Eq. (gelu).

    Args:
        x: Any shape.

    Returns:
        The maximum of `x` and 0 by the error function of sharpness 1 / √2.
    """
    check_finite("x", x)
    return x * (torch.erfc(-x / math.sqrt(2)) / 2)


def _check(x: Tensor, sharpness: Parameter) -> None:
    check_finite("x", x)
    check_positive("sharpness", sharpness, like=x)
