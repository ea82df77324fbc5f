"""The floor, a staircase of smooth steps."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from dlnotes.blocks.checks import Parameter, check_finite, check_positive
from dlnotes.blocks.precision import widen_half
from dlnotes.smoothing.kernels import gaussian_step, logistic_step

# Up to this width the steps within 40 widths are added up; a logistic step has e^-40
# left there. From it on, nine waves of the Fourier series leave less than 1e-15.
_NARROW = 0.25
_REACH = 40
_WAVES = 9


@widen_half
def smooth_floor(
    x: Tensor,
    width: Parameter,
    *,
    step: Callable[[Tensor, Parameter], Tensor] = gaussian_step,
) -> Tensor:
    """Replace each step of the floor by a smooth one, Eq. (smooth-floor).

    Args:
        x: Any shape.
        width: Width of the steps, positive.
        step: `gaussian_step` or `logistic_step`. The tails of others would not add
            up; for `lorentz_step` there is `lorentz_floor`.

    Returns:
        Increasing values near the floor, shape of `x`.

    Examples:
        >>> smooth_floor(torch.tensor([1.4, 1.9, 2.0, 2.1]), 0.1)
        tensor([1.0000, 1.1587, 1.5000, 1.8413])
    """
    check_finite("x", x)
    check_positive("width", width, like=x)
    if step not in _DAMPING:
        raise ValueError(f"step must be gaussian_step or logistic_step, got {step}")
    if not isinstance(width, Tensor):
        return (_stairs if width <= _NARROW else _waves)(x, min(width, 10), step)
    stairs = _stairs(x, width.clamp(max=_NARROW), step)
    waves = _waves(x, width.clamp(min=_NARROW, max=10), step)
    return torch.where(width <= _NARROW, stairs, waves)


@widen_half
def lorentz_floor(x: Tensor, width: Parameter) -> Tensor:
    """Sum the Cauchy steps of the floor in closed form, Eq. (lorentz-floor).

    Args:
        x: Any shape.
        width: Half width at half maximum of the kernel, positive.

    Returns:
        Increasing values near the floor, shape of `x`.
    """
    check_finite("x", x)
    check_positive("width", width, like=x)
    floor, inside, side = _place(x)
    # The note's form is accurate near no jump; this one is its arctan minus that of a
    # step without width.
    level = torch.tanh(math.pi * width * torch.ones_like(x))
    along = side * torch.sin(math.pi * inside)
    across = level * torch.cos(math.pi * inside)
    scale = torch.maximum(across, along).detach()  # squares of tiny ones would vanish
    return floor - side * torch.atan2(across / scale, along / scale) / math.pi


def _place(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The floor, the exact distance from the nearest jump, and the side of it."""
    jump = x.detach().round()
    inside = x - jump  # from -1/2 to 1/2
    left = inside < 0
    return torch.where(left, jump - 1, jump), inside, torch.where(left, -1, 1)


def _stairs(x: Tensor, width: Parameter, step: Callable[..., Tensor]) -> Tensor:
    """Steps on both sides of x, each seen from the side where it is small."""
    floor, inside, side = _place(x)
    widest = _NARROW if isinstance(width, Tensor) else width
    total = -side * step(-side * inside, width)
    for n in range(1, math.ceil(_REACH * widest) + 2):
        total = total + step(inside - n, width) - step(-inside - n, width)
    return floor + total


def _waves(x: Tensor, width: Parameter, step: Callable[..., Tensor]) -> Tensor:
    """The line through the steps and the waves of the sawtooth, damped."""
    jump = x.detach().round()
    inside = x - jump
    total = inside - 0.5
    for m in range(1, _WAVES + 1):
        height = _DAMPING[step](2 * math.pi * m * torch.ones_like(x) * width)
        total = total + height * torch.sin(2 * math.pi * m * inside) / (math.pi * m)
    return jump + total


def _gaussian_damping(frequency: Tensor) -> Tensor:
    """Characteristic function of the Gaussian kernel of width 1."""
    return torch.exp(-(frequency**2) / 2)


def _logistic_damping(frequency: Tensor) -> Tensor:
    """Characteristic function of the logistic kernel of width 1: y / sinh y, y = πf."""
    y = math.pi * frequency
    return -2 * y * torch.exp(-y) / torch.expm1(-2 * y)


_DAMPING = {gaussian_step: _gaussian_damping, logistic_step: _logistic_damping}
