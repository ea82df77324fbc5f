"""Objects that all families of networks see, and what may happen to them."""

from typing import NamedTuple

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_count, check_real
from dlnotes.blocks.distances import safe_root, squared_distances
from dlnotes.blocks.grouping import check_cloud, gather_points
from dlnotes.blocks.precision import widen_half
from dlnotes.toy.distortions import (
    choose_points,
    draw_rotations,
    fit_ball,
    jitter,
    seen_from,
    turn_clouds,
)
from dlnotes.toy.shapes import draw_objects

EIGHT = (
    *("cube", "cylinder", "cone", "superquadric"),
    *("bracket", "tube", "capsule", "mushroom"),
)
SHARES = {"half": 2, "quarter": 4, "eighth": 8}  # what is left after points got lost


class Objects(NamedTuple):
    """Clouds of points on solids, each in a ball of radius 1.

    Attributes:
        points: Shape `(B, N, 3)`.
        normals: Outward, of length 1, shape `(B, N, 3)`.
        labels: Places in `EIGHT`, int64, shape `(B,)`.
    """

    points: Tensor
    normals: Tensor
    labels: Tensor


def draw_upright(
    each: int, count: int, *, stretch: float = 1.5, generator: Generator | None = None
) -> Objects:
    """Draw solids of eight kinds that stand upright.

    Each is stretched along its three axes, so that proportions tell little of its kind,
    and turned around the vertical one.

    Args:
        each: Solids of each kind.
        count: Points on each solid, `N`.
        stretch: Lengths change by factors from its inverse to it, 1 or more; their
            logarithms are uniform.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        `B = 8 * each` solids, one kind after the other.
    """
    check_count("each", each)
    check_real("stretch", stretch)
    if stretch < 1:
        raise ValueError(f"stretch must be 1 or more, got {stretch}")
    cloud, labels = draw_objects(EIGHT, each, count, generator=generator)
    even = torch.rand(len(labels), 1, 3, generator=generator)
    factors = stretch ** (2 * even - 1)
    normals = torch.nn.functional.normalize(cloud.normals / factors, dim=-1)
    turns = draw_rotations("z", len(labels), generator=generator)
    points = fit_ball(turn_clouds(cloud.points * factors, turns))
    return Objects(points, turn_clouds(normals, turns), labels)


def spoil(
    objects: Objects, *, noise: float = 0.05, generator: Generator | None = None
) -> dict[str, Tensor]:
    """Do to objects what may happen between training and use.

    Args:
        objects: Each of `N` points, at least 8.
        noise: Standard deviation of what is added to each coordinate.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Points `(B, M, 3)` by a word for what happened: "upright" as they were; "turned"
        by a rotation, uniform on all rotations; "noisy"; "half", "quarter" and "eighth"
        with as many of the points, chosen at random; and "one-sided", as many as
        "half", chosen among those that a camera in a uniform direction sees; where
        fewer are seen, some of them again, and where none is, those nearest to the
        camera. Objects are not centered or scaled again.
    """
    points, _, labels = objects
    count = points.shape[1]
    check_count("number of points", count, least=8)
    turns = draw_rotations("so3", len(labels), generator=generator)
    found = {"upright": points, "turned": turn_clouds(points, turns)}
    found["noisy"] = jitter(points, noise, generator=generator)
    everywhere = torch.ones(points.shape[:2], dtype=torch.bool)
    order = choose_points(everywhere, count, generator=generator)
    for word, share in SHARES.items():
        found[word] = gather_points(points, order[:, : count // share])
    toward = draw_rotations("so3", len(labels), generator=generator)[:, 2]
    seen = seen_from(points, objects.normals, toward, resolution=12)
    height = (points * toward[:, None]).sum(-1)
    least = height.sort(1, descending=True).values[:, count // 2 - 1, None]
    seen = seen | ((height >= least) & ~seen.any(1, keepdim=True))
    chosen = choose_points(seen, count // 2, generator=generator)
    return found | {"one-sided": gather_points(points, chosen)}


@widen_half
def distance_features(points: Tensor, count: int = 9) -> Tensor:
    """Describe each point by distances, which no rotation changes.

    Args:
        points: Shape `(B, N, 3)`, one point or more.
        count: How many quantiles of the distances from all points are taken, 2 or more;
            they are evenly spaced, from the smallest, 0, to the largest.

    Returns:
        For each point its distance from the origin, then the quantiles,
        `(B, N, 1 + count)`.
    """
    check_cloud("points", points)
    check_count("count", count, least=2)
    if not points.shape[1]:
        raise ValueError(f"points must be one or more, got {tuple(points.shape)}")
    far = safe_root(squared_distances(points, points)).sort(-1).values
    last = points.shape[1] - 1
    places = torch.linspace(0, last, count, dtype=points.dtype, device=points.device)
    below = places.floor().clamp_max(max(last - 1, 0))
    share, first = places - below, below.long()
    far = far[..., first].lerp(far[..., (first + 1).clamp_max(last)], share)
    origin = safe_root(points.square().sum(-1, keepdim=True))
    return torch.cat([origin, far], -1)
