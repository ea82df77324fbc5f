"""What shapes the functions of this note accept."""

from torch import Tensor


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
