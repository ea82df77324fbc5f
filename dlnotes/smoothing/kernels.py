"""Narrow densities, and the steps and ramps that they round off."""

import math

import torch
from torch import Tensor

from dlnotes.blocks.checks import Parameter, check_finite, check_positive
from dlnotes.blocks.precision import widen_half

# In so many widths nothing is left of a tail, in double precision either.
_GAUSSIAN_REACH = 40
_LOGISTIC_REACH = 800


@widen_half
def gaussian_kernel(x: Tensor, width: Parameter) -> Tensor:
    """Approach the Dirac delta by a normal density, Eq. (gaussian-kernel).

    Args:
        x: Any shape.
        width: Standard deviation, positive.

    Returns:
        Densities, shape of `x`.
    """
    scaled = _scaled(x, width, _GAUSSIAN_REACH)
    return _standard_normal(scaled) / width


@widen_half
def logistic_kernel(x: Tensor, width: Parameter) -> Tensor:
    """Approach the Dirac delta by the slope of a sigmoid, Eq. (logistic-kernel).

    Args:
        x: Any shape.
        width: Scale, positive.

    Returns:
        Densities, shape of `x`.
    """
    scaled = _scaled(x, width, _LOGISTIC_REACH)
    return torch.sigmoid(scaled) * torch.sigmoid(-scaled) / width


@widen_half
def lorentz_kernel(x: Tensor, width: Parameter) -> Tensor:
    """Approach the Dirac delta by a Cauchy density, Eq. (lorentz-kernel).

    Args:
        x: Any shape.
        width: Half width at half maximum, positive.

    Returns:
        Densities, shape of `x`.
    """
    far, near, scale = _toward_one(x, width)
    return near / (far**2 + near**2) / scale / math.pi


@widen_half
def gaussian_step(x: Tensor, width: Parameter) -> Tensor:
    """Smooth the unit step by a normal density, Eq. (gaussian-step).

    Args:
        x: Any shape.
        width: Standard deviation, positive.

    Returns:
        From 0 to 1, shape of `x`.

    Examples:
        >>> gaussian_step(torch.tensor([-1.0, 0.0, 1.0]), 0.5)
        tensor([0.0228, 0.5000, 0.9772])
    """
    # torch.special.ndtr would round the left tail to 0 from some 8 widths on.
    return torch.erfc(-_scaled(x, width, _GAUSSIAN_REACH) / math.sqrt(2)) / 2


@widen_half
def logistic_step(x: Tensor, width: Parameter) -> Tensor:
    """Smooth the unit step by a logistic density, Eq. (logistic-step).

    Args:
        x: Any shape.
        width: Scale, positive.

    Returns:
        From 0 to 1, shape of `x`.
    """
    return torch.sigmoid(_scaled(x, width, _LOGISTIC_REACH))


@widen_half
def lorentz_step(x: Tensor, width: Parameter) -> Tensor:
    """Smooth the unit step by a Cauchy density, Eq. (lorentz-step).

    Args:
        x: Any shape.
        width: Half width at half maximum, positive.

    Returns:
        From 0 to 1, shape of `x`; its tails fall like width / (π |x|).
    """
    # atan2 keeps the far left tail, where 1/2 + atan(x) / π cancels.
    far, near, _ = _toward_one(x, width)
    return torch.atan2(near, -far) / math.pi


@widen_half
def gaussian_relu(x: Tensor, width: Parameter) -> Tensor:
    """Smooth max(x, 0) by a normal density, Eq. (gaussian-relu).

    Args:
        x: Any shape.
        width: Standard deviation, positive.

    Returns:
        Values at or above `max(x, 0)`, at most width / √(2π) above it, shape of `x`.
    """
    ramp, size = _ramp_and_distance(x, _scaled(x, width, _GAUSSIAN_REACH))
    # φ(s) - s Φ(-s) with the density taken out: its error would not cancel.
    tail = size * math.sqrt(math.pi / 2) * torch.special.erfcx(size / math.sqrt(2))
    bump: Tensor = width * (_standard_normal(size) * (1 - tail))
    return ramp + bump


@widen_half
def logistic_relu(x: Tensor, width: Parameter) -> Tensor:
    """Smooth max(x, 0) by a logistic density, Eq. (logistic-relu).

    Args:
        x: Any shape.
        width: Scale, positive.

    Returns:
        Values at or above `max(x, 0)`, at most width · log 2 above it, shape of `x`:
        the softplus.
    """
    ramp, size = _ramp_and_distance(x, _scaled(x, width, _LOGISTIC_REACH))
    return ramp + width * torch.log1p(torch.exp(-size))


def _scaled(x: Tensor, width: Parameter, reach: float) -> Tensor:
    """Distance in widths, cut off where nothing changes, so that it stays finite."""
    check_finite("x", x)
    check_positive("width", width, like=x)
    inside = x.abs() < reach * width
    return torch.where(inside, torch.where(inside, x, 0) / width, reach * x.sign())


def _toward_one(x: Tensor, width: Parameter) -> tuple[Tensor, Tensor, Tensor]:
    """Position and width over the larger of the two, whose squares are harmless."""
    check_finite("x", x)
    check_positive("width", width, like=x)
    scale = (
        x.detach()
        .abs()
        .clamp(min=width.detach() if isinstance(width, Tensor) else width)
    )
    return x / scale, width / scale, scale


def _ramp_and_distance(x: Tensor, scaled: Tensor) -> tuple[Tensor, Tensor]:
    """max(x, 0) and |scaled|, with slopes of 0 and -1 at 0 that add up to 1/2."""
    positive = x > 0
    return torch.where(positive, x, 0), torch.where(positive, scaled, -scaled)


def _standard_normal(x: Tensor) -> Tensor:
    return torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
