"""The Gumbel-Max theorem: the argmax samples, the maximum knows nothing of it."""

import math

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_floating
from dlnotes.gumbel_softmax.checks import broadcasts, check_categories, check_logits
from dlnotes.gumbel_softmax.gumbel import EULER_GAMMA, given_or_drawn


def gumbel_max(
    logits: Tensor,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Sample categories exactly, by perturbing and maximising, Eq. (gumbel-max).

    Args:
        logits: Unnormalised log-probabilities, shape `(..., K)`; minus infinity is an
            impossible category.
        noise: Standard Gumbel noise that broadcasts with the logits, shape
            `(..., K)`; drawn if not given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Category indices, int64, shape `(...)`. They carry no gradient.

    Raises:
        TypeError: If a tensor is not floating-point.
        ValueError: If the logits define no distribution or the noise does not fit.
    """
    check_logits(logits)
    return (logits + given_or_drawn(logits, noise, generator)).argmax(dim=-1)


def max_argmax_cdf(value: Tensor, logits: Tensor) -> Tensor:
    """Joint law of maximum and argmax of perturbed logits, Eq. (max-and-argmax).

    Args:
        value: Upper bounds on the maximum, shape `(...)`.
        logits: Unnormalised log-probabilities, shape `(..., K)`.

    Returns:
        For each category the probability that it wins with a maximum of at most
        `value`, shape `(..., K)`.

    Raises:
        TypeError: If a tensor is not floating-point.
        ValueError: If the logits define no distribution.
    """
    check_floating("value", value)
    check_logits(logits)
    tail = (logits.logsumexp(-1) - value).exp()  # (...)
    return logits.softmax(-1) * (-tail).exp().unsqueeze(-1)


def expected_max(logits: Tensor) -> Tensor:
    """Mean of the largest perturbed logit, Eq. (expected-max).

    Args:
        logits: Unnormalised log-probabilities, shape `(..., K)`.

    Returns:
        Log-sum-exp of the logits plus Euler's constant, shape `(...)`. Its gradient is
        the softmax.

    Raises:
        TypeError: If the logits are not floating-point.
        ValueError: If the logits define no distribution.
    """
    check_logits(logits)
    return logits.logsumexp(-1) + EULER_GAMMA


def noise_given_argmax(
    logits: Tensor,
    winner: Tensor,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Draw the noise that made a category win, Eq. (noise-given-argmax).

    Args:
        logits: Unnormalised log-probabilities, shape `(..., K)`.
        winner: Indices of the winning categories, int64, shape `(...)`; fewer leading
            dimensions than the noise give many draws for each winner.
        noise: Fresh standard Gumbel noise to transform, shape `(..., K)`; drawn if not
            given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Noise from the conditional law, shape `(..., K)`, cut off from its gradient.
        With it `gumbel_max` returns `winner`, up to rounding.

    Raises:
        TypeError: If a tensor has the wrong kind of dtype.
        ValueError: If the logits define no distribution, the noise does not fit, or a
            winner is not a possible category.
    """
    check_logits(logits)
    fresh = given_or_drawn(logits, noise, generator)
    shape = (logits + fresh).shape  # broadcast
    logits, fresh = logits.detach().expand(shape), fresh.detach().expand(shape)
    index = _check_winner(winner, logits).unsqueeze(-1)  # (..., 1)
    won = torch.zeros_like(logits, dtype=torch.bool).scatter(-1, index, True)
    height = logits.logsumexp(-1, keepdim=True) + fresh.gather(-1, index)
    below = -torch.logaddexp(logits - height, -fresh)
    return torch.where(won, height - logits, below)


def _check_winner(winner: Tensor, logits: Tensor) -> Tensor:
    check_categories("winner", winner, logits.shape[-1])
    leading = logits.shape[:-1]
    if not broadcasts(winner.shape, leading) or winner.dim() > len(leading):
        wanted, given = tuple(leading), tuple(winner.shape)
        raise ValueError(f"winner must have shape {wanted}, got {given}")
    winner = winner.expand(leading)
    if (logits.gather(-1, winner.unsqueeze(-1)) == -math.inf).any():
        raise ValueError("winner must be a possible category, got one of logit -inf")
    return winner
