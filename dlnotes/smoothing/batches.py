"""What a score of counts does to mini-batches."""

from torch import Tensor

from dlnotes.smoothing.checks import check_same_shape, check_within
from dlnotes.smoothing.f_score import Counts


def batch_bias(probs: Tensor, targets: Tensor, size: int) -> Tensor:
    """Predict how far the F1 of batches is off on average, Eq. (batch-bias).

    Args:
        probs: Probabilities of the positive class, shape `(N,)`.
        targets: 0 or 1, of the dtype and shape of `probs`.
        size: Examples in a batch, drawn independently from the `N`.

    Returns:
        Mean F1 of the batches minus the F1 of all, to first order in 1 / size; a
        tensor with one element.

    Raises:
        TypeError: If a tensor is not floating-point.
        ValueError: If an entry is not from 0 to 1, the shapes differ, the size is not
            positive, or nothing is positive or predicted.
    """
    _check(probs, targets)
    if size < 1:
        raise ValueError(f"size must be positive, got {size}")
    part, whole = 2 * probs * targets, probs + targets
    if not whole.detach().sum() > 0:
        raise ValueError("probs and targets must not all be 0")
    score = part.mean() / whole.mean()
    spread = whole - whole.mean()
    return (spread * (score * whole - part)).mean() / (size * whole.mean() ** 2)


def linear_f1(probs: Tensor, targets: Tensor, counts: Counts) -> Tensor:
    """Linearise F1 around the counts of the whole data set, Eq. (linear-f1).

    Args:
        probs: Probabilities of the positive class in one batch, shape `(B,)`.
        targets: 0 or 1, of the dtype and shape of `probs`.
        counts: Expected counts of the whole data set, each with one element; they are
            cut off from their gradient.

    Returns:
        A sum over the batch whose gradients add up, batch by batch, to the gradient of
        the F1 of the whole data set; a tensor with one element.

    Raises:
        TypeError: If a tensor is not floating-point.
        ValueError: If an entry is not from 0 to 1, the shapes differ, or nothing is
            positive or predicted.
    """
    _check(probs, targets)
    hits, false_alarms, misses = (count.detach() for count in counts)
    whole = 2 * hits + false_alarms + misses
    if not (whole > 0).all():
        raise ValueError("counts must not all be 0")
    score = 2 * hits / whole
    return (probs * (2 * targets - score)).sum() / whole


def _check(probs: Tensor, targets: Tensor) -> None:
    check_within("probs", probs, 0, 1)
    check_within("targets", targets, 0, 1)
    check_same_shape("targets", targets, "probs", probs)
