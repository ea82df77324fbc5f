"""Checks of dlnotes.smoothing.maximum against docs/notes/smoothing.md."""

import math

import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlnotes.smoothing.maximum import (
    log_cosh_abs,
    log_mean_exp,
    smooth_abs,
    smooth_max,
    smooth_max_gap,
    smooth_max_hessian,
)

numbers = st.floats(-1e4, 1e4)
rows = st.lists(numbers, min_size=1, max_size=8)
sharpnesses = st.floats(1e-2, 1e4)
REAL = {"real": True}
repeatable = settings(deadline=None, derandomize=True, max_examples=100)


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def rounding(*values):
    """A few units in the last place of the largest of some numbers."""
    return 8 * 2.0**-52 * max(1.0, *map(abs, values))


def test_absolute_value_is_the_integral_of_a_steep_sigmoid():
    """Eq. (smooth-abs): its slope is 2 σ(κx) - 1, and both forms are the same."""
    x, k = sympy.symbols("x k", positive=True)  # both sides are even in x
    formula = sympy.log(2 + sympy.exp(k * x) + sympy.exp(-k * x)) / k
    slope = 2 / (1 + sympy.exp(-k * x)) - 1
    assert sympy.simplify(sympy.diff(formula, x) - slope) == 0
    integral = 2 * sympy.log(1 + sympy.exp(k * x)) / k - x
    assert sympy.simplify(sympy.expand_log(sympy.diff(integral - formula, x))) == 0
    assert sympy.simplify((integral - formula).subs(x, 0)) == 0

    grid = torch.linspace(-5, 5, 101, dtype=torch.float64)
    direct = torch.log(2 + torch.exp(3 * grid) + torch.exp(-3 * grid)) / 3
    torch.testing.assert_close(smooth_abs(grid, 3.0), direct)


def test_log_cosh_leaves_out_the_two():
    """Eq. (log-cosh-abs): the direct formula agrees where it does not overflow."""
    grid = torch.linspace(-5, 5, 101, dtype=torch.float64)
    direct = torch.log(torch.exp(3 * grid) + torch.exp(-3 * grid)) / 3
    torch.testing.assert_close(log_cosh_abs(grid, 3.0), direct)


@repeatable
@given(numbers, sharpnesses)
def test_both_are_above_the_absolute_value_and_worst_at_zero(x, sharpness):
    """Eq. (smooth-abs), Eq. (log-cosh-abs): errors up to log 4 / κ and log 2 / κ."""
    for smooth, worst in ((smooth_abs, math.log(4)), (log_cosh_abs, math.log(2))):
        error = smooth(double(x), sharpness).item() - abs(x)
        assert -rounding(x) <= error <= worst / sharpness + rounding(x)
        at_zero = smooth(double(0.0), sharpness).item()
        assert at_zero == pytest.approx(worst / sharpness)


def test_the_slope_at_zero_is_zero():
    """Eq. (smooth-abs), Eq. (log-cosh-abs): no kink is left, also for autograd."""
    for smooth in (smooth_abs, log_cosh_abs):
        x = double([0.0, 0.3, -0.3]).requires_grad_()
        assert torch.autograd.gradcheck(lambda x, s=smooth: s(x, 2.0), x)
        assert torch.autograd.grad(smooth(x, 2.0).sum(), x)[0][0] == 0


def test_the_product_of_two_factors_leads_to_the_smooth_maximum():
    """Eq. (smooth-max): the algebra from two absolute values to four exponentials."""
    x, y, k = sympy.symbols("x y k", **REAL)
    one = sympy.exp(k * (x + y)) + sympy.exp(-k * (x + y))
    other = sympy.exp(k * (x - y)) + sympy.exp(-k * (x - y))
    four = sum(sympy.exp(2 * k * s * z) for s in (1, -1) for z in (x, y))
    assert sympy.simplify(sympy.expand(one * other) - four) == 0


