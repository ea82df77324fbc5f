"""VoteNet: a network that finds objects in clouds by votes for their centers."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import torch
from torch import Generator, Tensor, nn

from dlnotes.blocks.checks import check_count, check_members
from dlnotes.blocks.grouping import gather_points
from dlnotes.blocks.inputs import check_features, check_input, check_kind
from dlnotes.representations_3d.abstraction import FeaturePropagation, SetAbstraction
from dlnotes.representations_3d.groups import Groups, choose_levels
from dlnotes.representations_3d.inputs import check_levels, check_points
from dlnotes.votenet._inputs import check_numbers, validate_proposals
from dlnotes.votenet.clustering import (
    Pooling,
    Sampling,
    VoteAggregation,
    choose_centers,
)
from dlnotes.votenet.proposals import (
    Detections,
    ProposalHead,
    decode_boxes,
    proposal_scores,
    validate_means,
)
from dlnotes.votenet.voting import Voting

# The weights of the three nearest are 1 / d, not 1 / d ** 2 as in PointNet++.
NEAREST: dict[str, Any] = {"power": 1.0, "eps": 1e-16}
# Numbers of the published program: levels of centers, and layers on the way back.
PUBLISHED: dict[str, Any] = {
    "counts": (2048, 1024, 512, 256),
    "radii": (0.2, 0.4, 0.8, 1.2),
    "sizes": (64, 32, 16, 16),
    "widths": ((64, 64, 128), (128, 128, 256), (128, 128, 256), (128, 128, 256)),
    "back": ((256, 256), (256, 256)),
}
# For clouds of some 1,000 points: 256 seeds with 64 features.
SMALL: dict[str, Any] = {
    "counts": (256, 96, 32),
    "radii": (0.4, 0.8, 1.6),
    "sizes": (12, 12, 12),
    "widths": ((16, 32), (32, 64), (64, 64)),
    "back": ((64,), (64,)),
}


class Seeds(NamedTuple):
    """Points of a cloud with what a backbone knows of them.

    Attributes:
        indices: Their numbers in the cloud, shape `(B, M)`.
        places: Shape `(B, M, 3)`.
        features: Shape `(B, M, C)`.
    """

    indices: Tensor
    places: Tensor
    features: Tensor


class Backbone(nn.Module):
    """Go up through levels of centers, and some of them down again: PointNet++.

    Coordinates seen from a center are divided by the radius of its ball.

    Args:
        counts: Centers of each level.
        radii: Of the balls of each level.
        sizes: How many points a ball of each level has at most.
        widths: Of the layers of each level.
        back: Of the layers of each step down; seeds are the centers of the level that
            is reached.
        channels: Of the features of a point; 0 if it has none.
    """

    def __init__(
        self,
        *,
        counts: Sequence[int] = SMALL["counts"],
        radii: Sequence[float] = SMALL["radii"],
        sizes: Sequence[int] = SMALL["sizes"],
        widths: Sequence[Sequence[int]] = SMALL["widths"],
        back: Sequence[Sequence[int]] = SMALL["back"],
        channels: int = 0,
    ) -> None:
        super().__init__()
        numbers = len(counts), len(radii), len(sizes), len(widths)
        if len(set(numbers)) > 1 or len(back) >= len(counts):
            given = *numbers, len(back)
            raise ValueError(f"levels must have all sizes, fewer go back, got {given}")
        self.counts, self.radii, self.sizes = counts, radii, sizes
        self.channels, lengths = channels, [channels]
        self.levels = nn.ModuleList()
        for some in widths:
            self.levels.append(SetAbstraction(lengths[-1], [some]))
            lengths.append(some[-1])
        self.ways = nn.ModuleList()
        self.width = lengths[-1]
        for skipped, some in zip(lengths[-2:0:-1], back, strict=False):
            way = FeaturePropagation(self.width, skipped, some, **NEAREST)
            self.ways.append(way)
            self.width = way.width

    def group(
        self,
        points: Tensor,
        *,
        start: int | Tensor | None = 0,
        generator: Generator | None = None,
    ) -> list[Groups]:
        """Find centers and balls of clouds `(B, N, 3)`, to be given to `forward`.

        They hold after a turn or a shift. A number `start` stands for the first center;
        `None` draws it.
        """
        check_points("points", points, ("B", "N", 3), like=self)
        return choose_levels(
            points,
            self.counts,
            [(radius,) for radius in self.radii],
            [(size,) for size in self.sizes],
            back=True,
            start=start,
            generator=generator,
        )

    def forward(
        self, points: Tensor, groups: Sequence[Groups], features: Tensor | None = None
    ) -> Seeds:
        """Find seeds among points `(B, N, 3)` with features `(B, N, channels)`."""
        check_points("points", points, ("B", "N", 3), like=self)
        shape = points.shape[:2]
        check_levels("groups", groups, shape, [1] * len(self.levels))
        for i in range(len(self.levels) - len(self.ways), len(self.levels)):
            if groups[i].back is None:
                raise ValueError(f"groups[{i}].back must be a Selection, got None")
        check_features("features", features, shape, self.channels, like=self)
        places, known = [points], [features]
        numbers = torch.arange(points.shape[1], device=points.device)
        numbers = numbers.expand(len(points), -1)
        indices = [numbers]
        for level, radius, some in zip(self.levels, self.radii, groups, strict=True):
            known.append(level(places[-1] / radius, known[-1], some))
            places.append(gather_points(places[-1], some.centers.indices))
            indices.append(indices[-1].gather(1, some.centers.indices.long()))
        carried, at = cast(Tensor, known[-1]), len(groups)
        for way in self.ways:
            at -= 1
            back, ends = groups[at].back, {"centers": places[at + 1]}
            carried = way(carried, known[at], points=places[at], back=back, **ends)
        return Seeds(indices[at], places[at], carried)


class VoteNet(nn.Module):
    """Find objects: seeds vote, votes are clustered, clusters become boxes.

    Args:
        means: The mean sizes, one for each class, positive, shape `(NS, 3)`.
        bins: Of the heading; with one, all boxes stand straight.
        count: How many proposals are made of a cloud.
        by: How clusters are chosen, as in `choose_centers`.
        vote_factor: How many votes a seed has.
        radius: Of the ball around the center of a cluster.
        size: How many votes of a ball count at most.
        pooling: As in `VoteAggregation`.
        widths: Of the layers of a cluster.
        hidden: Of the layers of a proposal.
        backbone: As `SMALL`, or `PUBLISHED`.
        channels: Of the features of a point; 0 if it has none.
    """

    def __init__(
        self,
        means: Tensor,
        *,
        bins: int = 12,
        count: int = 64,
        by: Sampling = "seeds",
        vote_factor: int = 1,
        radius: float = 0.3,
        size: int = 16,
        pooling: Pooling = "learned",
        widths: Sequence[int] = (64, 64),
        hidden: Sequence[int] = (64, 64),
        backbone: dict[str, Any] = SMALL,
        channels: int = 0,
    ) -> None:
        super().__init__()
        validate_means(means)
        check_count("count", count)
        self.count, self.by = count, by
        self.means: Tensor
        self.register_buffer("means", means.detach().clone())
        self.backbone = Backbone(**backbone, channels=channels)
        self.voting = self.make_voting(vote_factor)
        self.aggregation = VoteAggregation(
            self.backbone.width, widths, radius=radius, size=size, pooling=pooling
        )
        self.head = ProposalHead(
            self.aggregation.width,
            bins=bins,
            sizes=len(means),
            classes=len(means),
            hidden=hidden,
        )

    def make_voting(self, vote_factor: int) -> Callable[..., Any]:
        """Make what maps places and features of seeds to votes."""
        return Voting(self.backbone.width, vote_factor=vote_factor)

    def group(self, points: Tensor, **given: Any) -> list[Groups]:
        """Find the groups of clouds once, as in `Backbone.group`."""
        return self.backbone.group(points, **given)

    def forward(
        self,
        points: Tensor,
        groups: Sequence[Groups] | None = None,
        features: Tensor | None = None,
        *,
        generator: Generator | None = None,
    ) -> Detections:
        """Find objects in clouds.

        Args:
            points: Shape `(B, N, 3)`.
            groups: From `group`; by default they are found here.
            features: Of the points, shape `(B, N, channels)`, or `None`.
            generator: Source of randomness where clusters are drawn.

        Returns:
            Seeds, votes, clusters and proposals.
        """
        if groups is None:
            groups = self.group(points)
        return self.propose(self.backbone(points, groups, features), generator)

    def propose(self, seeds: Seeds, generator: Generator | None = None) -> Detections:
        """Find objects from the seeds of clouds, the second half of `forward`."""
        check_kind("seeds", seeds, Seeds)
        check_members("seeds", seeds)
        sizes = ("B", "M", 3)
        check_input("seeds.places", seeds.places, sizes, like=self, half=False)
        shape = seeds.places.shape[:2]
        width = self.backbone.width
        check_input("seeds.features", seeds.features, (*shape, width), like=self)
        check_numbers("seeds.indices", seeds.indices, shape)
        check_count("number of seeds", shape[1])
        votes = self.voting(seeds.places, seeds.features)
        chosen = choose_centers(
            votes.places, seeds.places, self.count, by=self.by, generator=generator
        )
        flat = votes.places.flatten(1, 2)
        known = self.aggregation(flat, votes.features.flatten(1, 2), chosen)
        clusters = gather_points(flat, chosen)
        proposals = self.head(known, clusters)
        return Detections(
            seeds.indices, seeds.places, votes.places, chosen, clusters, proposals
        )

    def detect(self, found: Detections) -> tuple[Tensor, Tensor]:
        """Make boxes `(B, K, 7)` of proposals, and scores `(B, K, NC)` of classes."""
        check_kind("found", found, Detections)
        check_members("found", found)
        sizes = self.head.bins, self.head.sizes, len(self.means)
        validate_proposals(found.proposals, *sizes)
        boxes = decode_boxes(found.proposals, self.means)
        return boxes, proposal_scores(found.proposals)
