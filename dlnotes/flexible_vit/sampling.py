"""Sizes and tokens drawn anew for each image, after NaViT."""

import math

import torch
from torch import Tensor

from dlnotes.blocks.checks import (
    check_finite,
    check_positive,
    check_rate,
    check_real,
    holds,
)
from dlnotes.blocks.precision import half_to_single


@half_to_single
def sampled_sides(
    noise: Tensor, low: float, high: float, *, loc: float = -0.5
) -> Tensor:
    """Map uniform noise to sides by a truncated normal law, Eq. (side-law).

    Args:
        noise: Uniform between 0 and 1, any shape.
        low: Smallest side in pixels.
        high: Largest side in pixels.
        loc: Peak of the law, where -1 is the smallest side and 1 the largest; from -3
            to 3.

    Returns:
        The same shape: for each image the side of the square with as many pixels.
    """
    check_finite("noise", noise)
    check_positive("low", low, like=noise)
    check_positive("high", high, like=noise)
    check_real("loc", loc)
    if not low < high or abs(loc) > 3:
        raise ValueError(f"low must be below high, got {low}, {high}; loc {loc}")
    if not holds((noise >= 0) & (noise <= 1)):
        raise ValueError(f"noise must be between 0 and 1, got {noise.aminmax()}")
    below, above = (
        math.erfc((end + loc) / math.sqrt(2)) / 2 for end in (1, -1)
    )  # what a normal law has below -1 and below 1
    share = below + noise * (above - below)
    place = (loc + torch.special.ndtri(share)).clamp(-1, 1)
    sides: Tensor = low + (place + 1) / 2 * (high - low)
    return sides


@half_to_single
def kept_tokens(noise: Tensor, rate: float) -> Tensor:
    """Choose the tokens of an image that are not dropped, Eq. (token-drop).

    The product is rounded down in floating point: of 100 tokens and a rate of 0.29 only
    28 are dropped, since 0.29 * 100 is below 29 there.

    Args:
        noise: One number for each token, `(..., N)`.
        rate: Share to drop, at least 0 and below 1.

    Returns:
        Places in ascending order, integers `(..., N - floor(rate * N))`.

    Examples:
        >>> import torch
        >>> kept_tokens(torch.tensor([0.3, 0.9, 0.1, 0.2]), 0.5)
        tensor([2, 3])
    """
    check_finite("noise", noise)
    check_rate("rate", rate)
    if not noise.ndim or not noise.shape[-1]:
        raise ValueError(f"noise must be (..., N), got shape {tuple(noise.shape)}")
    tokens = noise.shape[-1]
    order = noise.argsort(stable=True)
    return order[..., : tokens - int(rate * tokens)].sort(-1).values
