"""Self-organizing maps, fitted to points one by one or to all of them at once.

A map has `M` nodes, each with a place in space and a cell of a grid. Maps are fitted
outside of autograd.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_finite, known_values
from dlnotes.blocks.distances import in_parts
from dlnotes.blocks.grouping import check_cloud, check_truth
from dlnotes.blocks.precision import half_to_single
from dlnotes.so_net.grid import (
    PUBLISHED,
    Sides,
    check_sides,
    grid_squares,
    neighborhood_weights,
    schedule,
)

ENTRIES = 2**17  # of the table of distances that is held at one time


@half_to_single
def online_som(
    points: Tensor,
    nodes: Tensor,
    *,
    sides: Sides = (8, 8),
    rate: float = 0.5,
    sigma: float = 0.4,
    divisor: float = PUBLISHED,
) -> Tensor:
    """Fit maps to points one by one, in their order, Eq. (online-som).

    Rate and width fall to a third, as in `schedule`, without steps before.

    Args:
        points: Shape `(B, N, D)`.
        nodes: Where the nodes begin, `(B, M, D)`, or `(M, D)` for all clouds.
        sides: Rows and columns of the grid.
        rate: The first learning rate.
        sigma: The first width, in steps of the grid.
        divisor: As in `neighborhood_weights`.

    Returns:
        The nodes, `(B, M, D)`. Another order of the points gives other nodes.
    """
    nodes = nodes_of_clouds(points, nodes, sides)
    squares, points = grid_squares(sides, like=points), points.detach()
    plan = schedule(max(points.shape[1], 1), rate, sigma, warmup=0)
    for point, (eta, width) in zip(points.unbind(1), plan, strict=False):
        steps = point[:, None] - nodes
        winner = steps.square().sum(-1).argmin(-1)
        weights = neighborhood_weights(squares, width, divisor=divisor)
        nodes = nodes + eta * weights[winner][..., None] * steps
    return nodes


@half_to_single
def batch_som(
    points: Tensor,
    nodes: Tensor,
    *,
    sides: Sides = (8, 8),
    plan: Sequence[tuple[float, float]] | None = None,
    divisor: float = PUBLISHED,
    mask: Tensor | None = None,
) -> Tensor:
    """Fit maps to all points at once, step by step; their order does not matter.

    All steps are computed in double precision. A sum over points in another order has
    other roundings, which then do not reach single precision.

    Args:
        points: Shape `(B, N, D)`, in a ball of radius 1 as published.
        nodes: Where the nodes begin, `(B, M, D)`, or `(M, D)` for all clouds.
        sides: Rows and columns of the grid.
        plan: Rate and width of each step; by default `schedule(60)`, as published.
        divisor: As in `neighborhood_weights`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        The nodes, `(B, M, D)`.
    """
    first = nodes_of_clouds(points, nodes, sides, mask)
    exact, moved = points.detach().double(), first.double()
    squares = grid_squares(sides, like=exact)
    for eta, width in schedule(60) if plan is None else plan:
        weights = neighborhood_weights(squares, width, divisor=divisor)
        moved = batch_step(exact, moved, eta * weights, mask=mask)
    return moved.to(points.dtype)


@half_to_single
def batch_step(
    points: Tensor, nodes: Tensor, weights: Tensor, *, mask: Tensor | None = None
) -> Tensor:
    """Move all nodes once towards the means of what each of them won, Eq. (batch-som).

    A node that won no point moves no other. Where the weights of a node's neighbors sum
    to more than 1, it overshoots; beyond 2, the map does not converge.

    Args:
        points: Shape `(B, N, D)`.
        nodes: Shape `(B, M, D)`.
        weights: Rate times weight, of each winner for each node, `(M, M)`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        The nodes after the step, `(B, M, D)`.
    """
    check_cloud("points", points)
    check_cloud("nodes", nodes, like=points)
    check_weights("weights", weights, nodes)
    means, counts = won_means(points, nodes, mask=mask)
    won = (counts > 0).to(means.dtype)[..., None]
    pull = torch.einsum("ij,bid->bjd", weights.detach(), torch.cat([means, won], -1))
    return nodes.detach() + pull[..., :-1] - pull[..., -1:] * nodes.detach()


@half_to_single
def won_means(
    points: Tensor, nodes: Tensor, *, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Mean and number of the points that are nearest to each node.

    Args:
        points: Shape `(B, N, D)`.
        nodes: Shape `(B, M, D)`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Means `(B, M, D)`, 0 where there is no point; numbers `(B, M)`, int64.
    """
    check_cloud("points", points)
    check_truth("mask", mask, points.shape[:2])
    winner = winners(points, nodes)
    real = torch.ones_like(winner) if mask is None else mask.long()
    counts = torch.zeros_like(nodes[..., 0], dtype=torch.int64)
    counts = counts.scatter_add(1, winner, real)
    rows = points.detach() * real[..., None]
    sums = torch.zeros_like(nodes.detach())
    sums = sums.scatter_add(1, winner[..., None].expand_as(rows), rows)
    return sums / counts.clamp_min(1)[..., None], counts


