"""What the functions of this note accept, in one place."""

import math
from numbers import Real

import torch
from torch import Tensor, nn


def check_floating(name: str, tensor: Tensor) -> None:
    """Refuse what is not a finite floating-point tensor.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: The tensor to check.

    Raises:
        TypeError: If it is no tensor, or one of integers, booleans or complex numbers.
        ValueError: If an entry is infinite or NaN.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} must be a tensor, got {type(tensor).__name__}")
    if not tensor.is_floating_point():
        raise TypeError(f"{name} must be floating-point, got {tensor.dtype}")
    if not tensor.isfinite().all():
        raise ValueError(f"{name} must be finite, got {_first_odd(tensor)}")


def check_axes(name: str, tensor: Tensor, axes: int) -> None:
    """Refuse a tensor with another number of axes, or with an empty one.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: The tensor to check.
        axes: The number of axes it must have.

    Raises:
        ValueError: If the number differs, or there are no entries.
    """
    if tensor.ndim != axes or not tensor.numel():
        shape = tuple(tensor.shape)
        raise ValueError(f"{name} must have {axes} nonempty axes, got shape {shape}")


def check_length(name: str, tensor: Tensor, length: int) -> None:
    """Refuse a tensor that is not a vector of the given length.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: The tensor to check.
        length: The number of entries it must have.

    Raises:
        ValueError: If the shape is another one.
    """
    if tensor.shape != (length,):
        shape = tuple(tensor.shape)
        raise ValueError(f"{name} must have shape ({length},), got {shape}")


def check_positive(name: str, value: float) -> None:
    """Refuse what is not a positive finite number.

    Args:
        name: What the caller calls the number, for the message.
        value: The number to check.

    Raises:
        TypeError: If it is not a real number; a tensor is none.
        ValueError: If it is zero, negative, infinite or NaN.
    """
    check_real(name, value)
    if value <= 0:
        raise ValueError(f"{name} must be positive, got {value}")


def check_real(name: str, value: float) -> None:
    """Refuse what is not a finite number.

    Args:
        name: What the caller calls the number, for the message.
        value: The number to check.

    Raises:
        TypeError: If it is not a real number; a tensor is none.
        ValueError: If it is infinite or NaN.
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a real number, got a {type(value).__name__}")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value}")


def check_count(name: str, value: int, *, least: int = 1) -> None:
    """Refuse what is not a whole number, or one that is too small.

    Args:
        name: What the caller calls the number, for the message.
        value: The number to check.
        least: The smallest number allowed.

    Raises:
        TypeError: If it is not an integer.
        ValueError: If it is smaller than `least`.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, got a {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")


def check_module(name: str, module: nn.Module) -> None:
    """Refuse what is not a module.

    Args:
        name: What the caller calls the module, for the message.
        module: The module to check.

    Raises:
        TypeError: If it is something else.
    """
    if not isinstance(module, nn.Module):
        raise TypeError(f"{name} must be a module, got {type(module).__name__}")


def _first_odd(tensor: Tensor) -> float:
    return float(tensor[~torch.isfinite(tensor)].flatten()[0])
