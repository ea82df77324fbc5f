"""The best decisions for F1, once the probabilities are given."""

import torch
from torch import Tensor

from dlnotes.blocks.precision import widen_half
from dlnotes.smoothing.checks import check_same_shape, check_values, check_within


@widen_half
def best_threshold(scores: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Find the threshold with the largest F1, Eq. (best-threshold).

    Args:
        scores: Larger for the positive class, shape `(..., N)`.
        targets: 0 or 1, or the probability of 1, of the shape of `scores`.

    Returns:
        Thresholds, and the F1 of the decisions `scores >= threshold`, each of shape
        `(...)`. Equal scores stand or fall together. Of equally good thresholds it is
        the highest. Where nothing is positive the F1 is 0.

    Examples:
        >>> scores, targets = torch.tensor([0.8, 0.6, 0.3]), torch.tensor([1.0, 0, 1])
        >>> best_threshold(scores, targets)
        (tensor(0.3000), tensor(0.8000))
    """
    check_values("scores", scores)
    check_within("targets", targets, 0, 1)
    check_same_shape("targets", targets, "scores", scores)
    ordered, order = scores.sort(-1, descending=True)
    # Counts of many examples need more digits than single precision has.
    hits = targets.double().gather(-1, order).cumsum(-1)
    count = torch.arange(1, scores.shape[-1] + 1, device=scores.device)
    score = 2 * hits / (count + hits[..., -1:])
    last = torch.ones_like(ordered[..., :1], dtype=torch.bool)
    cut = torch.cat([ordered[..., 1:] < ordered[..., :-1], last], -1)
    best = torch.where(cut, score, -1).argmax(-1, keepdim=True)
    found = ordered.gather(-1, best), score.gather(-1, best).to(targets.dtype)
    return found[0].squeeze(-1), found[1].squeeze(-1)