@half_to_single
def winners(points: Tensor, nodes: Tensor) -> Tensor:
    """Number of the node nearest to each point, but for rounding the first of several.

    Args:
        points: Shape `(B, N, D)`.
        nodes: Shape `(B, M, D)`, one node or more.

    Returns:
        Shape `(B, N)`, int64.
    """
    check_cloud("points", points)
    check_cloud("nodes", nodes, like=points)
    check_count("number of nodes", nodes.shape[1])

    nodes = nodes.detach().double()
    center = nodes.mean(1, keepdim=True)  # a common shift changes no winner
    nodes = nodes - center
    lengths = nodes.square().sum(-1)[:, None]

    def nearest(some: Tensor) -> tuple[Tensor]:
        shifted = some.double() - center
        return (_first_least(torch.baddbmm(lengths, shifted, nodes.mT, alpha=-2)),)

    size = max(1, ENTRIES // max(1, nodes.shape[0] * nodes.shape[1]))
    return in_parts(nearest, points.detach(), size=size)[0]


def nodes_of_clouds(
    points: Tensor, nodes: Tensor, sides: Sides, mask: Tensor | None = None
) -> Tensor:
    """Give each cloud its nodes, and refuse those that do not go with it.

    Args:
        points: Shape `(B, N, D)`.
        nodes: Shape `(B, M, D)` or `(M, D)`.
        sides: Rows and columns of the grid of the nodes.
        mask: Truth values `(B, N)`, or `None`.

    Returns:
        The nodes of each cloud, `(B, M, D)`, without gradient.
    """
    check_cloud("points", points)
    if isinstance(nodes, Tensor) and nodes.ndim == 2:
        nodes = nodes.expand(len(points), -1, -1)
    check_cloud("nodes", nodes, like=points)
    check_sides("sides", sides)
    rows, columns = sides
    if nodes.shape[1] != rows * columns:
        given = nodes.shape[1]
        raise ValueError(f"nodes must be {rows} x {columns} as sides say, got {given}")
    check_truth("mask", mask, points.shape[:2])
    return nodes.detach()


def check_weights(name: str, weights: Tensor, nodes: Tensor) -> None:
    """Refuse what is not one weight for each pair of nodes.

    Args:
        name: What the caller calls the tensor, for the message.
        weights: The tensor to check, `(M, M)`.
        nodes: Shape `(B, M, D)`.
    """
    check_finite(name, weights)
    count = nodes.shape[1]
    if weights.shape != (count, count):
        given = tuple(weights.shape)
        raise ValueError(f"{name} must have shape ({count}, {count}), got {given}")


def _first_least(table: Tensor) -> Tensor:
    """Place of the least entry of each row; NumPy's search is the faster one."""
    array = known_values(table)
    return table.argmin(-1) if array is None else torch.from_numpy(array.argmin(-1))
