"""Measuring whether a bias does anything."""

from copy import deepcopy

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import (
    check_finite,
    check_floating,
    check_module,
    check_tensor,
    first_where,
    holds,
)
from dlnotes.blocks.precision import HALF, half_to_single


def shift_bias(model: nn.Module, name: str, shift: Tensor) -> nn.Module:
    """Copy a model and add to one of its biases.

    Args:
        model: Any model. It is left as it is.
        name: The bias, as `model.named_parameters()` calls it, for example `0.bias`.
        shift: What to add, of the bias's shape.

    Returns:
        The copy, in the same mode.

    Raises:
        ValueError: Also if an entry of the shift is lost beside that of the bias: what
            rounding swallows would look inert.
    """
    check_module("model", model)
    check_finite("shift", shift)
    _check_bias(model, name, shift)
    shifted = deepcopy(model)
    bias = shifted.get_parameter(name)
    with torch.no_grad():
        old = bias.clone()
        bias.add_(shift)
    felt = (bias.detach() != old) | (shift.detach() == 0)
    if not holds(felt):
        odd, beside = first_where(shift, ~felt), first_where(old, ~felt)
        raise ValueError(
            f"shift must change {name} in {bias.dtype}, got {odd} beside {beside}"
        )
    return shifted


@half_to_single
def bias_effect(model: nn.Module, name: str, shift: Tensor, x: Tensor) -> Tensor:
    r"""Measure what a change of a bias changes in the output, Eq. (inert).

    Both runs happen on copies, so that running statistics stay as they are; copies of
    half-precision parameters are float32. A model with dropout in train mode has no
    fixed output to compare.

    Args:
        model: A model that returns one tensor, in train or in eval mode.
        name: The bias, as `model.named_parameters()` calls it.
        shift: What to add to it.
        x: One batch of inputs.

    Returns:
        The largest absolute change, one number.
    """
    check_module("model", model)
    model = _widened_copy(model)
    shifted = shift_bias(model, name, shift)
    with torch.no_grad():
        change: Tensor = _output(shifted, x) - _output(model, x)
    return change.abs().amax()


@half_to_single
def bias_slope(model: nn.Module, name: str, x: Tensor, direction: Tensor) -> Tensor:
    r"""Differentiate the output in a bias, which Eq. (inert) says is 0.

    Args:
        model: A model that returns one tensor. It, its gradients and its running
            statistics stay as they are; a copy computes, in float32 at least.
        name: The bias, as `model.named_parameters()` calls it.
        x: One batch of inputs.
        direction: Weights of the outputs, of the output's shape; their sum is
            differentiated.

    Returns:
        The gradient, of the bias's shape.
    """
    check_module("model", model)
    check_finite("direction", direction)
    _check_bias(model, name)
    copy = _widened_copy(model)
    bias = copy.get_parameter(name).requires_grad_()
    with torch.enable_grad():
        output = _output(copy, x)
        _check_direction(direction, output)
        # The bias takes part by 0, so that one which the output ignores has slope 0.
        total = (output * direction).sum() + 0 * bias.sum()
        (slope,) = torch.autograd.grad(total, bias)
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


def _check_direction(direction: Tensor, output: Tensor) -> None:
    if output.shape != direction.shape:
        raise ValueError(
            f"direction must have the output's shape {tuple(output.shape)}, "
            f"got {tuple(direction.shape)}"
        )


def _output(model: nn.Module, x: Tensor) -> Tensor:
    check_tensor("x", x)
    output: Tensor = model(x)
    check_floating("the model's output", output)
    if not output.numel():
        raise ValueError(f"x must give an output, got shape {tuple(x.shape)}")
    return output


def _widened_copy(model: nn.Module) -> nn.Module:
    """Copy a model, with half-precision parameters and buffers in float32."""
    copy = deepcopy(model)
    for tensor in (*copy.parameters(), *copy.buffers()):
        if tensor.dtype in HALF:
            tensor.data = tensor.data.float()
    return copy
