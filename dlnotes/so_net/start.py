"""Where the nodes of a map begin."""

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_count, check_finite, check_positive
from dlnotes.blocks.precision import half_to_single
from dlnotes.so_net.grid import Sides, check_sides

RATE = 0.01  # these four as in the authors' program
STIFFNESS = 1 / 1.5  # of the wall, for each node
FREE = 0.01  # coordinate below which the wall does not act
EPS = 1e-5
FAR = 3.0  # from the middle, where no node should be


def ball_nodes(
    sides: Sides = (8, 8),
    *,
    steps: int = 100,
    rate: float = RATE,
    coordinates: int = 3,
    generator: Generator | None = None,
) -> Tensor:
    """Spread nodes over a ball, and give each a cell of the grid.

    They begin anywhere in a cube, and push each other away while a wall pushes them
    back, as published. They do not depend on the data, so that one draw serves for all
    clouds.

    Args:
        sides: Rows and columns.
        steps: In which they move.
        rate: As in `repel`; for 100 nodes or more, less than 1 / nodes.
        coordinates: Of a node, `D`, two or more. With two, nodes come to rest for less
            than about 40 at the default rate, and take a smaller one for more.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Shape `(M, D)`, in torch's default dtype.

    Raises:
        ValueError: If a node is far from the ball, since the rate is too large.
    """
    check_sides("sides", sides)
    rows, columns = sides
    check_count("coordinates", coordinates, least=2)
    drawn = torch.rand(
        rows * columns, coordinates, generator=generator, dtype=torch.float64
    )
    spread = repel(2 * drawn - 1, steps=steps, rate=rate)
    if not spread.square().sum(-1).le(FAR**2).all():
        raise ValueError(f"rate must be less, with {rate} the nodes fly apart")
    return sort_to_grid(spread, sides).to(torch.get_default_dtype())


@half_to_single
def repel(nodes: Tensor, *, steps: int = 100, rate: float = RATE) -> Tensor:
    """Let nodes push each other away inside of a wall, Eq. (potential-field).

    The wall is soft: it pushes the more, the farther out a node is. In space, without
    the limits of a finite number, the nodes would fill a ball of radius
    `1.5 ** (1 / 3)` evenly. When all of them are too far out, by a small share, a step
    multiplies the share by `1 - 2 * M * rate`. So the published rate does not come to
    rest with 100 nodes.

    Args:
        nodes: Where they begin, shape `(M, D)`.
        steps: In which they move.
        rate: How far they move in a step, for a force of 1.

    Returns:
        Where they end, shape `(M, D)`.
    """
    check_finite("nodes", nodes)
    if nodes.ndim != 2 or not nodes.shape[1]:
        raise ValueError(f"nodes must have shape (M, D), got {tuple(nodes.shape)}")
    check_count("steps", steps, least=0)
    check_positive("rate", rate)
    nodes, stiffness = nodes.detach(), STIFFNESS * len(nodes)
    for _ in range(steps):
        gaps = nodes[:, None] - nodes
        lengths = gaps.square().sum(-1, keepdim=True).sqrt() + EPS
        wall = nodes.where(nodes.abs() >= FREE, 0)
        force = (gaps / lengths**3).sum(1) - stiffness * wall
        nodes = nodes + rate * force
    return nodes


@half_to_single
def sort_to_grid(nodes: Tensor, sides: Sides) -> Tensor:
    """Give nodes the cells of a grid: by x into rows, then by y within each row.

    This is the published order. It does not look at z, so that neighbors in a row may
    lie on opposite sides of the ball.

    Args:
        nodes: Shape `(M, D)`, two coordinates or more.
        sides: Rows and columns.

    Returns:
        The nodes in the order of their cells, `(M, D)`.
    """
    check_sides("sides", sides)
    rows, columns = sides
    check_finite("nodes", nodes)
    if nodes.ndim != 2 or len(nodes) != rows * columns or nodes.shape[1] < 2:
        shape = tuple(nodes.shape)
        raise ValueError(f"nodes must be ({rows} x {columns}, D), got {shape}")
    by_x = nodes[nodes[:, 0].argsort(stable=True)].view(rows, columns, -1)
    order = by_x[..., 1].argsort(dim=1, stable=True)
    return by_x.gather(1, order[..., None].expand_as(by_x)).flatten(0, 1)
