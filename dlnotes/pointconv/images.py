"""An image as a cloud of points, on which the convolution is that of images."""

from collections.abc import Callable

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from dlnotes.blocks.checks import check_finite, check_floating
from dlnotes.blocks.grouping import gather_points, offsets
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.pointconv.continuous import window_offsets
from dlnotes.pointconv.efficient import efficient_convolution

SIZES = (1, 3, 5)  # of windows that are the nearest size**2 points of a grid


@half_to_single
def pixel_cloud(images: Tensor) -> tuple[Tensor, Tensor]:
    """Make a point of each pixel, row by row.

    Args:
        images: Shape `(B, C, H, W)`.

    Returns:
        Row and column of each point, `(B, H * W, 2)`, and its features,
        `(B, H * W, C)`.
    """
    check_floating("images", images)
    if images.ndim != 4:
        raise ValueError(f"images must be (B, C, H, W), got {tuple(images.shape)}")
    axes = [torch.arange(n, device=images.device) for n in images.shape[2:]]
    places = torch.cartesian_prod(*axes).to(images.dtype)
    points = places.expand(len(images), -1, -1)
    return points, rearrange(images, "b c h w -> b (h w) c")


@half_to_single
def one_hot_offsets(offsets: Tensor, size: int = 3) -> Tensor:
    """Tell which pixel of a window an offset leads to, Eq. (one-hot).

    Args:
        offsets: Row and column, shape `(..., 2)`.
        size: Side of the window in pixels, odd.

    Returns:
        Shape `(..., size**2)`: 1 for that pixel, 0 for all others, and for all if the
        offset leads to none.
    """
    check_finite("offsets", offsets)
    if not offsets.ndim or offsets.shape[-1] != 2:
        raise ValueError(f"offsets must be (..., 2), got {tuple(offsets.shape)}")
    window = window_offsets(size, like=offsets)
    return (offsets[..., None, :] == window).all(-1).to(offsets.dtype)


def layer_of_kernel(kernel: Tensor) -> Tensor:
    """Lay out the kernel of a convolution of images as a last layer.

    Args:
        kernel: As of `torch.nn.functional.conv2d`, shape `(O, C, S, S)`.

    Returns:
        Shape `(S**2, C, O)`, which goes with `one_hot_offsets`.
    """
    check_floating("kernel", kernel)
    if kernel.ndim != 4 or kernel.shape[2] != kernel.shape[3]:
        raise ValueError(f"kernel must be (O, C, S, S), got {tuple(kernel.shape)}")
    return rearrange(kernel, "o c h w -> (h w) c o")


@widen_half
def convolve_as_points(
    images: Tensor,
    hidden: Callable[[Tensor], Tensor],
    last: Tensor,
    size: int = 3,
    *,
    ghosts: bool = True,
) -> Tensor:
    """Convolve images as clouds of their pixels, Eq. (image-conv).

    With ghosts this is `grid_convolution` by the same weights, at each pixel. Without,
    pixels at the border have neighbors outside of their window, and differ unless the
    weights vanish there, as those of `one_hot_offsets` do.

    Args:
        images: Shape `(B, C, H, W)`.
        hidden: Maps offsets `(..., 2)`, row and column, to values `(..., M)`.
        last: The last layer of the weights, shape `(M, C, O)`.
        size: Side of the window, 1, 3 or 5: its pixels are the nearest ones.
        ghosts: Whether points without features surround the image.

    Returns:
        Shape `(B, O, H, W)`.
    """
    check_floating("images", images)
    if size not in SIZES:
        raise ValueError(f"size must be one of {SIZES}, got {size}")
    queries, _ = pixel_cloud(images)
    margin = size // 2 if ghosts else 0
    points, features = pixel_cloud(F.pad(images, [margin] * 4))
    points = points - margin
    index, real = nearest_points(points, queries, size**2)
    values = hidden(offsets(points, queries, index))
    found = efficient_convolution(
        gather_points(features, index), values * real[..., None], last
    )
    return rearrange(found, "b (h w) o -> b o h w", h=images.shape[2])
