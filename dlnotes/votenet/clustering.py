"""Clusters of votes: where they are, which votes belong to each, what these say."""

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import torch
from torch import Generator, Tensor, nn

from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_floating,
    check_members,
    check_positive,
)
from dlnotes.blocks.grouping import (
    Selection,
    check_cloud,
    check_index,
    gather_points,
    offsets,
)
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.neighbors import first_within
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.blocks.pooling import masked_max, masked_mean
from dlnotes.blocks.precision import half_to_single
from dlnotes.blocks.sampling import farthest_points

Sampling = Literal["votes", "seeds", "random"]
Pooling = Literal["learned", "max", "mean"]
SAMPLINGS, POOLINGS = get_args(Sampling), get_args(Pooling)


@half_to_single
def choose_centers(
    votes: Tensor,
    seeds: Tensor,
    count: int,
    *,
    by: Sampling = "seeds",
    start: int | None = 0,
    generator: Generator | None = None,
) -> Tensor:
    """Choose the votes around which others are gathered.

    Farthest points are all different while there are enough. If more centers are wanted
    than there are votes, or seeds, the first center is repeated.

    Args:
        votes: Shape `(B, M, F, 3)`, those of a seed next to each other.
        seeds: Shape `(B, M, 3)`, one or more.
        count: How many are wanted, `K`.
        by: `"votes"`: votes that are far from each other. `"seeds"`: the first votes of
            seeds that are. `"random"`: any, also several times.
        start: Number of the first vote or seed; `None` draws it.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Numbers among the `M * F` votes of a cloud, shape `(B, K)`.
    """
    _check_votes(votes, seeds)
    check_count("count", count)
    if by not in SAMPLINGS:
        raise ValueError(f"by must be one of {SAMPLINGS}, got {by!r}")
    places, factor = votes.flatten(1, 2), votes.shape[2]
    if by == "random":
        shape = len(places), count
        noise = torch.rand(shape, device=votes.device, generator=generator)
        return (noise * places.shape[1]).long().clamp_max(places.shape[1] - 1)
    among = places if by == "votes" else seeds
    chosen = farthest_points(among, count, start=start, generator=generator).indices
    return chosen if by == "votes" else chosen * factor


@half_to_single
def cluster_members(
    votes: Tensor, features: Tensor, centers: Tensor, ball: Selection, radius: float
) -> Tensor:
    """Look at the votes of each cluster from its center, Eq. (proposal).

    Args:
        votes: Shape `(B, V, 3)`.
        features: Of the votes, shape `(B, V, C)`.
        centers: Shape `(B, K, 3)`.
        ball: Numbers of the votes around each center, shape `(B, K, S)`.
        radius: By which coordinates are divided.

    Returns:
        Coordinates and features of each, in this order, shape `(B, K, S, 3 + C)`.
    """
    check_positive("radius", radius)
    check_cloud("votes", votes)
    check_floating("features", features)
    if features.ndim != 3 or features.shape[:2] != votes.shape[:2]:
        shapes = tuple(votes.shape), tuple(features.shape)
        raise ValueError(f"must be (B, V, 3) and (B, V, C), got {shapes}")
    check_cloud("centers", centers, like=votes)
    check_members("ball", ball)
    seen = offsets(votes, centers, ball.indices) / radius
    return torch.cat([seen, gather_points(features, ball.indices)], -1)


class VoteAggregation(nn.Module):
    """Make one feature of the votes in a ball around each center, Eq. (proposal).

    Args:
        channels: Of the features of a vote, `C`.
        widths: Of the layers that see each vote of a ball; without effect unless
            the pooling is learned.
        radius: Of the ball.
        size: How many votes of a ball count at most, the first in order.
        pooling: `"learned"`: layers, then the largest of each feature. `"max"`,
            `"mean"`: of the features themselves, without coordinates.
        norm: Makes the normalization of so many channels; `None` for none.
    """

    def __init__(
        self,
        channels: int,
        widths: Sequence[int] = (128, 128, 128),
        *,
        radius: float = 0.3,
        size: int = 16,
        pooling: Pooling = "learned",
        norm: Callable[[int], nn.Module] | None = nn.BatchNorm1d,
    ) -> None:
        super().__init__()
        check_count("channels", channels)
        check_count("size", size)
        check_positive("radius", radius)
        if pooling not in POOLINGS:
            wanted = POOLINGS
            raise ValueError(f"pooling must be one of {wanted}, got {pooling!r}")
        self.radius, self.size, self.pooling = radius, size, pooling
        self.channels = channels
        learned = pooling == "learned"
        sizes = [3 + channels, *widths] if learned else [channels]
        self.network = Pointwise(sizes, norm=norm, bias=True)
        self.width = sizes[-1]

    def forward(self, votes: Tensor, features: Tensor, chosen: Tensor) -> Tensor:
        """Make a feature of each cluster.

        Args:
            votes: Shape `(B, V, 3)`.
            features: Of the votes, shape `(B, V, C)`.
            chosen: Which votes are centers, shape `(B, K)`.

        Returns:
            Shape `(B, K, width)`.
        """
        check_input("votes", votes, ("B", "V", 3), like=self, half=False)
        check_finite("votes", votes)
        sizes = (*votes.shape[:2], self.channels)
        check_input("features", features, sizes, like=self)
        check_index("chosen", chosen, votes)
        if chosen.ndim != 2:
            given = tuple(chosen.shape)
            raise ValueError(f"chosen must have shape (B, K), got {given}")
        centers = gather_points(votes, chosen)
        ball = first_within(votes, centers, self.radius, self.size)
        if self.pooling == "learned":
            members = cluster_members(votes, features, centers, ball, self.radius)
            return masked_max(self.network(members))  # repeated votes change no maximum
        members = gather_points(features, ball.indices)
        pool = masked_max if self.pooling == "max" else masked_mean
        return pool(members, ball.real)


def _check_votes(votes: Tensor, seeds: Tensor) -> None:
    check_floating("votes", votes)
    check_cloud("seeds", seeds)
    if votes.ndim != 4 or votes.shape[:2] != seeds.shape[:2] or not votes.shape[2]:
        shapes = tuple(votes.shape), tuple(seeds.shape)
        raise ValueError(f"must be (B, M, F, 3) and (B, M, 3), got {shapes}")
    if not seeds.shape[1]:
        raise ValueError(f"seeds must be one or more, got {tuple(seeds.shape)}")
