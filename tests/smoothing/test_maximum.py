"""Checks of dlnotes.smoothing.maximum against docs/notes/smoothing.md."""

import itertools
import math
from fractions import Fraction

import pytest
import sympy
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlnotes.smoothing.maximum import (
    log_cosh_abs,
    log_mean_exp,
    smooth_abs,
    smooth_max,
    smooth_max_gap,
    smooth_max_hessian,
)
from dlnotes.smoothing.permutahedron import soft_sort
from tests.smoothing.strategies import double, numbers, rounding, rows, sharpnesses

GRID = torch.linspace(-5, 5, 101, dtype=torch.float64)


def test_absolute_value_is_the_integral_of_a_steep_sigmoid():
    """Eq. (smooth-abs): its slope is 2 σ(κx) - 1, and both forms are the same."""
    x, k = sympy.symbols("x k", positive=True)  # both sides are even in x
    formula = sympy.log(2 + sympy.exp(k * x) + sympy.exp(-k * x)) / k
    slope = 2 / (1 + sympy.exp(-k * x)) - 1
    assert sympy.simplify(sympy.diff(formula, x) - slope) == 0
    integral = 2 * sympy.log(1 + sympy.exp(k * x)) / k - x
    assert sympy.simplify(sympy.expand_log(sympy.diff(integral - formula, x))) == 0
    assert sympy.simplify((integral - formula).subs(x, 0)) == 0
    direct = torch.log(2 + torch.exp(3 * GRID) + torch.exp(-3 * GRID)) / 3
    torch.testing.assert_close(smooth_abs(GRID, 3.0), direct)


def test_log_cosh_leaves_out_the_two():
    """Eq. (log-cosh-abs): the direct formula agrees where it does not overflow."""
    direct = torch.log(torch.exp(3 * GRID) + torch.exp(-3 * GRID)) / 3
    torch.testing.assert_close(log_cosh_abs(GRID, 3.0), direct)


def test_both_errors_are_positive_largest_at_zero_and_fall():
    """Eq. (smooth-abs), Eq. (log-cosh-abs): log 4 / κ and log 2 / κ, then less."""
    away = torch.arange(0, 8.1, 0.25, dtype=torch.float64)
    for sharpness in (0.5, 1.0, 2.0):
        for smooth, worst in ((smooth_abs, math.log(4)), (log_cosh_abs, math.log(2))):
            for x in (away, -away):
                error = smooth(x, sharpness) - x.abs()
                assert error[0].item() == pytest.approx(worst / sharpness)
                assert (error > 0).all()
                assert (error.diff() < 0).all()


@given(numbers, sharpnesses)
def test_no_absolute_value_is_off_by_more(x, sharpness):
    """Eq. (smooth-abs), Eq. (log-cosh-abs): at every scale, to rounding."""
    for smooth, worst in ((smooth_abs, math.log(4)), (log_cosh_abs, math.log(2))):
        error = smooth(double(x), sharpness).item() - abs(x)
        assert -rounding(x) <= error <= worst / sharpness + rounding(x)


def test_the_slope_at_zero_is_zero():
    """Eq. (smooth-abs), Eq. (log-cosh-abs): no kink is left, also for autograd."""
    for smooth in (smooth_abs, log_cosh_abs):
        x = double([0.0, 0.3, -0.3]).requires_grad_()
        assert torch.autograd.gradcheck(lambda x, s=smooth: s(x, 2.0), x)
        assert torch.autograd.grad(smooth(x, 2.0).sum(), x)[0][0] == 0


def test_the_product_of_two_factors_leads_to_the_smooth_maximum():
    """Eq. (smooth-max): the algebra from two absolute values to four exponentials."""
    x, y, k = sympy.symbols("x y k", real=True)
    one = sympy.exp(k * (x + y)) + sympy.exp(-k * (x + y))
    other = sympy.exp(k * (x - y)) + sympy.exp(-k * (x - y))
    four = sum(sympy.exp(2 * k * s * z) for s in (1, -1) for z in (x, y))
    assert sympy.simplify(sympy.expand(one * other) - four) == 0


