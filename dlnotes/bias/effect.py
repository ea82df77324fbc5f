"""Measuring whether a bias does anything."""

from copy import deepcopy

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_finite, check_module


def shift_bias(model: nn.Module, name: str, shift: Tensor) -> nn.Module:
    """Copy a model and add to one of its biases.

    Args:
        model: Any model. It is left as it is.
        name: The bias, as `model.named_parameters()` calls it, for example `0.bias`.
        shift: What to add, of the bias's shape.

    Returns:
        The copy, in the same mode.

    Raises:
        TypeError: If the model is no module, or `shift` not a floating-point tensor.
        ValueError: If there is no parameter of that name, or its shape differs.
    """
    check_module("model", model)
    check_finite("shift", shift)
    _check_bias(model, name, shift)
    shifted = deepcopy(model)
    with torch.no_grad():
        shifted.get_parameter(name).add_(shift)
    return shifted


def bias_effect(model: nn.Module, name: str, shift: Tensor, x: Tensor) -> Tensor:
    r"""Measure what a change of a bias changes in the output, Eq. (inert).

    Both runs happen on copies, so that running statistics stay as they are. A model
    with dropout in train mode has no fixed output to compare.

    Args:
        model: A model that returns one tensor, in train or in eval mode.
        name: The bias, as `model.named_parameters()` calls it.
        shift: What to add to it.
        x: One batch of inputs.

    Returns:
        The largest absolute change, one number.

    Raises:
        TypeError: If the model is no module, or `shift` not a floating-point tensor.
        ValueError: If there is no parameter of that name, or its shape differs.
    """
    shifted = shift_bias(model, name, shift)
    with torch.no_grad():
        change: Tensor = shifted(x) - deepcopy(model)(x)
    return change.abs().amax()


def bias_slope(model: nn.Module, name: str, x: Tensor, direction: Tensor) -> Tensor:
    r"""Differentiate the output in a bias, which Eq. (inert) says is 0.

    Args:
        model: A model that returns one tensor. Its gradients and running statistics
            stay as they are.
        name: The bias, as `model.named_parameters()` calls it.
        x: One batch of inputs.
        direction: Weights of the outputs, of the output's shape; their sum is
            differentiated.

    Returns:
        The gradient, of the bias's shape.

    Raises:
        TypeError: If the model is not a module.
        ValueError: If there is no parameter of that name, or `direction` has another
            shape than the output.
    """
    check_module("model", model)
    _check_bias(model, name)
    copy = deepcopy(model)
    bias = copy.get_parameter(name).requires_grad_()
    with torch.enable_grad():
        output = copy(x)
        if output.shape != direction.shape:
            raise ValueError(
                f"direction must have the output's shape {tuple(output.shape)}, "
                f"got {tuple(direction.shape)}"
            )
        (slope,) = torch.autograd.grad((output * direction).sum(), bias)
    return slope


def _check_bias(model: nn.Module, name: str, shift: Tensor | None = None) -> None:
    parameters = dict(model.named_parameters(remove_duplicate=False))
    if name not in parameters:
        biases = [known for known in parameters if "bias" in known.rpartition(".")[2]]
        raise ValueError(f"model has no parameter {name!r}; its biases are {biases}")
    if shift is not None and shift.shape != parameters[name].shape:
        raise ValueError(
            f"shift must have the shape of {name}, {tuple(parameters[name].shape)}, "
            f"got {tuple(shift.shape)}"
        )
