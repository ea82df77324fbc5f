"""What the estimators of this note ask of their arguments."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import (
    Parameter,
    check_finite,
    check_floating,
    check_module,
    check_positive,
    check_real,
    check_tensor,
    first_where,
    holds,
)


def check_parameters(name: str, parameters: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Refuse anything but a sequence of finite floating-point tensors.

    Args:
        name: What the caller calls them, for the message.
        parameters: The tensors. A bare tensor would fall apart into its rows.

    Returns:
        The tensors as a tuple.
    """
    if isinstance(parameters, Tensor):
        raise TypeError(f"{name} must be a tuple such as (logits,), got a tensor")
    if not parameters:
        raise ValueError(f"{name} must hold at least one tensor, got none")
    for i, parameter in enumerate(parameters):
        check_finite(f"{name}[{i}]", parameter)
    return tuple(parameters)


def check_scale(name: str, scale: Tensor) -> None:
    """Refuse what is not a tensor of positive finite numbers.

    Args:
        name: What the caller calls the tensor, for the message.
        scale: The tensor to check; a Python number is none.
    """
    check_floating(name, scale)
    check_positive(name, scale)


def check_number(name: str, value: Parameter, *, like: Tensor) -> None:
    """Refuse what is neither a finite number nor a tensor of them.

    Args:
        name: What the caller calls it, for the message.
        value: The number, of either sign.
        like: A tensor that it will meet and whose dtype it must fit.
    """
    if isinstance(value, Tensor):
        check_finite(name, value)
    else:
        check_real(name, value, like=like)


def check_open_unit(name: str, uniform: Tensor) -> None:
    """Refuse noise that is not strictly between 0 and 1.

    Args:
        name: What the caller calls the noise, for the message.
        uniform: The noise.
    """
    check_finite(name, uniform)
    inside = (uniform > 0) & (uniform < 1)
    if not holds(inside):
        odd = first_where(uniform, ~inside)
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {odd}")


def check_samples(name: str, samples: Tensor, event: Sequence[int]) -> torch.Size:
    """Split off the leading dimensions, over which samples are laid out.

    Args:
        name: What the caller calls the samples, for the message.
        samples: Shape `(..., *event)`, of any dtype.
        event: Shape of one sample.

    Returns:
        The leading dimensions `(...)`.
    """
    check_tensor(name, samples)
    lead = samples.ndim - len(event)
    if lead < 0 or samples.shape[lead:] != tuple(event):
        raise ValueError(
            f"{name} must have a shape that ends in {tuple(event)}, the shape of one "
            f"sample, got {tuple(samples.shape)}"
        )
    return samples.shape[:lead]


def check_model(name: str, model: nn.Module, x: Tensor) -> None:
    """Refuse a model whose weights are of another dtype than its input.

    Args:
        name: What the caller calls the model, for the message.
        model: The model; one in half precision has no input of its dtype, because
            inputs are widened to float32.
        x: The input.
    """
    check_module(name, model)
    check_finite("x", x)
    for parameter in model.parameters():
        if parameter.dtype != x.dtype:
            raise TypeError(
                f"{name} must have weights of {x.dtype}, the dtype in which x is "
                f"computed, got {parameter.dtype}"
            )


def common_shape(*tensors: Tensor) -> torch.Size:
    """Find the shape to which tensors broadcast.

    Args:
        tensors: The tensors.

    Returns:
        Their common shape.
    """
    shapes = [tuple(tensor.shape) for tensor in tensors]
    try:
        shape: torch.Size = torch.broadcast_shapes(*shapes)  # type: ignore[no-untyped-call]
        return shape
    except RuntimeError:
        raise ValueError(f"parameters must broadcast, got shapes {shapes}") from None
