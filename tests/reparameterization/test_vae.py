"""Checks of dlnotes.reparameterization.vae against the note."""

import mpmath
import pytest
import sympy
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from dlnotes.reparameterization.vae import (
    GaussianVAE,
    gaussian_elbo,
    gaussian_kl,
    score_function_elbo,
)
from tests.statistics import within


@pytest.fixture
def model(rng):
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


def test_the_proof_of_the_divergence_by_symbols():
    """Eq. (gaussian-kl): the mean of the difference of two log-densities."""
    mu, e = sympy.symbols("mu e", real=True)
    sigma = sympy.symbols("sigma", positive=True)
    z = mu + sigma * e
    difference = sympy.expand(-sympy.log(sigma) - e**2 / 2 + z**2 / 2)
    density = sympy.exp(-(e**2) / 2) / sympy.sqrt(2 * sympy.pi)
    mean = sympy.integrate(sympy.expand(difference * density), (e, -sympy.oo, sympy.oo))
    closed = (mu**2 + sigma**2 - 1 - 2 * sympy.log(sigma)) / 2
    assert sympy.simplify(mean - closed) == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gaussian_kl_keeps_its_digits_beside_the_prior(dtype):
    """Eq. (gaussian-kl): against 60 digits; it is 0 at the prior and positive beside.

    Term by term, scales within a rounding error's root of 1 would give rounding errors.
    """
    root = torch.finfo(dtype).eps ** 0.5
    scales = [1 - root / 2, 1 + root / 2, 0.9, 1.5, 1.7, 0.5, 1e-30, 1e15]
    scale = torch.tensor(scales, dtype=dtype)
    got = gaussian_kl(torch.zeros(8, 1, dtype=dtype), scale.unsqueeze(-1))
    with mpmath.workdps(60):
        for value, s in zip(got.tolist(), map(mpmath.mpf, scale.tolist()), strict=True):
            exact = (s**2 - 1 - 2 * mpmath.log(s)) / 2
            assert abs(value - exact) < 8 * torch.finfo(dtype).eps * exact
    assert gaussian_kl(torch.zeros(3, dtype=dtype), torch.ones(3, dtype=dtype)) == 0


def test_elbo_by_torch_distributions(rng, model, x):
    """Eq. (gaussian-elbo): the log-likelihood at the sample minus the divergence."""
    noise = torch.randn(4, 5, 2, dtype=torch.float64, generator=rng())
    loc, scale = model.encode(x)
    likelihood = Independent(Bernoulli(logits=model.decode(loc + scale * noise)), 1)
    prior = Normal(torch.zeros_like(loc), 1.0)
    expected = likelihood.log_prob(x) - kl_divergence(Normal(loc, scale), prior).sum(-1)
    actual = gaussian_elbo(model, x, noise=noise)
    assert actual.shape == (4, 5)
    torch.testing.assert_close(actual, expected)


def test_elbo_misses_the_log_likelihood_by_a_divergence(rng, model, x):
    """Eq. (gaussian-elbo): log p(x) - KL(q | posterior), by quadrature."""
    side = torch.linspace(-7, 7, 141, dtype=torch.float64)
    z = torch.cartesian_prod(side, side).unsqueeze(1)  # (P, 1, M)
    area = (side[1] - side[0]) ** 2
    with torch.no_grad():
        likelihood = Independent(Bernoulli(logits=model.decode(z)), 1).log_prob(x)
        joint = likelihood + Normal(0.0, 1.0).log_prob(z).sum(-1)  # (P, B)
        evidence = (joint.exp() * area).sum(0).log()
        log_q = Normal(*model.encode(x)).log_prob(z).sum(-1)
        gap = (log_q.exp() * (log_q - joint + evidence) * area).sum(0)
        noise = torch.randn(20_000, 5, 2, dtype=torch.float64, generator=rng())
        bounds = gaussian_elbo(model, x, noise=noise)

    assert (gap > 0).all()
    assert within(bounds, evidence - gap)


def test_the_other_bound_has_the_same_value_and_the_same_mean_gradient(rng, model, x):
    """Eq. (score-function-elbo): over 400 independent groups."""
    noise = torch.randn(400, 20, 5, 2, dtype=torch.float64, generator=rng())
    parameters = list(model.parameters())
    rows = {gaussian_elbo: [], score_function_elbo: []}
    for group in noise:
        for bound, found in rows.items():
            mean = bound(model, x, noise=group).mean()
            gradients = torch.autograd.grad(mean, parameters)
            found.append(torch.cat([g.flatten() for g in gradients]))
    path, other = (torch.stack(found) for found in rows.values())

    by_path, by_score = (bound(model, x, noise=noise[0]) for bound in rows)
    torch.testing.assert_close(by_path, by_score)
    decoder = sum(p.numel() for p in model.decoder.parameters())
    torch.testing.assert_close(path[:, -decoder:], other[:, -decoder:])
    assert within((other - path)[:, :-decoder], 0.0)
    assert other.var(0).sum() > path.var(0).sum()


def test_messages_name_what_is_wrong(rng):
    model = GaussianVAE(pixels=6, hidden=8, latents=2, generator=rng())
    x, noise = torch.ones(3, 6), torch.zeros(2, 3, 2)
    assert gaussian_elbo(model, x, noise=noise).dtype == torch.float32
    for bound in (gaussian_elbo, score_function_elbo):
        with pytest.raises(ValueError, match=r"x must be 0 or 1, got 0\.5"):
            bound(model, x / 2, noise=noise)
        with pytest.raises(ValueError, match="noise must have a shape that ends in"):
            bound(model, x, noise=noise[:, :1])
        with pytest.raises(TypeError, match=r"weights of torch\.float64.*float32"):
            bound(model, x.double(), noise=noise)
        with pytest.raises(TypeError, match="model must be a module"):
            bound(model.encode, x, noise=noise)
        for half in (torch.float16, torch.bfloat16):
            copy = GaussianVAE(pixels=6, hidden=8, latents=2).to(half)
            with pytest.raises(TypeError, match=f"got {half}"):
                bound(copy, x.to(half), noise=noise)
    with pytest.raises(ValueError, match="two or more samples"):
        score_function_elbo(model, x, noise=noise[:1])
    with pytest.raises(ValueError, match="loc and scale must have the same shape"):
        gaussian_kl(torch.zeros(3), torch.ones(1))
    with pytest.raises(ValueError, match=r"scale must be positive .* got -1\.0"):
        gaussian_kl(torch.zeros(3), -torch.ones(3))
