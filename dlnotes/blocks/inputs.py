"""Checks of what a module is given, before its weights meet it."""

from collections.abc import Sequence
from types import EllipsisType

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import (
    check_floating,
    check_members,
    first_where,
    holds,
)
from dlnotes.blocks.grouping import Selection, check_truth
from dlnotes.blocks.precision import HALF

Size = int | str | EllipsisType


def check_input(
    name: str,
    tensor: Tensor,
    sizes: Sequence[Size],
    *,
    like: nn.Module,
    half: bool = True,
) -> None:
    """Refuse what the weights of a module cannot be applied to.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: Floating-point numbers, of the dtype of the weights; under autocast,
            which chooses one itself, of any.
        sizes: Those of the tensor. A letter stands for any size, `...` in front for
            any number of sizes.
        like: The module; without weights any floating-point dtype will do.
        half: Whether half precision will do; where positions are computed it does not.
    """
    check_floating(name, tensor)
    if not half and tensor.dtype in HALF:
        raise TypeError(f"{name} must be float32 or float64, got {tensor.dtype}")
    if not _fits(tensor.shape, sizes):
        wanted = ", ".join("..." if size is ... else str(size) for size in sizes)
        given = tuple(tensor.shape)
        raise ValueError(f"{name} must have shape ({wanted}), got {given}")
    weight = next(like.parameters(), None)
    if weight is None or weight.dtype == tensor.dtype or _under_autocast(tensor):
        return
    message = f"{name} must be {weight.dtype} like the weights, got {tensor.dtype}"
    raise TypeError(message)


def check_features(
    name: str,
    features: Tensor | None,
    sizes: Sequence[Size],
    channels: int,
    *,
    like: nn.Module,
) -> None:
    """Refuse what are not the features of some points.

    Args:
        name: What the caller calls the tensor, for the message.
        features: The tensor to check; `None` is fine where there are no channels.
        sizes: Clouds, and points of each, as for `check_input`.
        channels: How many numbers a point has.
        like: The module that has the weights.
    """
    given = 0
    if features is not None:
        check_input(name, features, (*sizes, "C"), like=like)
        given = features.shape[-1]
    if given != channels:
        raise ValueError(f"{name} must have {channels} channels, got {given}")


def check_kind(name: str, value: object, kind: type) -> None:
    """Refuse what is not of a kind.

    Args:
        name: What the caller calls the value, for the message.
        value: What to check.
        kind: A class, such as a named tuple.
    """
    if not isinstance(value, kind):
        given = type(value).__name__
        raise TypeError(f"{name} must be of type {kind.__name__}, got {given}")


def check_sequence(name: str, values: Sequence[object]) -> None:
    """Refuse what is not a list, or a tuple without names.

    Args:
        name: What the caller calls the sequence, for the message.
        values: What to check.
    """
    if not isinstance(values, list | tuple) or hasattr(values, "_fields"):
        raise TypeError(f"{name} must be a sequence, got {type(values).__name__}")


def check_selection(
    name: str, selection: Selection, sizes: Sequence[Size], count: int
) -> None:
    """Refuse what are not numbers of points, with truth values for them.

    Args:
        name: What the caller calls the selection, for the message.
        selection: What to check.
        sizes: Those of both tensors; a letter stands for any size but 0.
        count: How many points there are to choose from.
    """
    check_kind(name, selection, Selection)
    check_members(name, selection)
    indices, real = selection
    if indices.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"{name}.indices must hold integers, got {indices.dtype}")
    given = tuple(indices.shape)
    fits = len(given) == len(sizes) and all(
        size > 0 if isinstance(wanted, str) else size == wanted
        for size, wanted in zip(given, sizes, strict=True)
    )
    if not fits:
        wanted = ", ".join(map(str, sizes))
        raise ValueError(f"{name}.indices must have shape ({wanted}), got {given}")
    check_truth(f"{name}.real", real, given)
    good = (indices >= 0) & (indices < count)
    if not holds(good):
        odd, most = int(first_where(indices, ~good)), count - 1
        raise ValueError(f"{name}.indices must be from 0 to {most}, got {odd}")


def _fits(shape: Sequence[int], sizes: Sequence[Size]) -> bool:
    if sizes[0] is ...:
        sizes = sizes[1:]
        shape = shape[max(len(shape) - len(sizes), 0) :]
    pairs = zip(shape, sizes, strict=False)
    return len(shape) == len(sizes) and all(
        isinstance(wanted, str) or given == wanted for given, wanted in pairs
    )


def _under_autocast(tensor: Tensor) -> bool:
    kind = tensor.device.type
    return torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)
