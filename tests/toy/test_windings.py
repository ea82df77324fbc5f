"""Checks of dlnotes.toy.windings; what all surfaces share is in test_surfaces.py."""

import math

import torch

from dlnotes.toy.windings import Winding

SIZES = [torch.tensor([x], dtype=torch.float64) for x in (0.6, 0.25, 0.15, 9.0)]


def test_points_of_a_thread_keep_its_radius_as_distance_from_the_helix(rng):
    """The nearest of many points on the helix, whose steps are short."""
    thread = Winding(*SIZES)
    where = torch.rand(1, 200, 2, dtype=torch.float64, generator=rng())
    where[..., 1] = 0.05 + 0.9 * where[..., 1]  # ends may be nearest at another place
    points, normals = thread.place(where)
    t = torch.linspace(-4.5, 4.5, 20001, dtype=torch.float64)
    helix = torch.stack([0.6 * t.cos(), 0.6 * t.sin(), 0.15 * t], -1)
    away, nearest = torch.cdist(points[0], helix).min(-1)
    step = 9 / 20000 * math.hypot(0.6, 0.15)
    assert (away - 0.25).abs().max() < step**2 / 0.25
    outward = (points[0] - helix[nearest]) / away[:, None]
    assert (outward - normals[0]).abs().max() < step / 0.25


def test_ends_are_flat_disks_across_the_thread(rng):
    thread = Winding(*SIZES)
    where = torch.rand(1, 200, 2, dtype=torch.float64, generator=rng())
    for sign, lid in zip((-1, 1), thread.ends(), strict=True):
        points, normals = lid.place(where)
        t = torch.tensor(sign * 4.5, dtype=torch.float64)
        middle = torch.stack([0.6 * t.cos(), 0.6 * t.sin(), 0.15 * t])
        ahead = torch.stack([-0.6 * t.sin(), 0.6 * t.cos(), t * 0 + 0.15])
        ahead = sign * ahead / ahead.norm()
        torch.testing.assert_close(normals[0], ahead.expand(200, 3))
        assert ((points[0] - middle) @ ahead).abs().max() < 1e-12
        assert (points[0] - middle).norm(dim=-1).max() <= 0.25 + 1e-12
