"""Rooms with furniture, as a camera sees them: points, and boxes around the objects."""

from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn.functional import one_hot

from dlnotes.blocks.checks import check_count, check_positive
from dlnotes.blocks.grouping import gather_points
from dlnotes.toy.distortions import choose_points
from dlnotes.toy.furniture import FURNITURE, PLACES, parts_of, turn_around_z

OBJECTS = 5  # places for objects in a room
SPREAD = 0.15  # sizes differ from their mean by up to this share


class Rooms(NamedTuple):
    """Rooms and what stands in them.

    Attributes:
        points: Shape `(B, N, 3)`; the floor has height 0.
        owner: For each point the number of its object, -1 on the floor and on walls,
            int64, shape `(B, N)`.
        boxes: Center, full sizes and heading of each object, shape `(B, T, 7)`; zeros
            where there is none.
        classes: Numbers in `FURNITURE`, int64, shape `(B, T)`; 0 where there is none.
        real: Which places hold an object, truth values `(B, T)`.
        camera: Where the camera is, shape `(B, 3)`.
    """

    points: Tensor
    owner: Tensor
    boxes: Tensor
    classes: Tensor
    real: Tensor
    camera: Tensor


def draw_rooms(
    count: int,
    points: int,
    *,
    emphasis: float = 5.0,
    generator: Generator | None = None,
) -> Rooms:
    """Draw rooms, and what a camera in one corner sees of them.

    A room has a floor, two to four walls, and two to five objects on the floor, each in
    a cell of its own, so that none overlap. Points are uniform by area, but denser on
    objects, on what faces the camera and is not hidden by a part of an object; there a
    cylinder hides as much as the box around it. Where fewer points are seen than are
    wanted, some come again. An object that others hide may have no point.

    Args:
        count: How many rooms, `B`.
        points: Points in each of them, `N`.
        emphasis: How much denser points are on objects, positive.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        The rooms, with `T = 5` places for objects.
    """
    check_count("count", count, least=0)
    check_count("points", points)
    check_positive("emphasis", emphasis)
    step = max(1, 2**14 // points)
    sizes = [min(step, count - first) for first in range(0, count, step)] or [0]
    rooms = [_draw_some(size, points, emphasis, generator) for size in sizes]
    return Rooms(*(torch.cat(field) for field in zip(*rooms, strict=True)))


def in_view(points: Tensor, own: Tensor, parts: Tensor, camera: Tensor) -> Tensor:
    """Tell which points no part stands in front of.

    Args:
        points: Shape `(B, N, 3)`.
        own: For each point the number of its own part, which is convex and does not
            hide it from the front, shape `(B, N)`; a larger one if it has none.
        parts: Boxes, shape `(B, P, 7)`.
        camera: Shape `(B, 3)`.

    Returns:
        Truth values `(B, N)`: whether the line from the point to the camera passes
        through no box other than its own.
    """
    center, half = parts[:, None, :, :3], parts[:, None, :, 3:6] / 2
    heading = -parts[:, None, :, 6]
    start = turn_around_z(points[:, :, None] - center, heading)
    way = turn_around_z((camera[:, None] - points)[:, :, None], heading)
    way = torch.where(way.abs() < 1e-9, 1e-9, way)
    one, other = (-half - start) / way, (half - start) / way
    enter = torch.minimum(one, other).amax(-1).clamp_min(1e-4)
    leave = torch.maximum(one, other).amin(-1).clamp_max(1)
    others = torch.arange(parts.shape[1]) != own[..., None]
    solid = (half > 0).all(-1)
    hidden: Tensor = ((enter < leave) & others & solid).any(-1)
    return ~hidden


def _draw_some(
    count: int, points: int, emphasis: float, generator: Generator | None
) -> Rooms:
    boxes, classes, real, cell = _furnish(count, generator)
    parts = torch.cat([parts_of(boxes, classes), _shell(cell)], 1)
    weights = _areas(parts, real, emphasis, generator)
    # torch.multinomial refuses to draw for no room
    side = weights.new_zeros(0, 3 * points).long()
    if count:
        side = torch.multinomial(weights, 3 * points, True, generator=generator)
    place, normal = _spread(side, parts, classes, generator)
    camera = _corner(cell, generator)
    facing = ((camera[:, None] - place) * normal).sum(-1) > 0
    solid = parts[:, : OBJECTS * PLACES]
    seen = facing & in_view(place, side // 6, solid, camera)
    keep = choose_points(seen, points, generator=generator)
    owner = (side // 6 // PLACES).gather(1, keep)
    owner = torch.where(owner < OBJECTS, owner, -1)
    boxes, classes = boxes * real[..., None], classes * real
    return Rooms(gather_points(place, keep), owner, boxes, classes, real, camera)


def _corner(cell: Tensor, generator: Generator | None) -> Tensor:
    """Above all objects, in the corner that may have no walls, `(B, 3)`."""
    x, y, z = torch.rand(3, len(cell), generator=generator) * 0.3
    return torch.stack([1.5 * cell * (x + 0.6), cell * (y + 0.6), 2.3 + z], -1)


def _spread(
    side: Tensor, parts: Tensor, classes: Tensor, generator: Generator | None
) -> tuple[Tensor, Tensor]:
    """Places and normals on the given sides of parts, `(B, N, 3)`."""
    own = side // 6
    rounded = torch.tensor([kind.round for kind in FURNITURE])[classes]
    shell = rounded.new_zeros(len(parts), parts.shape[1] - OBJECTS * PLACES)
    rounded = torch.cat([rounded.repeat_interleave(PLACES, 1), shell], 1)
    even = torch.rand(*side.shape, 3, generator=generator)
    place, normal = _on_sides(side % 6, even, rounded.gather(1, own))
    chosen = gather_points(parts, own)
    center, size, heading = chosen[..., :3], chosen[..., 3:6], chosen[..., 6]
    place = center + turn_around_z(place * size, heading)
    return place, turn_around_z(normal, heading)


def _furnish(
    count: int, generator: Generator | None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Boxes, classes, which are real, the side of a cell; a room has 3 x 2 cells."""
    even = torch.rand(count, OBJECTS + 1, 8, generator=generator)
    cell = 1.9 + 0.3 * even[:, -1, 0]
    real = torch.arange(OBJECTS) < 2 + (even[:, -1:, 1] * 4).floor()
    kinds = (even[:, :-1, 2] * len(FURNITURE)).long()
    means = torch.tensor([kind.size for kind in FURNITURE])[kinds]
    size = means * (1 + SPREAD * (2 * even[:, :-1, 3:6] - 1))
    rounded = torch.tensor([kind.round for kind in FURNITURE])[kinds]
    size[..., 1] = torch.where(rounded, size[..., 0], size[..., 1])
    turn = torch.tensor([kind.turn for kind in FURNITURE])[kinds]
    heading = turn * (even[:, :-1, 6] - 0.5)
    which = torch.rand(count, 6, generator=generator).argsort(1)[:, :OBJECTS]
    middle = torch.stack([which % 3 - 1.0, which // 3 - 0.5], -1) * cell[:, None, None]
    free = (cell[:, None] - size[..., :2].norm(dim=-1)) / 2
    aside = torch.rand(count, OBJECTS, 2, generator=generator) * 2 - 1
    place = middle + aside * free[..., None]
    boxes = torch.cat([place, size[..., 2:] / 2, size, heading[..., None]], -1)
    return boxes, kinds, real, cell


def _shell(cell: Tensor) -> Tensor:
    """Floor and four walls as flat boxes, shape `(B, 5, 7)`; a wall is 2.2 high."""
    x, y, none = 3 * cell, 2 * cell, 0 * cell
    high, up = none + 2.2, none + 1.1
    flat = [
        [none, none, none, x, y, none, none],
        [-x / 2, none, up, none, y, high, none],
        [none, -y / 2, up, x, none, high, none],
        [x / 2, none, up, none, y, high, none],
        [none, y / 2, up, x, none, high, none],
    ]
    return torch.stack([torch.stack(row, -1) for row in flat], 1)


def _areas(
    parts: Tensor, real: Tensor, emphasis: float, generator: Generator | None
) -> Tensor:
    """How many points each side of each part gets, in shares, `(B, P * 6)`."""
    x, y, z = parts[..., 3:6].unbind(-1)
    areas = torch.stack([y * z, y * z, x * z, x * z, x * y, x * y], -1)
    walls = 2 + torch.rand(len(parts), 1, generator=generator) * 3
    built = torch.arange(1, 5) <= walls.floor()
    inner = one_hot(torch.tensor([5, 1, 3, 0, 2]), 6)  # the sides 0, 2, 4 look back
    things = emphasis * real.repeat_interleave(PLACES, 1)[..., None].expand(-1, -1, 6)
    shell = torch.cat([built[:, :1] | True, built], 1)[..., None] * inner
    return (areas * torch.cat([things, shell.to(areas)], 1)).flatten(1)


def _on_sides(side: Tensor, even: Tensor, rounded: Tensor) -> tuple[Tensor, Tensor]:
    """Places and normals on a cube of side 1, or on the cylinder inside of it."""
    axis, sign = one_hot(side // 2, 3), (side % 2 * 2 - 1)[..., None]
    normal = axis * sign * 1.0
    cube = torch.where(axis > 0, sign / 2, even - 0.5)
    angle = 2 * torch.pi * even[..., 0]
    around = torch.stack([angle.cos(), angle.sin(), torch.zeros_like(angle)], -1)
    cap = (side >= 4)[..., None]
    radius = torch.where(cap, even[..., 1:2].sqrt(), 1) / 2
    height = torch.where(cap, sign / 2, even[..., 2:] - 0.5)
    tube = torch.cat([(radius * around)[..., :2], height], -1)
    round_, turned = rounded[..., None], torch.where(cap, normal, around)
    return torch.where(round_, tube, cube), torch.where(round_, turned, normal)
