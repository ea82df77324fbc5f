"""Checks of dlnotes.gumbel_softmax.gumbel against docs/notes/gumbel_softmax.md."""

import math

import pytest
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

DRAWS = 100_000
SIGMAS = 5  # a correct sampler fails one comparison in about two million
VALUES = torch.linspace(-4, 20, 97, dtype=torch.float64)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_noise_follows_the_gumbel_law(rng, dtype):
    """Eq. (gumbel): a Kolmogorov-Smirnov test does not reject scipy's Gumbel law."""
    noise = sample_gumbel(torch.empty(DRAWS, dtype=dtype), generator=rng())
    assert noise.dtype == dtype
    assert noise.isfinite().all()
    # A correct sampler has a p-value below 1e-4 for one seed in ten thousand.
    assert stats.kstest(noise.double().numpy(), stats.gumbel_r.cdf).pvalue > 1e-4


def test_noise_has_the_stated_moments(rng):
    """Eq. (gumbel): mean gamma, variance pi^2 / 6, median -log log 2."""
    noise = sample_gumbel(torch.empty(DRAWS, dtype=torch.float64), generator=rng())

    error = math.sqrt(GUMBEL_VARIANCE / DRAWS)
    assert noise.mean().item() == pytest.approx(EULER_GAMMA, abs=SIGMAS * error)
    # The excess kurtosis is 12/5, so the variance of s^2 is 4.4 variance^2 / n.
    error = GUMBEL_VARIANCE * math.sqrt(4.4 / DRAWS)
    assert noise.var().item() == pytest.approx(GUMBEL_VARIANCE, abs=SIGMAS * error)
    # A sample median has the standard error 1 / (2 density sqrt(n)); the density at
    # the median is log(2) / 2.
    error = 1 / (math.log(2) * math.sqrt(DRAWS))
    median = -math.log(math.log(2))
    assert noise.median().item() == pytest.approx(median, abs=SIGMAS * error)


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
    """Eq. (gumbel-quantile): there and back, and the ends are infinite."""
    p = torch.linspace(0.001, 0.999, 999, dtype=torch.float64)
    torch.testing.assert_close(gumbel_cdf(gumbel_icdf(p)), p)
    torch.testing.assert_close(gumbel_icdf(p), torch.tensor(stats.gumbel_r.ppf(p)))
    assert gumbel_icdf(torch.tensor([0.0, 1.0])).tolist() == [-math.inf, math.inf]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_cdf_and_its_gradient_survive_extreme_values(dtype):
    """Eq. (gumbel-cdf): far out it is 0 or 1 and flat, never NaN."""
    values = torch.tensor([-1e4, -100.0, 100.0, 1e4], dtype=dtype, requires_grad=True)
    cdf = gumbel_cdf(values)
    (slope,) = torch.autograd.grad(cdf.sum(), values)
    assert cdf.tolist() == [0, 0, 1, 1]
    torch.testing.assert_close(slope, torch.zeros_like(slope))


def test_given_noise_is_returned_and_missing_noise_drawn(rng):
    """Eq. (gumbel): equal generators give equal noise."""
    logits = torch.zeros(3, 4)
    drawn = given_or_drawn(logits, None, rng())
    assert torch.equal(drawn, sample_gumbel(logits, generator=rng()))
    assert given_or_drawn(logits, drawn, None) is drawn


def test_noise_that_cannot_be_used_is_refused(rng):
    logits = torch.zeros(3, 4)
    with pytest.raises(ValueError, match="either noise or a generator"):
        given_or_drawn(logits, torch.zeros(3, 4), rng())
    with pytest.raises(ValueError, match="noise must match logits"):
        given_or_drawn(logits, torch.zeros(3, 1), None)
    with pytest.raises(ValueError, match="noise must match logits"):
        given_or_drawn(logits, torch.zeros(2, 4), None)
    with pytest.raises(ValueError, match="noise must be finite"):
        given_or_drawn(logits, torch.full((3, 4), math.nan), None)
    with pytest.raises(TypeError, match="noise must be floating-point"):
        given_or_drawn(logits, torch.zeros(3, 4, dtype=torch.int64), None)


def test_arguments_outside_of_the_domain_are_refused():
    with pytest.raises(ValueError, match="probability must be between 0 and 1"):
        gumbel_icdf(torch.tensor([0.5, 1.5]))
    with pytest.raises(ValueError, match="probability must be between 0 and 1"):
        gumbel_icdf(torch.tensor([math.nan]))
    for function in (sample_gumbel, gumbel_cdf, gumbel_log_prob, gumbel_icdf):
        with pytest.raises(TypeError, match="must be floating-point"):
            function(torch.tensor([1, 2]))
