"""Checks of dlnotes.reparameterization.implicit against the note."""

import math

import numpy as np
import pytest
import torch
from scipy import special
from torch.distributions import Categorical, Gamma, MixtureSameFamily, Normal

from dlnotes.reparameterization.implicit import (
    gamma_cdf,
    gamma_density,
    gamma_reparameterize,
    implicit_reparameterize,
)

SHAPES = [0.1, 0.7, 1.0, 4.0, 30.0, 300.0]


def test_implicit_gradient_of_a_normal_is_the_explicit_one(rng):
    """Eq. (implicit): dz/dmu = 1 and dz/dsigma = noise, from the CDF alone."""
    noise = torch.randn(20, 3, dtype=torch.float64, generator=rng())
    loc = torch.full((20, 3), 0.5, dtype=torch.float64, requires_grad=True)
    scale = torch.full((20, 3), 2.0, dtype=torch.float64, requires_grad=True)
    z = (loc + scale * noise).detach()
    family = Normal(loc, scale)
    attached = implicit_reparameterize(z, family.cdf(z), family.log_prob(z).exp())
    by_loc, by_scale = torch.autograd.grad(attached.sum(), (loc, scale))

    assert torch.equal(attached, z)
    torch.testing.assert_close(by_loc, torch.ones_like(z))
    torch.testing.assert_close(by_scale, noise)


def test_implicit_gradient_of_a_mixture_keeps_the_quantile(rng):
    """Eq. (implicit): along the gradient the CDF stays, in all three parameters."""
    logits, loc, log_scale = torch.randn(3, 4, dtype=torch.float64, generator=rng())
    step = 1e-6

    def mixture(shift):
        parameters = (logits + shift[0], loc + shift[1], (log_scale + shift[2]).exp())
        a, m, s = (p.expand(50, 4) for p in parameters)
        return MixtureSameFamily(Categorical(logits=a), Normal(m, s))

    z = torch.linspace(-3, 3, 50, dtype=torch.float64)
    for parameter in range(3):
        for entry in range(4):
            shift = torch.zeros(3, 4, dtype=torch.float64, requires_grad=True)
            family = mixture(shift)
            attached = implicit_reparameterize(
                z, family.cdf(z), family.log_prob(z).exp()
            )
            (row,) = torch.autograd.grad(attached[7], shift)
            slope = row[parameter, entry]
            moved = torch.zeros(3, 4, dtype=torch.float64)
            moved[parameter, entry] = step
            change = mixture(moved).cdf(z + step * slope) - mixture(-moved).cdf(
                z - step * slope
            )
            # Central differences err by step^2; a slope of 0 would leave about step.
            assert abs(change[7].item()) < 1e-4 * step


@pytest.mark.parametrize("shape", SHAPES)
def test_gamma_cdf_agrees_with_scipy(shape):
    """Eq. (gamma-cdf): an independent implementation, from 1e-6 to the far tail."""
    quantiles = np.concatenate([[1e-6, 1e-3], np.linspace(0.05, 0.95, 9), [0.999]])
    z = torch.tensor(special.gammaincinv(shape, quantiles))
    actual = gamma_cdf(z, torch.tensor(shape, dtype=torch.float64))
    # Logs of magnitude z log z are rounded before they are exponentiated.
    torch.testing.assert_close(actual, torch.tensor(quantiles), rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("shape", SHAPES)
def test_gamma_density_is_the_slope_of_the_cdf(shape):
    """Eq. (gamma-cdf): dF/dz, by automatic differentiation of the series."""
    quantiles = np.linspace(0.05, 0.95, 7)
    z = torch.tensor(special.gammaincinv(shape, quantiles)).requires_grad_()
    a = torch.tensor(shape, dtype=torch.float64)
    (slope,) = torch.autograd.grad(gamma_cdf(z, a).sum(), z)
    torch.testing.assert_close(gamma_density(z.detach(), a), slope)
    oracle = Gamma(a, torch.ones_like(a)).log_prob(z.detach()).exp()
    torch.testing.assert_close(gamma_density(z.detach(), a), oracle)


@pytest.mark.parametrize("shape", SHAPES)
def test_gamma_gradient_agrees_with_the_inverse_cdf(shape):
    """Eq. (implicit): finite differences of scipy's inverse at fixed quantiles."""
    quantiles = np.linspace(0.02, 0.98, 49)
    z = torch.tensor(special.gammaincinv(shape, quantiles))
    copies = torch.full_like(z, shape).requires_grad_()
    (slope,) = torch.autograd.grad(gamma_reparameterize(z, copies).sum(), copies)

    h = 1e-4 * shape
    up, down = (special.gammaincinv(shape + s, quantiles) for s in (h, -h))
    expected = torch.tensor((up - down) / (2 * h))
    # The third derivative of z in log shape, times 1e-8 / 6, is far below 1e-5.
    torch.testing.assert_close(slope, expected, rtol=1e-5, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gamma_gradient_agrees_with_rsample(dtype):
    """Eq. (implicit): torch fits a curve to the same derivative, good to 1e-3."""
    shapes = torch.logspace(-1, 2, 2000, dtype=dtype).requires_grad_()
    drawn = Gamma(shapes, torch.ones_like(shapes)).rsample()
    (theirs,) = torch.autograd.grad(drawn.sum(), shapes)
    (ours,) = torch.autograd.grad(gamma_reparameterize(drawn, shapes).sum(), shapes)

    assert ours.dtype == dtype
    torch.testing.assert_close(ours, theirs, rtol=2e-3, atol=0)


def test_gamma_gradient_estimates_that_of_a_mean():
    """Eq. (implicit): E log z has the derivative polygamma(1, shape)."""
    draws, shape = 20_000, 1.7
    copies = torch.full((draws,), shape, dtype=torch.float64, requires_grad=True)
    samples = Gamma(copies, torch.ones_like(copies)).sample()
    z = gamma_reparameterize(samples, copies)
    (rows,) = torch.autograd.grad(z.log().sum(), copies)
    exact = special.polygamma(1, shape).item()
    # Five standard errors: one failure in about two million.
    assert abs(rows.mean() - exact) < 5 * rows.std() / math.sqrt(draws)


def test_arguments_are_checked():
    ones = torch.ones(3)
    attached = ones.clone().requires_grad_()
    with pytest.raises(ValueError, match="cdf must be differentiable"):
        implicit_reparameterize(ones, ones, ones)
    with pytest.raises(ValueError, match=r"density must be positive, got 0\.0"):
        implicit_reparameterize(ones, attached, 0 * ones)
    with pytest.raises(ValueError, match="must have the same shape"):
        implicit_reparameterize(ones, attached, ones[:2])
    with pytest.raises(TypeError, match="samples must be floating-point"):
        implicit_reparameterize(ones.long(), attached, ones)
    with pytest.raises(ValueError, match="concentration must broadcast to"):
        gamma_reparameterize(ones, torch.ones(2, 3))
    for function in (gamma_cdf, gamma_density):
        with pytest.raises(ValueError, match="z must be positive"):
            function(-ones, ones)
        with pytest.raises(ValueError, match="concentration must be positive"):
            function(ones, 0 * ones)
