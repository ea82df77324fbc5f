"""BLEU, with expected n-gram counts in the place of counts."""

import math
from collections import Counter
from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor

from dlnotes.smoothing.checks import check_within

PADDING = -1  # fills references to a common length


def bleu(
    candidates: Sequence[Sequence[int]],
    references: Sequence[Sequence[Sequence[int]]],
    *,
    order: int = 4,
) -> float:
    """Score sentences of a corpus by their n-grams, Eq. (bleu).

    Args:
        candidates: `B` sentences of tokens.
        references: One or more reference sentences for each of them.
        order: Longest n-grams that count.

    Returns:
        From 0 to 1; 0 if some length has no matching n-gram.

    Raises:
        ValueError: If there are not as many sets of references as candidates, a set is
            empty, or the order is not positive.
    """
    if not 0 < len(candidates) == len(references):
        counts = len(candidates), len(references)
        raise ValueError(f"candidates and references must pair up, got {counts}")
    if not all(references):
        raise ValueError("references must hold a sentence for every candidate")
    _check_order(order)
    pairs = list(zip(candidates, references, strict=True))
    length = sum(map(len, candidates))
    closest = sum(
        min((len(r) for r in refs), key=lambda size: (abs(size - len(c)), size))
        for c, refs in pairs
    )
    logs = []
    for n in range(1, order + 1):
        matches = sum(_clipped_matches(c, refs, n) for c, refs in pairs)
        total = sum(max(len(c) - n + 1, 0) for c in candidates)
        if not matches:
            return 0.0
        logs.append(math.log(matches / total))
    return math.exp(min(0.0, 1 - closest / length) + sum(logs) / order)


def expected_counts(
    probs: Tensor, ngrams: Tensor, lengths: Tensor | None = None
) -> Tensor:
    """Count n-grams in sentences of independent random tokens, Eq. (expected-count).

    Args:
        probs: Distribution of each token, shape `(B, N, V)` for a vocabulary of `V`.
        ngrams: Tokens of the n-grams to look for, int64, shape `(B, G, n)`.
        lengths: Tokens that count in each sentence, int64, shape `(B,)`; all `N` if
            not given.

    Returns:
        Expected number of occurrences, shape `(B, G)`.

    Raises:
        TypeError: If the probabilities are not floating-point.
        ValueError: If a probability is not from 0 to 1.
    """
    check_within("probs", probs, 0, 1)
    n = ngrams.shape[-1]
    starts = probs.shape[1] - n + 1
    if starts < 1:
        return probs.new_zeros(ngrams.shape[:2])
    hit = probs.new_ones(len(probs), starts, ngrams.shape[1])  # (B, starts, G)
    for j in range(n):
        tokens = ngrams[:, None, :, j].expand_as(hit)
        hit = hit * probs[:, j : j + starts].gather(-1, tokens)
    if lengths is not None:
        place = torch.arange(starts, device=probs.device)
        hit = hit * (place + n <= lengths.unsqueeze(-1)).unsqueeze(-1)
    return hit.sum(1)


def expected_matches(
    probs: Tensor, references: Tensor, n: int, lengths: Tensor | None = None
) -> Tensor:
    """Clip expected counts by the references, Eq. (expected-matches).

    Args:
        probs: Distribution of each token, shape `(B, N, V)`.
        references: Tokens of `R` references for each sentence, int64, shape
            `(B, R, L)`, filled up with `PADDING` at the end.
        n: Tokens in an n-gram.
        lengths: Tokens that count in each sentence, int64, shape `(B,)`.

    Returns:
        Sum over the distinct n-grams of the references, shape `(B,)`.

    Raises:
        TypeError: If the probabilities are not floating-point.
        ValueError: If a probability is not from 0 to 1, or a reference token is not in
            the vocabulary.
    """
    _check_references(probs, references)
    _check_order(n)
    if references.shape[-1] < n:
        return probs.new_zeros(len(probs))
    grams = references.unfold(-1, n, 1)  # (B, R, L - n + 1, n)
    each = grams.shape[2]
    grams = grams.flatten(1, 2)  # (B, G, n)
    known = (grams != PADDING).all(-1)  # (B, G)
    same = (grams.unsqueeze(2) == grams.unsqueeze(1)).all(-1) & known.unsqueeze(1)
    inside = rearrange(same, "b g (r l) -> b g r l", l=each).sum(-1)
    clip = inside.amax(-1).to(probs.dtype)  # most occurrences in one reference
    counts = expected_counts(probs, grams.clamp(min=0), lengths)
    copies = same.sum(-1).clamp(min=1).to(probs.dtype)
    once = known.to(probs.dtype) / copies  # each distinct n-gram counts once
    return (torch.minimum(counts, clip) * once).sum(-1)


