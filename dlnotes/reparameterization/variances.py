r"""Variances in closed form, for gradients with respect to the location of a normal."""

from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.blocks.checks import (
    Parameter,
    check_finite,
    first_where,
    holds,
)
from dlnotes.blocks.precision import widen_half
from dlnotes.reparameterization.checks import check_number, check_scale, common_shape


class Variances(NamedTuple):
    """Variances of one draw of the two estimators, same shape."""

    score_function: Tensor
    pathwise: Tensor


@widen_half
def variance_linear(
    loc: Tensor, scale: Tensor, *, slope: Parameter = 1.0, intercept: Parameter = 0.0
) -> Variances:
    r"""Variances for $f(z) = f_0 + f_1 z$, Eq. (variance-linear).

    Args:
        loc: Mean of the normal distribution.
        scale: Its standard deviation, positive.
        slope: $f_1$; broadcasts with the others, if it is a tensor.
        intercept: $f_0$; the same holds.

    Returns:
        The variances, of the broadcast shape; pathwise they are 0.

    Examples:
        >>> variance_linear(torch.tensor(1.0), torch.tensor(2.0), slope=3.0)
        Variances(score_function=tensor(20.2500), pathwise=tensor(0.))
    """
    mu, sigma, f1, f0 = _in_double(loc, scale, slope=slope, intercept=intercept)
    score_function = ((f0 + f1 * mu) / sigma).square() + 2 * f1.square()
    return _rounded(score_function, torch.zeros_like(score_function), loc, scale)


@widen_half
def variance_square(loc: Tensor, scale: Tensor) -> Variances:
    r"""Variances for $f(z) = z^2$, Eq. (variance-square).

    Args:
        loc: Mean of the normal distribution.
        scale: Its standard deviation, positive.

    Returns:
        The variances, of the broadcast shape.
    """
    mu, sigma = _in_double(loc, scale)
    steep = (mu / sigma * mu).square()  # in this order no power overflows
    score_function = steep + 14 * mu.square() + 15 * sigma.square()
    return _rounded(score_function, 4 * sigma.square(), loc, scale)


@widen_half
def variance_sine(loc: Tensor, scale: Tensor, *, frequency: Parameter) -> Variances:
    r"""Variances for $f(z) = \sin \omega z$, Eq. (variance-sine).

    Args:
        loc: Mean of the normal distribution.
        scale: Its standard deviation, positive.
        frequency: $\omega$, in radians per unit of `z`; broadcasts with the others, if
            it is a tensor.

    Returns:
        The variances, of the broadcast shape.
    """
    mu, sigma, omega = _in_double(loc, scale, frequency=frequency)
    x = (omega * sigma).square().clamp(max=1000)  # where exp(-x) is 0
    d, wave = (-x).exp(), (omega * mu).sin().square()
    score_function = (
        -(-2 * x).expm1()
        + 2 * wave * d.square()
        + 4 * x * (1 - 2 * wave) * d.square()
        - 2 * x * (1 - wave) * d
    ) / (2 * sigma.square())
    lost = -(-x).expm1()
    pathwise = omega.square() / 2 * lost * (lost + 2 * wave * d)
    return _rounded(score_function, pathwise, loc, scale)


@widen_half
def variance_and_error(gradients: Tensor) -> tuple[Tensor, Tensor]:
    r"""Estimate a variance and its standard error from draws, Eq. (variance-error).

    Args:
        gradients: Independent draws along the first dimension, shape `(S, ...)`,
            two or more.

    Returns:
        The variance over the draws and the standard error of that estimate for large
        S, each `(...)`. The error is 0 if all draws are equally far from their mean.

    Examples:
        >>> variance_and_error(torch.tensor([0.0, 5.0, 10.0, 5.0]))
        (tensor(16.6667), tensor(2.9463))
    """
    check_finite("gradients", gradients)
    if not gradients.ndim or len(gradients) < 2:
        raise ValueError(
            f"a variance takes two or more draws, got shape {tuple(gradients.shape)}"
        )
    draws = len(gradients)
    centered = gradients - gradients.mean(dim=0)
    unit = centered.detach().abs().amax(dim=0)
    unit = torch.where(unit > 0, unit, 1)  # then no fourth power overflows
    squares = (centered / unit).square()
    variance = squares.sum(dim=0) / (draws - 1)
    spread = squares.square().mean(dim=0) - variance.square()
    root = torch.where(spread > 0, spread, 1).sqrt()  # the root of 0 has no slope
    error = torch.where(spread > 0, root, 0) / draws**0.5
    return unit.square() * variance, unit.square() * error


@widen_half
def sine_crossing(cosine: Tensor) -> Tensor:
    r"""Find where the two variances of a sine meet, Eq. (sine-crossing).

    Args:
        cosine: $\cos 2\omega\mu$, between -1 and 1; 1 where $\mu = 0$.

    Returns:
        The one positive $\omega\sigma$ below which, at this cosine, the pathwise
        estimator has the smaller variance, and above which the score function has.
        Same shape.

    Examples:
        >>> sine_crossing(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([0.8512, 1.0000, 1.1090])
    """
    check_finite("cosine", cosine)
    inside = cosine.abs() <= 1
    if not holds(inside):
        odd = first_where(cosine, ~inside)
        raise ValueError(f"cosine must lie between -1 and 1, got {odd}")
    x = torch.ones_like(cosine)
    for _ in range(6):  # Newton's method; the last step carries the gradient
        wave = cosine * (-2 * x).exp()
        x = x - (x - 1 - wave * (3 * x - 1)) / (1 - wave * (5 - 6 * x))
    return x.sqrt()


def _in_double(loc: Tensor, scale: Tensor, **others: Parameter) -> tuple[Tensor, ...]:
    """Check the arguments of a closed form, and widen and broadcast them."""
    check_finite("loc", loc)
    check_scale("scale", scale)
    for name, value in others.items():
        check_number(name, value, like=loc)
    wide = [loc.double(), scale.double()]
    wide += [
        torch.as_tensor(value, dtype=torch.float64, device=loc.device)
        for value in others.values()
    ]
    shape = common_shape(*wide)
    return tuple(tensor.expand(shape) for tensor in wide)


def _rounded(
    score_function: Tensor, pathwise: Tensor, loc: Tensor, scale: Tensor
) -> Variances:
    dtype = torch.promote_types(loc.dtype, scale.dtype)
    return Variances(score_function.to(dtype), pathwise.to(dtype))
