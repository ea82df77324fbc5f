"""What a network without biases cannot help doing."""

from collections.abc import Callable
from copy import deepcopy

import torch
from einops import rearrange
from torch import Tensor, nn

from dlnotes.bias.checks import check_axes, check_full
from dlnotes.blocks.checks import (
    Parameter,
    check_finite,
    check_module,
    check_positive,
)
from dlnotes.blocks.precision import widen_half


def homogeneity_gap(
    f: Callable[[Tensor], Tensor], x: Tensor, *, scale: Parameter
) -> Tensor:
    r"""Compare scaling before with scaling after a function, Eq. (homogeneous).

    Args:
        f: A network or another function of tensors.
        x: Its inputs, shape `(..., D)`; in half precision the gap would be rounding.
        scale: The positive factor, a number or a tensor `(..., 1)`.

    Returns:
        The largest absolute difference, one number; 0 up to rounding if `f` is
        positively homogeneous.
    """
    check_full("x", x)
    if not x.numel():
        raise ValueError(f"x must not be empty, got shape {tuple(x.shape)}")
    check_positive("scale", scale, like=x, row=True)
    return (f(scale * x) - scale * f(x)).abs().amax()


def strip_biases(model: nn.Module) -> nn.Module:
    """Copy a model and set every bias in the copy to 0.

    A bias is a parameter whose name has the word bias in it, as in `bias`,
    `in_proj_bias` or `bias_ih_l0`.

    Args:
        model: Any model. It is left as it is.

    Returns:
        The copy. A normalization in it still subtracts means and divides, so it
        becomes homogeneous only if it has none.
    """
    check_module("model", model)
    stripped = deepcopy(model)
    for name, parameter in stripped.named_parameters():
        if "bias" in name.rpartition(".")[2]:
            nn.init.zeros_(parameter)
    return stripped


def linear_map(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    r"""Find the matrix that a homogeneous network applies at a point, Eq. (euler).

    Args:
        f: Maps vectors `(D,)` to vectors `(M,)`, by operations that torch
            differentiates.
        x: One input, shape `(D,)`, in the precision of `f`, which is not half.

    Returns:
        The derivative of `f` at `x`, shape `(M, D)`. Its product with `x` is `f(x)` if
        `f` is positively homogeneous.

    Examples:
        >>> linear_map(torch.relu, torch.tensor([2.0, -1.0]))
        tensor([[1., 0.],
                [0., 0.]])
    """
    check_full("x", x)
    check_axes("x", x, 1)
    jacobian: Tensor = torch.func.jacrev(f)(x)
    if jacobian.ndim != 2:
        raise ValueError(
            f"f must return a vector, got shape {tuple(jacobian.shape[:-1])}"
        )
    return jacobian


@widen_half
def affine_rows(weight: Tensor) -> Tensor:
    r"""Move the rows of a matrix so that each sums to 1, Eq. (affine-rows).

    Args:
        weight: Shape `(..., D)`, each row a filter.

    Returns:
        The nearest such rows, shape `(..., D)`: what a row lacks is spread evenly over
        its entries.
    """
    check_finite("weight", weight)
    if not weight.ndim or not weight.shape[-1]:
        shape = tuple(weight.shape)
        raise ValueError(f"weight must have rows of entries, got shape {shape}")
    return weight + (1 - weight.sum(dim=-1, keepdim=True)) / weight.shape[-1]


def sort_pairs(x: Tensor) -> Tensor:
    r"""Sort neighboring features, two by two, Eq. (sort-pairs).

    Args:
        x: Shape `(..., D)` with an even `D`.

    Returns:
        Shape `(..., D)`: of each pair, the smaller feature first.

    Examples:
        >>> sort_pairs(torch.tensor([3.0, 1.0, -2.0, 5.0]))
        tensor([ 1.,  3., -2.,  5.])
    """
    check_finite("x", x)
    if not x.ndim or x.shape[-1] % 2 or not x.shape[-1]:
        shape = tuple(x.shape)
        raise ValueError(f"x must have an even number of features, got shape {shape}")
    pairs = rearrange(x, "... (d pair) -> ... d pair", pair=2)
    return rearrange(pairs.sort(dim=-1).values, "... d pair -> ... (d pair)")
