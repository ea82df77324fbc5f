"""What a network without biases cannot help doing."""

from collections.abc import Callable
from copy import deepcopy

import torch
from einops import rearrange
from torch import Tensor, nn

from dlnotes.bias.checks import check_axes
from dlnotes.blocks.checks import check_finite, check_module, check_positive


def strip_biases(model: nn.Module) -> nn.Module:
    """Copy a model and set every bias in the copy to 0.

    A bias is a parameter whose name has the word bias in it, as in `bias`,
    `in_proj_bias` or `bias_ih_l0`.

    Args:
        model: Any model. It is left as it is.

    Returns:
        The copy. A normalization in it still subtracts means and divides, so only
        networks without one become homogeneous.

    Raises:
        TypeError: If `model` is not a module.
    """
    check_module("model", model)
    stripped = deepcopy(model)
    for name, parameter in stripped.named_parameters():
        if "bias" in name.rpartition(".")[2]:
            nn.init.zeros_(parameter)
    return stripped


def homogeneity_gap(
    f: Callable[[Tensor], Tensor], x: Tensor, *, scale: float
) -> Tensor:
    r"""Compare scaling before with scaling after a function, Eq. (homogeneous).

    Args:
        f: A network or another function of tensors.
        x: Its inputs.
        scale: The positive factor.

    Returns:
        The largest absolute difference, one number; 0 up to rounding if `f` is
        positively homogeneous.

    Raises:
        TypeError: If `x` is not a floating-point tensor, or the scale not a number.
        ValueError: If the scale is not positive.
    """
    check_finite("x", x)
    check_positive("scale", scale)
    return (f(scale * x) - scale * f(x)).abs().amax()


def linear_map(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    r"""Find the matrix that a homogeneous network applies at a point, Eq. (euler).

    Args:
        f: Maps vectors `(D,)` to vectors `(M,)`, by operations that torch
            differentiates.
        x: One input, shape `(D,)`.

    Returns:
        The derivative of `f` at `x`, shape `(M, D)`. Its product with `x` is `f(x)`.

    Raises:
        TypeError: If `x` is not a floating-point tensor.
        ValueError: If `x` or `f(x)` is not a vector.
    """
    check_finite("x", x)
    check_axes("x", x, 1)
    jacobian: Tensor = torch.func.jacrev(f)(x)
    if jacobian.ndim != 2:
        raise ValueError(
            f"f must return a vector, got shape {tuple(jacobian.shape[:-1])}"
        )
    return jacobian


def affine_rows(weight: Tensor) -> Tensor:
    r"""Move the rows of a matrix so that each sums to 1, Eq. (affine-rows).

    Args:
        weight: Shape `(M, D)`.

    Returns:
        The nearest such matrix, shape `(M, D)`: what a row lacks is spread evenly
        over its entries.

    Raises:
        TypeError: If `weight` is not a floating-point tensor.
        ValueError: If it is not a matrix.
    """
    check_finite("weight", weight)
    check_axes("weight", weight, 2)
    return weight + (1 - weight.sum(dim=1, keepdim=True)) / weight.shape[1]


def sort_pairs(x: Tensor) -> Tensor:
    r"""Sort neighboring features, two by two, Eq. (sort-pairs).

    Args:
        x: Shape `(..., D)` with an even `D`.

    Returns:
        Shape `(..., D)`: of each pair, the smaller feature first.

    Raises:
        TypeError: If `x` is not a floating-point tensor.
        ValueError: If `D` is odd or 0.
    """
    check_finite("x", x)
    if not x.ndim or x.shape[-1] % 2 or not x.shape[-1]:
        shape = tuple(x.shape)
        raise ValueError(f"x must have an even number of features, got shape {shape}")
    pairs = rearrange(x, "... (d pair) -> ... d pair", pair=2)
    return rearrange(pairs.sort(dim=-1).values, "... d pair -> ... (d pair)")
