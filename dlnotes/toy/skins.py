"""The skins of solids: which surfaces they are made of, and which part each belongs to.

Each function maps sizes, every one of shape `(B,)`, to surfaces with the names of their
parts. Where two surfaces of one skin touch, they share a whole edge.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from dlnotes.toy.surfaces import Frustum, Rectangle, Superquadric, Surface, Zone
from dlnotes.toy.windings import Winding

Sizes = Mapping[str, Tensor]
Skin = list[tuple[str, Surface]]  # each surface with the name of its part
HALF = math.pi / 2
SIDES = {  # of a box: the axis of its normal, and those along u and v
    "-x": (0, 2, 1),
    "+x": (0, 1, 2),
    "-y": (1, 0, 2),
    "+y": (1, 2, 0),
    "-z": (2, 1, 0),
    "+z": (2, 0, 1),
}


def skin_of_sphere(sizes: Sizes) -> Skin:
    """A ball."""
    return [("ball", Zone(sizes["radius"], 0 * sizes["radius"]))]


def skin_of_cube(sizes: Sizes) -> Skin:
    """A box with sides along the axes."""
    x, y, z = sizes["width"] / 2, sizes["depth"] / 2, sizes["height"] / 2
    sides = _box((-x, x), (-y, y), (-z, z), "side", without="-z +z")
    lids = _box((-x, x), (-y, y), (-z, z), "lids", without="-x +x -y +y")
    return [*sides, *lids]


def skin_of_torus(sizes: Sizes) -> Skin:
    """A ring."""
    ring = sizes["ring"]
    turn = torch.full_like(ring, 2 * math.pi)
    return [("ring", Winding(ring, sizes["thread"], 0 * ring, turn))]


def skin_of_cylinder(sizes: Sizes) -> Skin:
    """A cylinder with its two lids."""
    radius, half = sizes["radius"], sizes["height"] / 2
    axis = 0 * radius
    line = [(axis, -half), (radius, -half), (radius, half), (axis, half)]
    return _turned(line, ["lids", "side", "lids"])


def skin_of_cone(sizes: Sizes) -> Skin:
    """A cone that stands on its base."""
    radius, half = sizes["radius"], sizes["height"] / 2
    line = [(0 * radius, -half), (radius, -half), (0 * radius, half)]
    return _turned(line, ["base", "side"])


def skin_of_plane(sizes: Sizes) -> Skin:
    """A rectangle without a back."""
    x, y = sizes["width"] / 2, sizes["depth"] / 2
    zero = 0 * x
    corner = torch.stack([-x, -y, zero], -1)
    right = torch.stack([2 * x, zero, zero], -1)
    up = torch.stack([zero, 2 * y, zero], -1)
    return [("face", Rectangle(corner, right, up))]


def skin_of_superquadric(sizes: Sizes) -> Skin:
    """A ball on its way to a can."""
    body = Superquadric(sizes["radius"], sizes["height"] / 2, sizes["power"])
    return [("body", body)]


def skin_of_bracket(sizes: Sizes) -> Skin:
    """Two bars in the form of an L, glued together from three boxes."""
    x, z, y = sizes["width"] / 2, sizes["height"] / 2, sizes["depth"] / 2
    inner, floor = -x + sizes["thickness"], -z + sizes["thickness"]
    corner = _box((-x, inner), (-y, y), (-z, floor), "upright", without="+x +z")
    long = _box((inner, x), (-y, y), (-z, floor), "foot", without="-x")
    high = _box((-x, inner), (-y, y), (floor, z), "upright", without="-z")
    return [*corner, *long, *high]


def skin_of_tube(sizes: Sizes) -> Skin:
    """A pipe: a cylinder with a hole through it."""
    radius, half = sizes["radius"], sizes["height"] / 2
    hole = radius * sizes["hole"]
    line = [(hole, -half), (radius, -half), (radius, half), (hole, half), (hole, -half)]
    return _turned(line, ["rims", "outside", "rims", "inside"])


def skin_of_helix(sizes: Sizes) -> Skin:
    """A spring, with flat ends."""
    turn, rise = 2 * math.pi * sizes["turns"], sizes["rise"] / (2 * math.pi)
    thread = Winding(sizes["ring"], sizes["thread"], rise, turn)
    return [("thread", thread), *(("ends", lid) for lid in thread.ends())]


def skin_of_capsule(sizes: Sizes) -> Skin:
    """A cylinder that ends in two halves of a ball."""
    radius, half = sizes["radius"], sizes["length"] / 2
    low, high = Zone(radius, -half, (0.0, HALF)), Zone(radius, half, (HALF, math.pi))
    side = Frustum((radius, radius), (-half, half))
    return [("caps", low), ("side", side), ("caps", high)]


def skin_of_arrow(sizes: Sizes) -> Skin:
    """A thin cylinder with a cone on it."""
    shaft, head = sizes["shaft"], sizes["head"]
    half = (sizes["length"] + sizes["point"]) / 2
    neck, axis = half - sizes["point"], 0 * shaft
    line = [(axis, -half), (shaft, -half), (shaft, neck), (head, neck), (axis, half)]
    return _turned(line, ["shaft", "shaft", "head", "head"])


def skin_of_mushroom(sizes: Sizes) -> Skin:
    """A thin cylinder with half a ball on it."""
    stem, cap = sizes["stem"], sizes["cap"]
    half = (sizes["length"] + cap) / 2
    neck, axis = half - cap, 0 * stem
    line = [(axis, -half), (stem, -half), (stem, neck), (cap, neck)]
    stalk = _turned(line, ["stem", "stem", "cap"])
    return [*stalk, ("cap", Zone(cap, neck, (HALF, math.pi)))]


def skin_of_lamp(sizes: Sizes) -> Skin:
    """A plate, a pole on it, and a shade on the pole, narrower at its top."""
    plate, pole, shade = sizes["plate"], sizes["pole"], sizes["shade"]
    half = sizes["height"] / 2
    low, neck, axis = -0.9 * half, half * sizes["neck"], 0 * plate
    line = [(axis, -half), (plate, -half), (plate, low), (pole, low), (pole, neck)]
    line += [(shade, neck), (shade / 2, half), (axis, half)]
    return _turned(line, ["plate"] * 3 + ["pole"] + ["shade"] * 3)


Bounds = tuple[Tensor, Tensor]


def _turned(line: Sequence[tuple[Tensor, Tensor]], parts: Sequence[str]) -> Skin:
    """Turn a line of radii and heights around the z axis."""
    surfaces = [
        Frustum((here[0], there[0]), (here[1], there[1]))
        for here, there in pairwise(line)
    ]
    return list(zip(parts, surfaces, strict=True))


def _box(x: Bounds, y: Bounds, z: Bounds, part: str, *, without: str) -> Skin:
    """Give the sides of a box but for some."""
    low = torch.stack([x[0], y[0], z[0]], -1)
    spans = torch.diag_embed(torch.stack([x[1], y[1], z[1]], -1) - low)
    skin: Skin = []
    for side, (normal, right, up) in SIDES.items():
        if side not in without.split():
            corner = low + spans[:, normal] * (side[0] == "+")
            skin.append((part, Rectangle(corner, spans[:, right], spans[:, up])))
    return skin
