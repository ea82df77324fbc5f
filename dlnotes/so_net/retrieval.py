"""Which clouds are like a cloud, by the distance of their features."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from dlnotes.blocks.checks import check_finite, first_where, holds
from dlnotes.blocks.distances import in_parts, squared_distances
from dlnotes.blocks.precision import half_to_single

ENTRIES = 2**20  # of the table of distances that is held at one time


@half_to_single
def rank_precision(features: Tensor, labels: Tensor, *, cosine: bool = False) -> Tensor:
    """Average precision of each row as a query for all others, Eq. (precision).

    Those of the query's class should come first. Rows at one distance share a rank: all
    of them count as found when the first of them is. Rounding may part them, if
    features are longer than 8.

    Args:
        features: Shape `(N, D)`.
        labels: Classes, int64 `(N,)`; each has two members or more.
        cosine: Whether the angle between features is compared, not their distance.

    Returns:
        Shape `(N,)`, above 0 and at most 1.
    """
    _check(features, labels)

    def precision(distances: Tensor, alike: Tensor) -> Tensor:
        ordered, order = distances.sort(-1)
        hits = alike.gather(-1, order).to(distances.dtype)
        last = torch.searchsorted(ordered, ordered, right=True)  # of each rank
        found = hits.cumsum(-1).gather(-1, last - 1)
        return (hits * found / last).sum(-1) / hits.sum(-1)

    return _by_rows(precision, features, labels, cosine)


@half_to_single
def nearest_hits(features: Tensor, labels: Tensor, *, cosine: bool = False) -> Tensor:
    """Whether the nearest other row has the class of each row.

    Args:
        features: Shape `(N, D)`.
        labels: Classes, int64 `(N,)`; each has two members or more.
        cosine: As in `rank_precision`.

    Returns:
        Shape `(N,)`, 1 or 0; of several nearest rows, the share that has the class; see
        `rank_precision` for rounding.
    """
    _check(features, labels)

    def hits(distances: Tensor, alike: Tensor) -> Tensor:
        nearest = (distances == distances.amin(-1, keepdim=True)).to(distances.dtype)
        return (nearest * alike).sum(-1) / nearest.sum(-1)

    return _by_rows(hits, features, labels, cosine)


def _by_rows(
    score: Callable[[Tensor, Tensor], Tensor],
    features: Tensor,
    labels: Tensor,
    cosine: bool,
) -> Tensor:
    """Score each row by its distances from all rows and by who is alike.

    A row itself is infinitely far and not alike.
    """
    if not len(labels):
        return features.new_zeros(0)
    features = features.detach()[None]
    features = F.normalize(features, dim=-1) if cosine else features
    numbers = torch.arange(len(labels), device=labels.device)

    def some_rows(rows: Tensor, classes: Tensor, which: Tensor) -> tuple[Tensor]:
        itself = which[..., None] == numbers
        distances = squared_distances(rows, features).masked_fill(itself, torch.inf)
        alike = (classes[..., None] == labels) & ~itself
        return (score(distances, alike),)

    size = max(1, ENTRIES // max(1, len(labels)))
    rows = features, labels[None], numbers[None]
    return in_parts(some_rows, *rows, size=size)[0][0]


def _check(features: Tensor, labels: Tensor) -> None:
    check_finite("features", features)
    if not isinstance(labels, Tensor) or labels.dtype != torch.int64:
        kind = labels.dtype if isinstance(labels, Tensor) else type(labels).__name__
        raise TypeError(f"labels must be int64, got {kind}")
    if features.ndim != 2 or labels.shape != features.shape[:1]:
        shapes = tuple(features.shape), tuple(labels.shape)
        raise ValueError(f"must be (N, D) and (N,), got {shapes}")
    ordered = labels.sort()[0]
    same = ordered[1:] == ordered[:-1]
    end = same.new_zeros(1)
    shared = torch.cat([end, same]) | torch.cat([same, end])
    if len(labels) and not holds(shared):
        alone = int(first_where(ordered, ~shared))
        raise ValueError(f"each class must have two members or more, {alone} has one")