@repeatable
@given(numbers, numbers)
def test_half_the_sum_of_two_absolute_values_is_the_larger_magnitude(x, y):
    """The article's identity is a maximum only where x + y >= 0."""
    half = (abs(x + y) + abs(x - y)) / 2
    assert half == pytest.approx(max(abs(x), abs(y)), abs=1e-11)
    always = (x + y + abs(x - y)) / 2
    assert always == pytest.approx(max(x, y), abs=1e-11)
    if abs(x + y) > 1e-9 and abs(x - y) > 1e-9:
        assert (abs(half - max(x, y)) < 1e-9) == (x + y > 0)


@pytest.mark.parametrize("sharpness", [0.1, 1.0, 30.0])
def test_smooth_max_agrees_with_torch(rng, sharpness):
    """Eq. (smooth-max): (1/κ) logsumexp(κx), within rounding."""
    values = 10 * torch.randn(500, 7, dtype=torch.float64, generator=rng())
    expected = torch.logsumexp(sharpness * values, -1) / sharpness
    torch.testing.assert_close(smooth_max(values, sharpness), expected)


@repeatable
@given(rows, sharpnesses)
def test_smooth_max_has_two_sided_bounds(values, sharpness):
    """Eq. (smooth-max), Eq. (smooth-max-gap): between max and max + log(K) / κ."""
    top, most = max(values), math.log(len(values)) / sharpness
    smooth = smooth_max(double(values), sharpness).item()
    gap = smooth_max_gap(double(values), sharpness).item()
    assert top - rounding(top) <= smooth <= top + most + rounding(top)
    assert 0 <= gap <= most + rounding(most)


@repeatable
@given(st.integers(1, 6), st.integers(1, 6), st.floats(0.1, 10), sharpnesses)
def test_gap_is_bounded_by_the_ties_and_the_distance(ties, below, delta, sharpness):
    """Eq. (smooth-max-gap): log(m) / κ, and exponentially little for the rest."""
    values = double([3.0] * ties + [3.0 - delta] * below)
    gap = smooth_max_gap(values, sharpness).item()
    low = math.log(ties) / sharpness
    high = low + below / ties * math.exp(-sharpness * delta) / sharpness
    assert low - rounding(low) <= gap <= high + rounding(high)


def test_gap_keeps_digits_that_the_difference_loses():
    """Eq. (smooth-max-gap): relative precision where LSE - max rounds to 0."""
    values = double([1e4, 1e4 - 50])
    gap = smooth_max_gap(values, 1.0).item()
    assert gap == pytest.approx(math.exp(-50), rel=1e-12)
    assert (values.logsumexp(-1) - values.max()).item() == 0


def test_pair_identity():
    """Eq. (smooth-max): for two values it is max + softplus(-|x - y|)."""
    x, y = torch.meshgrid(
        torch.linspace(-30, 30, 13), torch.linspace(-3, 3, 13), indexing="ij"
    )
    expected = torch.maximum(x, y) + torch.nn.functional.softplus(-(x - y).abs())
    actual = smooth_max(torch.stack([x, y], -1), 1.0)
    torch.testing.assert_close(actual, expected)


def test_gradient_is_the_softmax_and_ties_share_it(rng):
    """Eq. (smooth-max): autograd agrees with the softmax, at ties too."""
    random = 3 * torch.randn(20, 5, dtype=torch.float64, generator=rng())
    for values in (random, double([[1.0, 1.0, 0.0], [2.0, 2.0, 2.0]])):
        leaf = values.clone().requires_grad_()
        gradient = torch.autograd.grad(smooth_max(leaf, 2.0).sum(), leaf)[0]
        torch.testing.assert_close(gradient, torch.softmax(2 * values, -1))


