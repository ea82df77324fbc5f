"""Checks of dlnotes.blocks.chamfer."""

import math

import pytest
import torch
from scipy.spatial import cKDTree

from dlnotes.blocks.chamfer import chamfer_distance, gaps_to_nearest


def clouds(rng):
    one = torch.randn(2, 9, 3, dtype=torch.float64, generator=rng())
    other = torch.randn(2, 6, 3, dtype=torch.float64, generator=rng(1))
    masks = (torch.arange(n) < torch.tensor([[n], [n - 3]]) for n in (9, 6))
    return one, other, *masks


@pytest.mark.parametrize("squared", [True, False])
def test_both_ways_are_means_over_nearest_points(squared, rng):
    """Against a k-d tree of what is real."""
    one, other, real, true = clouds(rng)
    given = {"squared": squared, "one_mask": real, "other_mask": true}
    found = chamfer_distance(one, other, **given)
    for b in range(2):
        some, others = one[b][real[b]].numpy(), other[b][true[b]].numpy()
        ways = cKDTree(others).query(some)[0], cKDTree(some).query(others)[0]
        squares = [way**2 for way in ways]
        wanted = sum(
            float((x if squared else (x + 1e-8) ** 0.5).mean()) for x in squares
        )
        assert float(found[b]) == pytest.approx(wanted, rel=1e-12)
    back = {"squared": squared, "one_mask": true, "other_mask": real}
    assert torch.equal(chamfer_distance(other, one, **back), found)


@pytest.mark.parametrize("squared", [True, False])
def test_slopes_reach_both_clouds(squared, rng):
    one, other, real, true = clouds(rng)

    def distance(one, other):
        given = {"one_mask": real, "other_mask": true}
        return chamfer_distance(one, other, squared=squared, **given)

    torch.autograd.gradcheck(distance, (one.requires_grad_(), other.requires_grad_()))


@pytest.mark.parametrize("eps", [0.0, 1e-8])
def test_points_that_coincide_have_no_slope(eps, rng):
    one, *_ = clouds(rng)
    one.requires_grad_()
    gaps = gaps_to_nearest(one, one.detach(), eps=eps)
    (slope,) = torch.autograd.grad(gaps.sum(), one)
    assert (slope == 0).all()
    assert (gaps == math.sqrt(eps)).all()


def test_one_way_may_be_nothing_where_the_other_is_not(rng):
    """A cloud that has shrunk to one of the points."""
    one, *_ = clouds(rng)
    point = one[:, :1]
    assert (gaps_to_nearest(point, one, eps=0) == 0).all()
    there = gaps_to_nearest(one, point, eps=0)
    torch.testing.assert_close(there, (one - point).norm(dim=-1))
    torch.testing.assert_close(chamfer_distance(point, one, eps=0), there.mean(1))


def test_a_cloud_without_a_real_point_is_at_no_distance(rng):
    one, other, real, true = clouds(rng)
    none = true & torch.tensor([[True], [False]])
    found = chamfer_distance(one, other, one_mask=real, other_mask=none)
    wanted = chamfer_distance(one, other, one_mask=real, other_mask=true)
    assert found[0] == wanted[0]
    assert found[1] == 0


def test_a_negative_number_below_the_root_is_refused(rng):
    one, other, *_ = clouds(rng)
    with pytest.raises(ValueError, match=r"eps must be at least 0, got -1e-08"):
        gaps_to_nearest(one, other, eps=-1e-8)
