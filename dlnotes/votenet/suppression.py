"""Of boxes that overlap, keep the one with the highest score."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_finite, check_real
from dlnotes.blocks.grouping import check_truth
from dlnotes.blocks.precision import half_to_single


@half_to_single
def suppress(
    scores: Tensor,
    overlaps: Tensor,
    *,
    threshold: float = 0.25,
    classes: Tensor | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Keep boxes that no better kept box overlaps, Eq. (suppression).

    As published, overlaps are those of `bounds_iou`, by default with `flat=True`. With
    those of `box_iou` turned boxes are compared as they lie.

    Args:
        scores: Shape `(B, K)`; of equal ones the first is the better.
        overlaps: Of each box with each other, shape `(B, K, K)`, symmetric.
        threshold: An overlap above it suppresses.
        classes: Whole numbers `(B, K)`: boxes suppress those of their own class; by
            default all.
        mask: Which boxes are real, truth values `(B, K)`; by default all are. The
            others are not kept and suppress nothing.

    Returns:
        Which boxes are kept, truth values `(B, K)`.
    """
    _check(scores, overlaps, classes, mask)
    check_real("threshold", threshold)
    rivals = overlaps.detach() > threshold
    if classes is not None:
        rivals = rivals & (classes[:, :, None] == classes[:, None, :])
    real = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    order = scores.detach().argsort(dim=1, descending=True, stable=True)
    kept = _from_the_best(rivals.take_along_dim(order[:, :, None], 1), order, real)
    return kept.take_along_dim(order.argsort(1), 1)


def _from_the_best(rivals: Tensor, order: Tensor, real: Tensor) -> Tensor:
    """Rows are sorted by score already, columns are sorted here."""
    later = rivals.take_along_dim(order[:, None, :], 2).triu(1)
    kept = real.take_along_dim(order, 1)
    for rank in range(order.shape[1]):
        kept = kept & ~(later[:, rank] & kept[:, rank, None])
    return kept


def _check(
    scores: Tensor, overlaps: Tensor, classes: Tensor | None, mask: Tensor | None
) -> None:
    check_finite("scores", scores)
    check_finite("overlaps", overlaps)
    if scores.ndim != 2 or overlaps.shape != (*scores.shape, scores.shape[-1]):
        shapes = tuple(scores.shape), tuple(overlaps.shape)
        raise ValueError(f"scores, overlaps must be (B, K), (B, K, K), got {shapes}")
    check_truth("mask", mask, scores.shape)
    if classes is None:
        return
    if not isinstance(classes, Tensor):
        raise TypeError(f"classes must be a tensor, got {type(classes).__name__}")
    if classes.is_floating_point() or classes.dtype == torch.bool:
        raise TypeError(f"classes must hold integers, got {classes.dtype}")
    if classes.shape != scores.shape:
        shapes = tuple(scores.shape), tuple(classes.shape)
        raise ValueError(f"classes must have shape {shapes[0]}, got {shapes[1]}")
