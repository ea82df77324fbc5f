r"""Two categories: the logistic case, where gradients can be worked out."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import (
    Parameter,
    check_broadcast,
    check_finite,
    check_floating,
    check_positive,
    holds,
)
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.relaxation import VANISHED


@half_to_single
def sample_logistic(like: Tensor, *, generator: Generator | None = None) -> Tensor:
    """Draw independent standard logistic noise, Eq. (logistic).

    Args:
        like: Floating-point tensor whose shape, dtype and device the noise takes; for
            half precision the noise is float32.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Noise with the shape of `like`, finite, cut off from its gradient.
    """
    first = sample_gumbel(like, generator=generator)
    return first - sample_gumbel(like, generator=generator)


@widen_half
def relaxed_bernoulli(
    logit: Tensor,
    temperature: Parameter,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Sample relaxed coin tosses, Eq. (relaxed-bernoulli).

    Args:
        logit: Log-odds of a 1, any shape; minus or plus infinity decide the toss.
        temperature: Positive, a number or of a shape that broadcasts with `logit`.
        noise: Standard logistic noise that broadcasts with `logit`; drawn if not given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Relaxed samples between 0 and 1, of the shape to which `logit` and the noise
        broadcast; above 1/2 where the exact sample is 1, unless that rounds to 1/2.

    Raises:
        ValueError: If noise and generator are both given.

    Examples:
        >>> relaxed_bernoulli(torch.tensor([0.0]), 0.5, noise=torch.tensor([1.0]))
        tensor([0.8808])
    """
    _check_logit(logit)
    check_positive("temperature", temperature, like=logit)
    if noise is None:
        noise = sample_logistic(logit, generator=generator)
    elif generator is not None:
        raise ValueError("give either noise or a generator, got both")
    check_finite("noise", noise)
    check_broadcast("noise", noise, logit, row=False)
    score = logit + noise
    # Far out the sample is 0 or 1 without a slope, and autograd must not divide there.
    sure = (score / temperature).detach().abs() > -VANISHED
    toss = (score.masked_fill(sure, 0) / temperature).sigmoid()
    return torch.where(sure, (score.detach() > 0).to(toss.dtype), toss)


@widen_half
def binary_gradient_variance(logit: Tensor, temperature: Parameter) -> Tensor:
    """Variance of the derivative of a relaxed coin toss, Eq. (gradient-variance).

    Args:
        logit: Log-odds of a 1, any shape.
        temperature: Positive, a number or of a shape that broadcasts with `logit`. The
            result is off by terms of the order of the temperature, so it must be
            small, and above 2/3 the result may even be negative.

    Returns:
        Approximate variances of the derivative of `relaxed_bernoulli` by its logit,
        shape of `logit`.

    Examples:
        >>> binary_gradient_variance(torch.tensor(0.0), 0.1)  # 1/4 / 0.6 - 1/16
        tensor(0.3542)
    """
    _check_logit(logit)
    check_positive("temperature", temperature, like=logit)
    slope = logit.sigmoid() * (-logit).sigmoid()  # p (1 - p)
    return slope / temperature / 6 - slope**2


@widen_half
def straight_through_limit(f: Callable[[Tensor], Tensor], logit: Tensor) -> Tensor:
    """Mean straight-through gradient of a cold coin toss, Eq. (straight-through-limit).

    Args:
        f: Differentiable function, applied entry by entry.
        logit: Log-odds of a 1, any shape.

    Returns:
        Limits, as the temperature falls to 0, of the expected straight-through
        derivative of `f` by the logit, shape of `logit`. The exact derivative has
        `f(1) - f(0)` in the place of the mean slope.

    Examples:
        >>> straight_through_limit(lambda z: z**3, torch.tensor(0.0))  # 1/4 times 3/2
        tensor(0.3750)
    """
    _check_logit(logit)
    ends = torch.arange(2, dtype=logit.dtype, device=logit.device)
    slopes: Tensor = torch.func.grad(lambda z: f(z).sum())(ends)
    return logit.sigmoid() * (-logit).sigmoid() * slopes.mean()


def _check_logit(logit: Tensor) -> None:
    check_floating("logit", logit)
    if not holds(~logit.isnan()):
        raise ValueError("logit must not be NaN")
