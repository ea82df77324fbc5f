"""Checks of dlnotes.gumbel_softmax.gumbel against docs/notes/gumbel_softmax.md."""

import math

import pytest
import sympy as sp
import torch
from scipy import integrate, stats

from dlnotes.gumbel_softmax.gumbel import (
    EULER_GAMMA,
    GUMBEL_VARIANCE,
    given_or_drawn,
    gumbel_cdf,
    gumbel_icdf,
    gumbel_log_prob,
    sample_gumbel,
)
from tests.statistics import REJECT, SIGMAS, within

DRAWS = 100_000
VALUES = torch.linspace(-4, 20, 97, dtype=torch.float64)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_noise_follows_the_gumbel_law(rng, dtype):
    """Eq. (gumbel): a Kolmogorov-Smirnov test does not reject scipy's Gumbel law."""
    noise = sample_gumbel(torch.empty(DRAWS, dtype=dtype), generator=rng())
    assert stats.kstest(noise.double().numpy(), stats.gumbel_r.cdf).pvalue > REJECT


def test_noise_has_the_stated_moments(rng):
    """Eq. (gumbel): mean gamma, variance pi^2 / 6, median -log log 2."""
    noise = sample_gumbel(torch.empty(2**24), generator=rng())
    # The standard error of the mean is 0.0003.
    assert within(noise, EULER_GAMMA)
    noise = noise[:DRAWS].double()
    assert within((noise - EULER_GAMMA) ** 2, GUMBEL_VARIANCE)
    # A sample median has the standard error 1 / (2 density sqrt(n)); the density at
    # the median is log(2) / 2.
    error = 1 / (math.log(2) * math.sqrt(DRAWS))
    median = -math.log(math.log(2))
    assert noise.median().item() == pytest.approx(median, abs=SIGMAS * error)


def test_the_moments_follow_from_the_gamma_function():
    """Eq. (gumbel): the proof, step by step, by computer algebra."""
    s, t, x = sp.symbols("s t x", positive=True)
    moments = sp.integrate(t ** (-s) * sp.exp(-t), (t, 0, sp.oo), conds="none")
    assert sp.simplify(moments - sp.gamma(1 - s)) == 0
    cumulants = sp.log(sp.gamma(1 - s))
    assert sp.simplify(sp.diff(cumulants, s).subs(s, 0) - sp.EulerGamma) == 0
    assert sp.simplify(sp.diff(cumulants, s, 2).subs(s, 0) - sp.pi**2 / 6) == 0
    x = sp.symbols("x", real=True)
    log_density = -x - sp.exp(-x)
    assert sp.solve(sp.diff(log_density, x), x) == [0]
    median = -sp.log(sp.log(2))
    assert sp.simplify(sp.exp(-sp.exp(-median))) == sp.Rational(1, 2)


def test_constants_are_the_integrals_of_the_density():
    """Eq. (gumbel-density): quadrature gives mass 1, mean gamma, variance pi^2 / 6."""

    def moment(power):
        def integrand(x):
            return x**power * gumbel_log_prob(torch.tensor(x).double()).exp().item()

        return integrate.quad(integrand, -5, 60, epsabs=1e-12)[0]

    mean = moment(1)
    assert moment(0) == pytest.approx(1, abs=1e-7)
    assert mean == pytest.approx(EULER_GAMMA, abs=1e-7)
    assert moment(2) - mean**2 == pytest.approx(GUMBEL_VARIANCE, abs=1e-7)


def test_cdf_agrees_with_scipy():
    """Eq. (gumbel-cdf): an independent implementation gives the same numbers."""
    expected = torch.tensor(stats.gumbel_r.cdf(VALUES.numpy()))
    torch.testing.assert_close(gumbel_cdf(VALUES), expected, atol=1e-15, rtol=1e-12)


