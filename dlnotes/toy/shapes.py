"""Solids drawn from a generator: proportions, surfaces, points on them, and labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_count, check_real
from dlnotes.toy.skins import Sizes
from dlnotes.toy.solids import KINDS
from dlnotes.toy.surfaces import Surface


class Cloud(NamedTuple):
    """Points on surfaces.

    Attributes:
        points: Shape `(B, N, 3)`.
        normals: Outward, of length 1, shape `(B, N, 3)`.
        parts: Numbers of the parts, int64, shape `(B, N)`.
    """

    points: Tensor
    normals: Tensor
    parts: Tensor


@dataclass(frozen=True)
class Solids:
    """Solids of one kind.

    Attributes:
        surfaces: What they are made of.
        parts: For each surface the number of its part.
        names: Of the parts.
    """

    surfaces: Sequence[Surface]
    parts: Sequence[int]
    names: Sequence[str]

    @property
    def areas(self) -> Tensor:
        """The area of each surface, shape `(B, S)`.

        Of all but superquadrics it is exact up to rounding.
        """
        return torch.stack([surface.area for surface in self.surfaces], -1)

    def place(self, which: Tensor, where: Tensor) -> Cloud:
        """Give the points at places `(B, N, 2)` of the surfaces `which`, `(B, N)`."""
        points = where.new_zeros(*which.shape, 3)
        normals = torch.zeros_like(points)
        for number, surface in enumerate(self.surfaces):
            on_it = (which == number)[..., None]
            found = surface.place(surface.spread(where))
            points = torch.where(on_it, found[0], points)
            normals = torch.where(on_it, found[1], normals)
        return Cloud(points, normals, torch.tensor(self.parts)[which])


def draw_sizes(
    kind: str,
    count: int,
    *,
    dtype: torch.dtype = torch.float32,
    generator: Generator | None = None,
) -> dict[str, Tensor]:
    """Draw the proportions of solids of one kind, uniformly in their ranges.

    Args:
        kind: A name in `KINDS`.
        count: How many solids, `B`.
        dtype: Of the numbers, and of all that is made from them.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        By the name of each size a tensor of shape `(B,)`.
    """
    _check_kind(kind)
    check_count("count", count, least=0)
    sizes = {}
    for name, (least, most) in KINDS[kind].ranges.items():
        even = torch.rand(count, dtype=torch.float64, generator=generator)
        sizes[name] = (least + (most - least) * even).to(dtype)
    return sizes


def make_solids(kind: str, sizes: Sizes) -> Solids:
    """Make solids of given proportions.

    Args:
        kind: A name in `KINDS`.
        sizes: By name, each of shape `(B,)` and positive, also beyond the ranges.

    Returns:
        The solids.

    Examples:
        >>> ball = make_solids("sphere", {"radius": torch.ones(1, dtype=torch.float64)})
        >>> round(ball.areas.item() / torch.pi, 12)
        4.0
    """
    _check_kind(kind)
    named = KINDS[kind]
    if set(sizes) != set(named.ranges):
        wanted, given = sorted(named.ranges), sorted(sizes)
        raise ValueError(f"sizes of a {kind} must be {wanted}, got {given}")
    for name, size in sizes.items():
        if size.ndim != 1 or not bool((size > 0).all()):
            raise ValueError(f"{name} must be positive, of shape (B,), got {size}")
    parts, surfaces = zip(*named.skin(sizes), strict=True)
    return Solids(surfaces, [named.parts.index(part) for part in parts], named.parts)


def draw_surface(
    solids: Solids, count: int, *, generator: Generator | None = None
) -> Cloud:
    """Draw points on solids, uniformly by area and independent of each other.

    Args:
        solids: `B` solids.
        count: Points on each of them, `N`.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        The points, with normals and parts.
    """
    check_count("count", count)
    areas = solids.areas
    if not len(areas):
        return solids.place(*_no_places(areas, count))
    which = torch.multinomial(areas, count, replacement=True, generator=generator)
    shape = (*which.shape, 2)
    even = torch.rand(shape, dtype=torch.float64, generator=generator).to(areas)
    return solids.place(which, even)


def draw_biased_surface(
    solids: Solids, count: int, ratio: float, *, generator: Generator | None = None
) -> Cloud:
    """Draw points on solids, many on one side and few on the other.

    The density falls exponentially along a direction, one for each solid, uniform on
    the sphere. At the near and the far side of a ball of the solid's largest radius it
    has the given ratio.

    Args:
        solids: `B` solids.
        count: Points on each of them, `N`.
        ratio: Of the densities, 1 or more; 1 is uniform.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        The points, with normals and parts.
    """
    check_real("ratio", ratio)
    if ratio < 1:
        raise ValueError(f"ratio must be 1 or more, got {ratio}")
    first = draw_surface(solids, count, generator=generator)
    toward = torch.randn(len(first.points), 3, 1, generator=generator).to(first.points)
    toward = toward / toward.norm(dim=1, keepdim=True)
    radius = first.points.norm(dim=-1).amax(-1, keepdim=True)
    kept: list[Cloud] = []
    found = torch.zeros(len(toward), dtype=torch.int64)
    while not kept or bool((found < count).any()):
        cloud = draw_surface(solids, count, generator=generator)
        depth = ((cloud.points @ toward)[..., 0] / radius).clamp(-1, 1)
        chance = torch.rand(depth.shape, generator=generator).to(depth)
        taken = chance < ratio ** ((depth - 1) / 2)
        kept.append(Cloud(*cloud[:2], torch.where(taken, cloud.parts, -1)))
        found += taken.sum(1)
    return _first_of(kept, count)


def draw_objects(
    kinds: Sequence[str],
    each: int,
    count: int,
    *,
    ratio: float = 1,
    generator: Generator | None = None,
) -> tuple[Cloud, Tensor]:
    """Draw a data set: solids of several kinds, and points on them.

    Args:
        kinds: Names in `KINDS`.
        each: Solids of each kind.
        count: Points on each solid, `N`.
        ratio: Of densities on two sides of a solid, as in `draw_biased_surface`.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Points on `B = each * len(kinds)` solids, one kind after the other, and labels:
        places in `kinds`, int64, shape `(B,)`. Parts are numbered within each kind.
    """
    if not kinds:
        raise ValueError(f"kinds must name some of {sorted(KINDS)}, got {kinds!r}")
    clouds = []
    for kind in kinds:
        solids = make_solids(kind, draw_sizes(kind, each, generator=generator))
        clouds.append(
            draw_surface(solids, count, generator=generator)
            if ratio == 1
            else draw_biased_surface(solids, count, ratio, generator=generator)
        )
    fields = (torch.cat(field) for field in zip(*clouds, strict=True))
    return Cloud(*fields), torch.arange(len(kinds)).repeat_interleave(each)


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {sorted(KINDS)}, got {kind!r}")


def _no_places(areas: Tensor, count: int) -> tuple[Tensor, Tensor]:
    which = torch.zeros(0, count, dtype=torch.int64)
    return which, areas.new_zeros(0, count, 2)


def _first_of(clouds: list[Cloud], count: int) -> Cloud:
    """The first points of each row whose part is not -1."""
    joined = Cloud(*(torch.cat(field, 1) for field in zip(*clouds, strict=True)))
    order = (joined.parts < 0).long().argsort(stable=True, dim=1)[:, :count]
    wide = order[..., None].expand(-1, -1, 3)
    return Cloud(
        joined.points.gather(1, wide),
        joined.normals.gather(1, wide),
        joined.parts.gather(1, order),
    )
