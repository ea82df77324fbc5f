"""Checks of dlnotes.toy.solids: areas and volumes of textbooks."""

import math

import pytest
import torch

from dlnotes.toy.rendering import triangle_areas, triangulate, weld
from dlnotes.toy.shapes import draw_sizes, make_solids
from dlnotes.toy.solids import KINDS

PI = math.pi


def cone(r, h):
    return PI * r * math.hypot(r, h)


AREAS = {  # for each part, in its order; then the volume
    "sphere": lambda radius: ([4 * PI * radius**2], 4 / 3 * PI * radius**3),
    "cube": lambda width, depth, height: (
        [2 * (width + depth) * height, 2 * width * depth],
        width * depth * height,
    ),
    "torus": lambda ring, thread: (
        [4 * PI**2 * ring * thread],
        2 * PI**2 * ring * thread**2,
    ),
    "cylinder": lambda radius, height: (
        [2 * PI * radius * height, 2 * PI * radius**2],
        PI * radius**2 * height,
    ),
    "cone": lambda radius, height: (
        [cone(radius, height), PI * radius**2],
        PI * radius**2 * height / 3,
    ),
    "plane": lambda width, depth: ([width * depth], 0),
    "bracket": lambda width, height, thickness, depth: (
        [
            2 * height * thickness + depth * (2 * height + thickness),
            2 * (width - thickness) * (thickness + depth) + thickness * depth,
        ],
        depth * thickness * (width + height - thickness),
    ),
    "tube": lambda radius, hole, height: (
        [
            2 * PI * radius * height,
            2 * PI * radius * hole * height,
            2 * PI * radius**2 * (1 - hole**2),
        ],
        PI * radius**2 * (1 - hole**2) * height,
    ),
    "helix": lambda ring, thread, rise, turns: (
        [2 * PI * thread * turns * math.hypot(2 * PI * ring, rise), 2 * PI * thread**2],
        PI * thread**2 * turns * math.hypot(2 * PI * ring, rise),
    ),
    "capsule": lambda radius, length: (
        [2 * PI * radius * length, 4 * PI * radius**2],
        PI * radius**2 * (length + 4 / 3 * radius),
    ),
    "arrow": lambda shaft, head, length, point: (
        [
            2 * PI * shaft * length + PI * shaft**2,
            cone(head, point) + PI * (head**2 - shaft**2),
        ],
        PI * (shaft**2 * length + head**2 * point / 3),
    ),
    "mushroom": lambda stem, cap, length: (
        [2 * PI * stem * length + PI * stem**2, PI * (3 * cap**2 - stem**2)],
        PI * (stem**2 * length + 2 / 3 * cap**3),
    ),
    "lamp": lambda plate, pole, shade, height, neck: (
        [
            PI * (2 * plate**2 - pole**2 + plate * height / 10),
            PI * pole * height * (neck + 0.9),
            PI * (1.25 * shade**2 - pole**2) + 0.75 * cone(shade, height * (1 - neck)),
        ],
        PI * height / 2 * (0.1 * plate**2 + (0.9 + neck) * pole**2)
        + PI * height / 2 * (1 - neck) * 7 / 12 * shade**2,
    ),
}


def drawn(kind, rng):
    sizes = draw_sizes(kind, 1, dtype=torch.float64, generator=rng())
    return sizes, make_solids(kind, sizes)


@pytest.mark.parametrize("kind", AREAS)
def test_the_area_of_each_part_is_that_of_its_formula(kind, rng):
    sizes, solids = drawn(kind, rng)
    wanted, _ = AREAS[kind](**{name: size.item() for name, size in sizes.items()})
    found = torch.zeros(len(solids.names), dtype=torch.float64)
    found.index_add_(0, torch.tensor(solids.parts), solids.areas[0])
    assert found.tolist() == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_area_of_meshes_tends_to_the_exact_area(kind, rng):
    """Triangles with corners on a smooth surface err by the square of their size."""
    _, solids = drawn(kind, rng)
    area = solids.areas.sum(1)
    off = [
        (triangle_areas(*triangulate(solids, n)).sum(1) - area).abs().item()
        for n in (24, 48)
    ]
    assert off[0] < 0.05 * area.item()
    assert off[1] < 1e-12 or 3.5 < off[0] / off[1] < 4.5


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"plane"}))
def test_welded_meshes_are_closed_and_enclose_the_volume(kind, rng):
    """Each edge runs once in each direction; the volume is that of Gauss's theorem."""
    sizes, solids = drawn(kind, rng)
    corners, faces = triangulate(solids, 48)
    corners, faces = weld(corners[0], faces)
    edges = torch.cat([faces[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))])
    assert len(edges.unique(dim=0)) == len(edges)
    both = torch.cat([edges, edges.flip(1)]).unique(dim=0)
    assert len(both) == len(edges)
    volume = torch.linalg.det(corners[faces]).sum().item() / 6
    if kind == "superquadric":
        assert volume > 0
        return
    wanted = AREAS[kind](**{name: size.item() for name, size in sizes.items()})[1]
    assert volume == pytest.approx(wanted, rel=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_solids_are_centered_and_lie_within_a_ball_of_radius_two(kind, rng):
    sizes = draw_sizes(kind, 4, dtype=torch.float64, generator=rng())
    corners, _ = triangulate(make_solids(kind, sizes), 48)
    middle = (corners.amax(1) + corners.amin(1)) / 2
    assert middle[:, 2].abs().max() < 1e-9
    assert middle.abs().max() < 0.02  # a helix ends anywhere, circles are polygons
    assert corners.norm(dim=-1).max() < 2


def test_there_are_ten_kinds_or_more_and_most_have_parts():
    assert len(KINDS) >= 10
    assert sum(len(kind.parts) > 1 for kind in KINDS.values()) >= 8
