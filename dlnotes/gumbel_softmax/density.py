"""The density of relaxed samples, the Concrete distribution."""

import math

import torch
from torch import Tensor

from dlnotes.blocks.checks import Parameter, check_positive, per_row
from dlnotes.blocks.precision import widen_half
from dlnotes.gumbel_softmax.checks import (
    check_log_relaxed,
    check_logits,
    check_relaxed,
    check_same_categories,
)


@widen_half
def log_ratio_log_prob(
    log_relaxed: Tensor, logits: Tensor, temperature: Parameter
) -> Tensor:
    r"""Log-density of the log-ratios of a relaxed sample, Eq. (log-ratio-density).

    It takes the sample as logs, so it works where entries of the sample round to 0.

    Args:
        log_relaxed: Logs of relaxed samples, shape `(..., K)`, with a log-sum-exp of 0,
            as `log_gumbel_softmax` returns them.
        logits: Unnormalized log-probabilities, finite, shape `(..., K)`.
        temperature: The temperature the samples were drawn at, a number or `(..., 1)`.

    Returns:
        Log-densities with respect to the K - 1 log-ratios $\log(y_k / y_K)$, shape
        `(...)`.

    Examples:
        >>> half = torch.tensor([0.5, 0.5]).log()
        >>> log_ratio_log_prob(half, torch.zeros(2), 1.0).exp()
        tensor(0.2500)
    """
    check_logits("logits", logits, allow_impossible=False)
    check_positive("temperature", temperature, like=logits, row=True)
    check_log_relaxed("log_relaxed", log_relaxed)
    check_same_categories("log_relaxed", log_relaxed, logits)
    return _log_prob_of_ratios(log_relaxed, logits, temperature)


@widen_half
def relaxed_log_prob(relaxed: Tensor, logits: Tensor, temperature: Parameter) -> Tensor:
    """Log-density of relaxed samples on the simplex, Eq. (density).

    At low temperatures samples round to the corners, where there is no density; draw
    their logs and use `log_ratio_log_prob` there.

    Args:
        relaxed: Points inside the simplex, shape `(..., K)`.
        logits: Unnormalized log-probabilities, finite, shape `(..., K)`.
        temperature: The temperature the samples were drawn at, a number or `(..., 1)`.

    Returns:
        Log-densities with respect to the first K - 1 coordinates, shape `(...)`.

    Examples:
        >>> thirds = torch.full((3,), 1 / 3)
        >>> relaxed_log_prob(thirds, torch.zeros(3), 1.0).exp()  # uniform, 2!
        tensor(2.)
    """
    check_logits("logits", logits, allow_impossible=False)
    check_positive("temperature", temperature, like=logits, row=True)
    check_relaxed("relaxed", relaxed)
    check_same_categories("relaxed", relaxed, logits)
    log_relaxed = relaxed.log()
    by_ratio = _log_prob_of_ratios(log_relaxed, logits, temperature)
    return by_ratio - log_relaxed.sum(-1)


def _log_prob_of_ratios(
    log_relaxed: Tensor, logits: Tensor, temperature: Parameter
) -> Tensor:
    k = logits.shape[-1]
    heat = torch.as_tensor(temperature, dtype=logits.dtype, device=logits.device)
    log_weights = torch.log_softmax(logits - temperature * log_relaxed, dim=-1)
    return math.lgamma(k) + (k - 1) * per_row(heat.log()) + log_weights.sum(-1)
