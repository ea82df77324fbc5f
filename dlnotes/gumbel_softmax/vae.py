r"""A variational autoencoder whose latent variables are categories."""

import math
from collections.abc import Callable

import torch
from einops import rearrange
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from dlnotes.blocks.training import minibatches
from dlnotes.blocks.vae import bernoulli_log_likelihood, mlp
from dlnotes.gumbel_softmax.checks import check_logits
from dlnotes.gumbel_softmax.density import log_ratio_density
from dlnotes.gumbel_softmax.maximum import gumbel_max
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax


def categorical_kl(logits: Tensor) -> Tensor:
    """Divergence of a categorical distribution from uniform, Eq. (categorical-kl).

    Args:
        logits: Unnormalised log-probabilities, shape `(..., K)`; minus infinity is an
            impossible category.

    Returns:
        Divergences in nats, shape `(...)`, from 0 to log K up to rounding.

    Raises:
        TypeError: If the logits are not floating-point.
        ValueError: If the logits define no distribution.
    """
    check_logits(logits)
    log_probs = logits.log_softmax(-1)
    finite = log_probs.masked_fill(log_probs == -math.inf, 0)  # for 0 log 0 = 0
    return (log_probs.exp() * (finite + math.log(logits.shape[-1]))).sum(-1)


def relaxed_kl_estimate(
    log_relaxed: Tensor, logits: Tensor, temperature: float
) -> Tensor:
    """Log-ratio of relaxed posterior and relaxed uniform prior, Eq. (relaxed-kl).

    Args:
        log_relaxed: Logs of relaxed samples drawn with the logits, shape `(..., K)`.
        logits: Unnormalised log-probabilities, finite, shape `(..., K)`.
        temperature: The positive temperature of posterior and prior.

    Returns:
        Values in nats, shape `(...)`, whose mean estimates the divergence between the
        two relaxed distributions.

    Raises:
        TypeError: If a tensor is not floating-point or the temperature is no number.
        ValueError: If the logits are not finite, the temperature is not positive and
            finite, or the samples do not lie inside the simplex.
    """
    posterior = log_ratio_density(log_relaxed, logits, temperature)
    prior = log_ratio_density(log_relaxed, torch.zeros_like(logits), temperature)
    return posterior - prior


class CategoricalVAE(nn.Module):
    """Encoder and decoder around categories.

    Args:
        pixels: Length of an image.
        latents: Number of latent variables `M`.
        categories: Number of categories `K` of each.
        hidden: Length of the hidden vector of encoder and decoder.
        generator: Source of the initial weights; `None` means torch's global one.
    """

    def __init__(
        self,
        *,
        pixels: int,
        latents: int,
        categories: int,
        hidden: int,
        generator: Generator | None = None,
    ) -> None:
        super().__init__()
        self.categories = categories
        code = latents * categories
        self.encoder = mlp(pixels, hidden, code, generator=generator)
        self.decoder = mlp(code, hidden, pixels, generator=generator)

    def encode(self, images: Tensor) -> Tensor:
        """Turn images `(B, pixels)` into logits of the posterior `(B, M, K)`."""
        flat: Tensor = self.encoder(images)
        return rearrange(flat, "b (m k) -> b m k", k=self.categories)

    def decode(self, codes: Tensor) -> Tensor:
        """Turn codes `(..., M, K)` into log-odds of the pixels `(..., pixels)`."""
        logits: Tensor = self.decoder(rearrange(codes, "... m k -> ... (m k)"))
        return logits


def sample_codes(
    logits: Tensor, samples: int, *, generator: Generator | None = None
) -> Tensor:
    """Draw exact one-hot codes with Gumbel-Max.

    Args:
        logits: Logits of the latent variables, shape `(..., M, K)`.
        samples: Number `S` of codes for each.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Codes, shape `(S, ..., M, K)`, in the dtype of the logits.

    Raises:
        TypeError: If the logits are not floating-point.
        ValueError: If the logits define no distribution or `samples` is below 1.
    """
    _check_samples(samples)
    repeated = logits.expand(samples, *logits.shape)
    winners = gumbel_max(repeated, generator=generator)
    return F.one_hot(winners, logits.shape[-1]).to(logits.dtype)


