"""Precision, recall and F-score with expected counts in the place of counts."""

from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_positive
from dlnotes.smoothing.checks import check_same_shape, check_within


class Counts(NamedTuple):
    """True positives, false positives and false negatives, of any shape `(...)`."""

    true_positives: Tensor
    false_positives: Tensor
    false_negatives: Tensor


def soft_counts(probs: Tensor, targets: Tensor) -> Counts:
    """Count by adding up probabilities, Eq. (soft-counts).

    Args:
        probs: Probability of the positive class, shape `(B, ...)`: `(B,)` for one
            class, `(B, K)` for K classes.
        targets: 1 where the example belongs to the class and 0 where not, of the dtype
            and shape of `probs`.

    Returns:
        Expected counts, each of shape `(...)`; counts where the probabilities are
        decisions. Counts of batches may be added up; scores may not.

    Raises:
        TypeError: If a tensor is not floating-point.
        ValueError: If an entry is not from 0 to 1, or the shapes differ.
    """
    check_within("probs", probs, 0, 1)
    check_within("targets", targets, 0, 1)
    check_same_shape("targets", targets, "probs", probs)
    hits = (probs * targets).sum(0)
    return Counts(
        true_positives=hits,
        false_positives=(probs * (1 - targets)).sum(0),
        false_negatives=((1 - probs) * targets).sum(0),
    )


def precision(counts: Counts, *, empty: float = 0.0) -> Tensor:
    """Share of the predicted positives that are positive, Eq. (soft-precision).

    Args:
        counts: Expected counts of shape `(...)`.
        empty: Value where nothing was predicted, 0 / 0. It has no gradient.

    Returns:
        From 0 to 1, shape `(...)`.
    """
    hits, false_alarms, _ = counts
    return _ratio(hits, hits + false_alarms, empty)


def recall(counts: Counts, *, empty: float = 0.0) -> Tensor:
    """Share of the positives that were predicted, Eq. (soft-recall).

    Args:
        counts: Expected counts of shape `(...)`.
        empty: Value where nothing is positive, 0 / 0. It has no gradient.

    Returns:
        From 0 to 1, shape `(...)`.
    """
    hits, _, misses = counts
    return _ratio(hits, hits + misses, empty)


def f_score(counts: Counts, *, beta: float = 1.0, empty: float = 0.0) -> Tensor:
    """Weighted harmonic mean of precision and recall, Eq. (soft-f1).

    Args:
        counts: Expected counts of shape `(...)`.
        beta: How many times recall counts as much as precision; 1 is F1.
        empty: Value where nothing is positive or predicted. It has no gradient.

    Returns:
        From 0 to 1, shape `(...)`.

    Raises:
        ValueError: If `beta` is not positive and finite.
    """
    check_positive("beta", beta)
    hits, false_alarms, misses = counts
    weighted = (1 + beta**2) * hits
    return _ratio(weighted, weighted + beta**2 * misses + false_alarms, empty)


def macro_f1(counts: Counts, *, empty: float = 0.0) -> Tensor:
    """Average the scores of the classes, Eq. (macro-f1).

    Args:
        counts: Expected counts of shape `(..., K)`.
        empty: Score of a class that is neither present nor predicted; it counts in
            the average like any other.

    Returns:
        From 0 to 1, shape `(...)`.
    """
    return f_score(counts, empty=empty).mean(-1)


def micro_f1(counts: Counts, *, empty: float = 0.0) -> Tensor:
    """Add the counts of the classes before the score, Eq. (micro-f1).

    Args:
        counts: Expected counts of shape `(..., K)`.
        empty: Value where no class is present or predicted.

    Returns:
        From 0 to 1, shape `(...)`. With one label for each example, and probabilities
        that sum to 1, it is the smooth accuracy.
    """
    return f_score(Counts(*(count.sum(-1) for count in counts)), empty=empty)


def _ratio(part: Tensor, whole: Tensor, empty: float) -> Tensor:
    some = whole > 0
    return torch.where(some, part / torch.where(some, whole, 1), empty)
