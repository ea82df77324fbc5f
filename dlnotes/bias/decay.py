"""Weight decay, and why biases are usually left out of it."""

from typing import TypedDict

import torch
from torch import Tensor, nn

from dlnotes.bias.checks import check_axes, check_length
from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_module,
    check_real,
    first_where,
    holds,
)
from dlnotes.blocks.magnitude import power_of_two
from dlnotes.blocks.precision import widen_half

_NORMS = (
    nn.modules.batchnorm._NormBase,  # batch and instance normalization
    nn.GroupNorm,
    nn.LayerNorm,
    nn.RMSNorm,
)


class ParameterGroup(TypedDict):
    """A group of parameters in the form that torch's optimizers take."""

    params: list[nn.Parameter]
    weight_decay: float


@widen_half
def ridge(x: Tensor, y: Tensor, penalties: Tensor) -> Tensor:
    r"""Fit a line with a price on each coefficient, Eq. (ridge).

    Args:
        x: Inputs, shape `(N, D)`. With `append_one` the last coefficient is the bias.
        y: Targets, shape `(N,)`.
        penalties: Price of the square of each coefficient, nonnegative, shape `(D,)`.

    Returns:
        The coefficients, shape `(D,)`.

    Raises:
        ValueError: Also if several coefficients are equally good, up to rounding:
            features without a price must not depend on each other.
    """
    tensors = {"x": x, "y": y, "penalties": penalties}
    for name, tensor in tensors.items():
        check_finite(name, tensor)
    check_axes("x", x, 2)
    check_length("y", y, len(x))
    check_length("penalties", penalties, x.shape[1])
    if not holds(penalties >= 0):
        odd = first_where(penalties, penalties < 0)
        raise ValueError(f"penalties must not be negative, got {odd}")
    # In units in which no square overflows.
    unit = power_of_two(torch.maximum(x.detach().abs().amax(0), penalties.sqrt()))
    height = power_of_two(y.abs().amax())
    x, y, penalties = x / unit, y / height, penalties / unit / unit
    factor = _factor(x.mT @ x + penalties.diag(), len(x))
    fit = _solve(factor, x.mT @ y)
    # Squaring x lost digits; the slope that is left at the fit brings them back.
    fit = fit + _solve(factor, x.mT @ (y - x @ fit) - penalties * fit)
    return fit / unit * height


def shrunken_intercept(mean: float, *, count: int, decay: float) -> float:
    r"""Predict the bias that weight decay leaves of a mean, Eq. (shrunken-intercept).

    Args:
        mean: Of the targets.
        count: The number of examples.
        decay: Price of the square of the bias, nonnegative, next to the **sum** of the
            squared errors.

    Returns:
        The bias, where every feature has mean 0.

    Examples:
        >>> shrunken_intercept(6.0, count=10, decay=5.0)
        4.0
    """
    check_real("mean", mean)
    check_count("count", count)
    check_real("decay", decay)
    if decay < 0:
        raise ValueError(f"decay must not be negative, got {decay}")
    return mean / (1 + decay / count)


def parameter_groups(model: nn.Module, weight_decay: float) -> list[ParameterGroup]:
    """Split parameters into those that decay and those that do not.

    Biases, the scales and shifts of normalizations, and other parameters with fewer
    than two axes do not decay.

    Args:
        model: Any model.
        weight_decay: For the rest, nonnegative.

    Returns:
        Two groups for a torch optimizer, the decaying one first. Together they hold
        each parameter once, frozen ones included.
    """
    check_module("model", model)
    check_real("weight_decay", weight_decay)
    if weight_decay < 0:
        raise ValueError(f"weight_decay must not be negative, got {weight_decay}")
    spared = {
        id(parameter)
        for module in model.modules()
        for name, parameter in module.named_parameters(recurse=False)
        if isinstance(module, _NORMS) or "bias" in name or parameter.ndim < 2
    }
    decaying = [p for p in model.parameters() if id(p) not in spared]
    free = [p for p in model.parameters() if id(p) in spared]
    return [_group(decaying, weight_decay), _group(free, 0.0)]


def _group(parameters: list[nn.Parameter], weight_decay: float) -> ParameterGroup:
    return {"params": parameters, "weight_decay": weight_decay}


def _factor(gram: Tensor, examples: int) -> Tensor:
    """Decompose the matrix of the normal equations, if it determines an answer."""
    factor: Tensor
    factor, failed = torch.linalg.cholesky_ex(gram)
    # What is left of each feature's square beyond the features before it; each entry
    # of the matrix is a sum with a rounding error of at most this part of the square.
    left = factor.detach().diagonal().square()
    noise = (examples + len(gram)) * torch.finfo(gram.dtype).eps
    if not holds((failed == 0) & (left > noise * gram.detach().diagonal()).all()):
        raise ValueError(
            "penalties must make the answer unique: at least one more must be "
            "positive, because features depend on each other"
        )
    return factor


def _solve(factor: Tensor, side: Tensor) -> Tensor:
    solution: Tensor = torch.cholesky_solve(side.unsqueeze(1), factor)
    return solution.squeeze(1)
