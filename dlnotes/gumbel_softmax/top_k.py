"""Sampling several categories without replacement, by perturbing once."""

import math

import torch
from torch import Generator, Tensor

from dlnotes.gumbel_softmax.checks import broadcasts, check_categories, check_logits
from dlnotes.gumbel_softmax.gumbel import given_or_drawn


def gumbel_top_k(
    logits: Tensor,
    k: int,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Sample categories without replacement, in order, Eq. (gumbel-top-k).

    Args:
        logits: Unnormalised log-probabilities, shape `(..., K)`; minus infinity is an
            impossible category.
        k: How many to draw, from 1 to the number of possible categories.
        noise: Standard Gumbel noise that broadcasts with the logits, shape
            `(..., K)`; drawn if not given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Distinct category indices, int64, shape `(..., k)`, first drawn first.

    Raises:
        TypeError: If a tensor is not floating-point or `k` is no integer.
        ValueError: If the logits define no distribution, the noise does not fit, or
            there are not `k` possible categories.
    """
    check_logits(logits)
    _check_k(k, logits)
    perturbed = logits + given_or_drawn(logits, noise, generator)
    return perturbed.topk(k, dim=-1).indices


def plackett_luce_log_prob(ranking: Tensor, logits: Tensor) -> Tensor:
    """Log-probability of an ordered draw without replacement, Eq. (plackett-luce).

    Args:
        ranking: Distinct category indices, int64, shape `(..., k)`, first drawn first.
        logits: Unnormalised log-probabilities, shape `(..., K)`; minus infinity is an
            impossible category. Leading dimensions broadcast.

    Returns:
        Log-probabilities, shape `(...)`; minus infinity if the draw is impossible.

    Raises:
        TypeError: If a tensor has the wrong kind of dtype.
        ValueError: If the logits define no distribution, or the ranking is empty,
            repeats a category or names one that does not exist.
    """
    check_logits(logits)
    _check_ranking(ranking, logits)
    shape = (ranking[..., 0] + logits[..., 0]).shape  # broadcast
    ranking = ranking.expand(*shape, -1)  # (..., k)
    logits = logits.expand(*shape, -1)  # (..., K)

    drawn = torch.nn.functional.one_hot(ranking, logits.shape[-1])  # (..., k, K)
    gone = drawn.cumsum(-2) > drawn  # drawn in an earlier step
    left = logits.unsqueeze(-2).masked_fill(gone, -math.inf)
    chosen = logits.gather(-1, ranking)
    possible = chosen > -math.inf
    # A step that is impossible must not turn -inf - (-inf) into NaN.
    total = torch.where(possible.unsqueeze(-1), left, 0).logsumexp(-1)
    return torch.where(possible, chosen - total, -math.inf).sum(-1)


def _check_k(k: int, logits: Tensor) -> None:
    if not isinstance(k, int):
        raise TypeError(f"k must be an integer, got {k!r}")
    possible = (logits.detach() > -math.inf).sum(-1)
    most = int(possible.min()) if possible.numel() else logits.shape[-1]
    if not 1 <= k <= most:
        raise ValueError(f"k must be from 1 to {most} possible categories, got {k}")


def _check_ranking(ranking: Tensor, logits: Tensor) -> None:
    check_categories("ranking", ranking, logits.shape[-1])
    if ranking.dim() == 0 or ranking.shape[-1] == 0:
        raise ValueError("ranking must hold at least one category on its last axis")
    if not broadcasts(ranking.shape[:-1], logits.shape[:-1]):
        given, wanted = tuple(ranking.shape), tuple(logits.shape)
        raise ValueError(f"ranking must match logits {wanted}, got shape {given}")
    ordered = ranking.sort(-1).values
    if (ordered[..., 1:] == ordered[..., :-1]).any():
        raise ValueError("ranking must not repeat a category")
