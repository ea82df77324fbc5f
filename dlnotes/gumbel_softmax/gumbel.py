"""The standard Gumbel distribution: noise, probabilities, density, quantiles."""

import math

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_finite, check_floating, first_where, holds
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.gumbel_softmax.checks import check_same_categories

EULER_GAMMA = 0.57721566490153286  # mean of the standard Gumbel distribution
GUMBEL_VARIANCE = math.pi**2 / 6


@half_to_single
def sample_gumbel(like: Tensor, *, generator: Generator | None = None) -> Tensor:
    r"""Draw independent standard Gumbel noise, Eq. (gumbel).

    A Gumbel variable is minus the log of an exponential one. That form is used
    instead of $-\log(-\log u)$ because `torch.rand` can return exactly 0, and because
    it reaches further into the tails.

    Args:
        like: Floating-point tensor whose shape, dtype and device the noise takes; for
            half precision the noise is float32.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Noise with the shape of `like`, finite, cut off from its gradient.
    """
    check_floating("like", like)
    exponential = torch.empty_like(like, requires_grad=False)
    exponential.exponential_(generator=generator)
    # Some builds of torch can draw exactly 0.
    return -exponential.clamp(min=torch.finfo(like.dtype).smallest_normal).log()


@widen_half
def gumbel_cdf(value: Tensor) -> Tensor:
    """Probability that standard Gumbel noise is at most a value, Eq. (gumbel-cdf).

    Args:
        value: Any shape.

    Returns:
        Probabilities, shape of `value`.
    """
    check_finite("value", value)
    # Below -10 the result is 0 in every dtype; the clamp keeps its gradient 0, not NaN.
    return value.clamp(min=-10).neg().exp().neg().exp()


@widen_half
def gumbel_log_prob(value: Tensor) -> Tensor:
    """Log-density of standard Gumbel noise, Eq. (gumbel-density).

    Args:
        value: Any shape.

    Returns:
        Log-densities, shape of `value`.

    Examples:
        >>> gumbel_log_prob(torch.tensor([0.0]))
        tensor([-1.])
    """
    check_finite("value", value)
    return -value - value.neg().exp()


@widen_half
def gumbel_icdf(probs: Tensor) -> Tensor:
    """Value that standard Gumbel noise stays below so often, Eq. (gumbel-quantile).

    Args:
        probs: Any shape, strictly between 0 and 1, where the quantiles are infinite.

    Returns:
        Quantiles, shape of `probs`.

    Examples:
        >>> gumbel_icdf(torch.tensor([0.5]))  # the median, -log log 2
        tensor([0.3665])
    """
    check_floating("probs", probs)
    good = (probs > 0) & (probs < 1)
    if not holds(good):
        odd = first_where(probs, ~good)
        raise ValueError(f"probs must lie strictly between 0 and 1, got {odd}")
    return -(-probs.log()).log()


@half_to_single
def given_or_drawn(
    logits: Tensor, *, noise: Tensor | None, generator: Generator | None
) -> Tensor:
    """Return the noise that the caller gave, or draw some for these logits.

    Args:
        logits: Shape `(..., K)`.
        noise: Standard Gumbel noise that goes with the logits, or `None`.
        generator: Source of randomness, used where `noise` is `None`.

    Returns:
        Noise, shape of `noise` or of `logits`.

    Raises:
        ValueError: If noise and generator are both given.
    """
    check_floating("logits", logits)
    if noise is None:
        return sample_gumbel(logits, generator=generator)
    if generator is not None:
        raise ValueError("give either noise or a generator, got both")
    check_finite("noise", noise)
    check_same_categories("noise", noise, logits)
    return noise
