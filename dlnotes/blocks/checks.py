"""Checks of arguments that the notes share; each error names the value it got."""

import math
from numbers import Real

import torch
from torch import Tensor, nn


def check_floating(name: str, tensor: Tensor) -> None:
    """Refuse what is not a floating-point tensor.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: The tensor to check.

    Raises:
        TypeError: If it is no tensor, or one of integers, booleans or complex numbers.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} must be a tensor, got {type(tensor).__name__}")
    if not tensor.is_floating_point():
        raise TypeError(f"{name} must be floating-point, got {tensor.dtype}")


def check_finite(name: str, tensor: Tensor) -> None:
    """Refuse what is not a floating-point tensor of finite numbers.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: The tensor to check.

    Raises:
        TypeError: If it is no tensor, or one of integers, booleans or complex numbers.
        ValueError: If an entry is infinite or NaN.
    """
    check_floating(name, tensor)
    odd = tensor.detach()[~torch.isfinite(tensor)]
    if len(odd):
        raise ValueError(f"{name} must be finite, got {odd[0].item()}")


def check_real(name: str, value: float) -> None:
    """Refuse what is not a finite number.

    Args:
        name: What the caller calls the number, for the message.
        value: The number to check.

    Raises:
        TypeError: If it is not a real number; a tensor or a truth value is none.
        ValueError: If it is infinite or NaN.
    """
    _check_number(name, value)
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value}")


def check_positive(name: str, value: float) -> None:
    """Refuse what is not a positive finite number.

    Args:
        name: What the caller calls the number, for the message.
        value: The number to check.

    Raises:
        TypeError: If it is not a real number; a tensor or a truth value is none.
        ValueError: If it is zero, negative, infinite or NaN.
    """
    _check_number(name, value)
    if not 0 < value < math.inf:
        raise ValueError(f"{name} must be positive and finite, got {value}")


def check_count(
    name: str, value: int, *, least: int = 1, most: int | None = None
) -> None:
    """Refuse what is not a whole number, or one that is too small or too large.

    Args:
        name: What the caller calls the number, for the message.
        value: The number to check.
        least: The smallest number allowed.
        most: The largest number allowed; by default there is none.

    Raises:
        TypeError: If it is not an integer; a truth value is none.
        ValueError: If it is smaller than `least` or larger than `most`.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, got a {type(value).__name__}")
    if value < least or (most is not None and value > most):
        range_ = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be {range_}, got {value}")


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


def _check_number(name: str, value: float) -> None:
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a real number, got a {type(value).__name__}")
