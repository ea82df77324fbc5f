r"""Two categories: the logistic case, where gradients can be worked out."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_floating, check_positive
from dlnotes.gumbel_softmax.checks import broadcasts
from dlnotes.gumbel_softmax.gumbel import sample_gumbel


def sample_logistic(like: Tensor, *, generator: Generator | None = None) -> Tensor:
    """Draw independent standard logistic noise, Eq. (logistic).

    Args:
        like: Floating-point tensor whose shape, dtype and device the noise takes.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Noise with the shape of `like`, finite, cut off from its gradient.

    Raises:
        TypeError: If `like` is not a floating-point tensor.
    """
    first = sample_gumbel(like, generator=generator)
    return first - sample_gumbel(like, generator=generator)


def relaxed_bernoulli(
    logit: Tensor,
    temperature: float,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Sample relaxed coin tosses, Eq. (relaxed-bernoulli).

    Args:
        logit: Log-odds of a 1, any shape; minus or plus infinity decide the toss.
        temperature: Positive.
        noise: Standard logistic noise that broadcasts with `logit`; drawn if not given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Relaxed samples between 0 and 1, shape of `logit`, above 1/2 where the exact
        sample is 1.

    Raises:
        TypeError: If a tensor is not floating-point or the temperature is no number.
        ValueError: If a logit is NaN, the temperature is not positive and finite, or
            the noise does not fit.
    """
    check_positive("temperature", temperature)
    _check_logit(logit)
    if noise is None:
        noise = sample_logistic(logit, generator=generator)
    elif generator is not None:
        raise ValueError("give either noise or a generator, got both")
    check_floating("noise", noise)
    if not broadcasts(noise.shape, logit.shape):
        wanted, given = tuple(logit.shape), tuple(noise.shape)
        raise ValueError(f"noise must match logit {wanted}, got shape {given}")
    if not noise.detach().isfinite().all():
        raise ValueError("noise must be finite")
    return ((logit + noise) / temperature).sigmoid()


def binary_gradient_variance(logit: Tensor, temperature: float) -> Tensor:
    """Variance of the derivative of a relaxed coin toss, Eq. (gradient-variance).

    Args:
        logit: Log-odds of a 1, any shape.
        temperature: Positive; the result is off by terms of the order of the
            temperature, so it must be small, and above 2/3 it may even be negative.

    Returns:
        Approximate variances of the derivative of `relaxed_bernoulli` by its logit,
        shape of `logit`.

    Raises:
        TypeError: If `logit` is not floating-point or the temperature is no number.
        ValueError: If a logit is NaN or the temperature is not positive and finite.
    """
    check_positive("temperature", temperature)
    _check_logit(logit)
    slope = logit.sigmoid() * (-logit).sigmoid()  # p (1 - p)
    return slope / (6 * temperature) - slope**2


def straight_through_limit(f: Callable[[Tensor], Tensor], logit: Tensor) -> Tensor:
    """Mean straight-through gradient of a cold coin toss, Eq. (straight-through-limit).

    Args:
        f: Differentiable function, applied entry by entry.
        logit: Log-odds of a 1, any shape, finite.

    Returns:
        Limits, as the temperature falls to 0, of the expected straight-through
        derivative of `f` by the logit, shape of `logit`. The exact derivative has
        `f(1) - f(0)` in the place of the mean slope.

    Raises:
        TypeError: If `logit` is not floating-point.
        ValueError: If a logit is NaN.
    """
    _check_logit(logit)
    with torch.enable_grad():
        ends = torch.tensor([0.0, 1.0], dtype=logit.dtype, device=logit.device)
        ends.requires_grad_()
        (slopes,) = torch.autograd.grad(f(ends).sum(), ends)
    return logit.sigmoid() * (-logit).sigmoid() * slopes.mean()


def _check_logit(logit: Tensor) -> None:
    check_floating("logit", logit)
    if logit.detach().isnan().any():
        raise ValueError("logit must not be NaN")