def smooth_bleu(
    probs: Tensor,
    references: Tensor,
    *,
    lengths: Tensor | None = None,
    order: int = 4,
) -> Tensor:
    """Score distributions over sentences by expected n-grams, Eq. (smooth-bleu).

    Args:
        probs: Distribution of each token, shape `(B, N, V)`.
        references: Tokens of `R` references for each sentence, int64, shape
            `(B, R, L)`, filled up with `PADDING` at the end.
        lengths: Tokens that count in each sentence, int64, shape `(B,)`; all `N` if
            not given.
        order: Longest n-grams that count.

    Returns:
        From 0 to 1, a tensor with one element: BLEU itself where all distributions are
        one-hot.

    Raises:
        TypeError: If the probabilities are not floating-point.
        ValueError: If a probability is not from 0 to 1, a reference token is not in
            the vocabulary, or the order is not positive.
    """
    _check_references(probs, references)
    _check_order(order)
    full = references.new_full((len(probs),), probs.shape[1])
    size = full if lengths is None else lengths
    logs = []
    for n in range(1, order + 1):
        matches = expected_matches(probs, references, n, size).sum()
        total = (size - n + 1).clamp(min=0).sum()
        if not matches > 0:
            return 0 * probs.sum()  # zero, with a gradient of zeros
        logs.append(torch.log(matches / total))
    brevity = _log_brevity(size, references).to(probs.dtype)
    return torch.exp(torch.stack(logs).mean() + brevity)


def _clipped_matches(
    candidate: Sequence[int], references: Sequence[Sequence[int]], n: int
) -> int:
    clip: Counter[tuple[int, ...]] = Counter()
    for reference in references:
        clip |= _ngrams(reference, n)
    return (_ngrams(candidate, n) & clip).total()


def _ngrams(tokens: Sequence[int], n: int) -> Counter[tuple[int, ...]]:
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def _log_brevity(size: Tensor, references: Tensor) -> Tensor:
    """Log of the brevity penalty; of equally close references the shorter counts."""
    lengths = (references != PADDING).sum(-1)  # (B, R)
    distance = (lengths - size.unsqueeze(-1)).abs() * (lengths.amax() + 1) + lengths
    closest = lengths.gather(-1, distance.argmin(-1, keepdim=True)).sum()
    return (1 - closest.double() / size.sum()).clamp(max=0)


def _check_order(order: int) -> None:
    if order < 1:
        raise ValueError(f"order must be positive, got {order}")


def _check_references(probs: Tensor, references: Tensor) -> None:
    check_within("probs", probs, 0, 1)
    if probs.dim() != 3 or references.dim() != 3 or len(probs) != len(references):
        shapes = tuple(probs.shape), tuple(references.shape)
        raise ValueError(
            f"probs and references must be (B, N, V) and (B, R, L), got {shapes}"
        )
    wrong = references[(references < PADDING) | (references >= probs.shape[-1])]
    if len(wrong):
        most = probs.shape[-1] - 1
        raise ValueError(f"references must be from 0 to {most}, got {wrong[0].item()}")
