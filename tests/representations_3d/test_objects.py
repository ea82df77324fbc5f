"""Checks of dlnotes.representations_3d.objects."""

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from dlnotes.representations_3d.objects import (
    EIGHT,
    distance_features,
    draw_upright,
    spoil,
)
from dlnotes.toy.distortions import draw_rotations, turn_clouds
from tests.statistics import within

CONVEX = [EIGHT.index(k) for k in ("cube", "cylinder", "cone", "superquadric")]


def test_objects_fill_their_ball_one_kind_after_the_other(rng):
    points, normals, labels = draw_upright(3, 40, generator=rng())
    assert labels.tolist() == [kind for kind in range(8) for _ in range(3)]
    largest = points.norm(dim=-1).amax(1)
    torch.testing.assert_close(largest, torch.ones(24), rtol=0, atol=1e-6)
    lengths = normals.norm(dim=-1)
    torch.testing.assert_close(lengths, torch.ones(24, 40), rtol=0, atol=1e-5)


def test_a_convex_solid_lies_behind_each_tangent_plane(rng):
    """Stretching turns normals by the inverse of what it does to points."""
    points, normals, labels = draw_upright(4, 200, stretch=2.0, generator=rng())
    ahead = (points[:, None] * normals[:, :, None]).sum(-1)  # of j along normal i
    own = (points * normals).sum(-1, keepdim=True)
    convex = torch.isin(labels, torch.tensor(CONVEX))
    assert (ahead - own)[convex].max() < 1e-5
    assert (ahead - own)[~convex].max() > 0.1


def test_a_factor_of_one_leaves_the_round_solids_round(rng):
    points, _, labels = draw_upright(2, 2000, stretch=1.0, generator=rng())
    spread = points.var(1)[labels == EIGHT.index("capsule")]
    torch.testing.assert_close(spread[:, 0], spread[:, 1], rtol=0.15, atol=0)
    stretched = draw_upright(20, 500, stretch=2.0, generator=rng()).points.var(1)
    assert (stretched[:, 0] / stretched[:, 1]).log().std() > 0.2


def test_fewer_points_are_some_of_all_and_none_comes_twice(rng):
    objects = draw_upright(2, 64, generator=rng())
    found = spoil(objects, generator=rng(1))
    assert torch.equal(found["upright"], objects.points)
    for word, count in {"half": 32, "quarter": 16, "eighth": 8}.items():
        equal = (found[word][:, :, None] == objects.points[:, None]).all(-1)
        assert equal.shape[1] == count
        assert (equal.sum(2) == 1).all()  # each is a point
        assert (equal.sum(1) <= 1).all()  # no point comes twice


def test_a_turn_keeps_distances_and_noise_has_the_given_size(rng):
    objects = draw_upright(4, 64, generator=rng())
    found = spoil(objects, noise=0.1, generator=rng(1))
    for word in ("upright", "turned"):
        lengths = found[word].norm(dim=-1)
        torch.testing.assert_close(lengths, objects.points.norm(dim=-1))
    assert not torch.allclose(found["turned"], objects.points, atol=0.1)
    assert within(((found["noisy"] - objects.points) / 0.1).square().flatten(), 1.0)


def test_points_of_one_side_have_a_direction_that_all_normals_face(rng):
    """A linear program finds it; for half of all points there is none."""
    objects = draw_upright(1, 200, generator=rng())
    found = spoil(objects, generator=rng(1))
    for word, wanted in {"one-sided": True, "half": False}.items():
        for points, all_points, normals in zip(
            found[word], objects.points, objects.normals, strict=True
        ):
            assert len(points) == 100
            taken = (points[:, None] == all_points).all(-1).any(0)
            facing = -normals[taken].double().numpy()
            program = linprog([0] * 3, facing, [-1e-6] * len(facing), bounds=(-1, 1))
            assert program.success is wanted


def test_where_nothing_is_seen_the_nearest_points_are_taken(rng):
    """Without normals none faces a camera; a plane parts the taken from the others."""
    objects = draw_upright(2, 16, generator=rng())
    blind = objects._replace(normals=0 * objects.normals)
    found = spoil(blind, generator=rng(1))["one-sided"]
    for points, all_points in zip(found, objects.points, strict=True):
        taken = (points[:, None] == all_points).all(-1).any(0)
        assert taken.sum() == 8
        apart = (all_points[~taken][:, None] - all_points[taken]).flatten(0, 1)
        limits = [-1e-6] * len(apart)
        program = linprog([0] * 3, apart.double().numpy(), limits, bounds=(-1, 1))
        assert program.success


def test_bad_arguments_are_named(rng):
    with pytest.raises(ValueError, match=r"stretch must be 1 or more, got 0\.5"):
        draw_upright(1, 8, stretch=0.5)
    with pytest.raises(ValueError, match="each"):
        draw_upright(0, 8)
    with pytest.raises(ValueError, match="number of points"):
        spoil(draw_upright(1, 7, generator=rng()))
    for seed in range(20):  # few points, of which a camera may see none
        assert spoil(draw_upright(1, 8, generator=rng(seed)), generator=rng(seed))


def test_distances_are_those_of_numpy_and_no_rotation_changes_them(rng):
    """Quantiles of each row of the table of distances."""
    points = torch.randn(2, 30, 3, dtype=torch.float64, generator=rng())
    far = np.linalg.norm(points[:, :, None] - points[:, None], axis=-1)
    wanted = np.quantile(far, np.linspace(0, 1, 5), axis=-1).transpose(1, 2, 0)
    found = distance_features(points, 5)
    np.testing.assert_allclose(found[..., 1:], wanted, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found[..., 0], points.norm(dim=-1), rtol=0, atol=1e-12)
    turned = turn_clouds(points, draw_rotations("so3", 2, generator=rng(1)).double())
    torch.testing.assert_close(distance_features(turned, 5), found, rtol=0, atol=1e-6)
