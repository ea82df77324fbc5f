"""How good detections are: which of them find an object, and average precision."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import pad

from dlnotes.blocks.checks import check_finite, check_real, first_where, holds
from dlnotes.blocks.grouping import check_truth
from dlnotes.blocks.precision import half_to_single
from dlnotes.votenet.clipping import box_iou

Rule = Literal["all-point", "11-point", "101-point", "raw"]
LEVELS = {"11-point": 10, "101-point": 100}  # steps of recall from 0 to 1
RULES = ("all-point", *LEVELS, "raw")
MANY = 2**62  # more than any list finds; `pad` takes it as a floating-point number


@half_to_single
def match_detections(
    scores: Tensor,
    overlaps: Tensor,
    *,
    threshold: float = 0.25,
    mask: Tensor | None = None,
    truths: Tensor | None = None,
) -> Tensor:
    """Tell which detections find an object.

    A detection looks at the object that it overlaps most, of equal ones at the first,
    and at no other. It finds that object if the overlap is above the threshold and no
    detection with a higher score found it before.

    Args:
        scores: Of the detections of each scene, `(B, K)`; equal ones in their order.
        overlaps: With each object of the scene, `(B, K, T)`, 0 or more.
        threshold: That an overlap must exceed, 0 or more.
        mask: Which detections are real, truth values `(B, K)`; by default all are.
        truths: Which objects are real, truth values `(B, T)`; by default all are.

    Returns:
        Truth values `(B, K)`.
    """
    check_finite("scores", scores)
    check_finite("overlaps", overlaps)
    if overlaps.ndim != 3 or scores.shape != overlaps.shape[:2]:
        shapes = tuple(scores.shape), tuple(overlaps.shape)
        raise ValueError(f"scores, overlaps must be (B, K), (B, K, T), got {shapes}")
    check_real("threshold", threshold)
    if threshold < 0:
        raise ValueError(f"threshold must be 0 or more, got {threshold}")
    check_truth("mask", mask, scores.shape)
    check_truth("truths", truths, (len(overlaps), overlaps.shape[2]))
    seen = overlaps.detach() if truths is None else overlaps.where(truths[:, None], -1)
    return _first_claims(scores.detach(), seen, threshold, mask)


@half_to_single
def average_precision(
    scores: Tensor,
    hits: Tensor,
    positives: Tensor,
    *,
    rule: Rule = "all-point",
    mask: Tensor | None = None,
) -> Tensor:
    """Average the precision of ranked detections, Eq. (average-precision).

    Args:
        scores: Of the detections of all scenes, a row for each class, `(C, K)`.
        hits: Which of them find an object, truth values `(C, K)`.
        positives: How many objects there are, whole numbers `(C,)`, no fewer than hits.
        rule: `"all-point"`, the area below the envelope, as published; `"11-point"` and
            `"101-point"`, means of the envelope at levels of recall; `"raw"`, the area
            without an envelope.
        mask: Which detections are real, truth values `(C, K)`; by default all are.

    Returns:
        Shape `(C,)`, 0 for a class without an object: `mean_of_classes` leaves it out.

    Examples:
        >>> import torch
        >>> scores = torch.tensor([[0.9, 0.8, 0.7]])
        >>> hits = torch.tensor([[True, False, True]])
        >>> average_precision(scores, hits, torch.tensor([2]))
        tensor([0.8333])
    """
    _check_ranks(scores, hits, positives, rule, mask)
    order = scores.detach().argsort(dim=1, descending=True, stable=True)
    real = torch.ones_like(hits) if mask is None else mask
    hits, real = ((h & real).take_along_dim(order, 1) for h in (hits, real))
    found = hits.cumsum(1)
    precision = found.to(scores.dtype) / real.cumsum(1).clamp_min(1)
    if rule != "raw":
        precision = precision.where(hits, 0).flip(1).cummax(1).values.flip(1)
    if rule in LEVELS:
        return _at_levels(found, precision, positives, LEVELS[rule])
    area = precision.where(hits, 0).sum(1)
    return (area / positives.clamp_min(1)).where(positives > 0, 0)


@half_to_single
def mean_of_classes(precisions: Tensor, positives: Tensor) -> Tensor:
    """Average over the classes that have an object.

    Args:
        precisions: Shape `(..., C)`.
        positives: How many objects there are, whole numbers `(..., C)`.

    Returns:
        Shape `(...)`; 0 if no class has an object.
    """
    check_finite("precisions", precisions)
    _check_counts(positives, precisions.shape)
    some = positives > 0
    return precisions.where(some, 0).sum(-1) / some.sum(-1).clamp_min(1)


@half_to_single
def detection_precision(
    boxes: Tensor,
    scores: Tensor,
    objects: Tensor,
    classes: Tensor,
    *,
    threshold: float = 0.25,
    rule: Rule = "all-point",
    mask: Tensor | None = None,
    truths: Tensor | None = None,
    overlap: Callable[[Tensor, Tensor], Tensor] = box_iou,
) -> tuple[Tensor, Tensor]:
    """Find the average precision of each class, from boxes.

    Each box is a detection of every class, with a score for each.

    Args:
        boxes: Detected, `(B, K, 7)`.
        scores: Of each box for each class, one class or more, `(B, K, C)`.
        objects: Boxes of the objects, `(B, T, 7)`.
        classes: Of the objects, whole numbers `(B, T)`; those of real ones below `C`.
        threshold: That an overlap must exceed, 0 or more.
        rule: As in `average_precision`.
        mask: Which boxes are kept, truth values `(B, K)`; by default all are.
        truths: Which objects are real, truth values `(B, T)`; by default all are.
        overlap: Maps boxes `(B, K, 7)` and `(B, T, 7)` to overlaps `(B, K, T)`.

    Returns:
        Average precision and number of objects of each class, both `(C,)`.
    """
    for name, tensor in {"boxes": boxes, "scores": scores, "objects": objects}.items():
        check_finite(name, tensor)
    if scores.ndim != 3 or scores.shape[:2] != boxes.shape[:2] or not scores.shape[2]:
        shapes = tuple(boxes.shape), tuple(scores.shape)
        wanted = "(B, K, 7), (B, K, one or more)"
        raise ValueError(f"boxes, scores must be {wanted}, got {shapes}")
    check_truth("truths", truths, objects.shape[:2])
    _check_classes(classes, objects.shape[:2], scores.shape[2], truths)
    overlaps, hits, positives = overlap(boxes, objects), [], []
    for number, each in enumerate(scores.unbind(-1)):
        own = classes == number if truths is None else truths & (classes == number)
        found = match_detections(
            each, overlaps, threshold=threshold, mask=mask, truths=own
        )
        hits.append(found.flatten())
        positives.append(own.sum())
    counts = torch.stack(positives)
    kept = None if mask is None else mask.flatten().expand(len(counts), -1)
    ranked = scores.flatten(0, 1).mT
    each = average_precision(ranked, torch.stack(hits), counts, rule=rule, mask=kept)
    return each, counts


def _first_claims(
    scores: Tensor, overlaps: Tensor, threshold: float, mask: Tensor | None
) -> Tensor:
    """Of the detections that claim an object, the best."""
    if not overlaps.shape[2]:
        return torch.zeros_like(scores, dtype=torch.bool)
    best = overlaps.max(2)
    good = best.values > threshold
    good = good if mask is None else good & mask
    order = scores.argsort(dim=1, descending=True, stable=True)
    wanted = best.indices.where(good, -1).take_along_dim(order, 1)
    claims = wanted[..., None] == torch.arange(overlaps.shape[2], device=scores.device)
    firsts = (claims & (claims.cumsum(1) == 1)).any(2)
    return firsts.take_along_dim(order.argsort(1), 1)


def _at_levels(
    found: Tensor, envelope: Tensor, positives: Tensor, steps: int
) -> Tensor:
    """The envelope where recall reaches a level; counts are compared, not fractions."""
    levels = torch.arange(steps + 1, device=found.device)
    needed = (levels * positives[:, None] + steps - 1) // steps  # (C, L)
    padded = pad(envelope, (0, 1))
    before = torch.searchsorted(pad(found, (0, 1), value=MANY), needed)
    return padded.take_along_dim(before, 1).mean(1).where(positives > 0, 0)


def _check_ranks(
    scores: Tensor, hits: Tensor, positives: Tensor, rule: str, mask: Tensor | None
) -> None:
    check_finite("scores", scores)
    if scores.ndim != 2:
        raise ValueError(f"scores must have shape (C, K), got {tuple(scores.shape)}")
    if hits is None:
        raise TypeError("hits must hold truth values, got None")
    check_truth("hits", hits, scores.shape)
    check_truth("mask", mask, scores.shape)
    _check_counts(positives, scores.shape[:1])
    found = (hits if mask is None else hits & mask).sum(1)
    if not holds(found <= positives):
        odd = int(first_where(found, found > positives))
        raise ValueError(f"hits must be at most as many as positives, got {odd}")
    if rule not in RULES:
        raise ValueError(f"rule must be one of {RULES}, got {rule!r}")


def _check_classes(
    classes: Tensor, shape: torch.Size, count: int, truths: Tensor | None
) -> None:
    _check_counts(classes, shape, name="classes")
    good = classes < count if truths is None else (classes < count) | ~truths
    if not holds(good):
        odd = int(first_where(classes, ~good))
        raise ValueError(f"classes must be from 0 to {count - 1}, got {odd}")


def _check_counts(
    counts: Tensor, shape: torch.Size, *, name: str = "positives"
) -> None:
    if not isinstance(counts, Tensor):
        raise TypeError(f"{name} must be a tensor, got {type(counts).__name__}")
    if counts.is_floating_point() or counts.dtype == torch.bool:
        raise TypeError(f"{name} must hold integers, got {counts.dtype}")
    if counts.shape != shape:
        wanted, given = tuple(shape), tuple(counts.shape)
        raise ValueError(f"{name} must have shape {wanted}, got {given}")
    if not holds(counts >= 0):
        odd = int(first_where(counts, counts < 0))
        raise ValueError(f"{name} must be 0 or more, got {odd}")
