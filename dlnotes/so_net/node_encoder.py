"""The encoder: features of the nodes, of what is around them, and of the cloud."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_count
from dlnotes.blocks.grouping import Selection, gather_points
from dlnotes.blocks.inputs import check_features, check_input
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.blocks.pooling import masked_max, masked_mean
from dlnotes.so_net._inputs import validate_node_groups, validate_window
from dlnotes.so_net.overlap import NodeGroups, group_maxima

Norm = Callable[[int], nn.Module]

# Widths of the authors' encoder, whose windows are the 9 nodes nearest in space.
PUBLISHED: dict[str, Any] = {
    "point_widths": (64, 128, 256, 384),
    "near_widths": (512, 512),
    "last_widths": (768, 1024),
}


class Encoded(NamedTuple):
    """What the encoder makes of a cloud, from small to large.

    Attributes:
        copies: Features of the points in their groups, `(B, K, N, C)`.
        nodes: Of the groups, `(B, M, C)`.
        near: Of the nodes around each node, `(B, M, E)`.
        last: Of the nodes, before the largest is taken, `(B, M, F)`.
        whole: Of the cloud, `(B, F)`.
    """

    copies: Tensor
    nodes: Tensor
    near: Tensor
    last: Tensor
    whole: Tensor


class OpenChain(nn.Module):
    """Pointwise layers, the last of which is linear and nothing else, as published.

    Args:
        sizes: Length of the input, then of the output of each layer.
        skip: Whether the last layer gets what the first one gave, too.
        norm: Makes the normalization of so many channels; `None` for none.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        skip: bool = False,
        norm: Norm | None = nn.BatchNorm1d,
    ) -> None:
        super().__init__()
        check_count("number of sizes", len(sizes), least=3 if skip else 2)
        self.skip = skip
        first = sizes[: 2 if skip else 1]
        self.first = Pointwise(first, norm=norm)
        self.middle = Pointwise(sizes[len(first) - 1 : -1], norm=norm)
        self.last = nn.Linear(sizes[-2] + (sizes[1] if skip else 0), sizes[-1])

    def forward(self, points: Tensor) -> Tensor:
        """Map `(..., C)` to `(..., D)`."""
        check_input("points", points, (..., self.first.channels), like=self)
        first = self.first(points)
        middle = self.middle(first)
        joined = torch.cat([first, middle], -1) if self.skip else middle
        return cast(Tensor, self.last(joined))


class NodeEncoder(nn.Module):
    """Encode a cloud by the nodes of its map, Eq. (global-feature).

    Args:
        point_widths: Of the layers for each point of a group, three or more.
        near_widths: Of the layers for the nodes around a node; may be none, and then
            there is no such stage.
        last_widths: Of the layers for each node after that; the last is `F`.
        channels: Of the features of points, such as normals; 0 if they have none.
        around_mean: Whether nodes around a node are seen from their mean, as in the
            published classifier, or from the node, as in the published segmentation.
        norm: Makes the normalization of so many channels; `None` for none.
    """

    def __init__(
        self,
        point_widths: Sequence[int],
        near_widths: Sequence[int],
        last_widths: Sequence[int],
        *,
        channels: int = 0,
        around_mean: bool = True,
        norm: Norm | None = nn.BatchNorm1d,
    ) -> None:
        super().__init__()
        check_count("channels", channels, least=0)
        self.channels, self.around_mean = channels, around_mean
        self.points = OpenChain([3 + channels, *point_widths], skip=True, norm=norm)
        length = point_widths[-1]
        self.near = None
        if near_widths:
            self.near = Pointwise([3 + length, *near_widths], norm=norm)
            length = near_widths[-1]
        self.last = OpenChain([3 + length, *last_widths], norm=norm)
        self.lengths = (point_widths[-1], length, last_widths[-1])

    def forward(
        self, groups: NodeGroups, window: Selection, features: Tensor | None = None
    ) -> Encoded:
        """Encode clouds.

        Args:
            groups: Of the points around the nodes of the map.
            window: The nodes around each node, `(B, M, 9)` of `nearest_window`.
            features: Of the points, `(B, N, channels)`, or `None`.
        """
        validate_node_groups(groups, like=self, half=False)
        validate_window(window, groups.centers)
        copies = self.points(self._joined(groups, features))
        count = groups.centers.shape[1]
        nodes = group_maxima(copies, groups.indices, count, real=groups.real)
        places, near = self._look_around(groups.centers, nodes, window)
        last = self.last(torch.cat([places, near], -1))
        return Encoded(copies, nodes, near, last, masked_max(last))

    def _joined(self, groups: NodeGroups, features: Tensor | None) -> Tensor:
        """Points seen from their groups, with their features, `(B, K, N, 3 + C)`."""
        batch, _, count = groups.indices.shape
        sizes = batch, count
        check_features("features", features, sizes, self.channels, like=self)
        if features is None:
            return groups.offsets
        copies = features[:, None].expand(*groups.indices.shape, -1)
        return torch.cat([groups.offsets, copies], -1)

    def _look_around(
        self, centers: Tensor, nodes: Tensor, window: Selection
    ) -> tuple[Tensor, Tensor]:
        """The largest of what nodes around each node give, Eq. (second-stage).

        Args:
            centers: Of the groups, `(B, M, 3)`.
            nodes: Their features, `(B, M, C)`.
            window: The nodes around each node, `(B, M, 9)`.

        Returns:
            Where each of them is seen from, `(B, M, 3)`, and the feature, `(B, M, E)`.
        """
        if self.near is None:
            return centers, nodes
        around = gather_points(centers, window.indices)
        real = window.real
        middle = masked_mean(around, real) if self.around_mean else centers
        seen = around - middle[:, :, None]
        taken = gather_points(nodes, window.indices)
        return middle, masked_max(self.near(torch.cat([seen, taken], -1)), real)
