"""Which nine nodes a layer sees around each node: on the grid, shuffled, or in space.

All of them are a `Selection` of nodes `(B, M, 9)`, made once for each cloud before a
training. The node itself is at place `CENTER` in windows of the grid, first in space.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from dlnotes.blocks.checks import check_count, check_floating, check_members
from dlnotes.blocks.grouping import Selection, check_cloud, check_index, gather_points
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.so_net.grid import Sides, check_sides

SIDE = 3  # of a window on the grid
CENTER = 4  # place of a node itself in its window


def grid_window(sides: Sides = (8, 8), *, clouds: int = 1) -> Selection:
    """The nine cells around each cell of a grid, row by row as in a convolution.

    Args:
        sides: Rows and columns.
        clouds: For how many clouds, `B`; all get the same.

    Returns:
        Numbers and truth values `(B, M, 9)`; cells outside of the grid repeat the
        node itself and are not real.
    """
    check_sides("sides", sides)
    rows, columns = sides
    check_count("clouds", clouds)
    cells = torch.arange(rows * columns)
    steps = torch.arange(SIDE) - SIDE // 2
    down = (cells // columns)[:, None, None] + steps[:, None]
    right = (cells % columns)[:, None, None] + steps
    inside = (down >= 0) & (down < rows) & (right >= 0) & (right < columns)
    numbers = (down * columns + right).where(inside, cells[:, None, None])
    shape = (clouds, rows * columns, SIDE**2)
    return Selection(*(x.flatten(1).expand(shape) for x in (numbers, inside)))


def draw_orders(
    clouds: int, count: int, *, same: bool, generator: Generator | None = None
) -> Tensor:
    """Draw orders of nodes, to shuffle a map.

    Args:
        clouds: For how many clouds, `B`.
        count: Of the nodes, `M`.
        same: Whether all clouds get one order, or each one of its own.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Integers `(B, M)`, a permutation in each row.
    """
    check_count("clouds", clouds, least=0)
    check_count("count", count)
    drawn = torch.rand(1 if same else clouds, count, generator=generator)
    return drawn.argsort(-1).expand(clouds, -1)


def shuffled_window(window: Selection, orders: Tensor) -> Selection:
    """The windows of a map whose nodes were put into other cells.

    Args:
        window: Of `grid_window`, `(B, M, 9)`.
        orders: The node that each cell has got, integers `(B, M)`.

    Returns:
        Numbers and truth values `(B, M, 9)`: for each node the nodes in the cells
        around its own.
    """
    check_members("window", window)
    check_index("orders", orders, window.indices)
    if orders.shape != window.indices.shape[:2]:
        shapes = tuple(orders.shape), tuple(window.indices.shape)
        raise ValueError(f"orders must be (B, M), windows (B, M, 9), got {shapes}")
    cells = orders.argsort(-1)  # of each node
    places = cells[..., None].expand_as(window.indices)
    around = window.indices.gather(1, places)  # cells around the cell of each node
    nodes = orders.gather(1, around.flatten(1)).view_as(around)
    return Selection(nodes, window.real.gather(1, places))


@half_to_single
def nearest_window(nodes: Tensor, k: int = SIDE**2) -> Selection:
    """The nodes nearest in space to each node, itself first unless nodes coincide.

    Args:
        nodes: Shape `(B, M, D)`.
        k: How many, `K`.

    Returns:
        Numbers and truth values `(B, M, K)`, by distance.
    """
    check_cloud("nodes", nodes)
    return nearest_points(nodes, nodes, k)


@widen_half
def take_window(features: Tensor, window: Selection) -> Tensor:
    """Features of the nodes in each window, 0 where there is none.

    Args:
        features: Shape `(B, M, C)`.
        window: Numbers and truth values `(B, M, K)`.

    Returns:
        Shape `(B, M, K, C)`.
    """
    check_floating("features", features)
    check_members("window", window)
    check_index("window", window.indices, features)
    none = features.shape[1]
    return gather_points(
        F.pad(features, (0, 0, 0, 1)), window.indices.where(window.real, none)
    )
