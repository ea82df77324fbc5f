"""Where a trained network looks."""

import math
from collections.abc import Sequence
from functools import reduce
from typing import cast

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_floating, check_module, check_positive
from dlnotes.blocks.encoder import EncoderLayer
from dlnotes.blocks.precision import widen_half
from dlnotes.vit.model import VisionTransformer
from dlnotes.vit.positions import places


def attention_maps(model: VisionTransformer, images: Tensor) -> list[Tensor]:
    """Attention weights of every layer, which a forward pass does not keep.

    Args:
        model: In eval mode.
        images: Shape `(B, C, H, W)`.

    Returns:
        For each layer a tensor `(B, heads, N, N)`.
    """
    check_module("model", model)
    z, bias, maps = model.tokens(images), model.bias(), []
    for layer in model.encoder.layers:
        layer = cast("EncoderLayer", layer)
        maps.append(layer.attention.weights(layer.norm1(z), bias=bias))
        z = layer(z, bias=bias)
    return maps


@widen_half
def attention_distance(
    weights: Tensor, grid: tuple[int, int], *, patch: float = 1.0
) -> Tensor:
    """Mean distance over which a head looks, Eq. (attention-distance).

    Args:
        weights: Of attention, shape `(..., N, N)`. Tokens that stand before the patches
            are left out, and the rest of each row is scaled to sum to 1.
        grid: Rows and columns of patches.
        patch: Side of a patch, in the unit that the result should have.

    Returns:
        The mean over the patches that look, shape `(...)`.
    """
    check_floating("weights", weights)
    check_positive("patch", patch)
    at = places(grid, like=weights)
    extra = weights.shape[-1] - len(at)
    if weights.ndim < 2 or extra < 0 or weights.shape[-2] != weights.shape[-1]:
        shape, least = tuple(weights.shape), len(at)
        raise ValueError(f"weights must be (..., N, N), N >= {least}, got {shape}")
    among = weights[..., extra:, extra:]
    total = among.sum(-1, keepdim=True)
    share = among / torch.where(total > 0, total, 1)
    apart = (at[:, None] - at).square().sum(-1).sqrt()
    return patch * (share * apart).sum(-1).mean(-1)


@widen_half
def rollout(weights: Sequence[Tensor]) -> Tensor:
    """Follow attention through all layers, residual paths included, Eq. (rollout).

    Args:
        weights: Of each layer, the first one first, each `(..., heads, N, N)`.

    Returns:
        Shape `(..., N, N)`: how much of each first token reaches each last one. Rows
        sum to 1.
    """
    if not weights:
        raise ValueError("weights must be of one layer or more, got none")
    steps = []
    for layer in weights:
        check_floating("weights", layer)
        mixed = layer.mean(-3)
        steps.append((mixed + torch.eye(mixed.shape[-1]).to(mixed)) / 2)
    return reduce(lambda below, above: above @ below, steps)


def uniform_distance(grid: tuple[int, int]) -> float:
    """Mean distance of two patches, where a head looks everywhere alike.

    Args:
        grid: Rows and columns of patches.

    Returns:
        The mean over all pairs, equal ones included, in patches.
    """
    rows, columns = grid
    apart = [
        (rows - abs(down)) * (columns - abs(right)) * math.hypot(down, right)
        for down in range(1 - rows, rows)
        for right in range(1 - columns, columns)
    ]
    return sum(apart) / (rows * columns) ** 2
