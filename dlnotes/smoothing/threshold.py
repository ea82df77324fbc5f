"""The best decisions for F1, once the probabilities are given."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_floating
from dlnotes.smoothing.checks import check_same_shape, check_values, check_within


def best_threshold(scores: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Find the threshold with the largest F1, Eq. (best-threshold).

    Args:
        scores: Finite numbers, larger for the positive class, shape `(..., N)`.
        targets: 0 or 1, of the dtype and shape of `scores`.

    Returns:
        Thresholds, and the F1 of the decisions `scores >= threshold`, each of shape
        `(...)`. Where nothing is positive the F1 is 0.

    Raises:
        TypeError: If a tensor is not floating-point.
        ValueError: If a score is not finite, a target is not from 0 to 1, or the
            shapes differ.
    """
    check_values("scores", scores)
    check_floating("targets", targets)
    check_within("targets", targets, 0, 1)
    check_same_shape("targets", targets, "scores", scores)
    ordered, order = scores.sort(-1, descending=True)
    hits = targets.gather(-1, order).cumsum(-1)
    count = torch.arange(1, scores.shape[-1] + 1, device=scores.device)
    score = 2 * hits / (count + targets.sum(-1, keepdim=True))
    # Equal scores stand or fall together: cut only where the next one is smaller.
    last = torch.ones_like(ordered[..., :1], dtype=torch.bool)
    cut = torch.cat([ordered[..., 1:] < ordered[..., :-1], last], -1)
    best = torch.where(cut, score, -1).max(-1, keepdim=True)
    return ordered.gather(-1, best.indices).squeeze(-1), best.values.squeeze(-1)
