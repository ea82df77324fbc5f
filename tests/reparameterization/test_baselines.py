"""Checks of dlnotes.reparameterization.baselines against the note."""

from fractions import Fraction
from itertools import product

import pytest
import sympy
import torch
from torch.distributions import Bernoulli, Normal

from dlnotes.reparameterization.baselines import (
    leave_one_out_baseline,
    optimal_baseline,
)
from dlnotes.reparameterization.score_function import score, score_function_gradient
from tests.statistics import SIGMAS, within


def normal_moment(polynomial, *variables):
    """The mean of a polynomial of independent standard normal variables."""
    mean = 0
    for powers, factor in sympy.Poly(polynomial, *variables).terms():
        even = all(power % 2 == 0 for power in powers)
        term = sympy.prod([sympy.factorial2(power - 1) for power in powers])
        mean += factor * term if even else 0
    return mean


def test_optimal_baseline_is_the_bottom_of_the_parabola(rng):
    """Eq. (optimal-baseline): no other baseline does better, per entry."""
    values = torch.randn(40, 2, dtype=torch.float64, generator=rng())
    scores = torch.randn(40, 2, 3, dtype=torch.float64, generator=rng(1))
    best = optimal_baseline(values, scores).requires_grad_()
    rows = (values.unsqueeze(-1) - best) * scores
    (slope,) = torch.autograd.grad(rows.square().sum(), best)

    assert best.shape == (3,)
    torch.testing.assert_close(slope, torch.zeros_like(slope), atol=1e-10, rtol=0)


def test_optimal_baseline_is_the_mean_exactly_if_values_and_squares_are_uncorrelated():
    """Eq. (optimal-baseline): four equally likely samples, by hand."""
    values = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert optimal_baseline(values, torch.tensor([1.0, -1.0, 1.0, -1.0])) == 2.5
    assert optimal_baseline(values, torch.tensor([2.0, 1.0, -1.0, -2.0])) == 2.5
    assert optimal_baseline(values, torch.tensor([0.0, 0.0, 1.0, 1.0])) == 3.5


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_the_size_of_scores_does_not_matter(size):
    """Eq. (optimal-baseline): float32 scores whose squares vanish or overflow."""
    values, scores = torch.tensor([[1.0, 4.0, 2.0], [1.0, 2.0, -1.0]])
    best = optimal_baseline(values, size * scores)
    torch.testing.assert_close(best, torch.tensor((1 + 4 * 4 + 2) / 6))


def test_optimal_baselines_of_a_square(rng):
    """Eq. (optimal-baseline): mu^2 + 3 sigma^2 and mu^2 + 5 sigma^2, not E f."""
    e, mu, sigma = sympy.symbols("e mu sigma")
    for s, wanted in ((e, 3), (e**2 - 1, 5)):
        weighted = normal_moment(sympy.expand((mu + sigma * e) ** 2 * s**2), e)
        exact = sympy.expand(weighted / normal_moment(sympy.expand(s**2), e))
        assert exact == mu**2 + wanted * sigma**2

    loc, scale = torch.tensor([3.0, 1.0], dtype=torch.float64)
    z = loc + scale * torch.randn(1_000_000, dtype=torch.float64, generator=rng())
    scores = score(Normal, (loc, scale), z)
    for s, exact in zip(scores, [12.0, 14.0], strict=True):
        weights = s.square() / s.square().mean()
        # A ratio of means: its standard error is that of the mean of the residuals.
        error = (weights * (z.square() - exact)).std() / len(z) ** 0.5
        assert (optimal_baseline(z.square(), s) - exact).abs() < SIGMAS * error


def test_optimal_baseline_of_one_bit_leaves_no_variance():
    """Eq. (optimal-baseline): (1 - p) f(1) + p f(0), by enumeration."""
    logit = torch.tensor(0.4, dtype=torch.float64)
    bits = torch.tensor([0.0, 1.0], dtype=torch.float64)
    family = lambda a: Bernoulli(logits=a)  # noqa: E731
    f = lambda b: 5 * b - 2  # noqa: E731
    p = logit.sigmoid()
    best = (1 - p) * f(bits[1]) + p * f(bits[0])
    (rows,) = score_function_gradient(f, family, (logit,), bits, baseline=best.item())
    torch.testing.assert_close(rows[0], rows[1])

    # 10,000 draws in the exact proportion of the two bits.
    ones = round(p.item() * 10_000)
    drawn = torch.cat([torch.ones(ones), torch.zeros(10_000 - ones)]).double()
    (scores,) = score(family, (logit,), drawn)
    # The proportion is rounded to 1e-4.
    torch.testing.assert_close(
        optimal_baseline(f(drawn), scores), best, atol=5e-4, rtol=0
    )


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_leave_one_out_is_the_mean_of_the_others(rng, dim):
    """Eq. (leave-one-out): one at a time, by hand."""
    values = torch.randn(4, 6, dtype=torch.float64, generator=rng())
    baseline = leave_one_out_baseline(values, dim=dim)
    for i in range(values.shape[dim]):
        others = [j for j in range(values.shape[dim]) if j != i]
        expected = values.index_select(dim, torch.tensor(others)).mean(dim)
        torch.testing.assert_close(baseline.select(dim, i), expected)


