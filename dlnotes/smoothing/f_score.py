"""Precision, recall and F-score with expected counts in the place of counts."""

from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.blocks.checks import Parameter, check_positive, check_real
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.smoothing.checks import check_counts, check_examples


class Counts(NamedTuple):
    """True positives, false positives and false negatives, of any shape `(...)`."""

    true_positives: Tensor
    false_positives: Tensor
    false_negatives: Tensor


@half_to_single
def soft_counts(probs: Tensor, targets: Tensor) -> Counts:
    """Count by adding up probabilities, Eq. (soft-counts).

    Args:
        probs: Probability of the positive class, shape `(B, ...)`: `(B,)` for one
            class, `(B, K)` for K classes.
        targets: 1 where the example belongs to the class and 0 where not, of the shape
            of `probs`.

    Returns:
        Expected counts, each of shape `(...)`; counts where the probabilities are
        decisions. Counts of batches may be added up; scores may not.
    """
    check_examples("probs", probs, targets)
    return Counts(
        true_positives=(probs * targets).sum(0),
        false_positives=(probs * (1 - targets)).sum(0),
        false_negatives=((1 - probs) * targets).sum(0),
    )


@widen_half
def precision(counts: Counts, *, empty: float = 0.0) -> Tensor:
    """Share of the predicted positives that are positive, Eq. (soft-precision).

    Args:
        counts: Expected counts of shape `(...)`.
        empty: Value where nothing was predicted, 0 / 0. Its gradient is 0.

    Returns:
        From 0 to 1, shape `(...)`.
    """
    check_counts("counts", counts)
    hits, false_alarms, _ = counts
    return _ratio(hits, hits + false_alarms, empty)


@widen_half
def recall(counts: Counts, *, empty: float = 0.0) -> Tensor:
    """Share of the positives that were predicted, Eq. (soft-recall).

    Args:
        counts: Expected counts of shape `(...)`.
        empty: Value where nothing is positive, 0 / 0. Its gradient is 0.

    Returns:
        From 0 to 1, shape `(...)`.
    """
    check_counts("counts", counts)
    hits, _, misses = counts
    return _ratio(hits, hits + misses, empty)


@widen_half
def f_score(counts: Counts, *, beta: Parameter = 1.0, empty: float = 0.0) -> Tensor:
    """Weighted harmonic mean of precision and recall, Eq. (soft-f1).

    Args:
        counts: Expected counts of shape `(...)`.
        beta: How many times recall counts as much as precision; 1 is F1.
        empty: Value where nothing is positive or predicted. Its gradient is 0.

    Returns:
        From 0 to 1, shape `(...)`.

    Examples:
        >>> probs, targets = torch.tensor([0.9, 0.6, 0.1]), torch.tensor([1.0, 0, 0])
        >>> f_score(soft_counts(probs, targets))
        tensor(0.6923)
    """
    check_counts("counts", counts)
    hits, false_alarms, misses = counts
    check_positive("beta", beta, like=hits)
    # Both terms divided by 1 + β²: σ(2 log β) and its complement. No β overflows.
    log_beta = torch.as_tensor(beta, dtype=hits.dtype, device=hits.device).log()
    missed, wrong = torch.sigmoid(2 * log_beta), torch.sigmoid(-2 * log_beta)
    return _ratio(hits, hits + missed * misses + wrong * false_alarms, empty)


@widen_half
def macro_f1(counts: Counts, *, empty: float = 0.0) -> Tensor:
    """Average the scores of the classes, Eq. (macro-f1).

    Args:
        counts: Expected counts of shape `(..., K)`.
        empty: Score of a class that is neither present nor predicted; it counts in
            the average like any other.

    Returns:
        From 0 to 1, shape `(...)`.
    """
    return f_score(_with_classes(counts), empty=empty).mean(-1)


@widen_half
def micro_f1(counts: Counts, *, empty: float = 0.0) -> Tensor:
    """Add the counts of the classes before the score, Eq. (micro-f1).

    Args:
        counts: Expected counts of shape `(..., K)`.
        empty: Value where no class is present or predicted.

    Returns:
        From 0 to 1, shape `(...)`. With one label for each example, and probabilities
        that sum to 1, it is the smooth accuracy.
    """
    added = Counts(*(count.sum(-1) for count in _with_classes(counts)))
    return f_score(added, empty=empty)


def _with_classes(counts: Counts) -> Counts:
    check_counts("counts", counts)
    if counts[0].ndim == 0 or counts[0].shape[-1] == 0:
        shape = tuple(counts[0].shape)
        raise ValueError(f"counts must have classes on the last axis, got {shape}")
    return counts


def _ratio(part: Tensor, whole: Tensor, empty: float) -> Tensor:
    check_real("empty", empty)
    some = whole > 0
    return torch.where(some, part / torch.where(some, whole, 1), empty)
