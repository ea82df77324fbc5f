"""The usual batch map, which orders its nodes better than the published one."""

from collections.abc import Sequence

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_positive
from dlnotes.blocks.grouping import check_cloud
from dlnotes.blocks.precision import half_to_single
from dlnotes.so_net.grid import GAUSSIAN, Sides, grid_squares, neighborhood_weights
from dlnotes.so_net.som import check_weights, nodes_of_clouds, won_means


def shrinking_widths(steps: int, first: float = 2.5, last: float = 0.3) -> list[float]:
    """Widths that fall by one factor from step to step.

    Args:
        steps: How many there are.
        first: Width of the first step.
        last: Of the last one.

    Returns:
        One width a step.
    """
    check_count("steps", steps, least=2)
    check_positive("first", first)
    check_positive("last", last)
    return [first * (last / first) ** (step / (steps - 1)) for step in range(steps)]


@half_to_single
def kohonen_som(
    points: Tensor,
    nodes: Tensor,
    *,
    sides: Sides = (8, 8),
    widths: Sequence[float] | None = None,
    divisor: float = GAUSSIAN,
    mask: Tensor | None = None,
) -> Tensor:
    """Fit maps with a neighborhood that begins wide and shrinks.

    Args:
        points: Shape `(B, N, D)`.
        nodes: Where the nodes begin, `(B, M, D)`, or `(M, D)` for all clouds.
        sides: Rows and columns of the grid.
        widths: Of each step, in steps of the grid; by default `shrinking_widths(80)`.
        divisor: As in `neighborhood_weights`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        The nodes, `(B, M, D)`.
    """
    first = nodes_of_clouds(points, nodes, sides, mask)
    exact, moved = points.detach().double(), first.double()
    squares = grid_squares(sides, like=exact)
    for width in shrinking_widths(80) if widths is None else widths:
        weights = neighborhood_weights(squares, width, divisor=divisor)
        moved = kohonen_step(exact, moved, weights, mask=mask)
    return moved.to(points.dtype)


@half_to_single
def kohonen_step(
    points: Tensor, nodes: Tensor, weights: Tensor, *, mask: Tensor | None = None
) -> Tensor:
    """Put each node at a weighted mean of all points, Eq. (kohonen).

    Args:
        points: Shape `(B, N, D)`.
        nodes: Shape `(B, M, D)`.
        weights: Of each winner for each node, at least 0, `(M, M)`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        The nodes after the step, `(B, M, D)`; where all weights are 0, they stay.
    """
    check_cloud("points", points)
    check_cloud("nodes", nodes, like=points)
    check_weights("weights", weights, nodes)
    means, counts = won_means(points, nodes, mask=mask)
    won = counts.to(means.dtype)[..., None]
    rows = torch.cat([means * won, won], -1)
    total = torch.einsum("ij,bid->bjd", weights.detach(), rows)
    norm = total[..., -1:]
    reached = norm > 0
    return torch.where(
        reached, total[..., :-1] / norm.where(reached, 1), nodes.detach()
    )
