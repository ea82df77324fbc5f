"""What the functions of this note accept, and in which precision they compute."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_finite, check_floating


def widened(tensor: Tensor) -> Tensor:
    """Turn half precision into single precision, and leave the rest.

    Args:
        tensor: Any floating-point tensor.

    Returns:
        The same numbers, where products of moderate numbers do not overflow.
    """
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))


def check_values(name: str, values: Tensor) -> None:
    """Refuse what are not finite numbers along a last axis.

    Args:
        name: What the caller calls the tensor, for the message.
        values: Shape `(..., K)`.

    Raises:
        TypeError: If they are not a floating-point tensor.
        ValueError: If there is no last axis, it is empty, or a value is not finite.
    """
    check_finite(name, values)
    if values.dim() == 0 or values.shape[-1] == 0:
        shape = tuple(values.shape)
        raise ValueError(f"{name} must have entries on the last axis, got {shape}")


def check_within(name: str, tensor: Tensor, low: float, high: float) -> None:
    """Refuse a tensor with entries outside of an interval.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: Any shape.
        low: Smallest allowed entry.
        high: Largest allowed entry.

    Raises:
        TypeError: If it is not a floating-point tensor.
        ValueError: If an entry is NaN, below `low` or above `high`.
    """
    check_floating(name, tensor)
    values = tensor.detach()
    outside = values[~((values >= low) & (values <= high))]  # NaN is outside too
    if len(outside):
        worst = outside[0].item()
        raise ValueError(f"{name} must be from {low} to {high}, got {worst}")


def check_same_shape(name: str, tensor: Tensor, other: str, like: Tensor) -> None:
    """Refuse two tensors of different shapes.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: The tensor to check.
        other: What the caller calls the tensor that it should match.
        like: That tensor.

    Raises:
        ValueError: If the shapes differ.
    """
    if tensor.shape != like.shape:
        given, wanted = tuple(tensor.shape), tuple(like.shape)
        raise ValueError(f"{name} must have the shape {wanted} of {other}, got {given}")
