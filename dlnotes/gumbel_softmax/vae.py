r"""A variational autoencoder whose latent variables are categories."""

import math

import torch
from einops import rearrange
from torch import Generator, Tensor, nn

from dlnotes.blocks.checks import Parameter, check_count, check_floating, check_positive
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.precision import HALF, widen_half
from dlnotes.blocks.vae import bernoulli_log_likelihood, mlp
from dlnotes.gumbel_softmax.checks import (
    check_log_relaxed,
    check_logits,
    check_same_categories,
)
from dlnotes.gumbel_softmax.maximum import gumbel_max
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax


@widen_half
def categorical_kl(logits: Tensor) -> Tensor:
    """Divergence of a categorical distribution from uniform, Eq. (categorical-kl).

    Args:
        logits: Unnormalized log-probabilities, shape `(..., K)`; minus infinity is an
            impossible category.

    Returns:
        Divergences in nats, shape `(...)`, from 0 to log K up to rounding.

    Examples:
        >>> categorical_kl(torch.tensor([[1.0, 1.0], [50.0, 0.0]]))  # 0 and log 2
        tensor([0.0000, 0.6931])
    """
    check_logits("logits", logits)
    log_probs = logits.log_softmax(-1)
    finite = log_probs.masked_fill(log_probs == -math.inf, 0)  # for 0 log 0 = 0
    return (log_probs.exp() * (finite + math.log(logits.shape[-1]))).sum(-1)


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
        self.pixels, self.latents, self.categories = pixels, latents, categories
        code = latents * categories
        self.encoder = mlp(pixels, hidden, code, generator=generator)
        self.decoder = mlp(code, hidden, pixels, generator=generator)

    def encode(self, images: Tensor) -> Tensor:
        """Turn images `(B, pixels)` into logits of the posterior `(B, M, K)`."""
        _check_weights(self)
        check_input("images", images, ("B", self.pixels), like=self)
        flat: Tensor = self.encoder(images)
        return rearrange(flat, "b (m k) -> b m k", k=self.categories)

    def decode(self, codes: Tensor) -> Tensor:
        """Turn codes `(..., M, K)` into log-odds of the pixels `(..., pixels)`."""
        _check_weights(self)
        sizes = self.latents, self.categories
        check_input("codes", codes, (..., *sizes), like=self)
        logits: Tensor = self.decoder(rearrange(codes, "... m k -> ... (m k)"))
        return logits


@widen_half
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
    """
    check_count("samples", samples)
    check_logits("logits", logits)
    repeated = logits.detach().expand(samples, *logits.shape)
    winners = gumbel_max(repeated, generator=generator).unsqueeze(-1)
    return torch.zeros_like(repeated).scatter(-1, winners, 1.0)


@widen_half
def categorical_elbo(
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
    check_floating("images", images)
    check_floating("codes", codes)
    fit = bernoulli_log_likelihood(model.decode(codes), images)
    return fit - categorical_kl(logits).sum(-1)


@widen_half
def relaxed_loss(
    model: CategoricalVAE,
    images: Tensor,
    temperature: Parameter,
    *,
    samples: int,
    generator: Generator | None = None,
) -> Tensor:
    """Loss that differentiates through relaxed codes, Eq. (relaxed-loss).

    Args:
        model: Encoder and decoder.
        images: Binary images, shape `(B, pixels)`.
        temperature: Positive, a number or a tensor that broadcasts with `(B, M, 1)`.
        samples: Number `S` of codes for each image, 1 or more.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Mean over codes and images, in nats, a scalar.
    """
    check_count("samples", samples)
    _check_rows(images)
    logits = model.encode(images)
    repeated = logits.expand(samples, *logits.shape)
    codes = gumbel_softmax(repeated, temperature, generator=generator)
    return -categorical_elbo(model, images, logits, codes).mean()


@widen_half
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
    """
    check_count("samples", samples, least=2)
    _check_rows(images)
    logits = model.encode(images)
    codes = sample_codes(logits, samples, generator=generator)
    bound = categorical_elbo(model, images, logits, codes)  # (S, B)
    others = (bound.sum(0) - bound) / (samples - 1)
    advantage = (bound - others).detach()
    log_prob = (codes * logits.log_softmax(-1)).sum((-2, -1))  # (S, B)
    surrogate = advantage * (log_prob - log_prob.detach())  # exactly 0 in value
    return -(bound + surrogate).mean()


@widen_half
def relaxed_kl_estimate(
    log_relaxed: Tensor, logits: Tensor, temperature: Parameter
) -> Tensor:
    """Log-ratio of relaxed posterior and relaxed uniform prior, Eq. (relaxed-kl).

    Args:
        log_relaxed: Logs of relaxed samples drawn with the logits, shape `(..., K)`.
        logits: Unnormalized log-probabilities, finite, shape `(..., K)`.
        temperature: The temperature of posterior and prior, a number or `(..., 1)`.

    Returns:
        Values in nats, shape `(...)`, whose mean estimates the divergence between the
        two relaxed distributions.
    """
    check_logits("logits", logits, allow_impossible=False)
    check_positive("temperature", temperature, like=logits, row=True)
    check_log_relaxed("log_relaxed", log_relaxed)
    check_same_categories("log_relaxed", log_relaxed, logits)
    # The difference of the two log-densities would lose digits; log w is that of the
    # prior plus the logits, normalized.
    prior = (-temperature * log_relaxed).log_softmax(-1)
    below = logits - logits.detach().amax(-1, keepdim=True)
    return logits.shape[-1] * (below.mean(-1) - (below + prior).logsumexp(-1))


def _check_rows(images: Tensor) -> None:
    check_floating("images", images)
    if not images.dim() or not len(images):
        raise ValueError(f"images must have rows, got shape {tuple(images.shape)}")


def _check_weights(model: nn.Module) -> None:
    dtype = next(model.parameters()).dtype
    if dtype in HALF:
        raise TypeError(f"model must have float32 or float64 weights, got {dtype}")