def test_hessian_is_what_autograd_finds_and_semidefinite(rng):
    """Eq. (smooth-max-hessian): κ (diag p - p pᵀ), eigenvalues from 0 to κ / 2."""
    values = torch.randn(5, dtype=torch.float64, generator=rng())
    numeric = torch.autograd.functional.hessian(lambda x: smooth_max(x, 3.0), values)
    closed = smooth_max_hessian(values, 3.0)
    torch.testing.assert_close(closed, numeric)
    eigenvalues = torch.linalg.eigvalsh(closed)
    assert eigenvalues.min() > -1e-12
    assert eigenvalues.max() <= 1.5
    torch.testing.assert_close(closed.sum(-1), torch.zeros_like(values))


def test_hessian_reaches_its_bound():
    """Eq. (smooth-max-hessian): two equal values make the curvature exactly κ / 2."""
    values = double([0.0, 0.0, -1e4])
    largest = torch.linalg.eigvalsh(smooth_max_hessian(values, 4.0)).max()
    assert largest.item() == pytest.approx(2)


@repeatable
@given(rows, st.floats(1e-2, 1e3))
def test_log_mean_exp_is_below_the_maximum_and_above_the_mean(values, sharpness):
    """Eq. (log-mean-exp): f_μ <= max <= f_μ + μ log K, so β = log K."""
    low = log_mean_exp(double(values), sharpness).item()
    top, slack = max(values), rounding(1e4, 1 / sharpness)
    assert sum(values) / len(values) - slack <= low <= top + slack
    assert top <= low + math.log(len(values)) / sharpness + slack


def test_log_mean_exp_tends_to_the_mean(rng):
    """Eq. (log-mean-exp): the limit of no sharpness, to first order in it."""
    values = torch.randn(100, 6, dtype=torch.float64, generator=rng())
    second = 1e-4 / 2 * values.var(-1, correction=0)
    difference = log_mean_exp(values, 1e-4) - values.mean(-1)
    torch.testing.assert_close(difference, second, rtol=1e-3, atol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_nothing_overflows(dtype):
    """Eq. (smooth-max): exp(1e5) never appears, in values and in gradients."""
    values = torch.tensor([[1e4, -1e4, 0.0], [-1e4] * 3], dtype=dtype)
    values.requires_grad_()
    result = smooth_max(values, 10.0)
    expected = torch.tensor([1e4, -1e4 + math.log(3) / 10], dtype=dtype)
    torch.testing.assert_close(result, expected)
    gradient = torch.autograd.grad(result.sum(), values)[0]
    expected = torch.tensor([[1.0, 0, 0], [1 / 3] * 3], dtype=dtype)
    torch.testing.assert_close(gradient, expected)
    assert smooth_max_hessian(values, 10.0).isfinite().all()
    for smooth in (smooth_abs, log_cosh_abs):
        torch.testing.assert_close(
            smooth(values, 10.0)[0, :2], torch.tensor([1e4, 1e4], dtype=dtype)
        )


def test_naive_exponentials_overflow():
    """Eq. (smooth-max): why the maximum is taken out first."""
    assert torch.tensor(89.0).exp() == math.inf
    assert double(710.0).exp() == math.inf


@pytest.mark.parametrize("sharpness", [0.0, -1.0, math.inf, math.nan])
def test_sharpness_must_be_positive(sharpness):
    for smooth in (smooth_abs, smooth_max, log_mean_exp, smooth_max_hessian):
        with pytest.raises((ValueError, ZeroDivisionError), match="sharpness must be"):
            smooth(torch.zeros(3), sharpness)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (torch.tensor([1, 2]), TypeError, "values must be floating-point"),
        (torch.tensor(1.0), ValueError, "entries on the last axis"),
        (torch.zeros(2, 0), ValueError, "entries on the last axis"),
        (torch.tensor([0.0, math.nan]), ValueError, "values must be finite"),
    ],
)
def test_values_must_be_finite_numbers_on_an_axis(values, error, message):
    with pytest.raises(error, match=message):
        smooth_max(values, 1.0)
    with pytest.raises(error, match=message):
        log_mean_exp(values, 1.0)


def test_sharpness_must_be_a_number():
    with pytest.raises(TypeError, match="sharpness must be a real number"):
        smooth_max(torch.zeros(3), torch.tensor(1.0))