def test_leave_one_out_keeps_small_values_beside_a_large_one():
    """Eq. (leave-one-out): a total minus the large one would be 0."""
    baseline = leave_one_out_baseline(torch.tensor([1.0, 1e10, 2.0, 3.0]))
    assert baseline[1] == 2


def test_leave_one_out_adds_no_bias_and_the_group_mean_does():
    """Eq. (leave-one-out): all groups of three coins, in exact fractions.

    The mean of all shrinks the gradient by (n - 1) / n.
    """
    p, f = Fraction(1, 3), {0: Fraction(5), 1: Fraction(-2)}
    score_of = {0: -p, 1: 1 - p}  # of the logit
    exact = p * (1 - p) * (f[1] - f[0])
    unbiased = shrunk = Fraction(0)
    for bits in product((0, 1), repeat=3):
        chance = p ** sum(bits) * (1 - p) ** (3 - sum(bits))
        values = torch.tensor([float(f[b]) for b in bits], dtype=torch.float64)
        others = leave_one_out_baseline(values).tolist()  # halves, hence exact
        every = sum(f[b] for b in bits) / 3
        for b, other in zip(bits, others, strict=True):
            unbiased += chance * (f[b] - Fraction(other)) * score_of[b] / 3
            shrunk += chance * (f[b] - every) * score_of[b] / 3
    assert unbiased == exact
    assert shrunk == exact * Fraction(2, 3)


def test_the_variances_with_baselines_by_symbols():
    """Eq. (leave-one-out), Eq. (optimal-baseline): 222, 82, 78 and 320 / 3.

    The group's mean is a U-statistic; its variance is expanded for four samples.
    """
    e = sympy.symbols("e1:5")
    f = [(3 + x) ** 2 for x in e]
    gradient = 6  # of E z^2 in the location 3
    for baseline, wanted in ((0, 222), (10, 82), (12, 78)):
        square = sympy.expand((f[0] - baseline) ** 2 * e[0] ** 2)
        assert normal_moment(square, e[0]) - gradient**2 == wanted
    others = [(sum(f) - f[i]) / 3 for i in range(4)]
    mean = sympy.expand(sum((f[i] - others[i]) * e[i] for i in range(4)) / 4)
    assert normal_moment(mean, *e) == gradient
    variance = normal_moment(sympy.expand(mean**2), *e) - gradient**2
    assert 4 * variance == sympy.Rational(320, 3)
    zeta = [sympy.Rational(82, 4), 78]  # by the formula of the note
    assert variance == sympy.Rational(2, 12) * (2 * 2 * zeta[0] + zeta[1])


def test_leave_one_out_works_in_groups_of_normal_draws(rng):
    """Eq. (leave-one-out): E z^2 has the derivative 2 mu."""
    loc, scale = torch.tensor([1.0, 0.5], dtype=torch.float64)
    z = loc + scale * torch.randn(100_000, 3, dtype=torch.float64, generator=rng())
    baseline = leave_one_out_baseline(z.square(), dim=1)
    rows, _ = score_function_gradient(
        torch.square, Normal, (loc, scale), z, baseline=baseline
    )
    assert within(rows.mean(1), 2 * loc)  # the groups are independent


def test_messages_name_what_is_wrong():
    with pytest.raises(ValueError, match=r"two or more samples, got shape \(1, 5\)"):
        leave_one_out_baseline(torch.zeros(1, 5))
    with pytest.raises(TypeError, match=r"values must be floating-point, got .*bool"):
        leave_one_out_baseline(torch.tensor([True, False]))
    with pytest.raises(ValueError, match="scores must have a shape that starts with"):
        optimal_baseline(torch.zeros(4), torch.zeros(5, 3))
    with pytest.raises(ValueError, match="scores must not be 0"):
        optimal_baseline(torch.zeros(4), torch.zeros(4, 3))


def test_one_sample_without_an_axis_is_its_own_baseline():
    assert optimal_baseline(torch.tensor(2.0), torch.ones(3)).tolist() == [2, 2, 2]
    with pytest.raises(ValueError, match="scores must not be 0"):
        optimal_baseline(torch.tensor(2.0), torch.tensor([0.0, 1.0]))


def test_the_mean_of_others_is_finite_where_their_sum_is_not():
    large = torch.full((3,), 3e38)
    assert torch.equal(leave_one_out_baseline(large), large)
