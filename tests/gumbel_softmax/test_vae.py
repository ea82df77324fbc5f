"""Checks of dlnotes.gumbel_softmax.vae against docs/notes/gumbel_softmax.md."""

import math

import pytest
import torch
from scipy import integrate, stats
from torch.distributions import Categorical, kl_divergence
from torch.nn import functional as F

from dlnotes.gumbel_softmax.enumeration import all_codes, exact_expectation
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax, log_gumbel_softmax
from dlnotes.gumbel_softmax.vae import (
    CategoricalVAE,
    categorical_kl,
    elbo,
    fit,
    leave_one_out_loss,
    relaxed_kl_estimate,
    relaxed_loss,
    sample_codes,
)

SIGMAS = 5  # a correct estimate fails one comparison in about two million
IMAGES = torch.tensor([[1.0, 0, 1, 1], [0, 0, 1, 0]], dtype=torch.float64)


@pytest.fixture
def model(rng):
    """A model small enough to enumerate: 2 latent variables of 3 categories."""
    tiny = CategoricalVAE(pixels=4, latents=2, categories=3, hidden=5, generator=rng())
    return tiny.double()


def exact_bound(model, images):
    """The bound, by listing the 9 codes: one value for each image."""
    logits = model.encode(images)
    codes = all_codes(2, 3)
    one_hot = F.one_hot(codes, 3).double()
    log_q = logits.log_softmax(-1)[:, torch.arange(2), codes].sum(-1)  # (B, 9)
    pixels = torch.distributions.Bernoulli(logits=model.decode(one_hot))
    fit = pixels.log_prob(images.unsqueeze(1)).sum(-1)  # (B, 9)
    return (log_q.exp() * (fit - log_q - 2 * math.log(3))).sum(-1)


def evidence(model, images):
    """The log-probability of each image, summed over the 9 equally likely codes."""
    one_hot = F.one_hot(all_codes(2, 3), 3).double()
    pixels = torch.distributions.Bernoulli(logits=model.decode(one_hot))
    fit = pixels.log_prob(images.unsqueeze(1)).sum(-1)
    return fit.logsumexp(-1) - 2 * math.log(3)


def flat_gradient(loss, model):
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    return torch.cat([gradient.flatten() for gradient in gradients])


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
    """Eq. (categorical-kl): the mean of sum y log(K q) is not the divergence."""
    logits = torch.tensor([2.0, 0.0, -1.0], dtype=torch.float64)
    relaxed = gumbel_softmax(logits.expand(50_000, -1), 1.0, generator=rng())
    plugged = (relaxed * (logits.log_softmax(-1) + math.log(3))).sum(-1)
    error = plugged.std().item() / math.sqrt(50_000)
    assert categorical_kl(logits).item() - plugged.mean().item() > 20 * error


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
    error = values.std().item() / math.sqrt(len(values))
    assert values.mean().item() == pytest.approx(closed, abs=SIGMAS * error)


def test_relaxed_divergence_is_larger_and_ignores_the_temperature(rng):
    """Eq. (relaxed-kl): never below Eq. (categorical-kl), the same at each tau."""
    logits = torch.tensor([2.0, 0.0, -1.0], dtype=torch.float64).expand(50_000, -1)
    one, other = (
        relaxed_kl_estimate(log_gumbel_softmax(logits, t, generator=rng()), logits, t)
        for t in (0.1, 3.0)
    )
    torch.testing.assert_close(one, other)  # sample by sample, with the same noise
    error = one.std().item() / math.sqrt(len(one))
    assert one.mean().item() - categorical_kl(logits[0]).item() > SIGMAS * error


def test_elbo_averages_to_the_sum_over_all_codes(model, rng):
    """Eq. (elbo): sampled values scatter around the enumerated bound."""
    with torch.no_grad():
        logits = model.encode(IMAGES)
        codes = sample_codes(logits, 20_000, generator=rng())
        values = elbo(model, IMAGES, logits, codes)  # (S, B)
        expected = exact_bound(model, IMAGES)
    error = values.std(0) / math.sqrt(20_000)
    assert values.shape == (20_000, 2)
    assert ((values.mean(0) - expected).abs() < SIGMAS * error).all()


def test_elbo_stays_below_the_evidence(model):
    """Eq. (elbo): by the divergence between approximate and true posterior."""
    with torch.no_grad():
        assert (exact_bound(model, IMAGES) < evidence(model, IMAGES)).all()


def test_sampled_codes_are_one_hot_with_the_right_frequencies(rng):
    """Eq. (gumbel-max): codes are exact samples."""
    logits = torch.tensor([[1.0, 0.0, -1.0], [0.0, 2.0, 0.0]], dtype=torch.float64)
    codes = sample_codes(logits, 50_000, generator=rng())
    probs = logits.softmax(-1)
    error = (probs * (1 - probs) / 50_000).sqrt()
    assert codes.unique().tolist() == [0, 1]
    assert (codes.sum(-1) == 1).all()
    assert ((codes.mean(0) - probs).abs() < SIGMAS * error).all()


