r"""Gumbel-Softmax: the maximum of Gumbel-Max made smooth by a temperature."""

import math

from torch import Generator, Tensor
from torch.nn import functional as F

from dlnotes.blocks.checks import check_floating, check_positive
from dlnotes.gumbel_softmax.checks import check_logits
from dlnotes.gumbel_softmax.gumbel import given_or_drawn


def gumbel_softmax(
    logits: Tensor,
    temperature: float,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Sample points of the simplex that are differentiable, Eq. (gumbel-softmax).

    With equal noise the largest entry is where `gumbel_max` points.

    Args:
        logits: Unnormalised log-probabilities, shape `(..., K)`; minus infinity is an
            impossible category, whose entry and gradient are 0.
        temperature: Positive; towards 0 the samples tend to one-hot vectors, towards
            infinity to the uniform vector.
        noise: Standard Gumbel noise that broadcasts with the logits, shape
            `(..., K)`; drawn if not given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Relaxed samples, shape `(..., K)`, not negative and summing to 1.

    Raises:
        TypeError: If a tensor is not floating-point or the temperature is no number.
        ValueError: If the logits define no distribution, the temperature is not
            positive and finite, or the noise does not fit.
    """
    return _scores(logits, temperature, noise, generator).softmax(dim=-1)


def log_gumbel_softmax(
    logits: Tensor,
    temperature: float,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Sample logs of relaxed samples, Eq. (log-gumbel-softmax).

    At low temperatures entries of `gumbel_softmax` round to 0; their logs stay finite.

    Args:
        logits: Unnormalised log-probabilities, shape `(..., K)`; minus infinity is an
            impossible category, whose entry stays minus infinity.
        temperature: Positive.
        noise: Standard Gumbel noise that broadcasts with the logits, shape
            `(..., K)`; drawn if not given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Logs of relaxed samples, shape `(..., K)`, with a log-sum-exp of 0.

    Raises:
        TypeError: If a tensor is not floating-point or the temperature is no number.
        ValueError: If the logits define no distribution, the temperature is not
            positive and finite, or the noise does not fit.
    """
    return _scores(logits, temperature, noise, generator).log_softmax(dim=-1)


def straight_through(relaxed: Tensor) -> Tensor:
    """Round relaxed samples to one-hot, keeping their gradient, Eq. (straight-through).

    Args:
        relaxed: Points of the simplex, shape `(..., K)`.

    Returns:
        One-hot vectors, shape `(..., K)`, exact in value, biased in gradient.

    Raises:
        TypeError: If `relaxed` is not a floating-point tensor.
        ValueError: If it has no category or an entry is NaN.
    """
    check_floating("relaxed", relaxed)
    if relaxed.dim() == 0 or relaxed.shape[-1] == 0:
        shape = tuple(relaxed.shape)
        raise ValueError(f"relaxed must have categories on its last axis, got {shape}")
    if relaxed.detach().isnan().any():
        raise ValueError("relaxed must not be NaN")
    one_hot = F.one_hot(relaxed.argmax(dim=-1), relaxed.shape[-1]).to(relaxed.dtype)
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
        end: Temperature that is approached but not reached.
        rate: Factor by which a step shrinks the distance to `end`, from 0 to 1.

    Returns:
        The temperature of this step.

    Raises:
        TypeError: If a temperature is no number.
        ValueError: If a temperature is not positive and finite, the step is negative,
            or the rate is not between 0 and 1.
    """
    check_positive("temperature", start)
    check_positive("temperature", end)
    if not step >= 0:
        raise ValueError(f"step must be 0 or more, got {step}")
    if not 0 <= rate <= 1:
        raise ValueError(f"rate must be between 0 and 1, got {rate}")
    return end + (start - end) * math.pow(rate, step)


def _scores(
    logits: Tensor,
    temperature: float,
    noise: Tensor | None,
    generator: Generator | None,
) -> Tensor:
    check_positive("temperature", temperature)
    check_logits(logits)
    perturbed = logits + given_or_drawn(logits, noise, generator)
    # A common shift changes no softmax. With the largest entry at 0 the division by a
    # small temperature can only overflow to -inf, which is right.
    top = perturbed.detach().amax(-1, keepdim=True)
    return (perturbed - top) / temperature
