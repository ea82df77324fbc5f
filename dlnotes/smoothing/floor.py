"""The floor, a staircase of smooth steps."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_floating, check_positive
from dlnotes.smoothing.kernels import gaussian_step

_REACH = 40  # widths; a logistic step has e^-40 left there, a Gaussian one nothing


def smooth_floor(
    x: Tensor, width: float, *, step: Callable[[Tensor, float], Tensor] = gaussian_step
) -> Tensor:
    """Replace each step of the floor by a smooth one, Eq. (smooth-floor).

    Args:
        x: Any shape.
        width: Width of the steps, positive.
        step: `gaussian_step` or `logistic_step`: a step with light tails, since the
            steps beyond 40 widths are left out.

    Returns:
        Increasing values near the floor, shape of `x`.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the width is not positive and finite.
    """
    check_floating("x", x)
    check_positive("width", width)
    below = x.detach().floor()
    inside = (x - below).unsqueeze(-1)  # (..., 1), from 0 to 1
    count = math.ceil(_REACH * width) + 1
    places = torch.arange(-count, count + 2, dtype=x.dtype, device=x.device)
    passed = (places <= 0).to(x.dtype)
    return below + (step(inside - places, width) - passed).sum(-1)


def lorentz_floor(x: Tensor, width: float) -> Tensor:
    """Sum the Cauchy steps of the floor in closed form, Eq. (lorentz-floor).

    Args:
        x: Any shape.
        width: Half width at half maximum of the kernel, positive.

    Returns:
        Increasing values near the floor, shape of `x`.

    Raises:
        TypeError: If `x` is not floating-point.
        ValueError: If the width is not positive and finite.
    """
    check_floating("x", x)
    check_positive("width", width)
    below = x.detach().floor()
    inside = x - below
    turn = 2 * math.pi * inside
    decay = math.exp(-2 * math.pi * width)
    # 1 - q cos t, written so that nothing cancels for q near 1 and t near 0.
    across = -math.expm1(-2 * math.pi * width) + 2 * decay * torch.sin(turn / 2) ** 2
    wave = torch.atan2(decay * torch.sin(turn), across) / math.pi
    return below + (inside - 0.5 + wave)
