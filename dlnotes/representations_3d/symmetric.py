"""Functions of a cloud that do not depend on the order of its points."""

from collections.abc import Callable

import torch
from torch import Tensor

from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_positive,
    first_where,
    holds,
)
from dlnotes.blocks.distances import safe_root, squared_distances
from dlnotes.blocks.grouping import check_cloud, check_truth, offsets
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.pooling import masked_max
from dlnotes.blocks.precision import half_to_single, widen_half

Map = Callable[[Tensor], Tensor]


@widen_half
def max_network(
    points: Tensor, inner: Map, outer: Map, *, mask: Tensor | None = None
) -> Tensor:
    """Map each point, take the largest of each feature, map these, Eq. (max-network).

    Args:
        points: Shape `(B, N, D)`, one point or more.
        inner: Maps `(B, N, D)` to `(B, N, C)`, each point alone.
        outer: Maps `(B, C)`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        What `outer` returns.

    Examples:
        >>> import torch
        >>> cloud = torch.tensor([[[1.0, 5.0], [2.0, 3.0], [2.0, 3.0]]])
        >>> max_network(cloud, torch.square, torch.sqrt)
        tensor([[2., 5.]])
    """
    check_cloud("points", points)
    check_truth("mask", mask, points.shape[:2])
    return outer(masked_max(inner(points), mask))


@widen_half
def sum_network(
    points: Tensor, inner: Map, outer: Map, *, mask: Tensor | None = None
) -> Tensor:
    """Map each point, add all features, and map the sums, Eq. (sum-network).

    Args:
        points: Shape `(B, N, D)`; without a point the sums are 0.
        inner: Maps `(B, N, D)` to `(B, N, C)`, each point alone.
        outer: Maps `(B, C)`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        What `outer` returns.
    """
    check_cloud("points", points)
    check_truth("mask", mask, points.shape[:2])
    features = inner(points)
    if mask is not None:
        features = features.where(mask[..., None], 0)
    return outer(features.sum(1))


@half_to_single
def directed_distance(
    points: Tensor,
    others: Tensor,
    *,
    mask: Tensor | None = None,
    other_mask: Tensor | None = None,
) -> Tensor:
    """Find how far the worst point of one cloud is from the nearest of another.

    The gradient is that of one such pair, and 0 where the distance is 0.

    Args:
        points: Shape `(B, M, D)`, one real point or more.
        others: Shape `(B, N, D)`, one real point or more.
        mask: Which of `points` are real, truth values `(B, M)`; by default all are.
        other_mask: Which of `others` are real, truth values `(B, N)`.

    Returns:
        Shape `(B,)`.
    """
    _check_some("points", points, "mask", mask)
    _check_some("others", others, "other_mask", other_mask)
    nearest = nearest_points(others, points, 1, mask=other_mask).indices
    squares = offsets(others, points, nearest)[:, :, 0].square().sum(-1)
    if mask is not None:
        squares = squares.where(mask, 0)
    return safe_root(squares.max(1).values)


@half_to_single
def hausdorff(
    points: Tensor,
    others: Tensor,
    *,
    mask: Tensor | None = None,
    other_mask: Tensor | None = None,
) -> Tensor:
    """Measure how far two clouds are from each other, Eq. (hausdorff).

    Args:
        points: Shape `(B, M, D)`, one real point or more.
        others: Shape `(B, N, D)`, one real point or more.
        mask: Which of `points` are real, truth values `(B, M)`; by default all are.
        other_mask: Which of `others` are real, truth values `(B, N)`.

    Returns:
        Shape `(B,)`.

    Examples:
        >>> import torch
        >>> one, other = torch.tensor([[[0.0], [1.0]]]), torch.tensor([[[0.0], [4.0]]])
        >>> hausdorff(one, other)
        tensor([3.])
    """
    there = directed_distance(points, others, mask=mask, other_mask=other_mask)
    back = directed_distance(others, points, mask=other_mask, other_mask=mask)
    return torch.maximum(there, back)


def cell_centers(resolution: int, coordinates: int = 3) -> Tensor:
    """Place the centers of the cells of the unit cube.

    Args:
        resolution: Cells along a side, `R`.
        coordinates: Of a point, `D`.

    Returns:
        Shape `(R**D, D)`; no point of the cube is farther than `sqrt(D) / (2 * R)` from
        the nearest.

    Examples:
        >>> cell_centers(2, 1)
        tensor([[0.2500],
                [0.7500]])
    """
    check_count("resolution", resolution)
    check_count("coordinates", coordinates)
    line = (torch.arange(resolution) + 0.5) / resolution
    axes = torch.meshgrid(*[line] * coordinates, indexing="ij")
    return torch.stack(axes, -1).flatten(0, -2)


@widen_half
def cell_indicators(points: Tensor, resolution: int) -> Tensor:
    """Tell for each point in which cell of the unit cube it lies.

    The largest values over a cloud tell which cells are full: a function of the form
    `max_network` that keeps every cloud up to the size of a cell.

    Args:
        points: From 0 to 1, shape `(B, N, D)`.
        resolution: Cells along a side, `R`.

    Returns:
        1 for its cell, in the order of `cell_centers`, else 0; shape `(B, N, R**D)`.
    """
    _check_unit(points)
    check_count("resolution", resolution)
    cells = (points.detach() * resolution).floor().clamp(0, resolution - 1).long()
    number = torch.zeros_like(cells[..., 0])
    for axis in cells.unbind(-1):
        number = number * resolution + axis
    every = torch.arange(resolution ** points.shape[-1], device=points.device)
    return (number[..., None] == every).to(points.dtype)


@widen_half
def hats(points: Tensor, centers: Tensor, radius: float) -> Tensor:
    """Tell continuously how near a point is to each of some centers.

    It is 1 at the center, 1/2 at distance `radius`, and 0 from twice that on. With
    enough centers, networks with these as `inner` come arbitrarily near to any function
    that is continuous in `hausdorff`.

    Args:
        points: Shape `(B, N, D)`.
        centers: Shape `(C, D)`.
        radius: Positive.

    Returns:
        Shape `(B, N, C)`.
    """
    check_cloud("points", points)
    check_finite("centers", centers)
    if centers.ndim != 2:
        raise ValueError(f"centers must be (C, D), got {tuple(centers.shape)}")
    check_positive("radius", radius, like=points)
    squares = squared_distances(points, centers.expand(len(points), -1, -1))
    return (1 - safe_root(squares) / (2 * radius)).clamp_min(0)


def _check_unit(points: Tensor) -> None:
    check_cloud("points", points)
    good = (points >= 0) & (points <= 1)
    if not holds(good):
        odd = first_where(points, ~good)
        raise ValueError(f"points must be from 0 to 1, got {odd}")


def _check_some(name: str, points: Tensor, mask_name: str, mask: Tensor | None) -> None:
    check_cloud(name, points)
    check_truth(mask_name, mask, points.shape[:2])
    if not points.shape[1]:
        raise ValueError(f"{name} must be one or more, got {tuple(points.shape)}")
    if mask is not None and not holds(mask.any(1)):
        raise ValueError(f"{name} must have a real point in each cloud, got none")
