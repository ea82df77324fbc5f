"""Surfaces of which solids are made, each a map of the unit square.

A surface belongs to `B` objects at once: its measures are tensors of shape `(B,)`. It
maps places `(u, v)` of the unit square to points, in such a way that the cross product
of the slopes by `u` and by `v` points outward; around an axis `u` is the angle. And it
knows which places are even by area.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

TWO_PI = 2 * math.pi
CELLS = 2048  # in the table of a superquadric


class Surface(Protocol):
    """What every surface can do; places have shape `(B, N, 2)`."""

    @property
    def area(self) -> Tensor:
        """The area, shape `(B,)`."""

    def spread(self, even: Tensor) -> Tensor:
        """Move places that are even in the square to where they are even by area."""

    def place(self, where: Tensor) -> tuple[Tensor, Tensor]:
        """Give points and outward unit normals, both `(B, N, 3)`, of places."""


@dataclass(frozen=True)
class Rectangle:
    """A rectangle.

    Attributes:
        corner: Where it begins, shape `(B, 3)`.
        right: The side along `u`, shape `(B, 3)`.
        up: The side along `v`, at a right angle to the other, shape `(B, 3)`.
    """

    corner: Tensor
    right: Tensor
    up: Tensor

    @property
    def area(self) -> Tensor:
        """The area, shape `(B,)`."""
        across: Tensor = torch.linalg.cross(self.right, self.up)
        return across.square().sum(-1).sqrt()

    def spread(self, even: Tensor) -> Tensor:
        """Leave places as they are."""
        return even

    def place(self, where: Tensor) -> tuple[Tensor, Tensor]:
        """Give points and outward unit normals, both `(B, N, 3)`, of places."""
        sides = torch.stack([self.right, self.up], 1)  # (B, 2, 3)
        points = self.corner[:, None] + where @ sides
        normal = torch.linalg.cross(self.right, self.up) / self.area[:, None]
        return points, normal[:, None].expand_as(points)


@dataclass(frozen=True)
class Frustum:
    """What a straight line sweeps around the z axis: of a cone, a cylinder, a disk.

    Who goes along the line has the outside on the right: up on a cylinder, toward the
    axis on a lid.

    Attributes:
        radii: At both ends of the line, each of shape `(B,)`.
        heights: At both ends, likewise.
    """

    radii: tuple[Tensor, Tensor]
    heights: tuple[Tensor, Tensor]

    @property
    def area(self) -> Tensor:
        """The area, shape `(B,)`."""
        first, last = self.radii
        return math.pi * (first + last) * torch.hypot(*self._steps())

    def spread(self, even: Tensor) -> Tensor:
        """Move places that are even in the square to where they are even by area."""
        first, last = (radius[:, None] for radius in self.radii)
        u, v = even.unbind(-1)
        radius = ((1 - v) * first.square() + v * last.square()).sqrt()
        tiny = torch.finfo(v.dtype).tiny
        along = v * (first + last) / (first + radius).clamp_min(tiny)
        return torch.stack([u, along], -1)

    def place(self, where: Tensor) -> tuple[Tensor, Tensor]:
        """Give points and outward unit normals, both `(B, N, 3)`, of places."""
        u, v = where.unbind(-1)
        radius, height = (
            torch.lerp(first[:, None], last[:, None], v)
            for first, last in (self.radii, self.heights)
        )
        out, up = (step[:, None].expand_as(v) for step in self._steps())
        length = torch.hypot(out, up)
        return around(radius, u, height), around(up / length, u, -out / length)

    def _steps(self) -> tuple[Tensor, Tensor]:
        return self.radii[1] - self.radii[0], self.heights[1] - self.heights[0]


@dataclass(frozen=True)
class Zone:
    """What lies on a ball between two planes across the z axis.

    Attributes:
        radius: Of the ball, shape `(B,)`.
        center: Its height, shape `(B,)`.
        angles: Where the zone begins and ends, from 0 at the lowest point to pi.
    """

    radius: Tensor
    center: Tensor
    angles: tuple[float, float] = (0.0, math.pi)

    @property
    def area(self) -> Tensor:
        """The area, shape `(B,)`."""
        first, last = map(math.cos, self.angles)
        return TWO_PI * self.radius.square() * (first - last)

    def spread(self, even: Tensor) -> Tensor:
        """Move places: equal steps in height have equal areas (Archimedes)."""
        u, v = even.unbind(-1)
        first, last = map(math.cos, self.angles)
        angle = torch.acos((first + v * (last - first)).clamp(-1, 1))
        return torch.stack([u, (angle - self.angles[0]) / self._width()], -1)

    def place(self, where: Tensor) -> tuple[Tensor, Tensor]:
        """Give points and outward unit normals, both `(B, N, 3)`, of places."""
        u, v = where.unbind(-1)
        angle = self.angles[0] + v * self._width()
        normals = around(angle.sin(), u, -angle.cos())
        points = self.radius[:, None, None] * normals
        return points + around(0 * u, u, self.center[:, None].expand_as(u)), normals

    def _width(self) -> float:
        return self.angles[1] - self.angles[0]


@dataclass(frozen=True)
class Superquadric:
    """A body of revolution between a ball and a can.

    Its points have `(radius / width) ** power + abs(z / height) ** power == 1`. Its
    area is a sum over `CELLS` rings, right to six digits for powers from 2 to 6; within
    a ring points are spread evenly by angle.

    Attributes:
        width: Largest distance from the axis, shape `(B,)`.
        height: Of the top above the middle, shape `(B,)`.
        power: 2 for a spheroid; the larger, the more like a can; shape `(B,)`.
    """

    width: Tensor
    height: Tensor
    power: Tensor

    @property
    def area(self) -> Tensor:
        """The area, shape `(B,)`."""
        return self._rings().sum(1).to(self.width)

    def spread(self, even: Tensor) -> Tensor:
        """Move places: find the ring in the table, then a place within it."""
        u, v = even.unbind(-1)
        below = torch.nn.functional.pad(self._rings().cumsum(1), (1, 0))
        below = below / below[:, -1:]
        ring = torch.searchsorted(below, v.double().contiguous(), right=True) - 1
        ring = ring.clamp(0, CELLS - 1)
        first, last = below.gather(1, ring), below.gather(1, ring + 1)
        along = (ring + (v - first) / (last - first)) / CELLS
        return torch.stack([u, along.to(u)], -1)

    def place(self, where: Tensor) -> tuple[Tensor, Tensor]:
        """Give points and outward unit normals, both `(B, N, 3)`, of places."""
        u, v = where.unbind(-1)
        sizes = (self.width, self.height, self.power)
        out, up, slope_out, slope_up = _profile(v, *(size[:, None] for size in sizes))
        return around(out, u, up), around(slope_out, u, slope_up)

    def _rings(self) -> Tensor:
        """Areas of rings of equal angle, float64, shape `(B, CELLS)`."""
        sizes = (self.width, self.height, self.power)
        places = torch.arange(CELLS, dtype=torch.float64, device=self.width.device)
        v = ((places + 0.5) / CELLS).expand(len(self.width), CELLS)
        out, up, slope_out, slope_up = _profile(
            v, *(s[:, None].double() for s in sizes)
        )
        slanted = out.square() + up.square()
        return (
            TWO_PI * out * slanted / (out * slope_out + up * slope_up) * math.pi / CELLS
        )


def around(radius: Tensor, turns: Tensor, height: Tensor) -> Tensor:
    """Give Cartesian coordinates of cylindrical ones.

    Args:
        radius: Distance from the z axis, shape `(...)`.
        turns: Angle from the x axis, 1 for a full turn, same shape.
        height: Same shape.

    Returns:
        Shape `(..., 3)`.
    """
    angle = TWO_PI * turns
    return torch.stack([radius * angle.cos(), radius * angle.sin(), height], -1)


def _profile(v: Tensor, width: Tensor, height: Tensor, power: Tensor) -> list[Tensor]:
    """Radius and height of a superquadric, and the same of its unit normal."""
    angle = math.pi * v
    sides = angle.sin().clamp_min(0), -angle.cos()
    scaled = [(side / size) for side, size in zip(sides, (width, height), strict=True)]
    far = sum(part.abs() ** power for part in scaled) ** (-1 / power)
    slopes = [
        part.sign() * (far * part.abs()) ** (power - 1) / size
        for part, size in zip(scaled, (width, height), strict=True)
    ]
    length = torch.hypot(*slopes)
    return [far * sides[0], far * sides[1], *(slope / length for slope in slopes)]
