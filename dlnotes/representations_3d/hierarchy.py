"""PointNets in neighborhoods, level by level, up to the whole cloud."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from torch import Generator, Tensor, nn

from dlnotes.blocks.grouping import check_truth, gather_points
from dlnotes.blocks.inputs import check_features, check_input
from dlnotes.blocks.neighbors import first_within
from dlnotes.representations_3d.abstraction import (
    GlobalAbstraction,
    SetAbstraction,
)
from dlnotes.representations_3d.groups import Ball, Groups, choose_levels
from dlnotes.representations_3d.inputs import check_levels, check_points
from dlnotes.representations_3d.layers import BIASED, Layers

# Qi et al. (2017b), appendix B.1: one radius for each level, and three. How many points
# a ball has is not in the paper, and taken from its program.
SINGLE_SCALE: dict[str, Any] = {
    "counts": (512, 128),
    "radii": ((0.2,), (0.4,)),
    "sizes": ((32,), (64,)),
    "widths": (((64, 64, 128),), ((128, 128, 256),)),
}
MULTI_SCALE: dict[str, Any] = {
    "counts": (512, 128),
    "radii": ((0.1, 0.2, 0.4), (0.2, 0.4, 0.8)),
    "sizes": ((16, 32, 128), (32, 64, 128)),
    "widths": (
        ((32, 32, 64), (64, 64, 128), (64, 96, 128)),
        ((64, 64, 128), (128, 128, 256), (128, 128, 256)),
    ),
}


class Hierarchy(NamedTuple):
    """What a network of levels knows of a cloud, from the points to the top.

    Attributes:
        points: Of each level, the cloud first, `(B, N, D)`.
        features: Of these, `None` where there are none.
        real: Which of them are real, `None` where all are.
        pooled: Of the whole cloud, `(B, C)`.
    """

    points: list[Tensor]
    features: list[Tensor | None]
    real: list[Tensor | None]
    pooled: Tensor


class HierarchicalEncoder(nn.Module):
    """Abstract level by level, and at last the whole cloud.

    Args:
        counts: Centers of each level.
        radii: For each level those of its balls.
        sizes: For each level how many points its balls have at most.
        widths: For each level, for each ball, those of its layers.
        top: Widths of the layers that see the whole cloud.
        channels: Of the features of the points; 0 if they have none.
        ball: Finds the points of a ball, as in `choose_groups`.
        layers: Makes layers.
    """

    def __init__(
        self,
        *,
        counts: Sequence[int] = SINGLE_SCALE["counts"],
        radii: Sequence[Sequence[float]] = SINGLE_SCALE["radii"],
        sizes: Sequence[Sequence[int]] = SINGLE_SCALE["sizes"],
        widths: Sequence[Sequence[Sequence[int]]] = SINGLE_SCALE["widths"],
        top: Sequence[int] = (256, 512, 1024),
        channels: int = 0,
        ball: Ball = first_within,
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        numbers = len(counts), len(radii), len(sizes), len(widths)
        if len(set(numbers)) > 1:
            raise ValueError(f"all levels must have all sizes, got {numbers} of them")
        self.counts, self.radii, self.sizes, self.ball = counts, radii, sizes, ball
        self.lengths = [channels]
        self.levels = nn.ModuleList()
        for some in widths:
            level = SetAbstraction(self.lengths[-1], some, layers=layers)
            self.levels.append(level)
            self.lengths.append(level.width)
        self.top = GlobalAbstraction(self.lengths[-1], top, layers=layers)

    def group(
        self,
        points: Tensor,
        *,
        back: bool = False,
        mask: Tensor | None = None,
        start: int | Tensor | None = 0,
        generator: Generator | None = None,
    ) -> list[Groups]:
        """Find the groups of all levels, to be given to `forward`.

        Args:
            points: Shape `(B, N, 3)`.
            back: As in `choose_groups`.
            mask: Which points are real, truth values `(B, N)`; by default all are.
            start: The first center, as of `farthest_points`; 0 is the first real point
                of each cloud, and `None` draws it.
            generator: Source of randomness; `None` means torch's global one.
        """
        check_input("points", points, ("B", "N", 3), like=self, half=False)
        check_truth("mask", mask, points.shape[:2])
        zero = isinstance(start, int) and not isinstance(start, bool) and start == 0
        if zero and mask is not None and points.shape[1]:
            start = mask.int().argmax(1)
        return choose_levels(
            points,
            self.counts,
            self.radii,
            self.sizes,
            ball=self.ball,
            back=back,
            mask=mask,
            start=start,
            generator=generator,
        )

    def forward(
        self,
        points: Tensor,
        groups: Sequence[Groups] | None = None,
        features: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Hierarchy:
        """Encode clouds, as in `PointNet2`."""
        self.check(points, groups, features, mask)
        groups = self.group(points, mask=mask) if groups is None else groups
        seen = Hierarchy([points], [features], [mask], points)
        for level, some in zip(self.levels, groups, strict=True):
            seen.features.append(level(points, seen.features[-1], some))
            points = gather_points(points, some.centers.indices)
            seen.points.append(points)
            seen.real.append(some.centers.real)
        pooled = self.top(points, seen.features[-1], seen.real[-1])
        return seen._replace(pooled=pooled)

    def check(
        self,
        points: Tensor,
        groups: Sequence[Groups] | None = None,
        features: Tensor | None = None,
        mask: Tensor | None = None,
        *,
        back: bool = False,
    ) -> None:
        """Refuse what `forward` cannot encode, or with `back` cannot be led back."""
        check_points("points", points, ("B", "N", 3), like=self)
        shape, channels = points.shape[:2], self.lengths[0]
        check_features("features", features, shape, channels, like=self)
        check_truth("mask", mask, shape)
        if groups is None:
            return
        check_levels("groups", groups, shape, [len(some) for some in self.radii])
        if back and any(some.back is None for some in groups):
            raise ValueError("groups must have a way back, got None")
