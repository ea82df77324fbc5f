"""Images as rows of patches, and back."""

from einops import rearrange
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_floating


def patchify(images: Tensor, size: int | tuple[int, int]) -> Tensor:
    """Cut images into patches that do not overlap, row by row.

    Args:
        images: Shape `(B, C, H, W)`.
        size: Height and width of a patch, or one number for both; they divide those of
            the images.

    Returns:
        Shape `(B, N, P * Q * C)` for patches of `P` rows and `Q` columns. In a patch
        the channel runs fastest, then the column, then the row.

    Examples:
        >>> import torch
        >>> patchify(torch.arange(8.0).reshape(1, 1, 2, 4), 2)
        tensor([[[0., 1., 4., 5.],
                 [2., 3., 6., 7.]]])
    """
    check_floating("images", images)
    p, q = two("size", size)
    if images.ndim != 4 or images.shape[-2] % p or images.shape[-1] % q:
        shape = tuple(images.shape)
        raise ValueError(f"images must be (B, C, H, W) in patches {p, q}, got {shape}")
    return rearrange(images, "b c (h p) (w q) -> b (h w) (p q c)", p=p, q=q)


def unpatchify(
    patches: Tensor, size: int | tuple[int, int], grid: tuple[int, int]
) -> Tensor:
    """Put patches together, the inverse of `patchify`.

    Args:
        patches: Shape `(B, N, P * Q * C)`.
        size: Height `P` and width `Q` of a patch, or one number for both.
        grid: How many patches there are in a column and in a row of the image.

    Returns:
        Shape `(B, C, H, W)`.
    """
    check_floating("patches", patches)
    (p, q), (rows, columns) = two("size", size), two("grid", grid)
    fits = patches.ndim == 3 and patches.shape[1] == rows * columns
    if not fits or patches.shape[2] % (p * q):
        shape = tuple(patches.shape)
        raise ValueError(
            f"patches must be (B, {rows * columns}, {p * q} * C), got shape {shape}"
        )
    return rearrange(
        patches, "b (h w) (p q c) -> b c (h p) (w q)", h=rows, w=columns, p=p, q=q
    )


def two(name: str, value: int | tuple[int, int]) -> tuple[int, int]:
    """Give the height and the width that a number or a pair stands for.

    Args:
        name: What the caller calls it, for the message.
        value: One positive number for both, or two.

    Returns:
        Two positive numbers.
    """
    height, width = value if isinstance(value, tuple) else (value, value)
    check_count(name, height)
    check_count(name, width)
    return height, width
