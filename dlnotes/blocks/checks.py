"""Checks of arguments that the notes share; each error names the value it got.

Shapes, dtypes and types are always checked. Values are checked where they are known:
not on meta tensors, and not while a function is compiled, exported or mapped by
`torch.func.vmap`. `holds` is the one place that decides; `known_values` gives the
values themselves to code outside of torch.
"""

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

import torch
from torch import Tensor, nn

Parameter = float | Tensor  # a temperature, a sharpness, a width


def holds(condition: Tensor) -> bool:
    """Tell whether a condition is true everywhere, or cannot be known.

    Args:
        condition: Truth values, any shape.

    Returns:
        `False` only if an entry is known to be false.
    """
    if _unknown(condition):
        return True
    try:
        return bool(condition.all())
    except RuntimeError:  # mapped by vmap, or a fake tensor: there is no one answer
        return True


def known_values(tensor: Tensor) -> Any:
    """Give the numbers of a tensor as an array of NumPy, if that costs nothing.

    Args:
        tensor: Any tensor of a dtype that NumPy has.

    Returns:
        An array that shares the tensor's memory; `None` where values are not known, and
        on other devices than the CPU.
    """
    if torch.compiler.is_compiling() or tensor.device.type != "cpu":
        return None
    try:
        return tensor.detach().numpy()
    except RuntimeError:  # as in `holds`
        return None


def check_tensor(name: str, tensor: Tensor) -> None:
    """Refuse what is not a tensor.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: The tensor to check, of any dtype.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} must be a tensor, got {type(tensor).__name__}")


def check_members(name: str, members: Any, *, optional: Sequence[str] = ()) -> None:
    """Refuse what is not a named tuple of tensors, or of such tuples.

    Args:
        name: What the caller calls the tuple, for the message.
        members: The tuple to check.
        optional: Names of members that may be `None`.
    """
    if not isinstance(members, tuple) or not hasattr(members, "_fields"):
        kind = type(members).__name__
        raise TypeError(f"{name} must be a named tuple of tensors, got {kind}")
    for field, member in zip(members._fields, members, strict=True):
        if isinstance(member, tuple):
            check_members(f"{name}.{field}", member, optional=optional)
        elif member is not None or field not in optional:
            check_tensor(f"{name}.{field}", member)


def check_floating(name: str, tensor: Tensor) -> None:
    """Refuse what is not a floating-point tensor.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: The tensor to check.
    """
    check_tensor(name, tensor)
    if not tensor.is_floating_point():
        raise TypeError(f"{name} must be floating-point, got {tensor.dtype}")


def check_finite(name: str, tensor: Tensor) -> None:
    """Refuse what is not a floating-point tensor of finite numbers.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: The tensor to check.
    """
    check_floating(name, tensor)
    if _unknown(tensor) or _has_finite_sum(tensor):
        return
    finite = tensor.detach().isfinite()
    if not holds(finite):
        raise ValueError(f"{name} must be finite, got {first_where(tensor, ~finite)}")


def check_real(name: str, value: float, *, like: Tensor | None = None) -> None:
    """Refuse what is not a finite number.

    Args:
        name: What the caller calls the number, for the message.
        value: The number to check; a tensor or a truth value is none.
        like: A tensor that it will meet; in its dtype the number must neither
            overflow nor be below the normal numbers.
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a real number, got a {type(value).__name__}")
    try:
        finite = math.isfinite(value)
    except OverflowError:  # of a whole number that no float holds
        finite = False
    if not finite:
        raise ValueError(f"{name} must be finite, got {value}")
    if like is None:
        return
    limits = torch.finfo(like.dtype)
    if abs(value) > limits.max or 0 < abs(value) < limits.smallest_normal:
        raise ValueError(f"{name} must be representable in {like.dtype}, got {value}")


def check_rate(name: str, value: float) -> None:
    """Refuse what is not a share below 1.

    Args:
        name: What the caller calls the share, for the message.
        value: The number to check, from 0 to below 1.
    """
    check_real(name, value)
    if not 0 <= value < 1:
        raise ValueError(f"{name} must be at least 0 and below 1, got {value}")


