"""Sampling several categories without replacement, by perturbing once."""

import math

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import broadcasts, check_count, first_where, holds
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.gumbel_softmax.checks import check_categories, check_logits
from dlnotes.gumbel_softmax.gumbel import given_or_drawn


@half_to_single
def gumbel_top_k(
    logits: Tensor,
    k: int,
    *,
    noise: Tensor | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """Sample categories without replacement, in order, Eq. (gumbel-top-k).

    Args:
        logits: Unnormalized log-probabilities, shape `(..., K)`; minus infinity is an
            impossible category.
        k: How many to draw, from 1 to the number of possible categories.
        noise: Standard Gumbel noise that broadcasts with the logits, shape
            `(..., K)`; drawn if not given.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Distinct category indices, int64, shape `(..., k)`, first drawn first.

    Examples:
        >>> logits = torch.tensor([2.0, 0.0, 1.0])
        >>> gumbel_top_k(logits, 2, noise=torch.tensor([0.5, 3.0, 0.1]))
        tensor([1, 0])
    """
    check_logits("logits", logits)
    _check_k(k, logits)
    noise = given_or_drawn(logits, noise=noise, generator=generator)
    # As in Gumbel-Max the largest logit becomes 0 first. Halved, no difference of two
    # finite logits overflows, so none joins the impossible categories.
    halves = logits / 2
    below = halves - halves.amax(-1, keepdim=True)
    return (below + noise / 2).topk(k, dim=-1).indices


@widen_half
def plackett_luce_log_prob(ranking: Tensor, logits: Tensor) -> Tensor:
    """Log-probability of an ordered draw without replacement, Eq. (plackett-luce).

    Args:
        ranking: Distinct category indices, int64, shape `(..., k)`, first drawn first.
        logits: Unnormalized log-probabilities, shape `(..., K)`; minus infinity is an
            impossible category. Leading dimensions broadcast.

    Returns:
        Log-probabilities, shape `(...)`; minus infinity if the draw is impossible.

    Examples:
        >>> logits = torch.tensor([0.5, 0.25, 0.25]).log()
        >>> plackett_luce_log_prob(torch.tensor([0, 2]), logits).exp()  # 1/2 times 1/2
        tensor(0.2500)
    """
    check_logits("logits", logits)
    _check_ranking(ranking, logits)
    ranking, logits = _broadcast(ranking, logits)  # (..., k), (..., K)
    # The lowest number in the place of -inf keeps NaN out of the gradient.
    lowest = torch.finfo(logits.dtype).min
    left = logits.clamp(min=lowest)
    chosen = logits.gather(-1, ranking)  # (..., k)
    possible = chosen > -math.inf
    chosen = chosen.masked_fill(~possible, 0)
    total = torch.zeros_like(chosen[..., 0])
    for j in range(ranking.shape[-1]):
        # Differences, because next to a large logit a log of a sum would round away.
        total = total - (left - chosen[..., j : j + 1]).logsumexp(-1)
        left = left.scatter(-1, ranking[..., j : j + 1], lowest)
    return torch.where(possible.all(-1), total, -math.inf)


def _broadcast(ranking: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    shape = (ranking[..., 0] + logits[..., 0]).shape
    return ranking.expand(*shape, -1), logits.expand(*shape, -1)


def _check_k(k: int, logits: Tensor) -> None:
    check_count("k", k, most=logits.shape[-1])
    possible = (logits > -math.inf).sum(-1)
    if not holds(possible >= k):
        most = int(first_where(possible, possible < k))
        raise ValueError(f"k must be from 1 to {most} possible categories, got {k}")


def _check_ranking(ranking: Tensor, logits: Tensor) -> None:
    check_categories("ranking", ranking, logits.shape[-1])
    if ranking.dim() == 0 or ranking.shape[-1] == 0:
        raise ValueError("ranking must hold at least one category on its last axis")
    if not broadcasts(ranking.shape[:-1], logits.shape[:-1]):
        given, wanted = tuple(ranking.shape), tuple(logits.shape)
        raise ValueError(f"ranking must match logits {wanted}, got shape {given}")
    ordered = ranking.sort(-1).values
    if not holds(ordered[..., 1:] != ordered[..., :-1]):
        raise ValueError("ranking must not repeat a category")
