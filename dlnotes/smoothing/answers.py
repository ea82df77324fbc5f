"""Other answers to the same question: activations and means near a maximum."""

import math

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_floating, check_positive
from dlnotes.smoothing.argmax import soft_onehot
from dlnotes.smoothing.checks import check_values


def boltzmann_max(values: Tensor, sharpness: float) -> Tensor:
    """Average the values with their softmax as weights, Eq. (boltzmann-max).

    Args:
        values: Finite numbers, shape `(..., K)`.
        sharpness: Positive.

    Returns:
        At least the mean and at most the maximum, shape `(...)`.

    Raises:
        TypeError: If the values are not floating-point.
        ValueError: If a value is not finite, or the sharpness is not positive.
    """
    p = soft_onehot(values, sharpness)
    top = values.max(-1, keepdim=True).values
    return (top + ((values - top) * p).sum(-1, keepdim=True)).squeeze(-1)


def swish(x: Tensor, sharpness: float) -> Tensor:
    """Take the Boltzmann maximum of a value and 0, Eq. (swish).

    Args:
        x: Any shape.
        sharpness: Positive; 1 is also known as SiLU.

    Returns:
        Values below `max(x, 0)`, shape of `x`.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the sharpness is not positive and finite.
    """
    check_floating("x", x)
    check_positive("sharpness", sharpness)
    return x * torch.sigmoid(sharpness * x)


def erf_abs(x: Tensor, sharpness: float) -> Tensor:
    """Approach the absolute value from below, Eq. (erf-abs).

    Args:
        x: Any shape.
        sharpness: Positive.

    Returns:
        From 0 to the absolute value, shape of `x`.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the sharpness is not positive and finite.
    """
    check_floating("x", x)
    check_positive("sharpness", sharpness)
    return x * torch.erf(sharpness * x)


def root_abs(x: Tensor, sharpness: float) -> Tensor:
    """Approach the absolute value from above by a hyperbola, Eq. (root-abs).

    Args:
        x: Any shape.
        sharpness: Positive; the error at 0 is its inverse.

    Returns:
        At least the absolute value, shape of `x`.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the sharpness is not positive and finite.
    """
    check_floating("x", x)
    check_positive("sharpness", sharpness)
    return torch.hypot(x, torch.full_like(x, 1 / sharpness))


def smu(first: Tensor, second: Tensor, sharpness: float) -> Tensor:
    """Take the maximum of two with the error function, Eq. (smu).

    Args:
        first: Any shape.
        second: A shape that broadcasts with it.
        sharpness: Positive.

    Returns:
        Values from the mean to the maximum of the two, broadcast shape.

    Raises:
        TypeError: If a tensor is not floating-point.
        ValueError: If the sharpness is not positive and finite.
    """
    check_floating("first", first)
    check_floating("second", second)
    mean = first / 2 + second / 2
    return mean + erf_abs(first / 2 - second / 2, 2 * sharpness)


def gelu(x: Tensor) -> Tensor:
    """Take a value as often as a normal variable stays below it, Eq. (gelu).

    Args:
        x: Any shape.

    Returns:
        The maximum of `x` and 0 by the error function of sharpness 1 / √2.

    Raises:
        TypeError: If `x` is not floating-point.
    """
    check_floating("x", x)
    return x * torch.erfc(-x / math.sqrt(2)) / 2


def p_norm_max(values: Tensor, order: float) -> Tensor:
    """Smooth the maximum of non-negative values by a norm, Eq. (p-norm-max).

    Args:
        values: Non-negative finite numbers, shape `(..., K)`.
        order: Exponent of the norm, at least 1; large is close to the maximum.

    Returns:
        At least the maximum, and at most K to the power 1 / order times it, shape
        `(...)`.

    Raises:
        TypeError: If the values are not floating-point.
        ValueError: If a value is negative or not finite, or the order is below 1.
    """
    check_values("values", values)
    check_positive("order", order)
    if order < 1:
        raise ValueError(f"order must be at least 1, got {order}")
    if (values.detach() < 0).any():
        raise ValueError(f"values must not be negative, got {values.min().item()}")
    top = values.detach().amax(-1, keepdim=True)
    scale = torch.where(top > 0, top, 1)
    total = ((values / scale) ** order).sum(-1)
    some = total > 0  # a norm has no slope at the origin: give it 0 there, not NaN
    root = torch.where(some, total, 1) ** (1 / order)
    return torch.where(some, scale.squeeze(-1) * root, 0)