def check_positive(
    name: str, value: Parameter, *, like: Tensor | None = None, row: bool = False
) -> None:
    """Refuse what is not a positive finite parameter: a number, or a tensor of them.

    Args:
        name: What the caller calls the parameter, for the message.
        value: The number or tensor to check.
        like: The tensor that it will meet. A number must be representable in its
            dtype, a tensor must broadcast with it.
        row: Whether the function works along the last axis of `like`, so that there
            can only be one parameter a row: the last axis of a tensor must have size 1.
    """
    if not isinstance(value, Tensor):
        check_real(name, value, like=like)
        if value <= 0:
            raise ValueError(f"{name} must be positive and finite, got {value}")
        return
    check_floating(name, value)
    if like is not None and value.ndim:
        check_broadcast(name, value, like, row=row)
    if _unknown(value):
        return
    detached = value.detach()
    good = (detached > 0) & (detached < math.inf)
    if not holds(good):
        odd = first_where(value, ~good)
        raise ValueError(f"{name} must be positive and finite, got {odd}")


def check_broadcast(name: str, value: Tensor, like: Tensor, *, row: bool) -> None:
    """Refuse a tensor whose shape does not go with that of another.

    Args:
        name: What the caller calls the tensor, for the message.
        value: The tensor to check.
        like: The other one.
        row: Whether there can only be one entry for each row of `like`.
    """
    wanted = (*like.shape[:-1], 1) if row else tuple(like.shape)
    fits = broadcasts(value.shape, wanted) and (not row or value.shape[-1:] == (1,))
    if not fits:
        given = tuple(value.shape)
        raise ValueError(f"{name} must broadcast to shape {wanted}, got shape {given}")


def check_count(
    name: str, value: int, *, least: int = 1, most: int | None = None
) -> None:
    """Refuse what is not a whole number, or one that is too small or too large.

    Args:
        name: What the caller calls the number, for the message.
        value: The number to check; a truth value is none.
        least: The smallest number allowed.
        most: The largest number allowed; by default there is none.
    """
    if not isinstance(value, int | torch.SymInt) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, got a {type(value).__name__}")
    if value < least or (most is not None and value > most):
        range_ = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be {range_}, got {value}")


def check_module(name: str, module: nn.Module) -> None:
    """Refuse what is not a module.

    Args:
        name: What the caller calls the module, for the message.
        module: The module to check.
    """
    if not isinstance(module, nn.Module):
        raise TypeError(f"{name} must be a module, got {type(module).__name__}")


def broadcasts(one: Sequence[int], other: Sequence[int]) -> bool:
    """Tell whether two shapes go together by torch's rules.

    Args:
        one: A shape.
        other: Another shape.

    Returns:
        `True` if, from the right, each pair of sizes is equal or contains a 1.
    """
    pairs = zip(reversed(one), reversed(other), strict=False)
    return all(a == b or a == 1 or b == 1 for a, b in pairs)


def broadcasts_to(shape: Sequence[int], wanted: Sequence[int]) -> bool:
    """Tell whether a tensor can be expanded to a shape, by torch's rules.

    Args:
        shape: Of the tensor.
        wanted: What it should become.

    Returns:
        `True` if, from the right, each size is that of `wanted`, or 1.
    """
    pairs = zip(reversed(shape), reversed(wanted), strict=False)
    return len(shape) <= len(wanted) and all(a in (1, b) for a, b in pairs)


def first_where(tensor: Tensor, condition: Tensor) -> float:
    """Find a number for a message.

    Args:
        tensor: The numbers.
        condition: Which of them are meant, same shape, true somewhere.

    Returns:
        The first of them.
    """
    return float(tensor.detach()[condition][0])


def per_row(value: Parameter) -> Parameter:
    """Bring a parameter `(..., 1)`, one for each row, to the shape of a row's result.

    Args:
        value: A number, or a tensor that `check_positive` passed with `row=True`.

    Returns:
        The number, or the tensor with shape `(...)`.
    """
    return value.squeeze(-1) if isinstance(value, Tensor) and value.ndim else value


def _has_finite_sum(tensor: Tensor) -> bool:
    """Tell whether a sum proves all terms finite: it costs less than a look at each."""
    try:
        return math.isfinite(tensor.detach().sum())
    except RuntimeError:  # as in `holds`
        return False


def _unknown(tensor: Tensor) -> bool:
    """Tell whether a check of values need not even begin: compilers follow less."""
    return torch.compiler.is_compiling() or tensor.is_meta
