"""Checks of dlnotes.reparameterization.vae against the note."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from dlnotes.reparameterization.vae import (
    GaussianVAE,
    elbo,
    gaussian_kl,
    score_function_elbo,
)


@pytest.fixture
def vae(rng):
    return GaussianVAE(pixels=6, hidden=8, latents=2, generator=rng()).double()


@pytest.fixture
def x(rng):
    return torch.rand(5, 6, dtype=torch.float64, generator=rng(1)).round()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gaussian_kl_agrees_with_torch_distributions(rng, dtype):
    """Eq. (gaussian-kl): against torch's own closed form, summed over variables."""
    loc, scale = torch.randn(2, 7, 4, 3, dtype=dtype, generator=rng())
    scale = scale.exp()
    standard = Normal(torch.zeros_like(loc), torch.ones_like(loc))
    expected = kl_divergence(Normal(loc, scale), standard).sum(-1)
    torch.testing.assert_close(gaussian_kl(loc, scale), expected)


def test_gaussian_kl_is_zero_only_at_the_prior():
    """Eq. (gaussian-kl): a divergence."""
    assert gaussian_kl(torch.zeros(3), torch.ones(3)) == 0
    assert gaussian_kl(torch.zeros(3), torch.full((3,), 1.1)) > 0
    assert gaussian_kl(torch.full((3,), 0.1), torch.ones(3)) > 0


def test_elbo_by_torch_distributions(rng, vae, x):
    """Eq. (elbo): the log-likelihood at the sample minus the divergence."""
    noise = torch.randn(4, 5, 2, dtype=torch.float64, generator=rng())
    loc, scale = vae.encode(x)
    likelihood = Independent(Bernoulli(logits=vae.decode(loc + scale * noise)), 1)
    prior = Normal(torch.zeros_like(loc), 1.0)
    expected = likelihood.log_prob(x) - kl_divergence(Normal(loc, scale), prior).sum(-1)
    actual = elbo(vae, x, noise)
    assert actual.shape == (4, 5)
    torch.testing.assert_close(actual, expected)


def test_elbo_misses_the_log_likelihood_by_a_divergence(rng, vae, x):
    """Eq. (elbo): log p(x) - KL(q | posterior), by quadrature."""
    side = torch.linspace(-7, 7, 141, dtype=torch.float64)
    z = torch.cartesian_prod(side, side).unsqueeze(1)  # (P, 1, M)
    area = (side[1] - side[0]) ** 2
    with torch.no_grad():
        likelihood = Independent(Bernoulli(logits=vae.decode(z)), 1).log_prob(x)
        joint = likelihood + Normal(0.0, 1.0).log_prob(z).sum(-1)  # (P, B)
        evidence = (joint.exp() * area).sum(0).log()
        log_q = Normal(*vae.encode(x)).log_prob(z).sum(-1)
        gap = (log_q.exp() * (log_q - joint + evidence) * area).sum(0)
        noise = torch.randn(20_000, 5, 2, dtype=torch.float64, generator=rng())
        bounds = elbo(vae, x, noise)

    assert (gap > 0).all()
    # Five standard errors: one failure in about two million.
    error = bounds.std(0) / math.sqrt(len(noise))
    assert ((bounds.mean(0) - (evidence - gap)).abs() < 5 * error).all()


def test_the_other_bound_has_the_same_value_and_the_same_mean_gradient(rng, vae, x):
    """Eq. (score-function-elbo): 5 standard errors over 400 independent groups."""
    noise = torch.randn(400, 20, 5, 2, dtype=torch.float64, generator=rng())
    parameters = list(vae.parameters())
    rows = {elbo: [], score_function_elbo: []}
    for group in noise:
        for bound, found in rows.items():
            gradients = torch.autograd.grad(bound(vae, x, group).mean(), parameters)
            found.append(torch.cat([g.flatten() for g in gradients]))
    path, other = (torch.stack(found) for found in rows.values())

    torch.testing.assert_close(
        elbo(vae, x, noise[0]), score_function_elbo(vae, x, noise[0])
    )
    difference = other - path
    error = difference.std(0) / math.sqrt(len(noise))
    assert (difference.mean(0).abs() <= 5 * error + 1e-12).all()
    decoder = sum(p.numel() for p in vae.decoder.parameters())
    torch.testing.assert_close(path[:, -decoder:], other[:, -decoder:])
    assert other.var(0).sum() > path.var(0).sum()


def test_float32_and_arguments(rng):
    """Eq. (elbo): a float32 model on float32 images, and what is refused."""
    vae = GaussianVAE(pixels=6, hidden=8, latents=2, generator=rng())
    x, noise = torch.ones(3, 6), torch.zeros(2, 3, 2)
    assert elbo(vae, x, noise).dtype == torch.float32
    with pytest.raises(ValueError, match="pixels must be 0 or 1"):
        elbo(vae, x / 2, noise)
    with pytest.raises(ValueError, match="noise must have a shape that ends in"):
        elbo(vae, x, noise[:, :1])
    with pytest.raises(ValueError, match="two or more samples"):
        score_function_elbo(vae, x, noise[:1])
    with pytest.raises(ValueError, match="loc and scale must have the same shape"):
        gaussian_kl(torch.zeros(3), torch.ones(1))
    with pytest.raises(ValueError, match=r"scale must be positive, got -1\.0"):
        gaussian_kl(torch.zeros(3), -torch.ones(3))
    with pytest.raises(TypeError, match="loc must be floating-point"):
        gaussian_kl(torch.zeros(3).long(), torch.ones(3))
