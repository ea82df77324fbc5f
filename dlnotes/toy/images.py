"""Small real images: digits, and crops of photographs that scikit-image ships."""

from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_count, check_floating
from dlnotes.toy.digits import load_digits


def load_digit_images() -> tuple[Tensor, Tensor]:
    """Load the handwritten digits of `load_digits` as images.

    Returns:
        Images, shape `(1797, 1, 8, 8)`, float32 between 0 and 1, and labels 0 to 9,
        shape `(1797,)`.
    """
    pixels, labels = load_digits()
    return rearrange(pixels, "n (h w) -> n 1 h w", h=8), labels


def split_digits(held_out: int = 500) -> tuple[Tensor, Tensor]:
    """Divide the digits into rows to learn from and rows to test on.

    The rows come in runs of one writer each, so most of the digits held out are by
    people of whom nothing is learned.

    Args:
        held_out: How many of the last rows to test on.

    Returns:
        Row numbers, shapes `(1797 - held_out,)` and `(held_out,)`.

    Examples:
        >>> learn, test = split_digits()
        >>> len(learn), len(test)
        (1297, 500)
    """
    check_count("held_out", held_out, most=1796)
    rows = torch.arange(1797)
    return rows[:-held_out], rows[-held_out:]


def load_photograph(name: str) -> Tensor:
    """Load a photograph of scikit-image; those named here need no download.

    Args:
        name: A function of `skimage.data`, such as "astronaut", "camera", "chelsea",
            "coffee", "coins", "moon", "rocket".

    Returns:
        Shape `(C, H, W)`, float32 between 0 and 1, with 1 or 3 channels.

    Raises:
        ImportError: If scikit-image is not installed.
    """
    try:
        from skimage import data
    except ImportError as error:
        raise ImportError("load_photograph needs scikit-image installed") from error
    if name not in data.__all__ or not callable(getattr(data, name)):
        raise ValueError(f"name must be a function of skimage.data, got {name!r}")
    pixels = torch.tensor(getattr(data, name)())
    if pixels.dtype != torch.uint8 or pixels.shape[2:] not in ((), (3,)):
        raise ValueError(f"name must be that of a photograph, got {name!r}")
    image = rearrange(pixels, "h w ... -> h w (...)")
    return rearrange(image, "h w c -> c h w").float() / 255


def standardize_gray(image: Tensor) -> Tensor:
    """Make an image gray, with mean 0 and variance 1.

    Args:
        image: Shape `(C, H, W)`, 1 or 3 channels: red, green, blue.

    Returns:
        Shape `(1, H, W)`; 0 everywhere for an image of one color.
    """
    check_floating("image", image)
    if image.ndim != 3 or len(image) not in (1, 3):
        raise ValueError(f"image must be (1 or 3, H, W), got {tuple(image.shape)}")
    luma = image.new_tensor([0.299, 0.587, 0.114]).view(3, 1, 1)  # of ITU-R BT.601
    gray = (image * luma).sum(0, keepdim=True) if len(image) == 3 else image
    centered = gray - gray.mean()
    scale = centered.square().mean().sqrt()
    one_color = (image.amax((1, 2)) == image.amin((1, 2))).all()
    # There the mean may differ from each by a rounding error, which is no contrast.
    return (centered / torch.where(scale > 0, scale, 1)).masked_fill(one_color, 0)


def draw_crops(
    images: Sequence[Tensor],
    count: int,
    size: int,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Cut squares out of images, at random places.

    Args:
        images: Each of shape `(C, H, W)`, with the same number of channels.
        count: How many squares; they come from the images in turn.
        size: Side of a square in pixels.
        generator: Source of the places; `None` means torch's global one.

    Returns:
        Shape `(count, C, size, size)`.
    """
    check_count("count", count)
    check_count("size", size)
    if not images or any(min(image.shape[-2:]) < size for image in images):
        shapes = [tuple(image.shape) for image in images]
        raise ValueError(f"images must be of {size} pixels or more, got {shapes}")
    places = torch.rand(count, 2, dtype=torch.float64, generator=generator).tolist()
    crops = []
    for number, (down, right) in enumerate(places):
        image = images[number % len(images)]
        top = int(down * (image.shape[-2] - size + 1))
        left = int(right * (image.shape[-1] - size + 1))
        crops.append(image[:, top : top + size, left : left + size])
    return torch.stack(crops)
