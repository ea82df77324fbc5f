"""Checks of dlnotes.bias.meanings against the note."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlnotes.bias.meanings import decompose_error, estimator_bias, variance_bias

F64 = torch.float64


@pytest.mark.parametrize("count", [2, 5, 20])
def test_dividing_by_n_is_biased_by_a_known_amount(rng, count):
    """Eq. (variance-bias): five standard errors of 100,000 samples, correction too."""
    samples = 3 * torch.randn(100_000, count, dtype=F64, generator=rng(count))
    for correction, expected in ((0, variance_bias(9.0, count=count)), (1, 0.0)):
        bias = estimator_bias(samples.var(1, correction=correction), 9.0)
        assert abs(bias.value - expected) < 5 * bias.error


def test_the_bias_of_the_variance_by_enumeration():
    """Eq. (variance-bias): all 27 samples of three throws of a die with three sides."""
    sides = torch.tensor([0.0, 1.0, 5.0], dtype=F64)
    samples = torch.cartesian_prod(sides, sides, sides)
    truth = sides.var(correction=0).item()
    bias = estimator_bias(samples.var(1, correction=0), truth)
    assert bias.value.item() == pytest.approx(variance_bias(truth, count=3))
    assert variance_bias(0.0, count=3) == 0


def test_bias_and_its_standard_error_by_hand():
    """Eq. (estimator-bias): mean minus truth, and deviation by root of S."""
    bias = estimator_bias(torch.tensor([1.0, 3.0, 5.0, 7.0]), 2.5)
    assert bias.value == 1.5
    assert bias.error.item() == pytest.approx((20 / 3) ** 0.5 / 2)


@settings(deadline=None)
@given(st.lists(st.floats(-10, 10), min_size=1, max_size=9), st.floats(-10, 10))
def test_squared_error_is_squared_bias_plus_variance(values, truth):
    """Eq. (bias-variance): exactly, for any numbers."""
    error, bias, variance = decompose_error(torch.tensor(values, dtype=F64), truth)
    torch.testing.assert_close(error, bias + variance, rtol=1e-9, atol=1e-9)
    direct = sum((v - truth) ** 2 for v in values) / len(values)
    assert error.item() == pytest.approx(direct, abs=1e-9)


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="estimates must be at least 2, got 1"):
        estimator_bias(torch.ones(1), 0.0)
    with pytest.raises(TypeError, match="truth must be a real number, got a Tensor"):
        decompose_error(torch.ones(2), torch.ones(1))
    with pytest.raises(ValueError, match="variance must not be negative, got -1"):
        variance_bias(-1.0, count=2)
    with pytest.raises(TypeError, match="count must be an integer, got a float"):
        variance_bias(1.0, count=2.0)
    with pytest.raises(ValueError, match="estimates must have 1 nonempty axes"):
        decompose_error(torch.ones(2, 2), 0.0)
