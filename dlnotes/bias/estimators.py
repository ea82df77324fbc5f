"""The other meaning of the word that has a formula: the bias of an estimator."""

from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.bias.checks import check_axes
from dlnotes.blocks.checks import check_count, check_finite, check_real
from dlnotes.blocks.magnitude import power_of_two
from dlnotes.blocks.precision import widen_half


class Estimate(NamedTuple):
    """A mean over repetitions.

    Attributes:
        value: The mean, one number.
        error: Its standard error, one number.
    """

    value: Tensor
    error: Tensor


class Decomposition(NamedTuple):
    """A mean squared error and its two parts, one number each."""

    squared_error: Tensor
    squared_bias: Tensor
    variance: Tensor


@widen_half
def estimator_bias(estimates: Tensor, truth: float) -> Estimate:
    r"""Estimate how far an estimator is off on average, Eq. (estimator-bias).

    Args:
        estimates: Results on independent data sets, shape `(S,)`, at least two.
        truth: What they estimate.

    Returns:
        The bias and its standard error.

    Examples:
        >>> bias, error = estimator_bias(torch.tensor([1.0, 2.0, 6.0]), 2.0)
        >>> print(f"{bias:.3f} {error:.3f}")
        1.000 1.528
    """
    errors = _errors(estimates, truth)
    if len(errors) < 2:
        raise ValueError(f"estimates must be at least 2, got {len(errors)}")
    size = power_of_two(errors.abs().amax())
    spread, mean = torch.std_mean(errors / size)
    return Estimate(mean * size, spread * size / float(len(errors)) ** 0.5)


def variance_bias(variance: float, *, count: int) -> float:
    r"""Compute the bias of a variance that is divided by N, Eq. (variance-bias).

    Args:
        variance: The true variance, nonnegative.
        count: The number `N` of independent values it is estimated from.

    Returns:
        The bias, which is not positive.

    Examples:
        >>> variance_bias(1.0, count=5)
        -0.2
    """
    check_real("variance", variance)
    check_count("count", count)
    if variance < 0:
        raise ValueError(f"variance must not be negative, got {variance}")
    return -variance / count


@widen_half
def decompose_error(estimates: Tensor, truth: float) -> Decomposition:
    r"""Split a mean squared error into two parts, Eq. (bias-variance).

    Args:
        estimates: Results on independent data sets, shape `(S,)`.
        truth: What they estimate.

    Returns:
        The mean squared error, which is the sum of the squared bias and the variance,
        the latter divided by `S`.
    """
    errors = _errors(estimates, truth)
    variance, mean = torch.var_mean(errors, correction=0)
    return Decomposition(errors.square().mean(), mean.square(), variance)


def _errors(estimates: Tensor, truth: float) -> Tensor:
    check_finite("estimates", estimates)
    check_axes("estimates", estimates, 1)
    check_real("truth", truth, like=estimates)
    errors = estimates - truth
    check_finite("estimates - truth", errors)
    return errors
