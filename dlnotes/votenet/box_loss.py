"""How far proposals are from the true boxes, and all losses added up."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from dlnotes.blocks.chamfer import gaps_to_nearest
from dlnotes.blocks.checks import (
    check_finite,
    check_members,
    check_real,
    check_tensor,
)
from dlnotes.blocks.grouping import check_cloud, check_index, check_truth, gather_points
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.votenet._means import mean_where
from dlnotes.votenet.headings import heading_bins, size_residuals
from dlnotes.votenet.objectness import (
    Assignment,
    Truths,
    assign_objects,
    objectness_loss,
    validate_truths,
)
from dlnotes.votenet.proposals import (
    Detections,
    Proposals,
    take_residuals,
    validate_means,
)
from dlnotes.votenet.voting import seed_truths, vote_loss

FACTOR = 10.0  # of the sum, as published
PARTS = {  # weights, as published
    "vote": 1.0,
    "objectness": 0.5,
    "center": 1.0,
    "heading_class": 0.1,
    "heading_residual": 1.0,
    "size_class": 0.1,
    "size_residual": 1.0,
    "class": 0.1,
}


@half_to_single
def center_loss(
    centers: Tensor, truths: Tensor, positive: Tensor, *, mask: Tensor | None = None
) -> Tensor:
    """Square distances to the nearest, both ways, Eq. (center-loss).

    Args:
        centers: Of the proposed boxes, shape `(B, K, 3)`, one or more.
        truths: Of the true ones, shape `(B, T, 3)`, one or more.
        positive: Which proposals stand for an object, truth values `(B, K)`.
        mask: Which truths are no padding, truth values `(B, T)`; by default all are.

    Returns:
        The mean over positive proposals and the mean over true boxes, added up, shape
        `()`. All proposals of a cloud can be the nearest of a true box.
    """
    check_cloud("centers", centers)
    check_cloud("truths", truths, like=centers)
    check_tensor("positive", positive)
    there = gaps_to_nearest(centers, truths, squared=True, mask=mask)
    back = gaps_to_nearest(truths, centers, squared=True)
    check_truth("positive", positive, there.shape)
    mask = torch.ones_like(back, dtype=torch.bool) if mask is None else mask
    return mean_where(there, positive) + mean_where(back, mask)


@widen_half
def bin_losses(
    scores: Tensor,
    residuals: Tensor,
    classes: Tensor,
    targets: Tensor,
    positive: Tensor,
) -> tuple[Tensor, Tensor]:
    """Compare a class, and the residual found for the true class, Eq. (box-loss).

    Args:
        scores: Of the classes, shape `(B, K, N)`.
        residuals: For each class, shape `(B, K, N, R)`.
        classes: The true ones, integers from 0 to `N - 1`, shape `(B, K)`.
        targets: The true residuals, shape `(B, K, R)`.
        positive: Which proposals stand for an object, truth values `(B, K)`.

    Returns:
        Cross-entropy of the classes, and Huber's loss of the residuals, mean over `R`;
        both mean over the positive proposals of the whole batch, shape `()`.
    """
    for name, tensor in {"scores": scores, "residuals": residuals}.items():
        check_finite(name, tensor)
    check_finite("targets", targets)
    wanted = (*scores.shape, *targets.shape[-1:])
    if scores.ndim != 3 or residuals.shape != torch.Size(wanted):
        shapes = tuple(scores.shape), tuple(residuals.shape)
        raise ValueError(f"must be (B, K, N) and (B, K, N, R), got {shapes}")
    if targets.shape != (*scores.shape[:2], residuals.shape[-1]):
        shape = tuple(targets.shape)
        raise ValueError(f"targets must be (B, K, R), got {shape}")
    check_index("classes", classes, scores.mT)
    check_tensor("positive", positive)
    check_truth("positive", positive, scores.shape[:2])
    logs = scores.log_softmax(-1).gather(-1, classes[..., None])[..., 0]
    found = take_residuals(residuals, classes)
    errors = functional.huber_loss(found, targets, reduction="none").mean(-1)
    return mean_where(-logs, positive), mean_where(errors, positive)


@half_to_single
def box_losses(
    proposals: Proposals, truths: Truths, assigned: Assignment, means: Tensor
) -> dict[str, Tensor]:
    """Compare centers, headings, sizes and classes with the assigned objects.

    Args:
        proposals: What a network says.
        truths: The objects. The mean size of a class is the row of its number.
        assigned: Which object each proposal stands for.
        means: The mean sizes, one for each class, positive, shape `(NS, 3)`.

    Returns:
        The losses by the names in `PARTS`, but for votes and objectness.
    """
    check_members("proposals", proposals)
    check_members("assigned", assigned)
    validate_means(means, proposals.size_scores.shape[-1])
    validate_truths(truths, len(means))
    boxes = gather_points(truths.boxes, assigned.objects)
    known = truths.classes.where(truths.real, 0)
    classes = known.gather(1, assigned.objects)
    turned, rest = heading_bins(boxes[..., 6], proposals.heading_scores.shape[-1])
    wanted = size_residuals(boxes[..., 3:6], means[classes].to(boxes))
    yes = assigned.positive
    headings = proposals.heading_scores, proposals.heading_residuals[..., None]
    sizes = proposals.size_scores, proposals.size_residuals
    heading = bin_losses(*headings, turned, rest[..., None], yes)
    size = bin_losses(*sizes, classes, wanted, yes)
    logs = proposals.class_scores.log_softmax(-1).gather(-1, classes[..., None])
    return {
        "center": center_loss(
            proposals.centers, truths.boxes[..., :3], yes, mask=truths.real
        ),
        "heading_class": heading[0],
        "heading_residual": heading[1],
        "size_class": size[0],
        "size_residual": size[1],
        "class": mean_where(-logs[..., 0], yes),
    }


@half_to_single
def add_losses(
    parts: Mapping[str, Tensor],
    *,
    weights: Mapping[str, float] = PARTS,
    factor: float = FACTOR,
) -> Tensor:
    """Add losses up, Eq. (detection-loss).

    Args:
        parts: By name, each of shape `()`.
        weights: Of each name.
        factor: Of the sum.

    Returns:
        Shape `()`.
    """
    unknown = sorted(set(parts) - set(weights))
    if unknown or not parts:
        raise ValueError(f"parts must be some of {sorted(weights)}, got {unknown}")
    check_real("factor", factor)
    for name, value in parts.items():
        check_finite(name, value)
    total = sum(weights[name] * value for name, value in parts.items())
    return factor * torch.as_tensor(total)


@half_to_single
def detection_loss(
    found: Detections,
    votes: tuple[Tensor, Tensor],
    truths: Truths,
    means: Tensor,
    *,
    weights: Mapping[str, float] = PARTS,
    factor: float = FACTOR,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Compare what a network says of clouds with the truth, Eq. (detection-loss).

    Args:
        found: What `VoteNet` says.
        votes: Of each point of the clouds the offset to the center of its object, and
            whether it is on one: `(B, N, 3)` and truth values `(B, N)`, as from
            `object_votes`; or for several objects `(B, N, T, 3)` and `(B, N, T)`.
        truths: The objects.
        means: The mean sizes, one for each class, positive, shape `(NS, 3)`.
        weights: Of the parts.
        factor: Of the sum.

    Returns:
        The loss, shape `()`, and its parts by the names in `PARTS`, without weights.
    """
    check_members("found", found)
    for i, part in enumerate(votes):
        check_tensor(f"votes[{i}]", part)
    check_tensor("means", means)
    validate_truths(truths, len(means))
    centers, real = seed_truths(found.seeds, found.places, *votes)
    assigned = assign_objects(found.clusters, truths.boxes[..., :3], mask=truths.real)
    scores = found.proposals.objectness
    parts = {
        "vote": vote_loss(found.votes, centers, real),
        "objectness": objectness_loss(scores, assigned.positive, assigned.counted),
        **box_losses(found.proposals, truths, assigned, means),
    }
    return add_losses(parts, weights=weights, factor=factor), parts
