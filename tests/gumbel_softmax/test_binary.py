"""Checks of dlnotes.gumbel_softmax.binary against docs/notes/gumbel_softmax.md."""

import math

import pytest
import sympy as sp
import torch
from scipy import integrate, stats
from torch.distributions.relaxed_bernoulli import LogitRelaxedBernoulli

from dlnotes.gumbel_softmax.binary import (
    binary_gradient_variance,
    relaxed_bernoulli,
    sample_logistic,
    straight_through_limit,
)
from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax
from tests.statistics import REJECT, within

LOGIT = torch.tensor(0.4, dtype=torch.float64)
SLOPE = (LOGIT.sigmoid() * (-LOGIT).sigmoid()).item()  # p (1 - p)
DRAWS = 100_000


def slope_moment(power, temperature):
    """Exact moment of the derivative of a relaxed toss, by quadrature.

    The noise is written as temperature * v - logit: the peak then has unit width.
    """

    def integrand(v):
        bump = (0.25 / math.cosh(v / 2) ** 2) ** power
        return bump * stats.logistic.pdf(temperature * v - LOGIT.item())

    integral = integrate.quad(integrand, -60, 60, epsabs=1e-11)[0]
    return integral * temperature ** (1 - power)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_difference_of_two_gumbels_is_logistic(rng, dtype):
    """Eq. (logistic): a Kolmogorov-Smirnov test does not reject scipy's logistic."""
    noise = sample_logistic(torch.empty(DRAWS, dtype=dtype), generator=rng())
    assert stats.kstest(noise.double().numpy(), stats.logistic.cdf).pvalue > REJECT


@pytest.mark.parametrize("temperature", [0.1, 1.0, 10.0])
def test_a_relaxed_toss_is_gumbel_softmax_with_two_categories(rng, temperature):
    """Eq. (relaxed-bernoulli): with the difference of the same noise."""
    logits = torch.tensor([1.2, 0.5], dtype=torch.float64).expand(50, -1)
    noise = sample_gumbel(logits, generator=rng())
    relaxed = gumbel_softmax(logits, temperature, noise=noise)
    toss = relaxed_bernoulli(
        logits[:, 0] - logits[:, 1], temperature, noise=noise[:, 0] - noise[:, 1]
    )
    torch.testing.assert_close(toss, relaxed[:, 0])


def test_a_relaxed_toss_has_the_law_of_torch_distributions(rng):
    """Eq. (relaxed-bernoulli): its log-odds follow LogitRelaxedBernoulli."""
    toss = relaxed_bernoulli(LOGIT.expand(DRAWS), 0.5, generator=rng())
    oracle = LogitRelaxedBernoulli(torch.tensor(0.5), logits=LOGIT)
    edges = torch.linspace(-8, 8, 41, dtype=torch.float64)
    density = oracle.log_prob(torch.linspace(-8, 8, 4001, dtype=torch.float64)).exp()
    mass = torch.stack([density[100 * i : 100 * i + 101].sum() for i in range(40)])
    ends = torch.stack([density[100 * i] + density[100 * i + 100] for i in range(40)])
    mass = (mass - ends / 2) * 0.004  # trapezoids
    share = torch.histogram(toss.logit(), edges).hist / DRAWS
    assert ((share - mass).abs() < 5 * (mass / DRAWS).sqrt() + 1e-5).all()


def test_certain_tosses_and_extreme_temperatures_give_numbers(rng):
    """Eq. (relaxed-bernoulli): no NaN at any scale, rounded to the exact toss."""
    logits = torch.tensor([-math.inf, -1e4, 1e4, math.inf])
    for temperature in (1e-3, 1.0, 1e3):
        toss = relaxed_bernoulli(logits, temperature, generator=rng())
        assert (toss > 0.5).tolist() == [False, False, True, True]


@pytest.mark.parametrize("temperature", [0.02, 0.05, 0.1])
def test_variance_formula_is_right_up_to_the_temperature(temperature):
    """Eq. (gradient-variance): quadrature differs by less than temperature / 10."""
    exact = slope_moment(2, temperature) - slope_moment(1, temperature) ** 2
    formula = binary_gradient_variance(LOGIT, temperature).item()
    assert formula == pytest.approx(exact, abs=temperature / 10)


def test_error_of_the_variance_formula_shrinks_with_the_temperature():
    """Eq. (gradient-variance): halving the temperature halves the error."""

    def error(temperature):
        exact = slope_moment(2, temperature) - slope_moment(1, temperature) ** 2
        return exact - binary_gradient_variance(LOGIT, temperature).item()

    # The next term is about 7 temperatures as large as the first.
    assert error(0.002) / error(0.001) == pytest.approx(2, rel=0.02)


def test_sampled_slopes_have_mean_and_variance_as_derived(rng):
    """Eq. (gradient-variance): autograd through many tosses at temperature 0.1."""
    logits = LOGIT.expand(DRAWS).clone().requires_grad_()
    toss = relaxed_bernoulli(logits, 0.1, generator=rng())
    (slopes,) = torch.autograd.grad(toss.sum(), logits)
    mean, square = slope_moment(1, 0.1), slope_moment(2, 0.1)
    assert within(slopes, mean)
    assert within(slopes**2, square)
    # The mean differs from its limit p (1 - p) by less than temperature ** 2.
    assert mean == pytest.approx(SLOPE, abs=0.01)


