r"""Variances in closed form, for gradients with respect to the location of a normal."""

from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.reparameterization.checks import (
    check_parameters,
    check_scale,
    common_shape,
)


class Variances(NamedTuple):
    """Variances of one draw of the two estimators, same shape."""

    score_function: Tensor
    pathwise: Tensor


def variance_linear(
    loc: Tensor, scale: Tensor, *, slope: float = 1.0, intercept: float = 0.0
) -> Variances:
    r"""Variances for $f(z) = az + b$, Eq. (variance-linear).

    Args:
        loc: Mean of the normal distribution.
        scale: Its standard deviation, positive.
        slope: $a$.
        intercept: $b$.

    Returns:
        The variances, of the broadcast shape; pathwise they are 0.

    Raises:
        TypeError: If `loc` or `scale` is not a floating-point tensor.
        ValueError: If one is not finite or the scale is not positive.
    """
    loc, scale = _check_normal(loc, scale)
    offset = slope * loc + intercept
    return Variances(offset**2 / scale**2 + 2 * slope**2, torch.zeros_like(offset))


def variance_square(loc: Tensor, scale: Tensor) -> Variances:
    r"""Variances for $f(z) = z^2$, Eq. (variance-square).

    Args:
        loc: Mean of the normal distribution.
        scale: Its standard deviation, positive.

    Returns:
        The variances, of the broadcast shape.

    Raises:
        TypeError: If an argument is not a floating-point tensor.
        ValueError: If one is not finite or the scale is not positive.
    """
    loc, scale = _check_normal(loc, scale)
    score_function = loc**4 / scale**2 + 14 * loc**2 + 15 * scale**2
    return Variances(score_function, 4 * scale**2)


def variance_sine(
    loc: Tensor, scale: Tensor, *, frequency: float | Tensor
) -> Variances:
    r"""Variances for $f(z) = \sin \omega z$, Eq. (variance-sine).

    Args:
        loc: Mean of the normal distribution.
        scale: Its standard deviation, positive.
        frequency: $\omega$, in radians per unit of `z`; broadcasts with the others.

    Returns:
        The variances, of the broadcast shape.

    Raises:
        TypeError: If `loc` or `scale` is not a floating-point tensor.
        ValueError: If one is not finite or the scale is not positive.
    """
    loc, scale = _check_normal(loc, scale)
    x = (frequency * scale) ** 2
    wave = (-2 * x).exp() * (2 * frequency * loc).cos()
    squared_mean = frequency**2 * (-x).exp() * (frequency * loc).cos() ** 2
    score_function = (1 - (1 - 4 * x) * wave) / (2 * scale**2)
    pathwise = frequency**2 * (1 + wave) / 2
    return Variances(score_function - squared_mean, pathwise - squared_mean)


def sine_crossing(cosine: Tensor) -> Tensor:
    r"""Where the two variances of a sine meet, Eq. (sine-crossing).

    Args:
        cosine: $\cos 2\omega\mu$, between -1 and 1; 1 where $\mu = 0$.

    Returns:
        The one positive $\omega\sigma$ below which the pathwise estimator has the
        smaller variance, and above which the score function has. Same shape.

    Raises:
        TypeError: If the cosine is not a floating-point tensor.
        ValueError: If it lies outside -1 to 1.
    """
    check_parameters((cosine,), ("cosine",))
    if (cosine.abs() > 1).any():
        raise ValueError("cosine must lie between -1 and 1")
    low, high = torch.full_like(cosine, 0.5), torch.full_like(cosine, 2.0)
    for _ in range(60):  # bisection; the note shows that there is one root
        middle = (low + high) / 2
        x = middle**2
        above = x - 1 > cosine * (3 * x - 1) * (-2 * x).exp()
        low, high = torch.where(above, low, middle), torch.where(above, middle, high)
    return (low + high) / 2


def variance_and_error(gradients: Tensor) -> tuple[Tensor, Tensor]:
    r"""Estimate a variance and its standard error from draws, Eq. (variance-error).

    Args:
        gradients: Independent draws along the first dimension, shape `(S, ...)`,
            two or more.

    Returns:
        The variance over the draws and the standard error of that estimate for large
        S, each `(...)`.

    Raises:
        ValueError: If there are fewer than two draws.
    """
    if not gradients.ndim or len(gradients) < 2:
        raise ValueError(
            f"a variance takes two or more draws, got shape {tuple(gradients.shape)}"
        )
    centered = gradients - gradients.mean(dim=0)
    variance = centered.square().sum(dim=0) / (len(gradients) - 1)
    fourth = centered.pow(4).mean(dim=0)
    spread = (fourth - variance**2).clamp(min=0)
    return variance, (spread / len(gradients)).sqrt()


def _check_normal(loc: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    check_parameters((loc, scale), ("loc", "scale"))
    check_scale(scale)
    shape = common_shape((loc, scale))
    return loc.expand(shape), scale.expand(shape)
