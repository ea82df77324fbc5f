"""The Gumbel-Max theorem: the argmax samples, the maximum knows nothing of it."""

import math

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import broadcasts, broadcasts_to, check_finite, holds
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.gumbel_softmax.checks import check_categories, check_logits
from dlnotes.gumbel_softmax.gumbel import EULER_GAMMA, given_or_drawn, gumbel_cdf


@half_to_single
def gumbel_max(
    logits: Tensor,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Sample categories exactly, by perturbing and maximizing, Eq. (gumbel-max).

    Args:
        logits: Unnormalized log-probabilities, shape `(..., K)`; minus infinity is an
            impossible category.
        noise: Standard Gumbel noise that broadcasts with the logits, shape
            `(..., K)`; drawn if not given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Category indices, int64, shape `(...)`. They carry no gradient.

    Examples:
        >>> logits = torch.tensor([2.0, 0.0, 1.0])
        >>> gumbel_max(logits, noise=torch.tensor([0.5, 3.0, 0.1]))
        tensor(1)
    """
    check_logits("logits", logits)
    noise = given_or_drawn(logits, noise=noise, generator=generator)
    # Next to a large logit the noise would round away; so the largest becomes 0 first.
    below = logits - logits.amax(-1, keepdim=True)
    return (below + noise).argmax(dim=-1)


@widen_half
def max_argmax_cdf(value: Tensor, logits: Tensor) -> Tensor:
    """Joint law of maximum and argmax of perturbed logits, Eq. (max-and-argmax).

    Args:
        value: Upper bounds on the maximum, shape `(...)`.
        logits: Unnormalized log-probabilities, shape `(..., K)`.

    Returns:
        For each category the probability that it wins with a maximum of at most
        `value`, shape `(..., K)`.
    """
    check_finite("value", value)
    check_logits("logits", logits)
    if not broadcasts(value.shape, logits.shape[:-1]):
        given, wanted = tuple(value.shape), tuple(logits.shape)
        raise ValueError(f"value must match logits {wanted}, got shape {given}")
    return logits.softmax(-1) * gumbel_cdf(value - logits.logsumexp(-1)).unsqueeze(-1)


@widen_half
def expected_max(logits: Tensor) -> Tensor:
    """Mean of the largest perturbed logit, Eq. (expected-max).

    Args:
        logits: Unnormalized log-probabilities, shape `(..., K)`.

    Returns:
        Log-sum-exp of the logits plus Euler's constant, shape `(...)`. Its gradient is
        the softmax.

    Examples:
        >>> expected_max(torch.zeros(2))  # log 2 + 0.5772
        tensor(1.2704)
    """
    check_logits("logits", logits)
    return logits.logsumexp(-1) + EULER_GAMMA


@half_to_single
def noise_given_argmax(
    logits: Tensor,
    winner: Tensor,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Draw the noise that made a category win, Eq. (noise-given-argmax).

    Args:
        logits: Unnormalized log-probabilities, shape `(..., K)`.
        winner: Indices of the winning categories, int64, shape `(...)`; fewer leading
            dimensions than the noise give many draws for each winner.
        noise: Fresh standard Gumbel noise to transform, shape `(..., K)`; drawn if not
            given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Noise from the conditional law, shape `(..., K)`, cut off from its gradient.
        With it `gumbel_max` returns `winner`, up to rounding.
    """
    check_logits("logits", logits)
    fresh = given_or_drawn(logits, noise=noise, generator=generator).detach()
    log_probs = logits.detach().log_softmax(-1)
    shape = (log_probs + fresh).shape  # broadcast
    log_probs, fresh = log_probs.expand(shape), fresh.expand(shape)
    index = _check_winner(winner, log_probs).unsqueeze(-1)  # (..., 1)
    # Heights are measured from the log-sum-exp: there the winner's is its fresh noise.
    height = fresh.gather(-1, index)
    won = torch.zeros_like(fresh, dtype=torch.bool).scatter(-1, index, True)
    below = -torch.logaddexp(log_probs - height, -fresh)
    return torch.where(won, height - log_probs, below)


def _check_winner(winner: Tensor, logits: Tensor) -> Tensor:
    check_categories("winner", winner, logits.shape[-1])
    leading = logits.shape[:-1]
    if not broadcasts_to(winner.shape, leading):
        wanted, given = tuple(leading), tuple(winner.shape)
        raise ValueError(f"winner must have shape {wanted}, got {given}")
    winner = winner.expand(leading)
    if not holds(logits.gather(-1, winner.unsqueeze(-1)) > -math.inf):
        raise ValueError("winner must be a possible category, got one of logit -inf")
    return winner
