"""Weight decay, and why biases are usually left out of it."""

from typing import TypedDict

import torch
from torch import Tensor, nn

from dlnotes.bias.checks import check_axes, check_length
from dlnotes.blocks.checks import check_count, check_finite, check_module, check_real

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


def ridge(x: Tensor, y: Tensor, penalties: Tensor) -> Tensor:
    r"""Fit a line with a price on each coefficient, Eq. (ridge).

    Args:
        x: Inputs, shape `(N, D)`. With `append_one` the last coefficient is the bias.
        y: Targets, shape `(N,)`.
        penalties: Price of the square of each coefficient, nonnegative, shape `(D,)`.

    Returns:
        The coefficients, shape `(D,)`.

    Raises:
        TypeError: If an argument is not a floating-point tensor.
        ValueError: If shapes do not match, or a penalty is negative.
    """
    tensors = {"x": x, "y": y, "penalties": penalties}
    for name, tensor in tensors.items():
        check_finite(name, tensor)
    check_axes("x", x, 2)
    check_length("y", y, len(x))
    check_length("penalties", penalties, x.shape[1])
    if (penalties < 0).any():
        raise ValueError(f"penalties must not be negative, got {penalties.tolist()}")
    solution: Tensor = torch.linalg.solve(x.mT @ x + penalties.diag(), x.mT @ y)
    return solution


def shrunken_intercept(mean: float, *, count: int, decay: float) -> float:
    r"""Predict the bias that weight decay leaves of a mean, Eq. (shrunken-intercept).

    Args:
        mean: Of the targets.
        count: The number of examples.
        decay: Price of the square of the bias, nonnegative, next to the **sum** of the
            squared errors.

    Returns:
        The bias, where every feature has mean 0.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If there is no example, or the decay is negative.
    """
    check_real("mean", mean)
    check_count("count", count)
    check_real("decay", decay)
    if decay < 0:
        raise ValueError(f"decay must not be negative, got {decay}")
    return mean * count / (count + decay)


def parameter_groups(model: nn.Module, weight_decay: float) -> list[ParameterGroup]:
    """Split parameters into those that decay and those that do not.

    Biases, the scales and shifts of normalizations, and other parameters with fewer
    than two axes do not decay.

    Args:
        model: Any model.
        weight_decay: For the rest.

    Returns:
        Two groups for a torch optimizer, the decaying one first. Together they hold
        each parameter once, frozen ones included.

    Raises:
        TypeError: If `model` is not a module or `weight_decay` not a number.
        ValueError: If the weight decay is negative.
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
    parameters = list(model.parameters())
    return [
        {
            "params": [p for p in parameters if id(p) not in spared],
            "weight_decay": weight_decay,
        },
        {"params": [p for p in parameters if id(p) in spared], "weight_decay": 0.0},
    ]
