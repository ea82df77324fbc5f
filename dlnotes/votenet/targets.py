"""What a vote should be: the offset from a point to the center of its object."""

from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_finite, check_rate, holds
from dlnotes.blocks.grouping import check_cloud, gather_points
from dlnotes.blocks.precision import half_to_single


class ObjectVotes(NamedTuple):
    """True votes.

    Attributes:
        offsets: From each point to the center of its object, zeros where it is on none,
            shape `(B, N, 3)`.
        on_object: Which points are on an object, truth values `(B, N)`.
    """

    offsets: Tensor
    on_object: Tensor


@half_to_single
def object_votes(points: Tensor, owner: Tensor, boxes: Tensor) -> ObjectVotes:
    """Compute the offset from each point to the center of its object, Eq. (true-votes).

    Args:
        points: Shape `(B, N, 3)`.
        owner: For each point the number of its object, -1 if it is on none, int64,
            shape `(B, N)`.
        boxes: Center, full sizes and heading of each object, shape `(B, T, 7)`.

    Returns:
        The offsets, and which points have one.

    Examples:
        >>> points = torch.tensor([[[1.0, 0, 0], [5.0, 5, 0]]])
        >>> box = torch.tensor([[[2.0, 0, 1, 2, 2, 2, 0]]])
        >>> votes = object_votes(points, torch.tensor([[0, -1]]), box)
        >>> votes.offsets.tolist(), votes.on_object.tolist()
        ([[[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]], [[True, False]])
    """
    check_cloud("points", points)
    check_finite("points", points)
    check_finite("boxes", boxes)
    _check_shapes(points, owner, boxes)
    on_object = owner >= 0
    padded = torch.cat([boxes[..., :3], boxes.new_zeros(len(boxes), 1, 3)], 1)
    number = torch.where(on_object, owner, boxes.shape[1])
    offsets = gather_points(padded, number) - points
    return ObjectVotes(offsets.where(on_object[..., None], 0), on_object)


@half_to_single
def height_above_floor(points: Tensor, *, share: float = 0.0099) -> Tensor:
    """Measure heights from the floor, taken as a low quantile of all heights.

    Args:
        points: Shape `(B, N, 3)`, one point or more, z upward.
        share: Which quantile; the published program has .99 of a hundredth.

    Returns:
        Shape `(B, N, 1)`.
    """
    check_cloud("points", points)
    check_finite("points", points)
    check_rate("share", share)
    if points.shape[-1] != 3 or not points.shape[1]:
        shape = tuple(points.shape)
        raise ValueError(f"points must be (B, N, 3) with a point, got shape {shape}")
    height = points[..., 2:]
    last = points.shape[1] - 1
    place = share * last
    ordered = height.sort(1).values
    low, high = ordered[:, int(place)], ordered[:, min(int(place) + 1, last)]
    return height - torch.lerp(low, high, place - int(place))[:, None]


def _check_shapes(points: Tensor, owner: Tensor, boxes: Tensor) -> None:
    if points.shape[-1] != 3:
        raise ValueError(f"points must be (B, N, 3), got shape {tuple(points.shape)}")
    if boxes.ndim != 3 or boxes.shape[-1] != 7 or len(boxes) != len(points):
        shape = tuple(boxes.shape)
        raise ValueError(f"boxes must be ({len(points)}, T, 7), got shape {shape}")
    if not isinstance(owner, Tensor) or owner.dtype != torch.int64:
        given = getattr(owner, "dtype", type(owner).__name__)
        raise TypeError(f"owner must be an int64 tensor, got {given}")
    if owner.shape != points.shape[:2]:
        wanted, shape = tuple(points.shape[:2]), tuple(owner.shape)
        raise ValueError(f"owner must have shape {wanted}, got {shape}")
    known = (owner >= -1) & (owner < boxes.shape[1])
    if not holds(known):
        wrong = int(owner[~known][0])
        most = boxes.shape[1] - 1
        raise ValueError(f"owner must be from -1 to {most}, got {wrong}")
