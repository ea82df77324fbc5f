"""Images of any shape under a budget of patches, after Pix2Struct."""

import math

from torch import Tensor
from torch.nn import functional as F

from dlnotes.blocks.checks import check_count, check_finite, check_floating, holds
from dlnotes.blocks.patches import patchify
from dlnotes.blocks.precision import widen_half


def budget_grid(size: tuple[int, int], patch: int, budget: int) -> tuple[int, int]:
    """Find how many patches of an image fit into a budget, Eq. (budget-grid).

    Args:
        size: Height and width of the image in pixels.
        patch: Side of a patch in pixels.
        budget: Most patches allowed.

    Returns:
        Rows and columns of patches. Rounding is that of the published program, which
        at some sizes, as 197 by 197, finds a row less than exact arithmetic.

    Examples:
        >>> budget_grid((480, 640), 16, 256)
        (13, 18)
    """
    for name, value in (("size", min(size)), ("patch", patch), ("budget", budget)):
        check_count(name, value)
    height, width = size
    scale = math.sqrt(budget * (patch / height) * (patch / width))
    rows = max(min(int(scale * height / patch), budget), 1)
    columns = max(min(int(scale * width / patch), budget), 1)
    return rows, columns


@widen_half
def standardize_image(image: Tensor) -> Tensor:
    """Bring an image to mean 0 and variance 1, Eq. (standardize).

    Args:
        image: Shape `(C, H, W)`.

    Returns:
        The same shape; 0 if all numbers are equal, as those of one gray.
    """
    _check_image(image)
    centered = image - image.mean()
    variance = centered.square().mean()
    return centered / variance.clamp(min=1 / image.numel()).sqrt()


@widen_half
def variable_patches(image: Tensor, patch: int, budget: int) -> Tensor:
    """Resize an image, keeping its shape, and cut it into patches, Eq. (budget-grid).

    Args:
        image: Shape `(C, H, W)`.
        patch: Side `P` of a patch in pixels.
        budget: Most patches allowed.

    Returns:
        Shape `(N, P * P * C)`, row by row of the grid that `budget_grid` gives.
    """
    standardized = standardize_image(image)
    rows, columns = budget_grid((image.shape[1], image.shape[2]), patch, budget)
    resized = F.interpolate(
        standardized[None],
        (rows * patch, columns * patch),
        mode="bilinear",
        antialias=True,
    )
    return patchify(resized, patch)[0]


def _check_image(image: Tensor) -> None:
    check_floating("image", image)
    if image.ndim != 3 or not image.numel():
        raise ValueError(f"image must be (C, H, W), got shape {tuple(image.shape)}")
    # A sum is faster than a look at each pixel, and finite only if they are.
    if not holds(image.detach().sum().isfinite()):
        check_finite("image", image)
