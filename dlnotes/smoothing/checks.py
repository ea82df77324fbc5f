"""What the functions of this note accept, and in which precision they compute."""

import math
from numbers import Real

import torch
from torch import Tensor

from dlnotes.gumbel_softmax.checks import check_floating


def widened(tensor: Tensor) -> Tensor:
    """Turn half precision into single precision, and leave the rest.

    Args:
        tensor: Any floating-point tensor.

    Returns:
        The same numbers, where products of moderate numbers do not overflow.
    """
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))


def check_positive(name: str, number: float) -> None:
    """Refuse what is not a positive finite number.

    Args:
        name: What the caller calls the number, for the message.
        number: The number to check.

    Raises:
        TypeError: If it is not a real number; a tensor is none.
        ValueError: If it is zero, negative, infinite or NaN.
    """
    if not isinstance(number, Real):
        raise TypeError(f"{name} must be a real number, got a {type(number).__name__}")
    if not 0 < number < math.inf:
        raise ValueError(f"{name} must be positive and finite, got {number}")


def check_values(name: str, values: Tensor) -> None:
    """Refuse what are not finite numbers along a last axis.

    Args:
        name: What the caller calls the tensor, for the message.
        values: Shape `(..., K)`.

    Raises:
        TypeError: If they are not a floating-point tensor.
        ValueError: If there is no last axis, it is empty, or a value is not finite.
    """
    check_floating(name, values)
    if values.dim() == 0 or values.shape[-1] == 0:
        shape = tuple(values.shape)
        raise ValueError(f"{name} must have entries on the last axis, got {shape}")
    if not values.detach().isfinite().all():
        raise ValueError(f"{name} must be finite")


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


def check_k(k: int, most: int) -> None:
    """Refuse a count that does not fit the number of values.

    Args:
        k: How many to choose.
        most: How many there are.

    Raises:
        TypeError: If `k` is not an integer.
        ValueError: If `k` is not from 1 to `most`.
    """
    if not isinstance(k, int) or isinstance(k, bool):
        raise TypeError(f"k must be an integer, got {k!r}")
    if not 1 <= k <= most:
        raise ValueError(f"k must be from 1 to {most}, got {k}")
