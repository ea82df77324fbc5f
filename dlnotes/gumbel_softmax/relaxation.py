r"""Gumbel-Softmax: the maximum of Gumbel-Max made smooth by a temperature."""

import math

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import (
    Parameter,
    check_count,
    check_finite,
    check_positive,
    check_real,
)
from dlnotes.blocks.precision import widen_half
from dlnotes.gumbel_softmax.checks import check_logits
from dlnotes.gumbel_softmax.gumbel import given_or_drawn

VANISHED = -800.0  # the exponential of anything below is 0 in every dtype


@widen_half
def gumbel_softmax(
    logits: Tensor,
    temperature: Parameter,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Sample points of the simplex that are differentiable, Eq. (gumbel-softmax).

    With equal noise the largest entry is where `gumbel_max` points, unless the
    temperature is so high that entries round to equal numbers.

    Args:
        logits: Unnormalized log-probabilities, shape `(..., K)`; minus infinity is an
            impossible category, whose entry and gradient are 0.
        temperature: Positive, a number or `(..., 1)`; towards 0 the samples tend to
            one-hot vectors, towards infinity to equal weights of what is possible.
        noise: Standard Gumbel noise that broadcasts with the logits, shape
            `(..., K)`; drawn if not given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Relaxed samples, shape `(..., K)`, not negative and summing to 1.

    Examples:
        >>> logits = torch.tensor([2.0, 0.0, 1.0])
        >>> gumbel_softmax(logits, 0.5, noise=torch.tensor([0.5, 3.0, 0.1]))
        tensor([0.2646, 0.7193, 0.0161])
    """
    below = _below_the_top(logits, temperature, noise, generator)
    vanished = (below / temperature).detach() < VANISHED
    return _divide(below, temperature, vanished).softmax(dim=-1)


@widen_half
def log_gumbel_softmax(
    logits: Tensor,
    temperature: Parameter,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Sample logs of relaxed samples, Eq. (log-gumbel-softmax).

    At low temperatures entries of `gumbel_softmax` round to 0. Their logs stay finite
    as long as a difference of logits, divided by the temperature, is a number.

    Args:
        logits: Unnormalized log-probabilities, shape `(..., K)`; minus infinity is an
            impossible category, whose entry stays minus infinity.
        temperature: Positive, a number or `(..., 1)`.
        noise: Standard Gumbel noise that broadcasts with the logits, shape
            `(..., K)`; drawn if not given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Logs of relaxed samples, shape `(..., K)`, with a log-sum-exp of 0.
    """
    below = _below_the_top(logits, temperature, noise, generator)
    impossible = below.detach() == -math.inf
    return _divide(below, temperature, impossible).log_softmax(dim=-1)


@widen_half
def straight_through(relaxed: Tensor) -> Tensor:
    """Round relaxed samples to one-hot, keeping their gradient, Eq. (straight-through).

    Args:
        relaxed: Points of the simplex, shape `(..., K)`; of equal largest entries the
            first counts.

    Returns:
        One-hot vectors, shape `(..., K)`, exact in value, biased in gradient.

    Examples:
        >>> straight_through(torch.tensor([0.2, 0.7, 0.1]))
        tensor([0., 1., 0.])
    """
    check_finite("relaxed", relaxed)
    if relaxed.dim() == 0 or relaxed.shape[-1] == 0:
        shape = tuple(relaxed.shape)
        raise ValueError(f"relaxed must have categories on its last axis, got {shape}")
    top = relaxed.argmax(dim=-1, keepdim=True)
    one_hot = torch.zeros_like(relaxed).scatter(-1, top, 1.0)
    # The bracket is exactly 0 in value and the identity in gradient.
    return one_hot + (relaxed - relaxed.detach())


def anneal(
    step: int, *, start: float = 1.0, end: float = 0.01, rate: float = 0.999
) -> float:
    """Lower the temperature geometrically towards a floor, Eq. (anneal).

    The defaults are those of the experiment that accompanies the article.

    Args:
        step: Number of training steps taken, 0 or more.
        start: Temperature at step 0.
        end: Temperature that is approached.
        rate: Factor by which a step shrinks the distance to `end`, from 0 to 1.

    Returns:
        The temperature of this step.

    Examples:
        >>> [round(anneal(step), 2) for step in (0, 1000, 10_000)]
        [1.0, 0.37, 0.01]
    """
    check_count("step", step, least=0)
    check_positive("start", start)
    check_positive("end", end)
    check_real("rate", rate)
    if not 0 <= rate <= 1:
        raise ValueError(f"rate must be between 0 and 1, got {rate}")
    return end + (start - end) * math.pow(rate, step)


def _below_the_top(
    logits: Tensor,
    temperature: Parameter,
    noise: Tensor | None,
    generator: Generator | None,
) -> Tensor:
    """How far each perturbed logit lies below the largest, shape `(..., K)`.

    A common shift changes no softmax. Shifted before the noise comes, large logits do
    not round it away; shifted after, the division by a small temperature can only
    overflow to -inf, which is right.
    """
    check_logits("logits", logits)
    check_positive("temperature", temperature, like=logits, row=True)
    noise = given_or_drawn(logits, noise=noise, generator=generator)
    perturbed = logits - logits.detach().amax(-1, keepdim=True) + noise
    return perturbed - perturbed.detach().amax(-1, keepdim=True)


def _divide(below: Tensor, temperature: Parameter, lost: Tensor) -> Tensor:
    """Divide by the temperature; what is lost becomes -inf without a gradient.

    Masked before and after, so that autograd meets no product of 0 and infinity.
    """
    scores = below.masked_fill(lost, 0) / temperature
    return scores.masked_fill(lost, -math.inf)