def test_half_the_sum_of_two_absolute_values_is_the_larger_magnitude():
    """The article's identity is the maximum where x + y >= 0 and nowhere else.

    All pairs from -4 to 4: both signs, zeros, ties, opposite numbers.
    """
    for x, y in itertools.product(range(-4, 5), repeat=2):
        half = Fraction(abs(x + y) + abs(x - y), 2)
        assert half == max(abs(x), abs(y))
        assert (half == max(x, y)) == (x + y >= 0)
        assert Fraction(x + y + abs(x - y), 2) == max(x, y)


@pytest.mark.parametrize("sharpness", [0.1, 1.0, 30.0])
def test_smooth_max_agrees_with_torch(rng, sharpness):
    """Eq. (smooth-max): (1/κ) logsumexp(κx), within rounding."""
    values = 10 * torch.randn(500, 7, dtype=torch.float64, generator=rng())
    expected = torch.logsumexp(sharpness * values, -1) / sharpness
    torch.testing.assert_close(smooth_max(values, sharpness), expected)


@given(rows, sharpnesses)
def test_smooth_max_has_two_sided_bounds(values, sharpness):
    """Eq. (smooth-max), Eq. (smooth-max-gap): between max and max + log(K) / κ."""
    top, most = max(values), math.log(len(values)) / sharpness
    smooth = smooth_max(double(values), sharpness).item()
    gap = smooth_max_gap(double(values), sharpness).item()
    assert top - rounding(top) <= smooth <= top + most + rounding(top)
    assert 0 <= gap <= most + rounding(most)


def test_the_bounds_are_met_by_one_value_and_by_equal_values():
    """Eq. (smooth-max-gap): every row of up to four digits from 0 to 2.

    No gap if and only if there is one value, log K / κ if and only if all are equal.
    """
    for count in (1, 2, 3, 4):
        for values in itertools.product(range(3), repeat=count):
            gap = smooth_max_gap(double(values), 2.0).item()
            assert (gap == 0) == (count == 1)
            share = gap * 2 / math.log(count) if count > 1 else 1
            assert (share > 1 - 1e-12) == (len(set(values)) == 1)


@given(st.integers(1, 6), st.integers(0, 6), st.floats(0.1, 10), sharpnesses)
def test_gap_is_bounded_by_the_ties_and_the_distance(ties, below, delta, sharpness):
    """Eq. (smooth-max-gap): log(m) / κ, and exponentially little for the rest."""
    values = double([3.0] * ties + [3.0 - delta] * below)
    gap = smooth_max_gap(values, sharpness).item()
    low = math.log(ties) / sharpness
    high = low + below / ties * math.exp(-sharpness * delta) / sharpness
    assert low - rounding(low) <= gap <= high + rounding(high)


def test_pair_identity():
    """Eq. (smooth-max): for two values it is max + softplus(-|x - y|)."""
    x, y = torch.meshgrid(
        torch.linspace(-30, 30, 13), torch.linspace(-3, 3, 13), indexing="ij"
    )
    expected = torch.maximum(x, y) + torch.nn.functional.softplus(-(x - y).abs())
    actual = smooth_max(torch.stack([x, y], -1), 1.0)
    torch.testing.assert_close(actual, expected)


def test_gradient_is_the_softmax_and_ties_share_it(rng):
    """Eq. (smooth-max): autograd agrees with the softmax, at ties and masks too."""
    random = 3 * torch.randn(20, 5, dtype=torch.float64, generator=rng())
    ties = double([[1.0, 1.0, 0.0], [2.0, 2.0, 2.0], [1.0, -torch.inf, 1.0]])
    for values in (random, ties):
        leaf = values.clone().requires_grad_()
        gradient = torch.autograd.grad(smooth_max(leaf, 2.0).sum(), leaf)[0]
        torch.testing.assert_close(gradient, torch.softmax(2 * values, -1))


def test_hessian_is_what_autograd_finds(rng):
    """Eq. (smooth-max-hessian): κ (diag p - p pᵀ), at a tie as well."""
    for values in (torch.randn(5, generator=rng()).double(), double([1.0, 1.0, 0.0])):
        numeric = torch.autograd.functional.hessian(
            lambda x: smooth_max(x, 3.0), values
        )
        closed = smooth_max_hessian(values, 3.0)
        torch.testing.assert_close(closed, numeric)
        torch.testing.assert_close(closed.sum(-1), torch.zeros_like(values))