def test_the_proof_of_the_moments_of_the_slope():
    """Eq. (gradient-variance): its integrals, its bound on h'', its order in tau."""
    v, s = sp.symbols("v s", real=True)
    h = sp.exp(-v) / (1 + sp.exp(-v)) ** 2
    assert sp.integrate(s * (1 - s), (s, 0, 1)) == sp.Rational(1, 6)
    sigma = 1 / (1 + sp.exp(-v))
    assert sp.simplify(sp.diff(sigma, v) - h) == 0
    assert sp.simplify(h - sigma * (1 - sigma)) == 0
    # h'' = h (1 - 6 h) with h from 0 to 1/4: extreme at h = 1/12 and at h = 1/4.
    assert sp.simplify(sp.diff(h, v, 2) - h * (1 - 6 * h)) == 0
    bump = lambda height: height * (1 - 6 * height)  # noqa: E731
    assert abs(bump(sp.Rational(1, 4))) == sp.Rational(1, 8)
    assert bump(sp.Rational(1, 12)) < sp.Rational(1, 8)
    errors = [slope_moment(1, t) - SLOPE for t in (0.02, 0.01)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.01)  # of second order


@pytest.mark.parametrize("tau", [2 / 3 + 1e-6, 2 / 3 - 1e-6])
def test_the_formula_turns_negative_at_two_thirds(tau):
    """Eq. (gradient-variance): first for a fair coin, above that for others."""
    fair = binary_gradient_variance(torch.zeros((), dtype=torch.float64), tau)
    assert (fair < 0).item() is (tau > 2 / 3)
    assert binary_gradient_variance(LOGIT, tau) > 0


def relaxed_slope(slope_of_f, temperature):
    """Mean relaxed gradient of a function of one toss, by quadrature."""

    def integrand(v):
        bump = 0.25 / math.cosh(v / 2) ** 2
        y = 1 / (1 + math.exp(-v))
        return bump * slope_of_f(y) * stats.logistic.pdf(temperature * v - LOGIT.item())

    return integrate.quad(integrand, -60, 60, points=[0], epsabs=1e-12)[0]


# Functions with their slopes, and whether the trapezoid rule is exact for the slope.
FUNCTIONS = {
    "a line": (lambda z: 2 * z + 1, lambda s: 2, True),
    "a square": (lambda z: z**2, lambda s: 2 * s, True),
    "a cube": (lambda z: z**3, lambda s: 3 * s**2, False),
    "a symmetric quartic": (
        lambda z: (z - 0.5) ** 4,
        lambda s: 4 * (s - 0.5) ** 3,
        True,
    ),
    "a full wave": (
        lambda z: (2 * math.pi * z).sin(),
        lambda s: 2 * math.pi * math.cos(2 * math.pi * s),
        False,
    ),
    "a constant": (lambda z: z * 0 + 1, lambda s: 0, True),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_cold_gradients_tend_to_their_limits(name):
    """Eq. (straight-through-limit): relaxed to the exact one, the other need not.

    The bias disappears exactly where the trapezoid rule is exact, which is the case
    for more than linear and quadratic functions.
    """
    f, slope_of_f, unbiased = FUNCTIONS[name]
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
    exact = SLOPE * (f(ends)[1] - f(ends)[0]).item()
    # At temperature t both are off by at most t max|h'| E|v| max|f'|, where h' is at
    # most 0.097 and the mean of |v| is 2 log 2.
    steepest = max(abs(slope_of_f(s / 100)) for s in range(101))
    allowed = 0.001 * 0.097 * 2 * math.log(2) * steepest + 1e-9
    assert relaxed_slope(slope_of_f, 0.001) == pytest.approx(exact, abs=allowed)
    rounded = relaxed_slope(lambda s: slope_of_f(float(s > 0.5)), 0.001)
    limit = straight_through_limit(f, LOGIT).item()
    assert rounded == pytest.approx(limit, abs=allowed)
    assert (abs(limit - exact) < 1e-12) is unbiased


def test_noise_and_logits_that_cannot_be_used_are_refused(rng):
    logits = torch.zeros(3)
    with pytest.raises(ValueError, match="logit must not be NaN"):
        relaxed_bernoulli(torch.tensor([math.nan]), 1.0)
    with pytest.raises(ValueError, match="noise must broadcast to shape"):
        relaxed_bernoulli(logits, 1.0, noise=torch.zeros(2))
    with pytest.raises(ValueError, match="either noise or a generator"):
        relaxed_bernoulli(logits, 1.0, noise=torch.zeros(3), generator=rng())
    with pytest.raises(ValueError, match="noise must be finite, got inf"):
        relaxed_bernoulli(logits, 1.0, noise=torch.full((3,), math.inf))
