"""Narrow densities, and the steps and ramps that they round off."""

import math

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_floating, check_positive
from dlnotes.smoothing.checks import widened


def gaussian_kernel(x: Tensor, width: float) -> Tensor:
    """Approach the Dirac delta by a normal density, Eq. (gaussian-kernel).

    Args:
        x: Any shape.
        width: Standard deviation, positive.

    Returns:
        Densities, shape of `x`.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the width is not positive and finite.
    """
    scaled = _scaled(x, width)
    density = torch.exp(-(scaled**2) / 2) / (width * math.sqrt(2 * math.pi))
    return density.to(x.dtype)


def logistic_kernel(x: Tensor, width: float) -> Tensor:
    """Approach the Dirac delta by the slope of a sigmoid, Eq. (logistic-kernel).

    Args:
        x: Any shape.
        width: Scale, positive.

    Returns:
        Densities, shape of `x`.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the width is not positive and finite.
    """
    scaled = _scaled(x, width)
    return (torch.sigmoid(scaled) * torch.sigmoid(-scaled) / width).to(x.dtype)


def lorentz_kernel(x: Tensor, width: float) -> Tensor:
    """Approach the Dirac delta by a Cauchy density, Eq. (lorentz-kernel).

    Args:
        x: Any shape.
        width: Half width at half maximum, positive.

    Returns:
        Densities, shape of `x`.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the width is not positive and finite.
    """
    density = 1 / (math.pi * width * (1 + _scaled(x, width) ** 2))
    return density.to(x.dtype)


def gaussian_step(x: Tensor, width: float) -> Tensor:
    """Smooth the unit step by a normal density, Eq. (gaussian-step).

    Args:
        x: Any shape.
        width: Standard deviation, positive.

    Returns:
        From 0 to 1, shape of `x`.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the width is not positive and finite.
    """
    # torch.special.ndtr would round the left tail to 0 from some 8 widths on.
    return (torch.erfc(-_scaled(x, width) / math.sqrt(2)) / 2).to(x.dtype)


def logistic_step(x: Tensor, width: float) -> Tensor:
    """Smooth the unit step by a logistic density, Eq. (logistic-step).

    Args:
        x: Any shape.
        width: Scale, positive.

    Returns:
        From 0 to 1, shape of `x`.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the width is not positive and finite.
    """
    return torch.sigmoid(_scaled(x, width)).to(x.dtype)


def lorentz_step(x: Tensor, width: float) -> Tensor:
    """Smooth the unit step by a Cauchy density, Eq. (lorentz-step).

    Args:
        x: Any shape.
        width: Half width at half maximum, positive.

    Returns:
        From 0 to 1, shape of `x`; its tails fall like width / (π |x|).

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the width is not positive and finite.
    """
    # atan2 keeps the far left tail, where 1/2 + atan(x) / π cancels.
    scaled = _scaled(x, width)
    return (torch.atan2(torch.ones_like(scaled), -scaled) / math.pi).to(x.dtype)


def gaussian_relu(x: Tensor, width: float) -> Tensor:
    """Smooth max(x, 0) by a normal density, Eq. (gaussian-relu).

    Args:
        x: Any shape.
        width: Standard deviation, positive.

    Returns:
        Values above `max(x, 0)`, at most width / √(2π) above it, shape of `x`.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the width is not positive and finite.
    """
    bump = width**2 * gaussian_kernel(x, width)
    return x * gaussian_step(x, width) + bump


def logistic_relu(x: Tensor, width: float) -> Tensor:
    """Smooth max(x, 0) by a logistic density, Eq. (logistic-relu).

    Args:
        x: Any shape.
        width: Scale, positive.

    Returns:
        Values above `max(x, 0)`, at most width · log 2 above it, shape of `x`: the
        softplus.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the width is not positive and finite.
    """
    scaled = _scaled(x, width)
    # With slope 0 and -1 of these two at 0 the sum has its slope 1/2 there.
    positive, size = torch.where(x > 0, x, 0), torch.where(x > 0, scaled, -scaled)
    return positive + (width * torch.log1p(torch.exp(-size))).to(x.dtype)


def _scaled(x: Tensor, width: float) -> Tensor:
    check_floating("x", x)
    check_positive("width", width)
    return widened(x) / width