def test_density_is_the_derivative_of_the_cdf():
    """Eq. (gumbel-density): autograd of Eq. (gumbel-cdf) gives the density."""
    values = VALUES.clone().requires_grad_()
    (density,) = torch.autograd.grad(gumbel_cdf(values).sum(), values)
    torch.testing.assert_close(density, gumbel_log_prob(VALUES).exp())


def test_density_agrees_with_torch_distributions():
    """Eq. (gumbel-density): same numbers as torch, the mode at 0."""
    zero = torch.zeros((), dtype=torch.float64)
    oracle = torch.distributions.Gumbel(zero, zero + 1)
    torch.testing.assert_close(gumbel_log_prob(VALUES), oracle.log_prob(VALUES))
    assert VALUES[gumbel_log_prob(VALUES).argmax()] == 0


def test_quantile_inverts_the_cdf():
    """Eq. (gumbel-quantile): there and back, and equal to scipy."""
    p = torch.linspace(0.001, 0.999, 999, dtype=torch.float64)
    torch.testing.assert_close(gumbel_cdf(gumbel_icdf(p)), p)
    torch.testing.assert_close(gumbel_icdf(p), torch.tensor(stats.gumbel_r.ppf(p)))


def test_cdf_and_its_gradient_survive_extreme_values():
    """Eq. (gumbel-cdf): far out it is 0 or 1 and flat, never NaN."""
    values = torch.tensor([-1e4, -100.0, 100.0, 1e4], requires_grad=True)
    cdf = gumbel_cdf(values)
    (slope,) = torch.autograd.grad(cdf.sum(), values)
    assert cdf.tolist() == [0, 0, 1, 1]
    torch.testing.assert_close(slope, torch.zeros_like(slope))


def test_the_clamp_of_the_cdf_changes_no_value():
    """Eq. (gumbel-cdf): just above and below it every number is 0 in every dtype."""
    edge = torch.tensor([-10.5, -10.0, -9.5], dtype=torch.float64)
    assert gumbel_cdf(edge).tolist() == [0, 0, 0]
    assert gumbel_cdf(torch.tensor(-6.5, dtype=torch.float64)) > 0  # exp(-665)


@pytest.mark.parametrize("u", [0.01, 0.4, 0.99])
def test_signs_that_slip_give_no_number_or_another_noise(u):
    """Eq. (gumbel-quantile): -log(log u) is NaN, log(-log u) is minus the noise."""
    u = torch.tensor(u)
    assert (-u.log().log()).isnan()
    torch.testing.assert_close((-u.log()).log(), -gumbel_icdf(u))


def test_given_noise_is_returned_and_missing_noise_drawn(rng):
    """Eq. (gumbel): equal generators give equal noise."""
    logits = torch.zeros(3, 4)
    drawn = given_or_drawn(logits, noise=None, generator=rng())
    assert torch.equal(drawn, sample_gumbel(logits, generator=rng()))
    assert given_or_drawn(logits, noise=drawn, generator=None) is drawn


@pytest.mark.parametrize(
    ("noise", "message"),
    [
        (torch.zeros(3, 1), "noise must match logits"),
        (torch.zeros(2, 4), "noise must match logits"),
        (torch.full((3, 4), math.nan), "noise must be finite, got nan"),
        (torch.full((3, 4), math.inf), "noise must be finite, got inf"),
    ],
)
def test_noise_that_cannot_be_used_is_refused(noise, message):
    with pytest.raises(ValueError, match=message):
        given_or_drawn(torch.zeros(3, 4), noise=noise, generator=None)


def test_noise_and_generator_exclude_each_other(rng):
    with pytest.raises(ValueError, match="either noise or a generator"):
        given_or_drawn(torch.zeros(4), noise=torch.zeros(4), generator=rng())


@pytest.mark.parametrize("outside", [0.0, 1.0, -0.1, 1.1, math.nan])
def test_a_probability_lies_strictly_between_0_and_1(outside):
    with pytest.raises(ValueError, match="probs must lie strictly between 0 and 1"):
        gumbel_icdf(torch.tensor([0.5, outside]))
