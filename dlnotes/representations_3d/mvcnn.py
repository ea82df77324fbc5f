"""MVCNN: a network of images for each view, and the largest of each feature."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import cast

from torch import Tensor, nn

from dlnotes.blocks.checks import check_count, check_floating
from dlnotes.blocks.inputs import check_input
from dlnotes.representations_3d.inputs import check_some
from dlnotes.representations_3d.layers import BIASED, Head, Layers


def view_pooling(features: Tensor) -> Tensor:
    """Take the largest of each feature over the views, Eq. (view-pooling).

    Of equal largest values one gets the gradient.

    Args:
        features: Shape `(B, V, ...)`, one view or more.

    Returns:
        Shape `(B, ...)`.

    Examples:
        >>> import torch
        >>> view_pooling(torch.tensor([[[1.0, 5.0], [2.0, 3.0]]]))
        tensor([[2., 5.]])
    """
    check_floating("features", features)
    if features.ndim < 2 or not features.shape[1]:
        shape = tuple(features.shape)
        raise ValueError(f"features must be (B, V, ...), V at least 1, got {shape}")
    return features.max(1).values


class MVCNN(nn.Module):
    """Classify shapes by their views, which one small network sees one by one.

    Views meet after the last convolution, as published (Su et al. 2015, section 3.3),
    where the network is a large one that photographs have trained. Each layer here has
    kernels of side 3 and halves the sides.

    Args:
        classes: How many there are.
        resolution: Pixels along a side, `R`.
        widths: Channels of the convolutions.
        head: Widths of the hidden layers after the views were pooled.
        dropout: Share of the entries dropped after each of these in train mode.
        norm: Makes the normalization of so many channels; `None` for none.
        layers: Makes the layers of the head.
    """

    def __init__(
        self,
        classes: int,
        *,
        resolution: int = 32,
        widths: Sequence[int] = (16, 32, 64),
        head: Sequence[int] = (128,),
        dropout: float = 0.3,
        norm: Callable[[int], nn.Module] | None = nn.BatchNorm2d,
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        _check(classes, resolution, [*widths, *head])
        self.resolution = resolution
        parts: list[nn.Module] = []
        for before, after in pairwise([1, *widths]):
            parts.append(nn.Conv2d(before, after, 3, stride=2, padding=1))
            parts += [*([] if norm is None else [norm(after)]), nn.ReLU()]
        self.views = nn.Sequential(*parts)
        flat = [1, *widths][-1] * _side(resolution, len(widths)) ** 2
        rates = [dropout] * len(head)
        self.head = Head([flat, *head], classes, dropout=rates, layers=layers)

    def forward(self, images: Tensor) -> Tensor:
        """Score the classes of shapes `(B, V, R, R)`, `(B, classes)`."""
        side = self.resolution
        check_input("images", images, ("B", "V", side, side), like=self)
        check_some("images", images)
        seen = self.views(images.flatten(0, 1)[:, None])
        pooled = view_pooling(seen.unflatten(0, images.shape[:2]))
        return cast(Tensor, self.head(pooled.flatten(1)))


def mvcnn_parameters(
    classes: int,
    *,
    resolution: int = 32,
    widths: Sequence[int] = (16, 32, 64),
    head: Sequence[int] = (128,),
) -> int:
    """Count the parameters of MVCNN; the number of views does not matter.

    Args:
        classes: How many there are.
        resolution: As in `MVCNN`.
        widths: As in `MVCNN`.
        head: As in `MVCNN`.

    Returns:
        As in `pointnet_parameters`: a bias before a normalization counts.

    Examples:
        >>> mvcnn_parameters(8)
        156008
    """
    _check(classes, resolution, [*widths, *head])
    pairs = pairwise([1, *widths])
    total = sum((9 * before + 3) * after for before, after in pairs)
    flat = [1, *widths][-1] * _side(resolution, len(widths)) ** 2
    total += sum((before + 3) * after for before, after in pairwise([flat, *head]))
    return total + ([flat, *head][-1] + 1) * classes


def mvcnn_macs(
    views: int,
    classes: int,
    *,
    resolution: int = 32,
    widths: Sequence[int] = (16, 32, 64),
    head: Sequence[int] = (128,),
) -> int:
    """Count the multiplications of MVCNN for one shape.

    Args:
        views: Images of the shape, `V`.
        classes: How many there are.
        resolution: As in `MVCNN`.
        widths: As in `MVCNN`.
        head: As in `MVCNN`.

    Returns:
        As in `pointnet_macs`; at the border zeros are multiplied too.
    """
    check_count("views", views)
    _check(classes, resolution, [*widths, *head])
    each = 0
    for layer, (before, after) in enumerate(pairwise([1, *widths]), 1):
        each += _side(resolution, layer) ** 2 * 9 * before * after
    flat = [1, *widths][-1] * _side(resolution, len(widths)) ** 2
    last = pairwise([flat, *head, classes])
    return views * each + sum(before * after for before, after in last)


def _side(resolution: int, layers: int) -> int:
    """Pixels along a side after so many layers."""
    for _ in range(layers):
        resolution = (resolution + 1) // 2
    return resolution


def _check(classes: int, resolution: int, widths: Sequence[int]) -> None:
    check_count("classes", classes)
    check_count("resolution", resolution)
    for width in widths:
        check_count("every width", width)
