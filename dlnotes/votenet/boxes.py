"""Boxes that are turned around the vertical: corners, bounds, points inside.

A box is seven numbers: its center, its full side lengths, and its heading in radians,
counter-clockwise around z. With heading 0 its sides lie along x, y and z.
"""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_finite, first_where, holds
from dlnotes.blocks.grouping import check_cloud
from dlnotes.blocks.precision import half_to_single

NUMBERS = 7
ROUND = ((-1, -1), (1, -1), (1, 1), (-1, 1))  # signs, counter-clockwise from above
SIGNS = tuple((*pair, z) for z in (-1, 1) for pair in ROUND)


@half_to_single
def box_corners(boxes: Tensor) -> Tensor:
    """Find the eight corners of boxes, Eq. (corners).

    Args:
        boxes: Shape `(..., 7)`.

    Returns:
        Shape `(..., 8, 3)`: four below, counter-clockwise from above, then four above.

    Examples:
        >>> import torch
        >>> box_corners(torch.tensor([0.0, 0, 0, 4, 2, 2, 0]))[0]
        tensor([-2., -1., -1.])
    """
    check_boxes("boxes", boxes)
    center, sides, heading = boxes[..., :3], boxes[..., 3:6], boxes[..., 6:]
    arms = boxes.new_tensor(SIGNS) * sides[..., None, :] / 2
    x, y, z = arms.unbind(-1)
    cos, sin = heading.cos(), heading.sin()
    turned = torch.stack([cos * x - sin * y, sin * x + cos * y, z], -1)
    return center[..., None, :] + turned


@half_to_single
def box_bounds(boxes: Tensor) -> Tensor:
    """Find the smallest boxes along the axes that hold turned ones.

    Args:
        boxes: Shape `(..., 7)`.

    Returns:
        The least and the greatest coordinates of the corners, shape `(..., 2, 3)`.
    """
    corners = box_corners(boxes)
    return torch.stack([corners.amin(-2), corners.amax(-2)], -2)


@half_to_single
def points_in_boxes(points: Tensor, boxes: Tensor) -> Tensor:
    """Tell which points lie in which boxes, or on their faces.

    Args:
        points: Shape `(B, N, 3)`.
        boxes: Shape `(B, M, 7)`.

    Returns:
        Truth values, shape `(B, M, N)`.
    """
    check_cloud("points", points)
    check_boxes("boxes", boxes)
    if points.shape[-1] != 3 or boxes.ndim != 3 or len(boxes) != len(points):
        shapes = tuple(points.shape), tuple(boxes.shape)
        raise ValueError(f"points and boxes must be (B, N, 3), (B, M, 7), got {shapes}")
    x, y, z = (points[:, None, :, axis] - boxes[:, :, None, axis] for axis in range(3))
    cos, sin = boxes[:, :, 6:].cos(), boxes[:, :, 6:].sin()
    reach_x, reach_y, reach_z = (boxes[:, :, 3:6, None] / 2).unbind(2)
    inside = (cos * x + sin * y).abs() <= reach_x
    inside &= (cos * y - sin * x).abs() <= reach_y
    return inside & (z.abs() <= reach_z)


def check_boxes(name: str, boxes: Tensor) -> None:
    """Refuse what is not a tensor of boxes with sides of 0 or more.

    Args:
        name: What the caller calls the tensor, for the message.
        boxes: The tensor to check.
    """
    check_finite(name, boxes)
    if boxes.shape[-1:] != (NUMBERS,):
        raise ValueError(f"{name} must have shape (..., 7), got {tuple(boxes.shape)}")
    sides = boxes.detach()[..., 3:6]
    if not holds(sides >= 0):
        odd = first_where(sides, sides < 0)
        raise ValueError(f"{name} must have sides of 0 or more, got {odd}")
