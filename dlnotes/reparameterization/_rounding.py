"""A difference that would lose its digits, computed so that it keeps them."""

import torch
from torch import Tensor


def exp_minus_tangent(x: Tensor) -> Tensor:
    r"""Compute $e^x - 1 - x$, which is about $x^2 / 2$ near 0.

    Args:
        x: Any shape.

    Returns:
        Numbers of at least 0, same shape, each with a few rounding errors at most.
    """
    near = x.clamp(-1, 1)
    series = torch.ones_like(x)
    for k in range(20, 2, -1):  # terms of the exponential series; 2 / 21! is left out
        series = 1 + near / k * series
    return torch.where(x.abs() < 1, near.square() / 2 * series, x.expm1() - x)