def test_the_form_is_a_variance_and_at_most_half():
    """Eq. (smooth-max-hessian): the steps of the proof, in fractions.

    All distributions in sixths and all vectors from -2 to 2, of one to three entries.
    Half of |v|² is met only by v = (a, -a) under two halves, and by 0.
    """
    sixths = [Fraction(i, 6) for i in range(7)]
    for count in (1, 2, 3):
        for p in itertools.product(sixths, repeat=count):
            if sum(p) != 1:
                continue
            for v in itertools.product(range(-2, 3), repeat=count):
                mean = sum(a * b for a, b in zip(p, v, strict=True))
                form = sum(a * b**2 for a, b in zip(p, v, strict=True)) - mean**2
                assert form == sum(
                    a * (b - mean) ** 2 for a, b in zip(p, v, strict=True)
                )
                length = sum(b**2 for b in v)
                assert 0 <= form <= min(Fraction(length, 2), max(b**2 for b in v))
                halves = sorted(b for a, b in zip(p, v, strict=True) if a == sixths[3])
                pair = len(halves) == 2 and halves[0] == -halves[1]
                full = pair and length == 2 * halves[0] ** 2
                assert (2 * form == length) == (full or length == 0)


def test_hessian_reaches_its_bound():
    """Eq. (smooth-max-hessian): κ / 2 for two equal values, approached with more."""
    for values in ([0.0, 0.0], [0.0, 0.0, -torch.inf], [0.0, 0.0, -1e4]):
        hessian = smooth_max_hessian(double(values), 4.0)
        assert torch.linalg.eigvalsh(hessian).max().item() == pytest.approx(2)
    more = torch.linalg.eigvalsh(smooth_max_hessian(double([0.0, 0.0, -2.0]), 4.0))
    assert more.max() < 2


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
    # The next order is 1e-8 / 6 times a third moment of at most some 20.
    torch.testing.assert_close(difference, second, rtol=0, atol=1e-7)


def test_a_smoother_maximum_of_two_than_log_mean_exp():
    """Eq. (log-mean-exp): 1/2 is its constant; a Huber knee has 1 / (4 log 2).

    The knee is as close to the maximum, and no function as close is smoother: along
    x = -y the maximum is |t| / √2, and L t² / 2 has to stay above |t| / √2 - ε.
    """
    mu = 0.7
    knee = 4 * mu * math.log(2)

    def huber(pair):
        d = (pair[..., 0] - pair[..., 1]).abs()
        bent = torch.where(d < knee, d**2 / (2 * knee), d - knee / 2)
        return pair.mean(-1) + bent / 2

    ticks = [0.0, 1e-9, 0.5, knee / 2, knee, knee + 0.1, 50.0]
    pairs = double(list(itertools.product([-t for t in ticks] + ticks, repeat=2)))
    top, low = pairs.amax(-1), huber(pairs)
    assert (low <= top + 1e-12).all()
    assert (top <= low + mu * math.log(2) + 1e-12).all()
    curvature = torch.autograd.functional.hessian(huber, double([0.3, 0.0]))
    largest = torch.linalg.eigvalsh(curvature).max().item()
    assert largest * mu == pytest.approx(1 / (4 * math.log(2)))
    assert largest * mu < 0.37

    t, bound, slope = sympy.symbols("t epsilon L", positive=True)
    room = slope * t**2 / 2 - t / sympy.sqrt(2) + bound
    place = sympy.solve(sympy.diff(room, t), t)[0]
    least = sympy.solve(room.subs(t, place), slope)[0]
    assert sympy.simplify(least - 1 / (4 * bound)) == 0


def test_naive_exponentials_overflow():
    """Eq. (smooth-max): why the maximum is taken out first."""
    assert torch.tensor(89.0).exp() == math.inf
    assert double(710.0).exp() == math.inf


@pytest.mark.parametrize("function", [smooth_max, smooth_max_gap, soft_sort])
def test_one_row_may_be_taken_at_several_sharpnesses(function):
    row, both = torch.tensor([1.0, 3.0, 2.0]), torch.tensor([[1.0], [5.0]])
    each = torch.stack([function(row, k) for k in (1.0, 5.0)])
    torch.testing.assert_close(function(row, both), each)
