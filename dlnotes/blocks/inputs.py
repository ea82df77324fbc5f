"""Checks of what a module is given, before its weights meet it."""

from collections.abc import Sequence
from types import EllipsisType

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_floating
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
