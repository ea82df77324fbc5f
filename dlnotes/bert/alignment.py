"""Words of two languages in one space."""

from torch import Tensor
from torch.nn.functional import normalize

from dlnotes.bert.embedding import check_ids
from dlnotes.blocks.checks import check_count, check_finite, check_tensor
from dlnotes.blocks.magnitude import near_one
from dlnotes.blocks.precision import half_to_single, widen_half


@widen_half
def mean_vectors(states: Tensor, words: Tensor, count: int) -> Tensor:
    """Average the vectors of each word over its occurrences, Eq. (word-vector).

    Args:
        states: Vectors of tokens, `(..., D)`.
        words: Which word each of them is, integers `(...)` from 0 to `count - 1`.
        count: How many words there are.

    Returns:
        Shape `(count, D)`; 0 for a word that does not occur.
    """
    check_finite("states", states)
    check_count("count", count)
    check_tensor("words", words)
    if words.shape != states.shape[:-1]:
        shapes = tuple(states.shape), tuple(words.shape)
        raise ValueError(f"must be (..., D) and (...), got {shapes}")
    rows, index = states.reshape(-1, states.shape[-1]), words.reshape(-1)
    check_ids("words", index, count)
    total = rows.new_zeros(count, rows.shape[-1]).index_add(0, index, rows)
    ones = rows.new_ones(len(index))
    found = rows.new_zeros(count).index_add(0, index, ones)
    return total / found.clamp(min=1)[:, None]


@half_to_single
def reciprocal_rank(queries: Tensor, keys: Tensor) -> Tensor:
    """Average one over the rank of the right key, by cosine, Eq. (reciprocal-rank).

    Args:
        queries: Shape `(..., M, D)`.
        keys: The right one of query `i` is key `i`, shape `(..., M, D)`.

    Returns:
        Shape `(...)`, from 0 to 1. Of several equal keys the right one counts as last.

    Examples:
        >>> import torch
        >>> reciprocal_rank(torch.eye(2), torch.tensor([[1.0, 0.0], [2.0, -1.0]]))
        tensor(0.7500)
    """
    _check_pair(queries=queries, keys=keys)
    queries, keys = near_one(queries), near_one(keys)
    cosines = normalize(queries, dim=-1) @ normalize(keys, dim=-1).mT
    right = cosines.diagonal(dim1=-2, dim2=-1)[..., None]
    ranks = (cosines >= right).sum(-1)
    return ranks.to(cosines.dtype).reciprocal().mean(-1)


def chance_rank(count: int) -> float:
    """Expect this mean of reciprocal ranks from guessing, Eq. (chance-rank).

    Args:
        count: How many keys there are, `M`.

    Returns:
        The harmonic number of `M`, over `M`.

    Examples:
        >>> chance_rank(2)
        0.75
    """
    check_count("count", count)
    return sum(1 / rank for rank in range(1, count + 1)) / count


@widen_half
def language_vector(source: Tensor, target: Tensor) -> Tensor:
    """Find the way from the mean of one language to another, Eq. (language-vector).

    Args:
        source: Vectors of words, `(..., M, D)`.
        target: Vectors of words of the other language, `(..., M, D)`; which of them
            belong together is not used.

    Returns:
        Shape `(..., D)`.
    """
    _check_pair(source=source, target=target)
    return target.mean(-2) - source.mean(-2)


def _check_pair(**pair: Tensor) -> None:
    for name, vectors in pair.items():
        check_finite(name, vectors)
    one, other = pair.values()
    if one.ndim < 2 or one.shape != other.shape or 0 in one.shape[-2:]:
        shapes = tuple(one.shape), tuple(other.shape)
        names = " and ".join(pair)
        raise ValueError(f"{names} must be (..., M, D), none of them 0, got {shapes}")
