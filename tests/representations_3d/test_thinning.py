"""Checks of dlnotes.representations_3d.thinning."""

import math

import pytest
import torch

from dlnotes.representations_3d.thinning import keep_points, repeat_first


@pytest.mark.parametrize("most", [0.95, 0.875, 0.0])
def test_shares_are_uniform_up_to_the_largest(most, rng):
    """Mean and spread of the share of points that are left out, over 4,000 clouds.

    A share theta of N points has variance theta (1 - theta) / N around it.
    """
    clouds, count = 4000, 500
    kept = keep_points(torch.zeros(clouds, count, 3), most, generator=rng())
    lost = 1 - kept.double().mean(1)
    variance = most**2 / 12 + (most / 2 - most**2 / 3) / count
    assert abs(lost.mean() - most / 2) <= 5 * math.sqrt(variance / clouds)
    # The fourth moment of a uniform variable makes its variance known to sqrt(0.8 / n).
    bound = 5 * variance * math.sqrt(0.9 / clouds) + 1e-15
    assert abs(lost.var() - variance) <= bound


def test_one_point_at_least_is_kept(rng):
    points = torch.zeros(200, 2, 3)
    mask = torch.tensor([True, False]).expand(200, 2)
    assert keep_points(points, 0.95, generator=rng()).any(1).all()
    assert torch.equal(keep_points(points, 0.95, mask=mask, generator=rng()), mask)
    assert not keep_points(points, 0.95, mask=mask & False, generator=rng()).any()


def test_a_given_draw_is_compared_with_its_share():
    points = torch.zeros(2, 3, 3)
    noise = torch.tensor([[0.5, 0.1, 0.3, 0.9], [1.0, 0.2, 0.1, 0.0]])
    kept = keep_points(points, 0.5, noise=noise)
    assert kept.tolist() == [[False, True, True], [True, False, False]]
    with pytest.raises(ValueError, match=r"noise must be \(2, 4\), got \(2, 3\)"):
        keep_points(points, 0.5, noise=noise[:, 1:])


def test_the_first_point_stands_for_those_left_out(rng):
    points = torch.randn(2, 4, 3, generator=rng())
    kept = torch.tensor([[False, True, False, True], [True, True, True, False]])
    filled = repeat_first(points, kept)
    for b, n in ((b, n) for b in range(2) for n in range(4)):
        assert torch.equal(filled[b, n], points[b, n if kept[b, n] else 0])
