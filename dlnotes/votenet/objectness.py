"""Which proposals are near an object, and how well a network knows it."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.blocks.checks import (
    check_finite,
    check_members,
    check_positive,
    check_real,
    check_tensor,
    first_where,
    holds,
)
from dlnotes.blocks.distances import safe_root
from dlnotes.blocks.grouping import check_cloud, check_truth, offsets
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.votenet._means import mean_where

NEAR, FAR = 0.3, 0.6  # meters, as published
WEIGHTS = 0.2, 0.8  # of "no object" and "object", as published
EPS = 1e-6  # below the root, as published


class Truths(NamedTuple):
    """The objects of clouds; clouds with fewer are padded.

    Attributes:
        boxes: Center, side lengths and heading, shape `(B, T, 7)`; padding may be any
            finite numbers.
        classes: From 0, int64 `(B, T)`.
        real: Which of them are no padding, truth values `(B, T)`.
    """

    boxes: Tensor
    classes: Tensor
    real: Tensor


class Assignment(NamedTuple):
    """What each proposal should say.

    Attributes:
        objects: Number of the nearest true object, shape `(B, K)`.
        positive: Whether the proposal stands for it, truth values `(B, K)`.
        counted: Whether its objectness is judged, truth values `(B, K)`.
    """

    objects: Tensor
    positive: Tensor
    counted: Tensor


@half_to_single
def assign_objects(
    clusters: Tensor,
    truths: Tensor,
    *,
    near: float = NEAR,
    far: float = FAR,
    mask: Tensor | None = None,
) -> Assignment:
    """Give each cluster the nearest object, Eq. (objectness).

    A cluster is positive nearer than `near`, negative farther than `far`, and between
    them it is not judged. Where no truth is real all are negative. As published, a
    distance d counts as the root of d² + 1e-6.

    Args:
        clusters: Shape `(B, K, 3)`.
        truths: Centers of the objects, shape `(B, T, 3)`, one or more.
        near: A distance.
        far: A distance, at least `near`.
        mask: Which truths are no padding, truth values `(B, T)`; by default all
            are. The published program counts padding, zeros, as objects at the origin.

    Returns:
        What each proposal should say.

    Examples:
        >>> clusters = torch.tensor([[[0.1, 0, 0], [0.4, 0, 0], [2.0, 0, 0]]])
        >>> found = assign_objects(clusters, torch.zeros(1, 1, 3))
        >>> found.positive, found.counted
        (tensor([[ True, False, False]]), tensor([[ True, False,  True]]))
    """
    check_cloud("clusters", clusters)
    check_cloud("truths", truths, like=clusters)
    check_truth("mask", mask, truths.shape[:2])
    check_real("near", near)
    check_real("far", far)
    if not 0 < near <= far:
        raise ValueError(f"near and far must be 0 < near <= far, got {near}, {far}")
    clusters, truths = clusters.detach(), truths.detach()
    nearest = nearest_points(truths, clusters, 1, mask=mask)
    squares = offsets(truths, clusters, nearest.indices).square().sum(-1)
    gaps = safe_root(squares + EPS).where(nearest.real, torch.inf)[..., 0]
    positive = gaps < near
    return Assignment(nearest.indices[..., 0], positive, positive | (gaps > far))


@widen_half
def objectness_loss(
    scores: Tensor,
    positive: Tensor,
    counted: Tensor,
    *,
    weights: Sequence[float] = WEIGHTS,
) -> Tensor:
    """Compare scores of "no object" and "object" with the truth, Eq. (objectness).

    Args:
        scores: Shape `(B, K, 2)`.
        positive: Which proposals stand for an object, truth values `(B, K)`.
        counted: Which are judged, truth values `(B, K)`.
        weights: Of "no object" and "object".

    Returns:
        The weighted cross-entropy, mean over what counts in the whole batch, shape
        `()`; 0 where nothing counts. It is not divided by the sum of the weights.
    """
    check_finite("scores", scores)
    if scores.ndim != 3 or scores.shape[-1] != 2:
        raise ValueError(f"scores must be (B, K, 2), got {tuple(scores.shape)}")
    check_tensor("positive", positive)
    check_tensor("counted", counted)
    check_truth("positive", positive, scores.shape[:2])
    check_truth("counted", counted, scores.shape[:2])
    if len(weights) != 2:
        raise ValueError(f"weights must be two, got {weights}")
    for weight in weights:
        check_positive("weight", weight)
    logs = -scores.log_softmax(-1)
    each = (logs[..., 1] * weights[1]).where(positive, logs[..., 0] * weights[0])
    return mean_where(each, counted)


def validate_truths(truths: Truths, classes: int) -> None:
    """Refuse what are no objects of clouds.

    Args:
        truths: What to check.
        classes: How many there are.
    """
    check_members("truths", truths)
    check_finite("boxes", truths.boxes)
    shape = truths.boxes.shape
    if len(shape) != 3 or shape[-1] != 7 or not shape[1]:
        raise ValueError(f"boxes must be (B, one or more, 7), got {tuple(shape)}")
    check_truth("real", truths.real, shape[:2])
    kinds = truths.classes
    if not isinstance(kinds, Tensor) or kinds.dtype != torch.int64:
        given = getattr(kinds, "dtype", type(kinds).__name__)
        raise TypeError(f"classes must be an int64 tensor, got {given}")
    if kinds.shape != shape[:2]:
        wanted, found = tuple(shape[:2]), tuple(kinds.shape)
        raise ValueError(f"classes must be {wanted}, got {found}")
    good = ((kinds >= 0) & (kinds < classes)) | ~truths.real
    if not holds(good):
        odd = int(first_where(kinds, ~good))
        raise ValueError(f"classes must be from 0 to {classes - 1}, got {odd}")
