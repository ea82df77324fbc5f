"""The autoencoder: two decoders of the feature of a cloud, and their loss."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlnotes.blocks.chamfer import EPS, chamfer_distance
from dlnotes.blocks.checks import check_count
from dlnotes.blocks.grouping import Selection, check_cloud, check_truth
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.blocks.precision import half_to_single
from dlnotes.so_net.node_encoder import NodeEncoder
from dlnotes.so_net.overlap import NodeGroups

Norm = Callable[[int], nn.Module]

PUBLISHED_UP = (1024, 512, 256, 128, 128)  # to 32 x 32 points
GROWTH = (2, 3, 4)  # of the linear decoder's layers, in numbers of points


class LinearDecoder(nn.Module):
    """Draw points by fully connected layers, each point by weights of its own.

    Args:
        length: Of the feature.
        points: How many there are, 256 as published.
        norm: Makes the normalization of so many channels; `None` for none.
    """

    def __init__(
        self,
        length: int,
        points: int = 256,
        *,
        norm: Norm | None = nn.BatchNorm1d,
    ) -> None:
        super().__init__()
        check_count("points", points)
        self.points = points
        widths = [points * times for times in GROWTH]
        self.layers = Pointwise([length, *widths], norm=norm)
        self.output = nn.Linear(widths[-1], points * 3)
        nn.init.uniform_(self.output.bias, -1, 1)  # spread over the cube at first

    def forward(self, whole: Tensor) -> Tensor:
        """Map `(B, F)` to `(B, points, 3)`."""
        check_input("whole", whole, ("B", self.layers.channels), like=self)
        drawn: Tensor = self.output(self.layers(whole))
        return drawn.view(len(drawn), self.points, 3)


class UpDecoder(nn.Module):
    """Draw an image of points, twice as large from layer to layer.

    Args:
        length: Of the feature, an image of one pixel.
        widths: Of each layer, which doubles the sides: with five, 32 x 32 points.
        clouds: How many of the last images become clouds.
        norm: Makes the normalization of so many channels; `None` for none.
    """

    def __init__(
        self,
        length: int,
        widths: Sequence[int] = PUBLISHED_UP,
        *,
        clouds: int = 2,
        norm: Norm | None = nn.BatchNorm2d,
    ) -> None:
        super().__init__()
        check_count("clouds", clouds, most=len(widths))
        self.length = length
        pairs = list(pairwise([length, *widths]))
        self.grow = nn.ModuleList(_block(*pair, 3, norm) for pair in pairs)
        self.draw = nn.ModuleList(_drawn(width, norm) for width in widths[-clouds:])

    def forward(self, whole: Tensor) -> list[Tensor]:
        """Map `(B, F)` to clouds `(B, N, 3)`, the one with fewest points first."""
        check_input("whole", whole, ("B", self.length), like=self)
        image, images = whole[..., None, None], []
        for layer in self.grow:
            image = layer(F.interpolate(image, scale_factor=2.0))
            images.append(image)
        last = images[-len(self.draw) :]
        drawn = [draw(image) for draw, image in zip(self.draw, last, strict=True)]
        return [cloud.flatten(2).mT for cloud in drawn]


class SoNetAutoencoder(nn.Module):
    """Draw a cloud anew from its feature, by two decoders.

    Args:
        encoder: Encodes a cloud.
        linear: Draws points that have weights of their own; `None` for none.
        up: Draws images of points.
    """

    def __init__(
        self, encoder: NodeEncoder, linear: LinearDecoder | None, up: UpDecoder
    ) -> None:
        super().__init__()
        self.encoder, self.linear, self.up = encoder, linear, up

    def forward(
        self, groups: NodeGroups, window: Selection, features: Tensor | None = None
    ) -> list[Tensor]:
        """Draw clouds `(B, N, 3)`, the finest one first; arguments as in the encoder.

        The finest is the last image of points, joined to those of the linear decoder.
        """
        whole = self.encoder(groups, window, features).whole
        *coarse, finest = self.up(whole)
        if self.linear is not None:
            finest = torch.cat([self.linear(whole), finest], 1)
        return [finest, *reversed(coarse)]


@half_to_single
def reconstruction_loss(
    clouds: Sequence[Tensor],
    points: Tensor,
    *,
    squared: bool = False,
    eps: float = EPS,
    mask: Tensor | None = None,
) -> Tensor:
    """Add the distances of all drawn clouds from the points, Eq. (reconstruction).

    Args:
        clouds: One or more, `(B, L, 3)`.
        points: That should be drawn, `(B, N, 3)`.
        squared: As in `chamfer_distance`; not as published.
        eps: As in `chamfer_distance`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        A scalar, the mean over the batch; NaN for an empty one.
    """
    check_count("number of clouds", len(clouds))
    check_cloud("points", points)
    check_truth("mask", mask, points.shape[:2])
    for i, cloud in enumerate(clouds):
        check_cloud(f"clouds[{i}]", cloud, like=points)
    each = [
        chamfer_distance(cloud, points, squared=squared, eps=eps, other_mask=mask)
        for cloud in clouds
    ]
    return torch.stack(each).sum(0).mean()


def _block(before: int, after: int, window: int, norm: Norm | None) -> nn.Sequential:
    convolution = nn.Conv2d(
        before, after, window, padding=window // 2, bias=norm is None
    )
    parts = [convolution, *([] if norm is None else [norm(after)]), nn.ReLU()]
    return nn.Sequential(*parts)


def _drawn(width: int, norm: Norm | None) -> nn.Sequential:
    """Three numbers for each pixel, its place in space."""
    places = nn.Conv2d(width, 3, 1)
    if places.bias is not None:
        nn.init.uniform_(places.bias, -1, 1)
    return nn.Sequential(_block(width, width, 1, norm), places)