def elbo(
    model: CategoricalVAE, images: Tensor, logits: Tensor, codes: Tensor
) -> Tensor:
    """Bound the evidence from below, one value for each code, Eq. (elbo).

    Args:
        model: Encoder and decoder.
        images: Binary images, shape `(B, pixels)`.
        logits: The model's posterior logits, shape `(B, M, K)`.
        codes: Codes drawn from them, shape `(S, B, M, K)`: one-hot for the bound
            itself, relaxed for its smooth stand-in.

    Returns:
        Log-likelihood of each code minus the exact divergence, in nats, shape
        `(S, B)`.
    """
    fit = bernoulli_log_likelihood(model.decode(codes), images)
    return fit - categorical_kl(logits).sum(-1)


def relaxed_loss(
    model: CategoricalVAE,
    images: Tensor,
    temperature: float,
    *,
    samples: int,
    generator: Generator | None = None,
) -> Tensor:
    """Loss that differentiates through relaxed codes, Eq. (relaxed-loss).

    Args:
        model: Encoder and decoder.
        images: Binary images, shape `(B, pixels)`.
        temperature: Positive.
        samples: Number `S` of codes for each image, 1 or more.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Mean over codes and images, in nats, a scalar.

    Raises:
        ValueError: If the temperature is not positive and finite or `samples` is
            below 1.
    """
    _check_samples(samples)
    logits = model.encode(images)
    repeated = logits.expand(samples, *logits.shape)
    codes = gumbel_softmax(repeated, temperature, generator=generator)
    return -elbo(model, images, logits, codes).mean()


def leave_one_out_loss(
    model: CategoricalVAE,
    images: Tensor,
    *,
    samples: int,
    generator: Generator | None = None,
) -> Tensor:
    """Loss whose gradient is the score function's, Eq. (leave-one-out).

    The baseline of a code is the mean fit of the other codes of the same image.

    Args:
        model: Encoder and decoder.
        images: Binary images, shape `(B, pixels)`.
        samples: Number `S` of codes for each image, 2 or more.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        A scalar in nats. Its value is the negative bound, its gradient an unbiased
        estimate of the gradient of the expected negative bound.

    Raises:
        ValueError: If there are fewer than two samples.
    """
    if samples < 2:
        raise ValueError(f"samples must be 2 or more for a baseline, got {samples}")
    logits = model.encode(images)
    codes = sample_codes(logits.detach(), samples, generator=generator)
    bound = elbo(model, images, logits, codes)  # (S, B)
    others = (bound.sum(0) - bound) / (samples - 1)
    advantage = (bound - others).detach()
    log_prob = (codes * logits.log_softmax(-1)).sum((-2, -1))  # (S, B)
    surrogate = advantage * (log_prob - log_prob.detach())  # exactly 0 in value
    return -(bound + surrogate).mean()


def fit(
    model: CategoricalVAE,
    images: Tensor,
    loss: Callable[[CategoricalVAE, Tensor, int], Tensor],
    *,
    steps: int,
    batch: int = 100,
    learning_rate: float = 2e-3,
    generator: Generator | None = None,
) -> None:
    """Train a model in place with Adam.

    Args:
        model: Encoder and decoder.
        images: Binary images, shape `(N, pixels)`.
        loss: Maps the model, a batch of images `(B, pixels)` and the number of steps
            taken so far to a scalar.
        steps: Number of steps.
        batch: Images `B` in a step; the last one of a pass may have fewer.
        learning_rate: Adam's step size.
        generator: Source of the order of the images; `None` means torch's global one.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)
    step = 0
    while step < steps:
        for rows in minibatches(images, batch, generator=generator):
            optimizer.zero_grad()
            torch.autograd.backward(loss(model, rows, step))
            optimizer.step()
            step += 1
            if step == steps:
                break


def _check_samples(samples: int) -> None:
    if samples < 1:
        raise ValueError(f"samples must be 1 or more, got {samples}")
