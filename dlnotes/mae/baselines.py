"""Fillings that learn nothing, or next to nothing."""

from torch import Tensor

from dlnotes.blocks.checks import check_floating
from dlnotes.blocks.precision import widen_half
from dlnotes.mae.masking import visible


@widen_half
def fill_mean(patches: Tensor, order: Tensor, kept: int) -> Tensor:
    """Fill all patches with the mean of the visible pixels of the image.

    Args:
        patches: Shape `(B, N, P)`.
        order: Of `shuffle`, shape `(B, N)`.
        kept: How many patches are visible.

    Returns:
        The shape of `patches`.
    """
    check_floating("patches", patches)
    seen = visible(patches, order, kept)
    return seen.mean((1, 2), keepdim=True).expand_as(patches)


@widen_half
def fill_nearest(patches: Tensor, order: Tensor, kept: int, at: Tensor) -> Tensor:
    """Fill each patch with the nearest one that is visible, itself if it is.

    Args:
        patches: Shape `(B, N, P)`.
        order: Of `shuffle`, shape `(B, N)`.
        kept: How many patches are visible, `K`.
        at: Place of each patch, shape `(N, 2)`.

    Returns:
        The shape of `patches`. Of several at one distance the first one counts.
    """
    check_floating("patches", patches)
    seen = visible(patches, order, kept)
    check_floating("at", at)
    if at.shape != (patches.shape[1], 2):
        shape = tuple(at.shape)
        raise ValueError(f"at must have shape ({patches.shape[1]}, 2), got {shape}")
    far = (at[:, None] - at).square().sum(-1)  # (N, N)
    nearest = far[order[:, :kept]].argmin(1)  # of (B, K, N)
    index = nearest[:, :, None].expand(-1, -1, patches.shape[-1])
    return seen.gather(1, index)
