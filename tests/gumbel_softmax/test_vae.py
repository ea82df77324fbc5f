"""Checks of dlnotes.gumbel_softmax.vae against docs/notes/gumbel_softmax.md."""

import itertools
import math

import pytest
import torch
from torch.nn import functional as F

from dlnotes.blocks.training import train
from dlnotes.gumbel_softmax import vae
from dlnotes.gumbel_softmax.enumeration import all_codes, exact_expectation
from dlnotes.gumbel_softmax.vae import (
    CategoricalVAE,
    categorical_elbo,
    leave_one_out_loss,
    relaxed_loss,
    sample_codes,
)
from tests.statistics import within

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


def test_elbo_averages_to_the_sum_over_all_codes(model, rng):
    """Eq. (elbo): sampled values scatter around the enumerated bound."""
    with torch.no_grad():
        logits = model.encode(IMAGES)
        codes = sample_codes(logits, 20_000, generator=rng())
        values = categorical_elbo(model, IMAGES, logits, codes)  # (S, B)
        expected = exact_bound(model, IMAGES)
    assert values.shape == (20_000, 2)
    assert within(values, expected)


def test_elbo_stays_below_the_evidence(model):
    """Eq. (elbo): by the divergence between approximate and true posterior."""
    with torch.no_grad():
        assert (exact_bound(model, IMAGES) < evidence(model, IMAGES)).all()


def test_sampled_codes_are_one_hot_with_the_right_frequencies(rng):
    """Eq. (gumbel-max): codes are exact samples."""
    logits = torch.tensor([[1.0, 0.0, -1.0], [0.0, 2.0, 0.0]], dtype=torch.float64)
    codes = sample_codes(logits, 50_000, generator=rng())
    probs = logits.softmax(-1)
    assert codes.unique().tolist() == [0, 1]
    assert (codes.sum(-1) == 1).all()
    assert within(codes, probs)


@pytest.mark.parametrize("samples", [2, 3])
def test_leave_one_out_gradient_is_unbiased(model, samples, monkeypatch):
    """Eq. (leave-one-out): its mean over all draws of codes, exactly.

    Nine codes for each of two samples, or of three: the mean over every tuple, weighted
    with its probability, is the gradient of the enumerated bound.
    """
    image = IMAGES[:1]
    expected = flat_gradient(-exact_bound(model, image).mean(), model)
    codes = all_codes(2, 3)
    log_q = model.encode(image).detach()[0].log_softmax(-1)
    probs = log_q[torch.arange(2), codes].sum(-1).exp()  # (9,)
    one_hot = F.one_hot(codes, 3).double()
    total = torch.zeros_like(expected)
    for drawn in itertools.product(range(9), repeat=samples):
        fixed = one_hot[list(drawn)].unsqueeze(1)  # (S, 1, M, K)
        monkeypatch.setattr(vae, "sample_codes", lambda *_, fixed=fixed, **__: fixed)
        loss = leave_one_out_loss(model, image, samples=samples)
        total += probs[list(drawn)].prod() * flat_gradient(loss, model)
    torch.testing.assert_close(total, expected)


def test_leave_one_out_value_is_the_negative_bound(model, rng):
    """Eq. (leave-one-out): the surrogate adds a gradient, not a value."""
    with torch.no_grad():
        logits = model.encode(IMAGES)
        codes = sample_codes(logits, 3, generator=rng())
        expected = -categorical_elbo(model, IMAGES, logits, codes).mean()
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
    generator = rng()
    with torch.no_grad():
        losses = [
            relaxed_loss(model, IMAGES, 1e-4, samples=100, generator=generator)
            for _ in range(200)
        ]
        expected = -exact_bound(model, IMAGES).mean()
    assert within(torch.stack(losses), expected)


def test_each_latent_variable_may_have_its_temperature(model, rng):
    """Eq. (relaxed-loss): a tensor of equal temperatures is the number itself."""
    heats = torch.full((2, 1), 0.5, dtype=torch.float64)
    one = relaxed_loss(model, IMAGES, heats, samples=2, generator=rng())
    other = relaxed_loss(model, IMAGES, 0.5, samples=2, generator=rng())
    torch.testing.assert_close(one, other)


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

    train(model, images, loss, steps=200, batch=7, learning_rate=1e-2, generator=rng())
    after = exact_bound(model, images).mean().item()
    assert after > before + 1
    assert after < -math.log(2)  # two images, equally frequent: no model does better


def test_equal_generators_give_equal_models(rng):
    def weights():
        model = CategoricalVAE(
            pixels=4, latents=2, categories=3, hidden=5, generator=rng()
        )
        return torch.cat([weight.flatten() for weight in model.parameters()])

    assert torch.equal(weights(), weights())


def test_samples_are_counted(model):
    with pytest.raises(ValueError, match="samples must be at least 2, got 1"):
        leave_one_out_loss(model, IMAGES, samples=1)
    with pytest.raises(ValueError, match="samples must be at least 1, got 0"):
        relaxed_loss(model, IMAGES, 1.0, samples=0)
    with pytest.raises(ValueError, match="samples must be at least 1, got 0"):
        sample_codes(torch.zeros(2, 3), 0)


def test_model_and_images_must_go_together(model):
    with pytest.raises(
        TypeError, match=r"images must be torch\.float64 like the weights"
    ):
        model.encode(IMAGES.float())
    with pytest.raises(
        TypeError, match=r"codes must be torch\.float64 like the weights"
    ):
        model.decode(torch.zeros(1, 2, 3))
    with pytest.raises(
        TypeError, match=r"float32 or float64 weights, got torch\.bfloat"
    ):
        relaxed_loss(model.bfloat16(), IMAGES.bfloat16(), 1.0, samples=2)


@pytest.mark.parametrize("images", [IMAGES[:0], torch.tensor(1.0).double()])
def test_a_loss_needs_images(model, images):
    with pytest.raises(ValueError, match="images must have rows"):
        relaxed_loss(model, images, 1.0, samples=2)
    with pytest.raises(ValueError, match="images must have rows"):
        leave_one_out_loss(model, images, samples=2)


def test_the_small_model_can_be_enumerated_in_two_ways(model):
    """Eq. (enumeration): exact_expectation gives the same fit as the table of codes."""
    with torch.no_grad():
        logits = model.encode(IMAGES[:1])[0]

        def value(codes):
            return categorical_elbo(
                model, IMAGES[:1], logits.unsqueeze(0), codes.unsqueeze(1)
            )[:, 0]

        torch.testing.assert_close(
            exact_expectation(value, logits), exact_bound(model, IMAGES[:1])[0]
        )
