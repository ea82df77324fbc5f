"""What the functions of this note accept."""

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_finite
from dlnotes.blocks.precision import HALF


def check_axes(name: str, tensor: Tensor, axes: int) -> None:
    """Refuse a tensor with another number of axes, or with an empty one.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: The tensor to check.
        axes: The number of axes it must have.
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
    """
    if tensor.shape != (length,):
        shape = tuple(tensor.shape)
        raise ValueError(f"{name} must have shape ({length},), got {shape}")


def check_full(name: str, tensor: Tensor) -> None:
    """Refuse what is not a tensor of finite numbers in single or double precision.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: The tensor to check.
    """
    if isinstance(tensor, Tensor) and tensor.dtype in HALF:
        raise TypeError(f"{name} must be float32 or float64, got {tensor.dtype}")
    check_finite(name, tensor)


def check_batch_norm(name: str, norm: nn.Module) -> None:
    """Refuse what is not a batch normalization with running statistics.

    Args:
        name: What the caller calls the layer, for the message.
        norm: The layer to check.
    """
    if not isinstance(norm, nn.modules.batchnorm._BatchNorm):
        kind = type(norm).__name__
        raise TypeError(f"{name} must be a batch normalization, got {kind}")
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError(
            f"{type(norm).__name__} keeps no running statistics "
            "(track_running_stats=False), so it is no fixed scale and shift"
        )


def check_axis(name: str, axis: int, tensor: Tensor) -> None:
    """Refuse what does not number an axis of a tensor.

    Args:
        name: What the caller calls the number, for the message.
        axis: The number to check; negative ones count from the end.
        tensor: The tensor.
    """
    if not isinstance(axis, int | torch.SymInt) or isinstance(axis, bool):
        raise TypeError(f"{name} must be an integer, got a {type(axis).__name__}")
    if not -tensor.ndim <= axis < tensor.ndim:
        shape = tuple(tensor.shape)
        raise ValueError(f"{name} must be an axis of shape {shape}, got {axis}")
