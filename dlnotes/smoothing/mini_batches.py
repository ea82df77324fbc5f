"""What a score of counts does to mini-batches."""

from torch import Tensor

from dlnotes.blocks.checks import check_count, holds
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.smoothing.checks import check_counts, check_examples
from dlnotes.smoothing.f_score import Counts


@widen_half
def batch_bias(probs: Tensor, targets: Tensor, size: int) -> Tensor:
    """Predict how far the F1 of batches is off on average, Eq. (batch-bias).

    Args:
        probs: Probabilities of the positive class, shape `(N, ...)`.
        targets: 0 or 1, of the shape of `probs`.
        size: Examples in a batch, drawn independently from the `N`.

    Returns:
        Mean F1 of the batches minus the F1 of all, to first order in 1 / size, shape
        `(...)`.
    """
    check_examples("probs", probs, targets)
    check_count("size", size)
    part, whole = 2 * probs * targets, probs + targets
    mean = whole.mean(0)
    if not holds(mean.detach() > 0):
        raise ValueError("probs and targets must not all be 0: there is no F1")
    score = part.mean(0) / mean
    return ((whole - mean) * (score * whole - part)).mean(0) / (size * mean**2)


@half_to_single
def linear_f1(probs: Tensor, targets: Tensor, counts: Counts) -> Tensor:
    """Linearize F1 around the counts of the whole data set, Eq. (linear-f1).

    Args:
        probs: Probabilities of the positive class in one batch, shape `(B, ...)`.
        targets: 0 or 1, of the shape of `probs`.
        counts: Expected counts of the whole data set, each of shape `(...)`; they are
            cut off from their gradient.

    Returns:
        A sum over the batch whose gradients add up, batch by batch, to the gradient of
        the F1 of the whole data set, shape `(...)`.
    """
    check_examples("probs", probs, targets)
    check_counts("counts", counts)
    hits, false_alarms, misses = (count.detach() for count in counts)
    whole = 2 * hits + false_alarms + misses
    if not holds(whole > 0):
        raise ValueError("counts must not all be 0: there is no F1")
    score = 2 * hits / whole
    return (probs * (2 * targets - score)).sum(0) / whole
