"""Checks of dlnotes.toy.skins: points on solids obey the equations of these."""

import pytest
import torch

from dlnotes.toy.shapes import draw_sizes, draw_surface, make_solids
from dlnotes.toy.solids import KINDS


def box(point, low, high):
    """How far outside of a box, less than 0 inside; on each axis, the largest."""
    sides = [torch.maximum(a - x, x - b) for x, a, b in zip(point, low, high, strict=1)]
    return torch.stack(sides).amax(0)


def of_sphere(r, z, s, p):
    return torch.hypot(r, z) - s["radius"]


def of_cube(r, z, s, p):
    half = [s["width"] / 2, s["depth"] / 2, s["height"] / 2]
    return box(p, [-h for h in half], half)


def of_torus(r, z, s, p):
    return torch.hypot(r - s["ring"], z) - s["thread"]


def of_cylinder(r, z, s, p):
    return torch.maximum(r - s["radius"], z.abs() - s["height"] / 2)


def of_cone(r, z, s, p):
    h = s["height"] / 2
    return torch.maximum(r / s["radius"] + z / (2 * h) - 0.5, -z - h)


def of_plane(r, z, s, p):
    return z


def of_superquadric(r, z, s, p):
    n = s["power"]
    return (r / s["radius"]) ** n + (2 * z.abs() / s["height"]) ** n - 1


def of_bracket(r, z, s, p):
    w, d, h, t = s["width"] / 2, s["depth"] / 2, s["height"] / 2, s["thickness"]
    foot = box(p, [-w, -d, -h], [w, d, -h + t])
    return torch.minimum(foot, box(p, [-w, -d, -h], [-w + t, d, h]))


def of_tube(r, z, s, p):
    hole = s["hole"] * s["radius"] - r
    return torch.maximum(
        torch.maximum(r - s["radius"], hole), z.abs() - s["height"] / 2
    )


def of_capsule(r, z, s, p):
    above = (z.abs() - s["length"] / 2).clamp_min(0)
    return torch.hypot(r, above) - s["radius"]


def of_arrow(r, z, s, p):
    h = (s["length"] + s["point"]) / 2
    neck = h - s["point"]
    shaft = torch.stack([r - s["shaft"], -h - z, z - neck]).amax(0)
    head = torch.maximum(r / s["head"] - (h - z) / s["point"], neck - z)
    return torch.minimum(shaft, head)


def of_mushroom(r, z, s, p):
    h = (s["length"] + s["cap"]) / 2
    neck = h - s["cap"]
    stem = torch.stack([r - s["stem"], -h - z, z - neck]).amax(0)
    cap = torch.maximum(torch.hypot(r, z - neck) - s["cap"], neck - z)
    return torch.minimum(stem, cap)


def of_lamp(r, z, s, p):
    h = s["height"] / 2
    neck = s["neck"] * h
    plate = torch.stack([r - s["plate"], -h - z, z + 0.9 * h]).amax(0)
    pole = torch.stack([r - s["pole"], -0.9 * h - z, z - neck]).amax(0)
    edge = s["shade"] * (1 - 0.5 * (z - neck) / (h - neck))
    shade = torch.stack([r - edge, neck - z, z - h]).amax(0)
    return torch.stack([plate, pole, shade]).amin(0)


EQUATIONS = {name[3:]: f for name, f in globals().items() if name.startswith("of_")}


def value(kind, sizes, points):
    """The equation of a kind: 0 on its surface, negative inside."""
    rows = {name: size[:, None] for name, size in sizes.items()}
    x, y, z = points.unbind(-1)
    return EQUATIONS[kind](torch.hypot(x, y), z, rows, (x, y, z))


@pytest.mark.parametrize("kind", EQUATIONS)
def test_points_obey_the_equation_of_the_solid_and_normals_lead_outside(kind, rng):
    sizes = draw_sizes(kind, 5, dtype=torch.float64, generator=rng())
    cloud = draw_surface(make_solids(kind, sizes), 400, generator=rng(1))
    assert value(kind, sizes, cloud.points).abs().max() < 1e-12
    step = 1e-6 * cloud.normals
    assert (value(kind, sizes, cloud.points + step) > 0).all()
    if kind != "plane":
        inside = value(kind, sizes, cloud.points - step) < 0
        assert inside.float().mean() > 0.999  # but for points within a step of an edge


def test_every_kind_has_an_equation_here_or_a_test_of_its_own():
    assert set(KINDS) - set(EQUATIONS) == {"helix"}  # in test_windings.py


# By kind: the number of the part at a place; `up` tells whether its normal is upright.
PARTS = {
    "cube": lambda r, x, z, up, s: up,
    "cylinder": lambda r, x, z, up, s: up,
    "cone": lambda r, x, z, up, s: up,
    "tube": lambda r, x, z, up, s: torch.where(
        up, 2, (r < (1 + s["hole"]) / 2 * s["radius"]).long()
    ),
    "bracket": lambda r, x, z, up, s: x > s["thickness"] - s["width"] / 2 + 1e-9,
    "capsule": lambda r, x, z, up, s: z.abs() > s["length"] / 2,
    "arrow": lambda r, x, z, up, s: z > (s["length"] - s["point"]) / 2 - 1e-9,
    "mushroom": lambda r, x, z, up, s: z > (s["length"] - s["cap"]) / 2 - 1e-9,
    "lamp": lambda r, x, z, up, s: (
        (z > 1e-9 - 0.45 * s["height"]).long()
        + (z > s["neck"] * s["height"] / 2 - 1e-9).long()
    ),
}


@pytest.mark.parametrize("kind", PARTS)
def test_parts_are_where_their_names_say(kind, rng):
    sizes = draw_sizes(kind, 5, dtype=torch.float64, generator=rng())
    cloud = draw_surface(make_solids(kind, sizes), 400, generator=rng(1))
    rows = {name: size[:, None] for name, size in sizes.items()}
    x, y, z = cloud.points.unbind(-1)
    level = cloud.normals[..., 2].abs() > 1 - 1e-9
    wanted = PARTS[kind](torch.hypot(x, y), x, z, level, rows)
    assert torch.equal(cloud.parts, wanted.long())
    assert len(cloud.parts.unique()) == len(KINDS[kind].parts)


def test_what_has_one_part_and_what_has_a_rule_are_all_there_is():
    single = {kind for kind in KINDS if len(KINDS[kind].parts) == 1}
    assert set(KINDS) - single - set(PARTS) == {"helix"}  # by area in test_solids.py
