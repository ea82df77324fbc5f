"""Checks of dlnotes.toy.surfaces."""

import math

import pytest
import torch
from scipy.integrate import quad

from dlnotes.toy.surfaces import Frustum, Rectangle, Superquadric, Zone, around
from dlnotes.toy.windings import Winding

A = torch.tensor([0.5, 0.8], dtype=torch.float64)
B = torch.tensor([0.2, 0.3], dtype=torch.float64)
ZERO = torch.zeros(2, dtype=torch.float64)
X, Y = torch.stack([A, ZERO, B], -1), torch.stack([-B, ZERO, A], -1)
THREAD = Winding(A, B, B / 4, 9 * A)
EXACT = {
    "rectangle": Rectangle(X, X, Y),
    "cone": Frustum((B, ZERO), (ZERO, A)),
    "cylinder": Frustum((A, A), (ZERO, A)),
    "disk": Frustum((ZERO, A), (A, A)),
    "ring": Frustum((A, B), (A, A)),
    "ball": Zone(A, B),
    "cap": Zone(A, B, (2.0, math.pi)),
    "torus": Winding(A, B, ZERO, ZERO + 2 * math.pi),
    "helix": THREAD,
    "first end": THREAD.ends()[0],
    "last end": THREAD.ends()[1],
}
any_surface = pytest.mark.parametrize("surface", EXACT.values(), ids=EXACT)


def slopes(surface, where):
    """Derivatives of the points by `u` and by `v`."""
    where.requires_grad_()
    points, _ = surface.place(surface.spread(where))
    each = [
        torch.autograd.grad(x.sum(), where, retain_graph=True)[0]
        if x.requires_grad
        else torch.zeros_like(where)
        for x in points.unbind(-1)
    ]
    return torch.stack(each, -1).unbind(-2)


@any_surface
def test_the_map_of_even_places_keeps_area_and_faces_outward(surface, rng):
    """By automatic slopes: their cross product is the area times the normal."""
    where = torch.rand(2, 300, 2, dtype=torch.float64, generator=rng())
    _, normals = surface.place(surface.spread(where))
    across = torch.linalg.cross(*slopes(surface, where))
    wanted = surface.area[:, None, None] * normals
    torch.testing.assert_close(across, wanted, rtol=1e-9, atol=1e-9)


@any_surface
def test_normals_have_length_one_and_corners_of_the_square_are_defined(surface):
    corners = torch.cartesian_prod(*[torch.tensor([0.0, 1.0]).double()] * 2)
    spread = surface.spread(corners.expand(2, -1, -1))
    torch.testing.assert_close(spread, corners.expand(2, -1, -1))
    points, normals = surface.place(spread)
    assert points.isfinite().all()
    torch.testing.assert_close(normals.norm(dim=-1), torch.ones(2, 4).double())


def test_a_superquadric_of_power_two_is_a_spheroid():
    """Its area is known; both a flat one and a long one."""
    body = Superquadric(A, torch.tensor([0.4, 1.1]).double(), ZERO + 2)
    e = math.sqrt(1 - (0.4 / 0.5) ** 2)
    flat = 2 * math.pi * 0.25 * (1 + (1 - e * e) / e * math.atanh(e))
    e = math.sqrt(1 - (0.8 / 1.1) ** 2)
    long = 2 * math.pi * 0.64 * (1 + 1.1 / (0.8 * e) * math.asin(e))
    assert body.area.tolist() == pytest.approx([flat, long], rel=1e-6)


@pytest.mark.parametrize("power", [2.5, 4.0, 6.0])
def test_the_area_of_a_superquadric_is_that_of_quadrature(power):
    """Of its lower half as a graph over the radius, then over the height."""
    width, height = 0.7, 0.9

    def slanted(x, a, b):
        """Slope of `b * (1 - (x / a) ** power) ** (1 / power)`, as a length."""
        t = (x / a) ** power
        return math.hypot(
            1, b / a * (x / a) ** (power - 1) * (1 - t) ** (1 / power - 1)
        )

    corner = 2 ** (-1 / power)
    top = quad(lambda r: r * slanted(r, width, height), 0, width * corner)[0]
    side = quad(
        lambda z: (
            width
            * (1 - (z / height) ** power) ** (1 / power)
            * slanted(z, height, width)
        ),
        *(0, height * corner),
    )[0]
    sizes = (torch.tensor([s], dtype=torch.float64) for s in (width, height, power))
    area = Superquadric(*sizes).area.item()
    assert area == pytest.approx(4 * math.pi * (top + side), rel=1e-6)


def test_points_of_a_superquadric_keep_area_within_its_rings(rng):
    """Along the meridian, the share of area below a place is the place itself."""
    body = Superquadric(A, A, ZERO + 5)
    v = torch.linspace(0.01, 0.99, 33, dtype=torch.float64).expand(2, -1)
    along = body.spread(torch.stack([0 * v, v], -1))[..., 1]
    fine = torch.linspace(0, 1, 40001, dtype=torch.float64).expand(2, -1)
    points, _ = body.place(torch.stack([0 * fine, fine], -1))
    lengths = points.diff(dim=1).norm(dim=-1)
    rings = lengths * (points[:, 1:, 0] + points[:, :-1, 0])
    share = torch.cat([ZERO[:, None], rings.cumsum(1) / rings.sum(1, True)], 1)
    found = share.gather(1, (along * 40000).round().long())
    torch.testing.assert_close(found, v, rtol=0, atol=1 / 2048)


def test_cylindrical_coordinates_turn_around_the_z_axis():
    quarter = around(torch.tensor(2.0), torch.tensor(0.25), torch.tensor(3.0))
    torch.testing.assert_close(quarter, torch.tensor([0.0, 2.0, 3.0]))
