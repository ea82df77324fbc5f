"""Checks of dlnotes.smoothing.means against docs/notes/smoothing.md."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from dlnotes.smoothing.maximum import smooth_max
from dlnotes.smoothing.means import boltzmann_max, p_norm_max
from tests.smoothing.strategies import double, rows


def worst_of(count):
    return special.lambertw((count - 1) / math.e).real


@given(rows, st.floats(1e-2, 1e3))
def test_boltzmann_is_between_the_mean_and_the_maximum(values, sharpness):
    """Eq. (boltzmann-max): below the maximum, by at most W((K - 1) / e) / κ."""
    mean, top = sum(values) / len(values), max(values)
    average = boltzmann_max(double(values), sharpness).item()
    least = top - worst_of(len(values)) / sharpness
    assert max(mean, least) - 1e-10 <= average <= top + 1e-10
    assert average <= smooth_max(double(values), sharpness).item() + 1e-10


def test_no_row_is_worse_than_the_bound_and_one_reaches_it():
    """Eq. (boltzmann-max): a grid of distances, and the worst row of the proof."""
    steps = [0.0, 0.4, 1.0, 1.2, 1.5, 2.0, 5.0, 60.0]
    for count in (1, 2, 3, 4):
        rest = itertools.combinations_with_replacement(steps, count - 1)
        grid = double([[0.0, *(-u for u in row)] for row in rest])
        assert -boltzmann_max(grid, 1.0).min() <= worst_of(count) + 1e-12
    for count in (1, 2, 5, 100):
        values = torch.full((count,), -(1 + worst_of(count)), dtype=torch.float64)
        values[0] = 0
        reached = -boltzmann_max(values, 1.0).item()
        assert reached == pytest.approx(worst_of(count), abs=1e-15)


def test_its_bound_is_below_that_of_the_log_sum_exp():
    """Eq. (boltzmann-max): W((K - 1) / e) < log K from two values on; 0 for one."""
    assert worst_of(1) == 0 == math.log(1)
    assert all(worst_of(k) < math.log(k) for k in [*range(2, 50), 10**3, 10**9])


def test_boltzmann_of_two_is_a_gate(rng):
    """Eq. (boltzmann-max): (x - y) σ(κ (x - y)) + y for two values."""
    x, y = torch.randn(2, 100, dtype=torch.float64, generator=rng())
    gate = (x - y) * torch.sigmoid(3 * (x - y)) + y
    torch.testing.assert_close(boltzmann_max(torch.stack([x, y], -1), 3.0), gate)


def test_the_mean_can_fall_when_a_value_rises():
    """Eq. (boltzmann-max): a low value that rises takes weight from the leader."""
    low, high = boltzmann_max(double([[-3.0, 0], [-2.0, 0]]), 1.0)
    assert high < low


def test_p_norm_agrees_with_torch(rng):
    """Eq. (p-norm-max): the vector norm of torch, and its gradient."""
    values = torch.rand(50, 6, dtype=torch.float64, generator=rng())
    for order in (1, 2, 7.5):
        norm = torch.linalg.vector_norm(values, order, -1)
        torch.testing.assert_close(p_norm_max(values, order), norm)
    leaf = (values[0] + 0.1).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: p_norm_max(x, 3.0), leaf)


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=8), st.floats(1, 200))
def test_p_norm_has_relative_bounds(values, order):
    """Eq. (p-norm-max): from max to max times K^(1/p)."""
    norm, top = p_norm_max(double(values), order).item(), max(values)
    most = len(values) ** (1 / order) * top
    assert top * (1 - 1e-12) <= norm <= most * (1 + 1e-12)


def test_p_norm_is_the_smooth_maximum_of_logarithms():
    """Eq. (p-norm-max): with κ = q; a value of 0 is a masked entry."""
    values = double([[3.0, 2.0, 0.1], [1.0, 0.0, 1.0]])
    expected = smooth_max(values.log(), 4.0).exp()
    torch.testing.assert_close(p_norm_max(values, 4.0), expected)


def test_p_norm_at_the_origin_has_no_gradient():
    """Eq. (p-norm-max): all zeros give 0 with gradient 0, not NaN."""
    values = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    result = p_norm_max(values, 2.0)
    assert result.item() == 0
    assert torch.autograd.grad(result, values)[0].tolist() == [0, 0, 0]
