"""From an image to tokens."""

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from dlnotes.blocks.checks import check_count, check_floating
from dlnotes.blocks.patches import patchify, two
from dlnotes.blocks.precision import widen_half


def patch_grid(
    image: int | tuple[int, int], patch: int | tuple[int, int]
) -> tuple[int, int]:
    """Count the patches in a column and in a row of an image, Eq. (patch-count).

    Args:
        image: Height and width in pixels, or one number for both.
        patch: Height and width of a patch, or one number for both.

    Returns:
        Two numbers, whose product is the number of patches.

    Examples:
        >>> patch_grid(224, 16)
        (14, 14)
    """
    (height, width), (p, q) = two("image", image), two("patch", patch)
    if height % p or width % q:
        raise ValueError(f"patch must divide {height} x {width}, got {p} x {q}")
    return height // p, width // q


@widen_half
def embed_patches(
    images: Tensor, weight: Tensor, bias: Tensor, patch: int | tuple[int, int]
) -> Tensor:
    """Map each patch to a token by one linear map, Eq. (patch-embedding).

    Args:
        images: Shape `(B, C, H, W)`.
        weight: Shape `(D, P * Q * C)`, for the order of `patchify`.
        bias: Shape `(D,)`.
        patch: Height `P` and width `Q` of a patch, or one number for both.

    Returns:
        Shape `(B, N, D)`.
    """
    check_floating("weight", weight)
    check_floating("bias", bias)
    patches = patchify(images, patch)
    if weight.ndim != 2 or weight.shape[1] != patches.shape[2]:
        shape, wanted = tuple(weight.shape), patches.shape[2]
        raise ValueError(f"weight must be (D, {wanted}), got shape {shape}")
    return F.linear(patches, weight, bias)


def kernel_of(weight: Tensor, patch: int | tuple[int, int]) -> Tensor:
    """Sort a linear map of patches into a convolution, Eq. (patch-convolution).

    Args:
        weight: Shape `(D, P * Q * C)`, for the order of `patchify`.
        patch: Height `P` and width `Q` of a patch, or one number for both.

    Returns:
        Shape `(D, C, P, Q)`: with kernel and stride of the size of a patch, it gives
        the same tokens.
    """
    check_floating("weight", weight)
    p, q = two("patch", patch)
    if weight.ndim != 2 or weight.shape[1] % (p * q):
        shape = tuple(weight.shape)
        raise ValueError(f"weight must be (D, {p * q} * C), got shape {shape}")
    return rearrange(weight, "d (p q c) -> d c p q", p=p, q=q)


@widen_half
def add_positions(patches: Tensor, codes: Tensor, first: Tensor | None) -> Tensor:
    """Put a class token in front and add the codes of positions, Eq. (tokens).

    Args:
        patches: Embedded patches, shape `(B, N, D)`.
        codes: One for each token: `(N, D)`, or `(N + 1, D)` with a class token.
        first: The class token, `(D,)`; `None` for none.

    Returns:
        The input of the encoder, shape `(B, N, D)` or `(B, N + 1, D)`.
    """
    check_floating("patches", patches)
    check_floating("codes", codes)
    if first is not None:
        check_floating("first", first)
    check_count("tokens", patches.shape[-2])
    tokens = patches
    if first is not None:
        row = first.expand(len(patches), 1, -1)
        tokens = torch.cat([row, patches], dim=1)
    if codes.shape != tokens.shape[1:]:
        shape, wanted = tuple(codes.shape), tuple(tokens.shape[1:])
        raise ValueError(f"codes must have shape {wanted}, got {shape}")
    return tokens + codes
