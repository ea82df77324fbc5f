"""From a kernel on a grid to a kernel that is a function of the place."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from dlnotes.blocks.checks import check_count, check_floating
from dlnotes.blocks.precision import widen_half


@widen_half
def grid_convolution(
    images: Tensor, weight: Callable[[Tensor], Tensor], size: int = 3
) -> Tensor:
    """Convolve images by a weight function at fixed offsets, Eq. (grid-conv).

    It is a cross-correlation, as in all of deep learning: the offset is added.

    Args:
        images: Shape `(B, C, H, W)`; around them all is 0.
        weight: Maps offsets `(K, 2)`, row and column, to weights `(K, C, O)`.
        size: Side of the window in pixels, odd; it has `K = size**2` offsets.

    Returns:
        Shape `(B, O, H, W)`.
    """
    check_floating("images", images)
    if images.ndim != 4:
        raise ValueError(f"images must be (B, C, H, W), got {tuple(images.shape)}")
    offsets = window_offsets(size, like=images)
    weights = weight(offsets)
    if weights.ndim != 3 or weights.shape[:2] != (size**2, images.shape[1]):
        wanted, given = (size**2, images.shape[1], "O"), tuple(weights.shape)
        raise ValueError(f"weight must give shape {wanted}, got {given}")
    padded = F.pad(images, [size // 2] * 4)
    height, width = images.shape[2:]
    total = images.new_zeros(())
    for number, kernel in enumerate(weights):
        row, column = divmod(number, size)
        window = padded[:, :, row : row + height, column : column + width]
        total = total + torch.einsum("bchw,co->bohw", window, kernel)
    return total


def window_offsets(size: int, *, like: Tensor) -> Tensor:
    """Offsets of the pixels of a window from the one in its middle, row by row.

    Args:
        size: Side of the window, odd.
        like: A tensor whose device and dtype the offsets get.

    Returns:
        Shape `(size**2, 2)`: row and column.

    Examples:
        >>> import torch
        >>> window_offsets(3, like=torch.ones(()))[:4]
        tensor([[-1., -1.],
                [-1.,  0.],
                [-1.,  1.],
                [ 0., -1.]])
    """
    check_count("size", size)
    check_floating("like", like)
    if size % 2 == 0:
        raise ValueError(f"size must be odd, got {size}")
    axis = torch.arange(size, device=like.device) - size // 2
    return torch.cartesian_prod(axis, axis).to(like.dtype)


@widen_half
def point_convolution(
    features: Tensor, weights: Tensor, *, scale: Tensor | None = None
) -> Tensor:
    """Add up features of neighbors, each by weights of its own, Eq. (point-conv).

    Args:
        features: Of the neighbors of each point, shape `(..., K, C)`.
        weights: Of the weight function at their offsets, shape `(..., K, C, O)`.
        scale: Inverse density at the neighbors, shape `(..., K)`; by default 1.

    Returns:
        Shape `(..., O)`.
    """
    check_floating("features", features)
    check_floating("weights", weights)
    if features.ndim < 2 or weights.shape[:-1] != features.shape:
        shapes = tuple(features.shape), tuple(weights.shape)
        raise ValueError(f"must be (..., K, C) and (..., K, C, O), got {shapes}")
    if scale is not None:
        check_factors("scale", scale, features)
        features = features * scale[..., None]
    flat = features.flatten(-2)[..., None, :]
    return (flat @ weights.flatten(-3, -2)).squeeze(-2)


def check_factors(name: str, scale: Tensor, features: Tensor) -> None:
    """Refuse what is not a number for each neighbor.

    Args:
        name: What the caller calls the tensor, for the message.
        scale: The tensor to check.
        features: Of the neighbors, shape `(..., K, C)`.
    """
    check_floating(name, scale)
    if scale.shape != features.shape[:-1]:
        wanted, given = tuple(features.shape[:-1]), tuple(scale.shape)
        raise ValueError(f"{name} must have shape {wanted}, got {given}")
