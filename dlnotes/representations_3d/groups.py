"""Which points are centers, and which lie around them: made once for each cloud.

Only numbers of points are kept. So they hold for the same cloud after a turn or a
shift, and need not be found again when a training turns its clouds.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from torch import Generator, Tensor

from dlnotes.blocks.checks import check_count
from dlnotes.blocks.grouping import Selection, gather_points
from dlnotes.blocks.neighbors import first_within, nearest_points
from dlnotes.blocks.sampling import farthest_points

Ball = Callable[..., Selection]


class Groups(NamedTuple):
    """Centers among the points of a cloud, and the points around each of them.

    Attributes:
        centers: Their numbers, `(B, M)`.
        balls: For each radius the numbers of the points around them, `(B, M, K)`.
        back: The centers nearest to each point of the cloud, numbers from 0 to `M - 1`,
            `(B, N, 3)`; `None` if there is no way back.
    """

    centers: Selection
    balls: Sequence[Selection]
    back: Selection | None


def choose_groups(
    points: Tensor,
    count: int,
    radii: Sequence[float],
    sizes: Sequence[int],
    *,
    ball: Ball = first_within,
    back: bool = False,
    mask: Tensor | None = None,
    start: int | Tensor | None = None,
    generator: Generator | None = None,
) -> Groups:
    """Choose points that are spread out, and those in balls around each.

    Args:
        points: Shape `(B, N, D)`, one point or more.
        count: How many centers are wanted, `M`.
        radii: Of the balls.
        sizes: How many points each of them has at most, `K`.
        ball: Finds them: `first_within` as published, or `points_within`, which does
            not depend on the order of the points.
        back: Whether to find the centers nearest to each point.
        mask: Which points are real, truth values `(B, N)`; by default all are.
        start: The first center, as of `farthest_points`; by default it is drawn.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Numbers of points. In a cloud with fewer than `M` real points some centers are
        not real.
    """
    if len(radii) != len(sizes) or not radii:
        given = len(radii), len(sizes)
        raise ValueError(f"radii and sizes must be as many, and one at least: {given}")
    centers = farthest_points(
        points, count, start=start, mask=mask, generator=generator
    )
    chosen = gather_points(points, centers.indices)
    balls = [
        ball(points, chosen, radius, size, mask=mask)
        for radius, size in zip(radii, sizes, strict=True)
    ]
    if not back:
        return Groups(centers, balls, None)
    nearest = nearest_points(chosen, points, 3, mask=centers.real)
    return Groups(centers, balls, nearest)


def choose_levels(
    points: Tensor,
    counts: Sequence[int],
    radii: Sequence[Sequence[float]],
    sizes: Sequence[Sequence[int]],
    *,
    ball: Ball = first_within,
    back: bool = False,
    mask: Tensor | None = None,
    start: int | Tensor | None = None,
    generator: Generator | None = None,
) -> list[Groups]:
    """Choose groups, then groups among their centers, and so on.

    Args:
        points: Shape `(B, N, D)`, one point or more.
        counts: Centers of each level.
        radii: For each level those of its balls.
        sizes: For each level how many points its balls have at most.
        ball: As in `choose_groups`.
        back: As in `choose_groups`.
        mask: Which points are real, truth values `(B, N)`; by default all are.
        start: The first center of the first level, as of `farthest_points`. Later
            levels begin with the first center of the one before, the same point.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        The groups of each level, by their numbers among the centers of the one before.
    """
    if not len(counts) == len(radii) == len(sizes):
        given = len(counts), len(radii), len(sizes)
        raise ValueError(f"all levels must have all sizes, got {given} of them")
    levels: list[Groups] = []
    for count, some, most in zip(counts, radii, sizes, strict=True):
        check_count("count", count)
        groups = choose_groups(
            points,
            count,
            some,
            most,
            ball=ball,
            back=back,
            mask=mask,
            start=start,
            generator=generator,
        )
        levels.append(groups)
        points = gather_points(points, groups.centers.indices)
        mask, start = groups.centers.real, 0
    return levels
