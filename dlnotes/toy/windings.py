"""The skin of a thick thread that winds around an axis, and the disks that close it."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dlnotes.toy.surfaces import TWO_PI, around

NEWTON = 12  # steps; five are enough for a thread that is half as thick as its ring


@dataclass(frozen=True)
class Winding:
    """The skin of a thick thread that winds around the z axis: of a torus, a helix.

    Attributes:
        ring: Distance of the thread's middle from the axis, shape `(B,)`.
        thread: Radius of the thread, shape `(B,)`.
        rise: Height that a radian gains, shape `(B,)`; 0 for a torus.
        turn: Radians from end to end, shape `(B,)`; half of them lie below height 0.
    """

    ring: Tensor
    thread: Tensor
    rise: Tensor
    turn: Tensor

    @property
    def area(self) -> Tensor:
        """The area, shape `(B,)`: girth times length of the middle."""
        return TWO_PI * self.thread * self.turn * self._speed()

    def spread(self, even: Tensor) -> Tensor:
        """Move places: the outer side of the thread has more area than the inner."""
        u, v = even.unbind(-1)
        bend = (self.thread * self.ring / self._speed().square())[:, None]
        wanted = TWO_PI * u  # = angle + bend * sin(angle), Kepler's equation
        angle = wanted - bend * wanted.sin()
        for _ in range(NEWTON):
            off = angle + bend * angle.sin() - wanted
            angle = angle - off / (1 + bend * angle.cos())
        return torch.stack([angle / TWO_PI, v], -1)

    def place(self, where: Tensor) -> tuple[Tensor, Tensor]:
        """Give points and outward unit normals, both `(B, N, 3)`, of places."""
        u, v = where.unbind(-1)
        turned = (v - 0.5) * self.turn[:, None]
        ring, rise, speed = (
            size[:, None] for size in (self.ring, self.rise, self._speed())
        )
        cos, sin = (TWO_PI * u).cos(), (TWO_PI * u).sin()
        ahead = around(cos, turned / TWO_PI, -sin * ring / speed)
        aside = around(sin * rise / speed, turned / TWO_PI + 0.25, 0 * u)
        normals = ahead + aside
        middle = around(ring.expand_as(u), turned / TWO_PI, rise * turned)
        return middle + self.thread[:, None, None] * normals, normals

    def ends(self) -> tuple["Lid", "Lid"]:
        """Give the two disks that close a thread."""
        return Lid(self, first=True), Lid(self, first=False)

    def _speed(self) -> Tensor:
        return torch.hypot(self.ring, self.rise)


@dataclass(frozen=True)
class Lid:
    """A disk across one end of a thread.

    Attributes:
        of: The thread.
        first: Whether it is the end where the thread begins.
    """

    of: Winding
    first: bool

    @property
    def area(self) -> Tensor:
        """The area, shape `(B,)`."""
        return math.pi * self.of.thread.square()

    def spread(self, even: Tensor) -> Tensor:
        """Move places: a ring's area grows with its distance from the middle."""
        u, v = even.unbind(-1)
        along = v.sqrt() if self.first else 1 - (1 - v).sqrt()
        return torch.stack([u, along], -1)

    def place(self, where: Tensor) -> tuple[Tensor, Tensor]:
        """Give points and outward unit normals, both `(B, N, 3)`, of places."""
        u, v = where.unbind(-1)
        end = torch.stack([u, torch.full_like(u, 0.0 if self.first else 1.0)], -1)
        rim, outward = self.of.place(end)
        inward = (1 - v if self.first else v)[..., None]
        points = rim - inward * self.of.thread[:, None, None] * outward
        turned = (end[..., 1] - 0.5) * self.of.turn[:, None] / TWO_PI
        ring, rise = (
            (size / self.of._speed())[:, None].expand_as(u)
            for size in (self.of.ring, self.of.rise)
        )
        normals = around(ring, turned + 0.25, rise)
        return points, -normals if self.first else normals
