"""The density of relaxed samples, the Concrete distribution."""

import math

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_positive
from dlnotes.gumbel_softmax.checks import (
    check_log_relaxed,
    check_logits,
    check_relaxed,
    check_same_categories,
)


def log_ratio_density(
    log_relaxed: Tensor, logits: Tensor, temperature: float
) -> Tensor:
    r"""Log-density of the log-ratios of a relaxed sample, Eq. (log-ratio-density).

    It takes the sample as logs, so it works at any temperature.

    Args:
        log_relaxed: Logs of relaxed samples, shape `(..., K)`, with a log-sum-exp of 0,
            as `log_gumbel_softmax` returns them.
        logits: Unnormalised log-probabilities, finite, shape `(..., K)`.
        temperature: The positive temperature the samples were drawn at.

    Returns:
        Log-densities with respect to the K - 1 log-ratios $\log(y_k / y_K)$, shape
        `(...)`.

    Raises:
        TypeError: If a tensor is not floating-point or the temperature is no number.
        ValueError: If the logits are not finite, the temperature is not positive and
            finite, or the samples do not lie inside the simplex.
    """
    check_positive("temperature", temperature)
    check_logits(logits, allow_impossible=False)
    check_log_relaxed(log_relaxed)
    check_same_categories("log_relaxed", log_relaxed, logits)
    k = logits.shape[-1]
    constant = math.lgamma(k) + (k - 1) * math.log(temperature)
    return constant + _log_weights(log_relaxed, logits, temperature).sum(-1)


def log_density(relaxed: Tensor, logits: Tensor, temperature: float) -> Tensor:
    """Log-density of relaxed samples on the simplex, Eq. (density).

    At low temperatures samples round to the corners, where there is no density; draw
    their logs and use `log_ratio_density` there.

    Args:
        relaxed: Points inside the simplex, shape `(..., K)`.
        logits: Unnormalised log-probabilities, finite, shape `(..., K)`.
        temperature: The positive temperature the samples were drawn at.

    Returns:
        Log-densities with respect to the first K - 1 coordinates, shape `(...)`.

    Raises:
        TypeError: If a tensor is not floating-point or the temperature is no number.
        ValueError: If the logits are not finite, the temperature is not positive and
            finite, or the points do not lie inside the simplex.
    """
    check_positive("temperature", temperature)
    check_logits(logits, allow_impossible=False)
    check_relaxed(relaxed)
    log_relaxed = relaxed.log()
    check_same_categories("relaxed", relaxed, logits)
    k = logits.shape[-1]
    constant = math.lgamma(k) + (k - 1) * math.log(temperature)
    score = _log_weights(log_relaxed, logits, temperature)
    return constant + (score - log_relaxed).sum(-1)


def _log_weights(log_relaxed: Tensor, logits: Tensor, temperature: float) -> Tensor:
    return torch.log_softmax(logits - temperature * log_relaxed, dim=-1)
