"""BLEU, with expected n-gram counts in the place of counts."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import repeat

import torch
from torch import Tensor
from torch.nn.functional import pad

from dlnotes.blocks.checks import check_count, check_tensor
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.gumbel_softmax.checks import check_categories
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
    """
    _check_corpus(candidates, references)
    check_count("order", order)
    logs = []
    for n in range(1, order + 1):
        hits = sum(map(_clipped_matches, candidates, references, repeat(n)))
        if not hits:
            return 0.0
        grams = sum(max(len(words) - n + 1, 0) for words in candidates)  # c_n
        logs.append(math.log(hits / grams))
    c = sum(map(len, candidates))
    r = sum(map(_closest_length, candidates, references))
    return math.exp(min(0.0, 1 - r / c) + sum(logs) / order)


@half_to_single
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
    """
    check_tensor("ngrams", ngrams)
    _check_sentences(probs, ngrams, lengths)
    check_categories("ngrams", ngrams, probs.shape[-1])
    batch, grams, n = ngrams.shape
    total = probs.new_zeros(batch, grams)
    for first, last in _parts(probs, ngrams):  # the places j where an n-gram starts
        product = probs.new_ones(batch, last - first, grams)
        for i in range(n):
            nu = ngrams[:, None, :, i].expand_as(product)
            product = product * probs[:, first + i : last + i].gather(-1, nu)
        total = total + _inside(product, first + n, lengths).sum(1)
    return total


@half_to_single
def expected_matches(
    probs: Tensor, references: Tensor, n: int, lengths: Tensor | None = None
) -> Tensor:
    """Clip expected counts by the references, Eq. (expected-matches).

    Args:
        probs: Distribution of each token, shape `(B, N, V)`.
        references: Tokens of `R` references for each sentence, int64, shape
            `(B, R, L)`, filled up with `PADDING` at the end; a row of it is none.
        n: Tokens in an n-gram.
        lengths: Tokens that count in each sentence, int64, shape `(B,)`.

    Returns:
        Sum over the distinct n-grams of the references, shape `(B,)`.
    """
    check_tensor("references", references)
    _check_sentences(probs, references, lengths)
    _check_references(references, probs.shape[-1])
    check_count("n", n)
    if references.shape[-1] < n:
        return probs.new_zeros(len(probs))
    grams = references.unfold(-1, n, 1)  # (B, R, L - n + 1, n)
    clip, copies = _most_in_one_reference(grams, probs.shape[-1])
    tokens = grams.flatten(1, 2)
    known = (tokens != PADDING).all(-1)  # (B, G)
    counts = expected_counts(probs, tokens.clamp(min=0), lengths)
    matches = torch.minimum(counts, clip) / copies  # each distinct one counts once
    return torch.where(known, matches, 0).sum(-1)


@widen_half
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
            `(B, R, L)`, filled up with `PADDING` at the end; a row of it is none.
        lengths: Tokens that count in each sentence, int64, shape `(B,)`; all `N` if
            not given.
        order: Longest n-grams that count.

    Returns:
        From 0 to 1, a tensor with one element: BLEU itself where all distributions are
        one-hot. Where some length has no match it is 0, with a gradient of zeros.
    """
    check_tensor("references", references)
    _check_sentences(probs, references, lengths)
    check_count("order", order)
    if len(probs) == 0:
        raise ValueError("probs must have a sentence: there is no BLEU of none")
    full = references.new_full((len(probs),), probs.shape[1])
    size = full if lengths is None else lengths
    lengths_of_grams = range(1, order + 1)
    hits = [expected_matches(probs, references, n, size) for n in lengths_of_grams]
    grams = [(size - n + 1).clamp(min=0) for n in lengths_of_grams]  # c_n
    share = torch.stack(hits).sum(-1) / torch.stack(grams).sum(-1).clamp(min=1)
    some = (share > 0).all()
    mean = torch.where(share > 0, share, 1).log().mean()
    brevity = _log_brevity(size, references).to(probs.dtype)
    return torch.where(some, torch.exp(mean + brevity), 0)


