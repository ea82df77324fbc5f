"""The standard Gumbel distribution: noise, probabilities, density, quantiles."""

import math

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_floating
from dlnotes.gumbel_softmax.checks import check_same_categories

EULER_GAMMA = 0.57721566490153286  # mean of the standard Gumbel distribution
GUMBEL_VARIANCE = math.pi**2 / 6


def sample_gumbel(like: Tensor, *, generator: Generator | None = None) -> Tensor:
    r"""Draw independent standard Gumbel noise, Eq. (gumbel).

    A Gumbel variable is minus the log of an exponential one. That form is used
    instead of $-\log(-\log u)$ because `torch.rand` can return exactly 0, and because
    it reaches further into the tails.

    Args:
        like: Floating-point tensor whose shape, dtype and device the noise takes.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Noise with the shape of `like`, finite, cut off from its gradient.

    Raises:
        TypeError: If `like` is not a floating-point tensor.
    """
    check_floating("like", like)
    exponential = torch.empty_like(like, requires_grad=False)
    exponential.exponential_(generator=generator)
    return -exponential.log()


def gumbel_cdf(value: Tensor) -> Tensor:
    """Probability that standard Gumbel noise is at most a value, Eq. (gumbel-cdf).

    Args:
        value: Any shape, floating-point.

    Returns:
        Probabilities, shape of `value`.

    Raises:
        TypeError: If `value` is not a floating-point tensor.
    """
    check_floating("value", value)
    # Below -10 the result is 0 in every dtype; the clamp keeps its gradient 0, not NaN.
    return value.clamp(min=-10).neg().exp().neg().exp()


def gumbel_log_prob(value: Tensor) -> Tensor:
    """Log-density of standard Gumbel noise, Eq. (gumbel-density).

    Args:
        value: Any shape, floating-point.

    Returns:
        Log-densities, shape of `value`.

    Raises:
        TypeError: If `value` is not a floating-point tensor.
    """
    check_floating("value", value)
    return -value - value.neg().exp()


def gumbel_icdf(probability: Tensor) -> Tensor:
    """Value that standard Gumbel noise stays below so often, Eq. (gumbel-quantile).

    Args:
        probability: Any shape, floating-point, between 0 and 1.

    Returns:
        Quantiles, shape of `probability`; minus infinity at 0 and infinity at 1.

    Raises:
        TypeError: If `probability` is not a floating-point tensor.
        ValueError: If an entry is outside of 0 and 1, or NaN.
    """
    check_floating("probability", probability)
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ValueError("probability must be between 0 and 1")
    return -(-probability.log()).log()


def given_or_drawn(
    logits: Tensor, noise: Tensor | None, generator: Generator | None
) -> Tensor:
    """Return the noise that the caller gave, or draw some for these logits.

    Args:
        logits: Shape `(..., K)`.
        noise: Standard Gumbel noise that goes with the logits, or `None`.
        generator: Source of randomness, used where `noise` is `None`.

    Returns:
        Noise, shape of `noise` or of `logits`.

    Raises:
        TypeError: If the noise is not a floating-point tensor.
        ValueError: If noise and generator are both given, or the shape of the noise
            does not go with the logits, or the noise is not finite.
    """
    if noise is None:
        return sample_gumbel(logits, generator=generator)
    if generator is not None:
        raise ValueError("give either noise or a generator, got both")
    check_floating("noise", noise)
    check_same_categories("noise", noise, logits)
    if not noise.detach().isfinite().all():
        raise ValueError("noise must be finite")
    return noise
