"""Three divergences of dlnotes.gumbel_softmax.vae that are not the same."""

import math

import pytest
import sympy as sp
import torch
from scipy import integrate, stats
from torch.distributions import Categorical, kl_divergence

from dlnotes.gumbel_softmax.relaxation import gumbel_softmax, log_gumbel_softmax
from dlnotes.gumbel_softmax.vae import categorical_kl, relaxed_kl_estimate
from tests.statistics import within


def test_kl_agrees_with_torch_distributions(rng):
    """Eq. (categorical-kl): the divergence from a uniform Categorical."""
    logits = 3 * torch.randn(5, 2, 7, dtype=torch.float64, generator=rng())
    uniform = Categorical(logits=torch.zeros_like(logits))
    expected = kl_divergence(Categorical(logits=logits), uniform)
    torch.testing.assert_close(categorical_kl(logits), expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_kl_goes_from_zero_to_log_k(dtype):
    """Eq. (categorical-kl): 0 for uniform, log K for certain, no NaN between."""
    logits = torch.tensor(
        [[5.0, 5.0, 5.0], [1e4, 0.0, -1e4], [0.0, -math.inf, -math.inf]],
        dtype=dtype,
        requires_grad=True,
    )
    kl = categorical_kl(logits)
    (slope,) = torch.autograd.grad(kl.sum(), logits)
    expected = torch.tensor([0, math.log(3), math.log(3)], dtype=dtype)
    torch.testing.assert_close(kl, expected)
    assert slope.isfinite().all()


def test_plugging_the_relaxed_sample_in_gives_another_number(rng):
    """Eq. (categorical-kl): for two categories its mean has a closed form."""
    logits = torch.tensor([2.0, 0.0], dtype=torch.float64)
    relaxed = gumbel_softmax(logits.expand(100_000, -1), 1.0, generator=rng())
    log_ratio = logits.log_softmax(-1) + math.log(2)
    odds = math.exp(2)
    mean = (odds**2 - odds - odds * 2) / (odds - 1) ** 2
    closed = mean * log_ratio[0].item() + (1 - mean) * log_ratio[1].item()
    assert within(relaxed @ log_ratio, closed)
    assert closed < categorical_kl(logits).item() - 0.1
    same = torch.zeros(50, 2, dtype=torch.float64)  # for equal logits both are 0
    assert (same.log_softmax(-1) + math.log(2)).abs().max() < 1e-15


@pytest.mark.parametrize("temperature", [0.05, 0.5, 5.0])
def test_relaxed_divergence_has_its_closed_form(rng, temperature):
    """Eq. (relaxed-kl): for K = 2 it is l coth(l / 2) - 2 at every temperature."""
    gap = 1.5
    logits = torch.tensor([gap, 0.0], dtype=torch.float64).expand(100_000, -1)
    logs = log_gumbel_softmax(logits, temperature, generator=rng())
    values = relaxed_kl_estimate(logs, logits, temperature)
    closed = gap / math.tanh(gap / 2) - 2

    def integrand(x):
        ratio = stats.logistic.logpdf(x - gap) - stats.logistic.logpdf(x)
        return stats.logistic.pdf(x - gap) * ratio

    assert integrate.quad(integrand, -40, 60)[0] == pytest.approx(closed, abs=1e-8)
    assert within(values, closed)


@pytest.mark.parametrize("gap", [-6.0, -1e-3, 0.0, 1e-3, 0.5, 6.0, 50.0])
def test_the_proof_of_the_relaxed_divergence(gap):
    """Eq. (relaxed-kl): its mean by quadrature, its closed form, its lower bound."""

    def log_ratio(x):
        return stats.logistic.logpdf(x) - stats.logistic.logpdf(x + gap)

    mean = integrate.quad(lambda x: stats.logistic.pdf(x) * log_ratio(x), -60, 60)[0]
    closed = gap / math.tanh(gap / 2) - 2 if gap else 0.0
    assert mean == pytest.approx(closed, abs=1e-8)
    categories = categorical_kl(torch.tensor([gap, 0.0], dtype=torch.float64)).item()
    assert closed >= categories - 1e-12
    assert (closed > categories + 1e-9) is (gap != 0)
    assert categories <= math.log(2) + 1e-15


def test_the_closed_form_of_the_relaxed_divergence_by_algebra():
    """Eq. (relaxed-kl): the mean of log(1 - c V), V uniform, and what becomes of it."""
    a, c, v = sp.symbols("a c v", positive=True)
    primitive = -(1 - c * v) * (sp.log(1 - c * v) - 1) / c
    assert sp.simplify(sp.diff(primitive, v) - sp.log(1 - c * v)) == 0
    by_parts = primitive.subs(v, 1) - primitive.subs(v, 0)
    mean = by_parts + 1  # less E log(1 - V) = -1
    assert sp.simplify(mean + (1 - c) / c * sp.log(1 - c)) == 0
    at_a = sp.simplify(mean.subs(c, 1 - sp.exp(-a)))
    assert sp.simplify(at_a - a / (sp.exp(a) - 1)) == 0
    divergence = -2 + a + 2 * a / (sp.exp(a) - 1)
    closed = a * sp.coth(a / 2) - 2
    assert sp.simplify((divergence - closed).rewrite(sp.exp)) == 0


def test_relaxed_divergence_is_larger_and_ignores_the_temperature(rng):
    """Eq. (relaxed-kl): never below Eq. (categorical-kl), the same at each tau."""
    logits = torch.tensor([2.0, 0.0, -1.0], dtype=torch.float64).expand(50_000, -1)
    one, other = (
        relaxed_kl_estimate(log_gumbel_softmax(logits, t, generator=rng()), logits, t)
        for t in (0.1, 3.0)
    )
    torch.testing.assert_close(one, other)  # sample by sample, with the same noise
    assert not within(one, categorical_kl(logits[0]))
    assert one.mean() > categorical_kl(logits[0])
