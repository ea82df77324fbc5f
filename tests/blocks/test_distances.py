"""Checks of dlnotes.blocks.distances."""

import itertools

import pytest
import torch

from dlnotes.blocks.distances import FEW, in_parts, squared_distances


@pytest.mark.parametrize("coordinates", [1, 3, FEW, FEW + 1, 40])
def test_each_entry_is_a_sum_of_squared_differences(coordinates, rng):
    one = torch.randn(2, 4, coordinates, dtype=torch.float64, generator=rng())
    other = torch.randn(2, 5, coordinates, dtype=torch.float64, generator=rng(1))
    expected = torch.empty(2, 4, 5, dtype=torch.float64)
    for b, i, j in itertools.product(range(2), range(4), range(5)):
        pairs = zip(one[b, i].tolist(), other[b, j].tolist(), strict=True)
        expected[b, i, j] = sum((x - y) ** 2 for x, y in pairs)
    torch.testing.assert_close(
        squared_distances(one, other), expected, rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("coordinates", [3, 64])
def test_no_distance_is_negative_far_from_the_origin(coordinates, rng):
    """The usual product of uncentered points is wrong by about 1 here."""
    points = 1000 + torch.rand(1, 50, coordinates, generator=rng())
    found = squared_distances(points, points)
    exact = squared_distances(points.double(), points.double())
    assert (found >= 0).all()
    # Squares of at most 64, summed over 64 coordinates with rounding errors of 6e-8.
    torch.testing.assert_close(found.double(), exact, rtol=0, atol=64 * 64 * 6e-8)


def test_equal_points_have_distance_zero(rng):
    points = torch.randn(1, 20, 3, generator=rng())
    assert (squared_distances(points, points).diagonal(dim1=1, dim2=2) == 0).all()


@pytest.mark.parametrize("coordinates", [2, FEW + 1])
def test_gradients_are_those_of_the_formula(coordinates, rng):
    one = torch.randn(1, 3, coordinates, dtype=torch.float64, generator=rng())
    other = torch.randn(1, 2, coordinates, dtype=torch.float64, generator=rng(1))
    inputs = (one.requires_grad_(), other.requires_grad_())
    assert torch.autograd.gradcheck(squared_distances, inputs)


def test_no_points_have_an_empty_table():
    for coordinates in (3, 20):
        none, some = torch.zeros(2, 0, coordinates), torch.ones(2, 4, coordinates)
        assert squared_distances(some, none).shape == (2, 4, 0)
        assert squared_distances(none, some).shape == (2, 0, 4)


@pytest.mark.parametrize("size", [1, 3, 7, 10])
def test_parts_are_put_together_and_carry_gradients(size, rng):
    rows = torch.randn(2, 7, 3, dtype=torch.float64, generator=rng()).requires_grad_()
    other = torch.randn(2, 7, dtype=torch.float64, generator=rng(1))
    seen = []

    def function(some, numbers):
        seen.append(some.shape[1])
        return some.square().sum(-1) * numbers, numbers.long()

    square, whole = in_parts(function, rows, other, size=size)
    assert max(seen) <= size
    assert sum(seen) == 7
    assert torch.equal(whole, other.long())
    torch.testing.assert_close(square, rows.square().sum(-1) * other)
    (slope,) = torch.autograd.grad(square.sum(), rows)
    torch.testing.assert_close(slope, 2 * rows.detach() * other[..., None])
