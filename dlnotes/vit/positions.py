"""Positions: relative ones, other resolutions, likeness of codes."""

import torch
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from dlnotes.blocks.checks import (
    Parameter,
    check_count,
    check_finite,
    check_floating,
    check_real,
)
from dlnotes.blocks.magnitude import near_one
from dlnotes.blocks.patches import two
from dlnotes.blocks.precision import widen_half


def relative_bias(table: Tensor, grid: tuple[int, int], *, extra: int = 0) -> Tensor:
    """Look up what attention adds for two places, Eq. (relative-bias).

    Args:
        table: One number for each offset, shape `(heads, 2 R - 1, 2 C - 1)`.
        grid: Rows `R` and columns `C` of patches.
        extra: How many tokens stand before the patches; what concerns them is 0.

    Returns:
        Shape `(heads, N, N)` with `N = extra + R * C`.
    """
    check_floating("table", table)
    (rows, columns), heads = two("grid", grid), len(table)
    if table.shape[1:] != (2 * rows - 1, 2 * columns - 1):
        shape, wanted = tuple(table.shape), (heads, 2 * rows - 1, 2 * columns - 1)
        raise ValueError(f"table must have shape {wanted}, got {shape}")
    axes = [torch.arange(n, device=table.device) for n in (rows, columns)]
    row, column = torch.cartesian_prod(*axes).unbind(-1)
    down = row[:, None] - row + rows - 1
    right = column[:, None] - column + columns - 1
    return F.pad(table[:, down, right], (extra, 0, extra, 0))


@widen_half
def resize_codes(
    codes: Tensor,
    old: tuple[int, int],
    new: tuple[int, int],
    *,
    extra: int = 0,
    mode: str = "bicubic",
    antialias: bool = False,
) -> Tensor:
    """Interpolate codes of positions for another grid, Eq. (resize).

    Args:
        codes: Shape `(extra + R * C, D)`.
        old: Rows `R` and columns `C` of patches that they belong to.
        new: Rows and columns that are wanted.
        extra: How many codes in front belong to no patch and stay as they are.
        mode: "bilinear" or "bicubic", of `torch.nn.functional.interpolate`.
        antialias: Whether to blur before shrinking. It also takes another cubic curve.

    Returns:
        Shape `(extra + new rows * new columns, D)`.
    """
    check_floating("codes", codes)
    check_count("extra", extra, least=0)
    (rows, columns), size = two("old", old), two("new", new)
    if codes.ndim != 2 or len(codes) != extra + rows * columns:
        shape, wanted = tuple(codes.shape), extra + rows * columns
        raise ValueError(f"codes must have shape ({wanted}, D), got {shape}")
    image = rearrange(codes[extra:], "(h w) d -> 1 d h w", h=rows)
    resized = F.interpolate(image, size, mode=mode, antialias=antialias)
    patches = rearrange(resized, "1 d h w -> (h w) d")
    return torch.cat([codes[:extra], patches])


@widen_half
def ramp_error(offset: Tensor, curve: Parameter) -> Tensor:
    """How far cubic convolution is off on a straight line, Eq. (ramp-error).

    Args:
        offset: Where between two places, from 0 to 1, any shape.
        curve: The parameter of the cubic curve: -0.75 in torch, or -0.5.

    Returns:
        Interpolated minus true value, in units of the step, same shape.
    """
    check_floating("offset", offset)
    if isinstance(curve, Tensor):
        check_finite("curve", curve)
    else:
        check_real("curve", curve, like=offset)
    return -(2 * curve + 1) * offset * (1 - offset) * (1 - 2 * offset)


@widen_half
def code_similarity(codes: Tensor) -> Tensor:
    """Cosine of the angle of each two codes of positions, Eq. (similarity).

    Args:
        codes: Shape `(N, D)`.

    Returns:
        Shape `(N, N)`; 0 beside a code that is 0.
    """
    check_finite("codes", codes)
    scaled = near_one(codes)
    length = scaled.square().sum(-1, keepdim=True)
    normed = scaled / torch.where(length > 0, length, 1).sqrt()
    return normed @ normed.mT


def places(grid: tuple[int, int], *, like: Tensor) -> Tensor:
    """Row and column of each patch.

    Args:
        grid: Rows `R` and columns `C` of patches.
        like: A tensor whose device and dtype they get.

    Returns:
        Shape `(R * C, 2)`, row by row.
    """
    check_floating("like", like)
    rows, columns = two("grid", grid)
    axes = [
        torch.arange(n, device=like.device, dtype=like.dtype) for n in (rows, columns)
    ]
    return torch.cartesian_prod(*axes).reshape(-1, 2)
