"""Checks of dlnotes.gumbel_softmax.binary against docs/notes/gumbel_softmax.md."""

import math

import pytest
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
    # A correct sampler has a p-value below 1e-4 for one seed in ten thousand.
    assert stats.kstest(noise.double().numpy(), stats.logistic.cdf).pvalue > 1e-4


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
    variance = slope_moment(2, 0.1) - slope_moment(1, 0.1) ** 2
    error = math.sqrt(variance / DRAWS)
    # The mean differs from its limit p (1 - p) by less than temperature ** 2.
    assert slopes.mean().item() == pytest.approx(SLOPE, abs=5 * error + 0.01)
    assert slopes.mean().item() == pytest.approx(slope_moment(1, 0.1), abs=5 * error)
    error = math.sqrt((slope_moment(4, 0.1)) / DRAWS)
    assert slopes.var().item() == pytest.approx(variance, abs=5 * error)


@pytest.mark.parametrize(
    "f", [lambda z: z**2, lambda z: z**3, lambda z: (3 * z).sin(), lambda z: z * 0 + 1]
)
def test_cold_straight_through_gradients_follow_the_trapezoid_rule(f):
    """Eq. (straight-through-limit): quadrature at temperature 0.001 agrees."""
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)
    (slope_0, slope_1) = torch.autograd.grad(f(ends).sum(), ends)[0].tolist()

    def integrand(v):
        slope = slope_1 if v > 0 else slope_0
        bump = 0.25 / math.cosh(v / 2) ** 2
        return bump * slope * stats.logistic.pdf(0.001 * v - LOGIT.item())

    expected = integrate.quad(integrand, -60, 60, points=[0], epsabs=1e-12)[0]
    actual = straight_through_limit(f, LOGIT).item()
    assert actual == pytest.approx(expected, abs=1e-3)


def test_cold_straight_through_gradients_are_biased_unless_the_slope_is_linear():
    """Eq. (straight-through-limit): exact for a square, off by half for a cube."""
    exact = SLOPE * 1  # p (1 - p) (f(1) - f(0)), the same for both
    square = straight_through_limit(lambda z: z**2, LOGIT).item()
    cube = straight_through_limit(lambda z: z**3, LOGIT).item()
    assert square == pytest.approx(exact)
    assert cube == pytest.approx(1.5 * exact)


def test_functions_keep_the_shape_of_the_logit():
    """Eq. (gradient-variance), Eq. (straight-through-limit): one number each."""
    logits = torch.zeros(2, 3)
    assert binary_gradient_variance(logits, 0.1).shape == (2, 3)
    assert straight_through_limit(torch.sin, logits).shape == (2, 3)


def test_noise_and_logits_that_cannot_be_used_are_refused(rng):
    logits = torch.zeros(3)
    with pytest.raises(ValueError, match="logit must not be NaN"):
        relaxed_bernoulli(torch.tensor([math.nan]), 1.0)
    with pytest.raises(TypeError, match="logit must be floating-point"):
        relaxed_bernoulli(torch.tensor([1]), 1.0)
    with pytest.raises(ValueError, match="noise must match logit"):
        relaxed_bernoulli(logits, 1.0, noise=torch.zeros(2))
    with pytest.raises(ValueError, match="either noise or a generator"):
        relaxed_bernoulli(logits, 1.0, noise=torch.zeros(3), generator=rng())
    with pytest.raises(ValueError, match="noise must be finite"):
        relaxed_bernoulli(logits, 1.0, noise=torch.full((3,), math.inf))
    with pytest.raises(ValueError, match="temperature must be positive"):
        binary_gradient_variance(logits, 0.0)