def _parts(probs: Tensor, ngrams: Tensor) -> list[tuple[int, int]]:
    """First place and end of parts that are no larger than the probabilities."""
    _, words, vocabulary = probs.shape
    grams, n = ngrams.shape[1:]
    size = max(1, words * vocabulary // max(grams, 1))
    places = words - n + 1
    return [(first, min(first + size, places)) for first in range(0, places, size)]


def _inside(product: Tensor, end: int, lengths: Tensor | None) -> Tensor:
    """Leave out n-grams that reach beyond their sentence; the first one ends at end."""
    if lengths is None:
        return product
    ends = torch.arange(end, end + product.shape[1], device=product.device)
    return torch.where((ends <= lengths.unsqueeze(-1)).unsqueeze(-1), product, 0)


def _closest_length(
    candidate: Sequence[int], references: Sequence[Sequence[int]]
) -> int:
    """Length of the closest reference; of equally close ones the shorter counts."""
    size = len(candidate)
    return min(map(len, references), key=lambda length: (abs(length - size), length))


def _clipped_matches(
    candidate: Sequence[int], references: Sequence[Sequence[int]], n: int
) -> int:
    clip: Counter[tuple[int, ...]] = Counter()
    for reference in references:
        clip |= _ngrams(reference, n)
    return (_ngrams(candidate, n) & clip).total()


def _ngrams(tokens: Sequence[int], n: int) -> Counter[tuple[int, ...]]:
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def _most_in_one_reference(grams: Tensor, tokens: int) -> tuple[Tensor, Tensor]:
    """How often each n-gram occurs in the reference that has it most often.

    Args:
        grams: Shape `(B, R, G, n)`.
        tokens: Size of the vocabulary.

    Returns:
        These numbers, and the number of its copies in all references, each of shape
        `(B, R * G)`.
    """
    same = grams[..., 0]
    for j in range(1, grams.shape[-1]):
        same = _numbered(same.flatten(1)).view_as(same) * (tokens + 1)
        same = same + grams[..., j] + 1
    same = _numbered(same.flatten(1))  # (B, R * G): equal where the n-grams are
    place = torch.arange(grams.shape[1], device=grams.device)
    place = place.repeat_interleave(grams.shape[2])  # (R * G,): the reference
    here = _copies(_numbered(same * grams.shape[1] + place))
    most = torch.zeros_like(same).scatter_reduce(-1, same, here, "amax")
    return most.gather(-1, same), _copies(same)


def _numbered(keys: Tensor) -> Tensor:
    """The whole numbers from 0 on in the place of keys, in their order, `(B, G)`."""
    ordered, order = keys.sort(-1)
    rank = pad((ordered.diff(dim=-1) > 0).cumsum(-1), (1, 0))
    return torch.zeros_like(keys).scatter(-1, order, rank)


def _copies(numbers: Tensor) -> Tensor:
    """How often the number of each entry occurs in its row, `(B, G)`."""
    zeros = torch.zeros_like(numbers)
    return zeros.scatter_add(-1, numbers, zeros + 1).gather(-1, numbers)


def _log_brevity(size: Tensor, references: Tensor) -> Tensor:
    """Log of the brevity penalty; of equally close references the shorter counts."""
    lengths = (references != PADDING).sum(-1)  # (B, R)
    # Differences count first, then lengths; a row of padding is no reference.
    longest = references.shape[-1] + 1
    distance = (lengths - size.unsqueeze(-1)).abs() * longest + lengths
    distance = distance.masked_fill(lengths == 0, torch.iinfo(torch.int64).max)
    closest = lengths.gather(-1, distance.argmin(-1, keepdim=True)).sum()
    return (1 - closest.double() / size.sum().clamp(min=1)).clamp(max=0)


def _check_corpus(
    candidates: Sequence[Sequence[int]], references: Sequence[Sequence[Sequence[int]]]
) -> None:
    if not 0 < len(candidates) == len(references):
        counts = len(candidates), len(references)
        raise ValueError(f"candidates and references must pair up, got {counts}")
    if not all(references):
        raise ValueError("references must hold a sentence for every candidate")


def _check_sentences(probs: Tensor, others: Tensor, lengths: Tensor | None) -> None:
    check_within("probs", probs, 0, 1)
    if probs.ndim != 3 or others.ndim != 3 or len(probs) != len(others):
        shapes = tuple(probs.shape), tuple(others.shape)
        raise ValueError(
            f"probs and tokens must be (B, N, V) and (B, ..., ...), got {shapes}"
        )
    if lengths is None:
        return
    check_categories("lengths", lengths, probs.shape[1] + 1)
    if lengths.shape != probs.shape[:1]:
        given, wanted = tuple(lengths.shape), tuple(probs.shape[:1])
        raise ValueError(f"lengths must have shape {wanted}, got {given}")


def _check_references(references: Tensor, vocabulary: int) -> None:
    if references.shape[1] == 0:
        raise ValueError("references must hold a sentence for every candidate")
    tokens = torch.where(references == PADDING, 0, references)
    check_categories("references", tokens, vocabulary)
