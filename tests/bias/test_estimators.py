"""Checks of dlnotes.bias.estimators against the note."""

from fractions import Fraction
from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlnotes.bias.estimators import decompose_error, estimator_bias, variance_bias
from tests.statistics import within

F64 = torch.float64


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("sides", [(0, 1), (-1, 1), (0, 1, 5), (4, 4)])
def test_the_bias_of_the_variance_by_enumeration(count, sides):
    """Eq. (variance-bias): all samples of a small die, in fractions.

    One value alone has an estimate of 0; equal sides have no variance and no bias.
    """

    def divided_by_n(values):
        mean = Fraction(sum(values), len(values))
        return sum((v - mean) ** 2 for v in values) / len(values)

    truth = divided_by_n(sides)
    samples = [divided_by_n(s) for s in product(sides, repeat=count)]
    bias = sum(samples) / len(samples) - truth
    assert bias == -truth / count
    assert variance_bias(float(truth), count=count) == pytest.approx(float(bias))


@pytest.mark.parametrize("count", [2, 5, 20])
def test_the_variance_of_normal_numbers_agrees(rng, count):
    """Eq. (variance-bias): 100,000 samples; divided by one less there is no bias."""
    samples = 3 * torch.randn(100_000, count, dtype=F64, generator=rng(count))
    for correction, expected in ((0, variance_bias(9.0, count=count)), (1, 0.0)):
        assert within(samples.var(1, correction=correction) - 9.0, expected)


def test_bias_and_its_standard_error_by_hand():
    """Eq. (estimator-bias): mean minus truth, and deviation by root of S."""
    estimates = torch.tensor([1.0, 3.0, 5.0, 7.0])
    for scale in (1.0, 2.0**100, 2.0**-100):  # whose squares overflow and vanish
        bias = estimator_bias(scale * estimates, 2.5 * scale)
        assert bias.value == 1.5 * scale
        assert bias.error.item() / scale == pytest.approx((20 / 3) ** 0.5 / 2)
    near = estimator_bias(1e8 + estimates.double(), 1e8 + 2.5)
    assert near.value == 1.5, "what is common cancels first"


def test_the_slopes_of_bias_and_error_are_right(rng):
    """Eq. (estimator-bias) and Eq. (bias-variance): against finite differences."""
    estimates = torch.randn(5, dtype=F64, generator=rng(), requires_grad=True)
    for function in (estimator_bias, decompose_error):
        assert torch.autograd.gradcheck(
            lambda v, f=function: tuple(f(v, 0.3)), estimates
        )


def test_equal_estimates_have_no_error_and_a_finite_gradient():
    """Eq. (estimator-bias): the root at a variance of 0."""
    estimates = torch.full((4,), 2.0, dtype=F64, requires_grad=True)
    bias = estimator_bias(estimates, 0.5)
    assert (bias.value.item(), bias.error.item()) == (1.5, 0.0)
    (gradient,) = torch.autograd.grad(bias.value + bias.error, estimates)
    torch.testing.assert_close(gradient, torch.full((4,), 0.25, dtype=F64))


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=9), st.floats(-10, 10))
def test_squared_error_is_squared_bias_plus_variance(values, truth):
    """Eq. (bias-variance): for any numbers, one alone and equal ones too."""
    truth = 0.0 if abs(truth) < 1e-300 else truth
    error, bias, variance = decompose_error(torch.tensor(values, dtype=F64), truth)
    # A dozen roundings of squares that are at most 20 squared.
    torch.testing.assert_close(error, bias + variance, rtol=0, atol=12 * 400 * 2e-16)
    exact = [Fraction(v) - Fraction(truth) for v in values]
    direct = sum(e * e for e in exact) / len(exact)
    assert error.item() == pytest.approx(float(direct), rel=1e-14, abs=1e-30)
    mean = sum(exact) / len(exact)
    assert bias.item() == pytest.approx(float(mean**2), rel=1e-9, abs=1e-12)


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="estimates must be at least 2, got 1"):
        estimator_bias(torch.ones(1), 0.0)
    with pytest.raises(TypeError, match="truth must be a real number, got a Tensor"):
        decompose_error(torch.ones(2), torch.ones(1))
    with pytest.raises(ValueError, match="truth must be representable in"):
        estimator_bias(torch.ones(2), 1e-60)
    with pytest.raises(ValueError, match="variance must not be negative, got -1"):
        variance_bias(-1.0, count=2)
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        variance_bias(1.0, count=0)


@pytest.mark.parametrize("function", [estimator_bias, decompose_error])
def test_errors_beyond_the_largest_number_are_refused(function):
    estimates = torch.tensor([1.7e308, 0.0], dtype=torch.float64)
    with pytest.raises(ValueError, match="estimates - truth must be finite, got inf"):
        function(estimates, -1.7e308)
