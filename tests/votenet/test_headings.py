"""Checks of dlnotes.votenet.headings."""

import math

import pytest
import torch

from dlnotes.votenet.headings import (
    heading_bins,
    headings_of_bins,
    size_residuals,
    sizes_of_residuals,
)

BINS = [1, 2, 4, 12, 18]


@pytest.mark.parametrize("bins", BINS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_heading_is_nearest_to_the_middle_of_its_bin(bins, dtype, rng):
    """Eq. (heading-bins), against a search of all bins, by unit vectors."""
    headings = 40 * torch.rand(2000, dtype=dtype, generator=rng()) - 20
    classes, residuals = heading_bins(headings, bins)
    middles = 2 * math.pi * torch.arange(bins, dtype=dtype) / bins
    likeness = (headings[:, None] - middles).cos()
    best = likeness.max(1).values
    of_class = likeness.gather(1, classes[:, None])[:, 0]
    slack = 100 * torch.finfo(dtype).eps  # of angles up to 20
    assert (of_class >= best - slack).all()
    assert residuals.abs().max() <= 1
    sign = (headings - middles[classes]).sin().sign()
    clear = (residuals.abs() > 1e-3) & (residuals.abs() < 0.999)
    assert torch.equal(residuals.sign()[clear], sign[clear])


@pytest.mark.parametrize("bins", BINS)
@pytest.mark.parametrize("turns", [-2, -1, 0, 1, 5])
def test_at_borders_and_middles_all_cases_are_right(bins, turns):
    """Eq. (heading-bins), by enumeration of all borders and middles."""
    for k in range(bins):
        at = 2 * math.pi * (k / bins + turns)
        classes, residuals = heading_bins(torch.tensor([at], dtype=torch.float64), bins)
        assert classes.tolist() == [k]
        assert abs(float(residuals)) < 1e-12 * bins
        border = at + math.pi / bins
        for step in (-1e-9, 1e-9):
            near = torch.tensor([border + step], dtype=torch.float64)
            classes, residuals = heading_bins(near, bins)
            assert classes.tolist() == [(k + (step > 0)) % bins]
            wanted = -math.copysign(1, step)
            assert float(residuals) == pytest.approx(wanted, abs=1e-7)


@pytest.mark.parametrize("bins", BINS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_rounds_up_to_a_whole_turn_has_a_bin(bins, dtype):
    """Eq. (heading-bins): a remainder may round to the divisor; there is no bin N."""
    border = torch.tensor(-math.pi / bins, dtype=dtype)
    near = [border]
    for _ in range(20):
        near.append(torch.nextafter(near[-1], near[-1].new_tensor(-10.0)))
    tiny = torch.tensor([-1e-30, -1e-12, -0.0, 1e-30], dtype=dtype)
    headings = torch.cat([torch.stack(near), tiny])
    classes, residuals = heading_bins(headings, bins)
    assert ((classes >= 0) & (classes < bins)).all()
    assert (residuals.abs() <= 1).all()
    assert set(classes[:21].tolist()) <= {0, bins - 1}
    assert classes[-4:].tolist() == [0] * 4


@pytest.mark.parametrize("bins", BINS)
def test_the_round_trip_gives_the_same_direction(bins, rng):
    """Eq. (heading-bins) loses whole turns alone."""
    headings = 40 * torch.rand(1000, dtype=torch.float64, generator=rng()) - 20
    back = headings_of_bins(*heading_bins(headings, bins), bins)
    assert (back >= -math.pi).all()
    assert (back <= math.pi).all()
    turns = (headings - back) / (2 * math.pi)
    torch.testing.assert_close(turns, turns.round(), rtol=0, atol=1e-14)


def test_the_residual_of_the_edge_of_a_bin_is_one_at_most():
    """Eq. (heading-bins) with 12 bins, by hand: bins are 30 degrees wide."""
    degrees = torch.tensor([0.0, 14.0, 16.0, 345.5, -14.5, 180.0, 190.0])
    classes, residuals = heading_bins(degrees.deg2rad())
    assert classes.tolist() == [0, 0, 1, 0, 0, 6, 6]
    wanted = torch.tensor([0, 14, -14, -14.5, -14.5, 0, 10]) / 15
    torch.testing.assert_close(residuals, wanted, rtol=0, atol=1e-5)


def test_sizes_are_told_as_shares_of_the_mean():
    """Eq. (size-residual), by hand, and back."""
    sizes = torch.tensor([[2.0, 1, 3], [1, 1, 1]])
    means = torch.tensor([[1.0, 1, 4], [2, 4, 0.5]])
    residuals = size_residuals(sizes, means)
    assert residuals.tolist() == [[1, 0, -0.25], [-0.5, -0.75, 1]]
    assert torch.equal(sizes_of_residuals(residuals, means), sizes)


def test_a_bin_that_is_none_is_refused():
    with pytest.raises(ValueError, match="from 0 to 11"):
        headings_of_bins(torch.tensor([12]), torch.zeros(1))
    with pytest.raises(TypeError, match="integers"):
        headings_of_bins(torch.zeros(1), torch.zeros(1))
    with pytest.raises(ValueError, match="means must be positive"):
        size_residuals(torch.ones(3), torch.zeros(3))
