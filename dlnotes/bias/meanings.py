"""The other meaning of the word that has a formula: the bias of an estimator."""

from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.bias.checks import check_axes
from dlnotes.blocks.checks import check_count, check_finite, check_real


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


def estimator_bias(estimates: Tensor, truth: float) -> Estimate:
    r"""Estimate how far an estimator is off on average, Eq. (estimator-bias).

    Args:
        estimates: Results on independent data sets, shape `(S,)`, at least two.
        truth: What they estimate.

    Returns:
        The bias and its standard error.

    Raises:
        TypeError: If `estimates` is not a floating-point tensor, or `truth` no number.
        ValueError: If there are fewer than two estimates.
    """
    check_finite("estimates", estimates)
    check_axes("estimates", estimates, 1)
    check_real("truth", truth)
    if len(estimates) < 2:
        raise ValueError(f"estimates must be at least 2, got {len(estimates)}")
    return Estimate(
        estimates.mean() - truth, estimates.std() / float(len(estimates)) ** 0.5
    )


def variance_bias(variance: float, *, count: int) -> float:
    r"""Compute the bias of a variance that is divided by N, Eq. (variance-bias).

    Args:
        variance: The true variance, nonnegative.
        count: The number `N` of independent values it is estimated from.

    Returns:
        The bias, which is negative.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If the variance is negative, or there is no value.
    """
    check_real("variance", variance)
    check_count("count", count)
    if variance < 0:
        raise ValueError(f"variance must not be negative, got {variance}")
    return -variance / count


def decompose_error(estimates: Tensor, truth: float) -> Decomposition:
    r"""Split a mean squared error into two parts, Eq. (bias-variance).

    Args:
        estimates: Results on independent data sets, shape `(S,)`.
        truth: What they estimate.

    Returns:
        The mean squared error, which is the sum of the squared bias and the variance,
        the latter divided by `S`.

    Raises:
        TypeError: If `estimates` is not a floating-point tensor, or `truth` no number.
        ValueError: If there is no estimate.
    """
    check_finite("estimates", estimates)
    check_axes("estimates", estimates, 1)
    check_real("truth", truth)
    variance, mean = torch.var_mean(estimates, correction=0)
    squared_error = (estimates - truth).square().mean()
    return Decomposition(squared_error, (mean - truth) ** 2, variance)
