"""From points to centers, each with what is around it, and back."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_count
from dlnotes.blocks.grouping import Selection, check_truth, gather_points, offsets
from dlnotes.blocks.inputs import check_features, check_input, check_selection
from dlnotes.blocks.interpolation import inverse_distance_weights, mix_points
from dlnotes.blocks.pooling import masked_max
from dlnotes.representations_3d.groups import Groups
from dlnotes.representations_3d.inputs import check_groups, check_points
from dlnotes.representations_3d.layers import BIASED, Layers


class SetAbstraction(nn.Module):
    """Apply a small PointNet to the points around each center, Eq. (set-abstraction).

    With several radii there is a network for each, and the results are joined:
    multi-scale grouping. A layer gets offset and features in this order; the authors'
    program has the other order where there are several radii. Places that a ball leaves
    over repeat one of its points, which does not change a largest value; in train mode
    a normalization counts them.

    Args:
        channels: Of the features, `C`; 0 if the points have none.
        widths: For each radius those of the layers of its network.
        coordinates: Of a point.
        layers: Makes layers.
    """

    def __init__(
        self,
        channels: int,
        widths: Sequence[Sequence[int]],
        *,
        coordinates: int = 3,
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        check_count("channels", channels, least=0)
        check_count("number of radii", len(widths))
        first = coordinates + channels
        self.channels, self.coordinates = channels, coordinates
        self.networks = nn.ModuleList(layers([first, *some]) for some in widths)
        self.width = sum([first, *some][-1] for some in widths)

    def forward(
        self, points: Tensor, features: Tensor | None, groups: Groups
    ) -> Tensor:
        """Map points and their features to features of the centers.

        Args:
            points: Shape `(B, N, D)`.
            features: Shape `(B, N, C)`, or `None`.
            groups: The centers, and for each radius the points around them.

        Returns:
            Shape `(B, M, width)`.
        """
        check_points("points", points, ("B", "N", self.coordinates), like=self)
        shape = points.shape[:2]
        check_features("features", features, shape, self.channels, like=self)
        check_groups("groups", groups, shape, len(self.networks))
        centers = gather_points(points, groups.centers.indices)
        found = []
        for network, ball in zip(self.networks, groups.balls, strict=True):
            seen = offsets(points, centers, ball.indices)
            if features is not None:
                seen = torch.cat([seen, gather_points(features, ball.indices)], -1)
            found.append(masked_max(network(seen)))
        return torch.cat(found, -1)


class GlobalAbstraction(nn.Module):
    """Apply a small PointNet to all points, seen from the origin.

    Args:
        channels: Of the features, `C`; 0 if the points have none.
        widths: Of the layers.
        coordinates: Of a point.
        layers: Makes layers.
    """

    def __init__(
        self,
        channels: int,
        widths: Sequence[int],
        *,
        coordinates: int = 3,
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        check_count("channels", channels, least=0)
        self.channels, self.coordinates = channels, coordinates
        self.network = layers([coordinates + channels, *widths])
        self.width = [coordinates + channels, *widths][-1]

    def forward(
        self, points: Tensor, features: Tensor | None, mask: Tensor | None = None
    ) -> Tensor:
        """Map points `(B, N, D)` and features `(B, N, C)` to `(B, width)`."""
        check_points("points", points, ("B", "N", self.coordinates), like=self)
        shape = points.shape[:2]
        check_features("features", features, shape, self.channels, like=self)
        check_truth("mask", mask, shape)
        seen = points if features is None else torch.cat([points, features], -1)
        return masked_max(self.network(seen), mask)


class FeaturePropagation(nn.Module):
    """Carry features from centers to points, and mix, Eq. (feature-propagation).

    Args:
        channels: Of the features of the centers.
        skipped: Of the features that the points had before; 0 if none.
        widths: Of the layers that mix the features of each point.
        power: Of the distance.
        eps: Added to the squared distance.
        layers: Makes layers.
    """

    def __init__(
        self,
        channels: int,
        skipped: int,
        widths: Sequence[int],
        *,
        power: float = 2.0,
        eps: float = 1e-8,
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        check_count("channels", channels)
        check_count("skipped", skipped, least=0)
        self.channels, self.skipped = channels, skipped
        self.weighting: dict[str, Any] = {"power": power, "eps": eps}
        self.network = layers([channels + skipped, *widths])
        self.width = [channels + skipped, *widths][-1]

    def forward(
        self,
        features: Tensor,
        skip: Tensor | None,
        *,
        centers: Tensor,
        points: Tensor,
        back: Selection,
    ) -> Tensor:
        """Map features of centers to features of points.

        Args:
            features: Of the centers, `(B, M, channels)`.
            skip: Of the points, `(B, N, skipped)`, or `None`.
            centers: Shape `(B, M, D)`.
            points: Shape `(B, N, D)`.
            back: The centers nearest to each point, `(B, N, 3)`.

        Returns:
            Shape `(B, N, width)`.
        """
        check_points("centers", centers, ("B", "M", "D"), like=self)
        batch, count, coordinates = centers.shape
        check_points("points", points, (batch, "N", coordinates), like=self)
        shape = points.shape[:2]
        check_input("features", features, (batch, count, self.channels), like=self)
        check_features("skip", skip, shape, self.skipped, like=self)
        check_selection("back", back, (*shape, "K"), count)
        squares = offsets(centers, points, back.indices).square().sum(-1)
        weights = inverse_distance_weights(squares, real=back.real, **self.weighting)
        carried = mix_points(features, back.indices, weights.to(features.dtype))
        joined = carried if skip is None else torch.cat([carried, skip], -1)
        return cast(Tensor, self.network(joined))
