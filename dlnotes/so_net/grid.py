"""The grid of a map: where its cells lie, and how far a step of one reaches.

A node has a place in space and a cell of the grid: node `j` that in row `j // columns`,
column `j % columns`. One step from cell to cell has length 1.
"""

import math

import torch
from torch import Tensor

from dlnotes.blocks.checks import (
    Parameter,
    check_count,
    check_finite,
    check_floating,
    check_positive,
)
from dlnotes.blocks.precision import half_to_single

PUBLISHED = 2 * math.pi  # divisor of the authors' neighborhood
GAUSSIAN = 2.0  # divisor of a normal density, the usual choice

Sides = tuple[int, int]  # rows and columns


@half_to_single
def grid_squares(sides: Sides, *, like: Tensor) -> Tensor:
    """Squared distances of all cells of a grid from all others.

    Args:
        sides: Rows and columns.
        like: Gives dtype and device.

    Returns:
        Shape `(M, M)`.
    """
    check_sides("sides", sides)
    check_floating("like", like)
    rows, columns = sides
    numbers = torch.arange(rows * columns, device=like.device)
    cells = torch.stack([numbers // columns, numbers % columns], -1)
    steps = cells[:, None] - cells
    return steps.square().sum(-1).to(like.dtype)


@half_to_single
def neighborhood_weights(
    squares: Tensor, sigma: Parameter, *, divisor: float = PUBLISHED
) -> Tensor:
    """How much of a step of one node others take, Eq. (neighborhood).

    Args:
        squares: Squared distances on the grid, any shape.
        sigma: Width in steps of the grid.
        divisor: Of the exponent beside the squared width: `PUBLISHED` or `GAUSSIAN`.

    Returns:
        From 0 to 1, same shape.

    Examples:
        >>> import torch
        >>> squares = torch.tensor([0.0, 1.0])
        >>> neighborhood_weights(squares, 0.4), neighborhood_weights(
        ...     squares, 0.4, divisor=GAUSSIAN
        ... )
        (tensor([1.0000, 0.3698]), tensor([1.0000, 0.0439]))
    """
    check_finite("squares", squares)
    check_positive("sigma", sigma, like=squares)
    check_positive("divisor", divisor)
    return torch.exp(-squares / sigma / sigma / divisor)


def schedule(
    steps: int, rate: float = 0.5, sigma: float = 0.4, *, warmup: int | None = None
) -> list[tuple[float, float]]:
    """Learning rate and width of each step, Eq. (schedule).

    Args:
        steps: Steps in which both fall towards a third, `T`.
        rate: The first learning rate.
        sigma: The first width.
        warmup: Steps with the first values before these; `T // 3` as published.

    Returns:
        Pairs of rate and width.
    """
    check_count("steps", steps)
    check_positive("rate", rate)
    check_positive("sigma", sigma)
    before = steps // 3 if warmup is None else warmup
    check_count("warmup", before, least=0)
    times = [0.0] * before + [2 * step / steps for step in range(steps)]
    return [(rate / (1 + time), sigma / (1 + time)) for time in times]


def check_sides(name: str, sides: Sides) -> None:
    """Refuse what is not rows and columns of a grid.

    Args:
        name: What the caller calls them, for the message.
        sides: Two numbers.
    """
    if len(sides) != 2:
        raise ValueError(f"{name} must be rows and columns, got {sides}")
    for side in sides:
        check_count(name, side)
