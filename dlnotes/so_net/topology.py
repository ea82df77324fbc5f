"""How well a map keeps neighborhoods: errors of points, statistics of nodes."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count
from dlnotes.blocks.distances import squared_distances
from dlnotes.blocks.grouping import check_cloud, check_truth, gather_points
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.pooling import masked_mean
from dlnotes.blocks.precision import half_to_single
from dlnotes.so_net.grid import Sides, check_sides, grid_squares
from dlnotes.so_net.som import nodes_of_clouds, won_means

DIAGONAL = 2  # squared length of the longest single step on the grid
BESIDE = 8  # cells around a cell


@half_to_single
def topographic_error(
    points: Tensor, nodes: Tensor, sides: Sides = (8, 8), *, mask: Tensor | None = None
) -> Tensor:
    """Share of points whose two nearest nodes are no neighbors, Eq. (topographic).

    Neighbors are one step of the grid apart, along a side or a diagonal.

    Args:
        points: Shape `(B, N, D)`.
        nodes: Shape `(B, M, D)`, two or more.
        sides: Rows and columns of the grid.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Shape `(B,)`; 0 for a cloud without a point.
    """
    nodes_of_clouds(points, nodes, sides, mask)
    check_count("number of nodes", nodes.shape[1], least=2)
    first, second = nearest_points(nodes, points, 2).indices.unbind(-1)
    torn = grid_squares(sides, like=points)[first, second] > DIAGONAL
    return masked_mean(torn.to(points.dtype)[..., None], mask)[..., 0]


@half_to_single
def quantization_error(
    points: Tensor, nodes: Tensor, *, mask: Tensor | None = None
) -> Tensor:
    """Mean distance of points from their nearest node, Eq. (quantization).

    Args:
        points: Shape `(B, N, D)`.
        nodes: Shape `(B, M, D)`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Shape `(B,)`; 0 for a cloud without a point.
    """
    check_cloud("points", points)
    check_cloud("nodes", nodes, like=points)
    check_truth("mask", mask, points.shape[:2])
    nearest = nearest_points(nodes, points, 1).indices[..., 0]
    gaps = points.detach() - gather_points(nodes.detach(), nearest)
    return masked_mean(gaps.square().sum(-1, keepdim=True).sqrt(), mask)[..., 0]


@half_to_single
def empty_nodes(points: Tensor, nodes: Tensor, *, mask: Tensor | None = None) -> Tensor:
    """Number of nodes that are nearest to no point.

    Args:
        points: Shape `(B, N, D)`.
        nodes: Shape `(B, M, D)`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Shape `(B,)`, int64.
    """
    return (won_means(points, nodes, mask=mask)[1] == 0).sum(-1)


@half_to_single
def grid_distance(nodes: Tensor, sides: Sides = (8, 8)) -> Tensor:
    """Mean distance in space of nodes that share a side on the grid.

    Args:
        nodes: Shape `(B, M, D)`.
        sides: Rows and columns of the grid, two cells or more.

    Returns:
        Shape `(B,)`.
    """
    return _mean_of_pairs(nodes, grid_squares(_check(nodes, sides), like=nodes) == 1)


@half_to_single
def pair_distance(nodes: Tensor, sides: Sides = (8, 8)) -> Tensor:
    """Mean distance in space of any two nodes, to compare `grid_distance` with.

    Args:
        nodes: Shape `(B, M, D)`.
        sides: Rows and columns of the grid, two cells or more.

    Returns:
        Shape `(B,)`.
    """
    return _mean_of_pairs(nodes, grid_squares(_check(nodes, sides), like=nodes) > 0)


@half_to_single
def window_share(nodes: Tensor, sides: Sides = (8, 8)) -> Tensor:
    """Share of the 8 nodes nearest in space that lie in the window of 3 x 3 cells.

    Args:
        nodes: Shape `(B, M, D)`, nine or more.
        sides: Rows and columns of the grid.

    Returns:
        Shape `(B,)`, at most `window_ceiling(sides)`.
    """
    _check(nodes, sides, least=BESIDE + 1)
    squares = squared_distances(nodes.detach(), nodes.detach())
    itself = torch.eye(nodes.shape[1], dtype=torch.bool, device=nodes.device)
    nearest = squares.masked_fill(itself, torch.inf).topk(BESIDE, largest=False)[1]
    beside = grid_squares(sides, like=nodes) <= DIAGONAL
    rows = torch.arange(nodes.shape[1], device=nodes.device)[:, None]
    return beside[rows, nearest].to(nodes.dtype).mean((-2, -1))


def window_ceiling(sides: Sides = (8, 8)) -> float:
    """The largest `window_share`: nodes at the border have fewer cells beside them.

    Args:
        sides: Rows and columns of the grid.

    Returns:
        From 0 to 1.

    Examples:
        >>> round(window_ceiling(), 4)
        0.8203
    """
    check_sides("sides", sides)
    rows, columns = sides
    beside = (3 * rows - 2) * (3 * columns - 2) - rows * columns
    return beside / (BESIDE * rows * columns)


def _check(nodes: Tensor, sides: Sides, *, least: int = 2) -> Sides:
    check_cloud("nodes", nodes)
    nodes_of_clouds(nodes, nodes, sides)
    check_count("number of nodes", nodes.shape[1], least=least)
    return sides


def _mean_of_pairs(nodes: Tensor, pairs: Tensor) -> Tensor:
    """Mean distance of those pairs of nodes that are meant."""
    distances = squared_distances(nodes.detach(), nodes.detach()).sqrt()
    return (distances * pairs).sum((-2, -1)) / pairs.sum()
