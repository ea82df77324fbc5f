"""Headings and sizes as a network finds them: a class, and what is left of it."""

import math

from torch import Tensor

from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_floating,
    check_positive,
    holds,
)
from dlnotes.blocks.precision import half_to_single, widen_half


@half_to_single
def heading_bins(headings: Tensor, bins: int = 12) -> tuple[Tensor, Tensor]:
    """Split headings into a bin and a residual, Eq. (heading-bins).

    Args:
        headings: In radians, any shape.
        bins: How many there are; the middle of bin `k` is `2 * pi * k / bins`.

    Returns:
        The bins, int64, and the residuals from -1 to 1, in halves of a bin.

    Examples:
        >>> import torch
        >>> heading_bins(torch.tensor([0.0, -0.1, math.pi]), 4)[0]
        tensor([0, 0, 2])
    """
    check_finite("headings", headings)
    check_count("bins", bins)
    turns = (headings * (bins / (2 * math.pi)) + 0.5).remainder(bins)
    classes = turns.detach().floor().clamp(0, bins - 1)  # rounded up, it may be `bins`
    return classes.long(), 2 * (turns - classes) - 1


@half_to_single
def headings_of_bins(classes: Tensor, residuals: Tensor, bins: int = 12) -> Tensor:
    """Put headings together again, the inverse of Eq. (heading-bins).

    Args:
        classes: The bins, whole numbers, any shape.
        residuals: In halves of a bin, same shape.
        bins: How many there are.

    Returns:
        Same shape, in radians, at least -pi and below pi up to rounding.
    """
    check_finite("residuals", residuals)
    check_count("bins", bins)
    if not isinstance(classes, Tensor) or classes.is_floating_point():
        raise TypeError(f"classes must be a tensor of integers, got {classes}")
    if classes.shape != residuals.shape:
        shapes = tuple(residuals.shape), tuple(classes.shape)
        raise ValueError(f"classes must have shape {shapes[0]}, got {shapes[1]}")
    if not holds((classes >= 0) & (classes < bins)):
        raise ValueError(f"classes must be from 0 to {bins - 1}, got {classes}")
    turned = (classes + residuals / 2) * (2 * math.pi / bins)
    return (turned + math.pi).remainder(2 * math.pi) - math.pi


@widen_half
def size_residuals(sizes: Tensor, means: Tensor) -> Tensor:
    """Compare side lengths with those of a class in the mean, Eq. (size-residual).

    Args:
        sizes: Shape `(..., 3)`.
        means: Of the class of each box, positive, a shape that broadcasts.

    Returns:
        Shape `(..., 3)`; 0 is the mean, 1 is twice as long.
    """
    check_finite("sizes", sizes)
    check_floating("means", means)
    check_positive("means", means, like=sizes)
    return (sizes - means) / means


@widen_half
def sizes_of_residuals(residuals: Tensor, means: Tensor) -> Tensor:
    """Find side lengths again, the inverse of Eq. (size-residual).

    Args:
        residuals: Shape `(..., 3)`.
        means: Of the class of each box, positive, a shape that broadcasts.

    Returns:
        Shape `(..., 3)`; negative where a network found a residual below -1.
    """
    check_finite("residuals", residuals)
    check_floating("means", means)
    check_positive("means", means, like=residuals)
    return means * (1 + residuals)