def test_leave_one_out_gradient_is_unbiased(model, rng):
    """Eq. (leave-one-out): the mean gradient is that of the enumerated bound."""
    expected = flat_gradient(-exact_bound(model, IMAGES).mean(), model)
    generator = rng()
    draws = torch.stack(
        [
            flat_gradient(
                leave_one_out_loss(model, IMAGES, samples=4, generator=generator), model
            )
            for _ in range(500)
        ]
    )
    error = draws.std(0) / math.sqrt(len(draws))
    assert ((draws.mean(0) - expected).abs() <= SIGMAS * error + 1e-12).all()


def test_leave_one_out_value_is_the_negative_bound(model, rng):
    """Eq. (leave-one-out): the surrogate adds a gradient, not a value."""
    with torch.no_grad():
        logits = model.encode(IMAGES)
        codes = sample_codes(logits, 3, generator=rng())
        expected = -elbo(model, IMAGES, logits, codes).mean()
    loss = leave_one_out_loss(model, IMAGES, samples=3, generator=rng())
    torch.testing.assert_close(loss.detach(), expected)


def test_relaxed_loss_differentiates_the_relaxed_bound(model, rng):
    """Eq. (relaxed-loss): equal noise, finite differences of one weight agree."""
    bias = model.encoder[-1].bias
    loss = relaxed_loss(model, IMAGES, 0.5, samples=2, generator=rng())
    (slope,) = torch.autograd.grad(loss, bias)
    values = []
    for shift in (1e-6, -1e-6):
        with torch.no_grad():
            bias[0] += shift
            values.append(relaxed_loss(model, IMAGES, 0.5, samples=2, generator=rng()))
            bias[0] -= shift
    assert slope[0].item() == pytest.approx((values[0] - values[1]).item() / 2e-6)


def test_relaxed_loss_tends_to_the_bound_as_the_temperature_falls(model, rng):
    """Eq. (relaxed-loss): at a low temperature its mean is the discrete bound."""
    with torch.no_grad():
        loss = relaxed_loss(model, IMAGES, 1e-4, samples=20_000, generator=rng())
        expected = -exact_bound(model, IMAGES).mean()
    # The fit of a code has a standard deviation below 1 nat here.
    assert loss.item() == pytest.approx(expected.item(), abs=SIGMAS / math.sqrt(2e4))


@pytest.mark.parametrize("kind", ["relaxed", "leave-one-out"])
def test_training_raises_the_exact_bound(model, rng, kind):
    """Eq. (relaxed-loss), Eq. (leave-one-out): Adam climbs the enumerated bound."""
    images = IMAGES.repeat(10, 1)
    before = exact_bound(model, images).mean().item()
    generator = rng()

    def loss(model, images, step):
        if kind == "relaxed":
            return relaxed_loss(model, images, 0.5, samples=1, generator=generator)
        return leave_one_out_loss(model, images, samples=2, generator=generator)

    fit(model, images, loss, steps=200, batch=7, learning_rate=1e-2, generator=rng())
    after = exact_bound(model, images).mean().item()
    assert after > before + 1
    assert after < -math.log(2)  # two images, equally frequent: no model does better


def test_training_takes_as_many_steps_as_asked(model, rng):
    taken = []

    def loss(model, images, step):
        taken.append(step)
        return relaxed_loss(model, images, 1.0, samples=1, generator=rng())

    fit(model, IMAGES, loss, steps=5, batch=1, generator=rng())
    assert taken == [0, 1, 2, 3, 4]


def test_equal_generators_give_equal_models(rng):
    def weights():
        model = CategoricalVAE(
            pixels=4, latents=2, categories=3, hidden=5, generator=rng()
        )
        return torch.cat([weight.flatten() for weight in model.parameters()])

    assert torch.equal(weights(), weights())


def test_a_baseline_needs_a_second_sample(model):
    with pytest.raises(ValueError, match="samples must be 2 or more"):
        leave_one_out_loss(model, IMAGES, samples=1)


def test_an_average_needs_a_sample(model):
    with pytest.raises(ValueError, match="samples must be 1 or more, got 0"):
        relaxed_loss(model, IMAGES, 1.0, samples=0)
    with pytest.raises(ValueError, match="samples must be 1 or more, got 0"):
        sample_codes(torch.zeros(2, 3), 0)


def test_the_small_model_can_be_enumerated_in_two_ways(model):
    """Eq. (enumeration): exact_expectation gives the same fit as the table of codes."""
    with torch.no_grad():
        logits = model.encode(IMAGES[:1])[0]

        def value(codes):
            return elbo(model, IMAGES[:1], logits.unsqueeze(0), codes.unsqueeze(1))[
                :, 0
            ]

        torch.testing.assert_close(
            exact_expectation(value, logits), exact_bound(model, IMAGES[:1])[0]
        )
