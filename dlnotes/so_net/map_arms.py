"""Seven ways to look at a map, to be compared: a head each, and what it is given."""

from torch import Tensor

from dlnotes.blocks.checks import check_finite
from dlnotes.blocks.grouping import Selection, check_cloud, check_index
from dlnotes.blocks.precision import half_to_single
from dlnotes.so_net.grid import Sides, schedule
from dlnotes.so_net.kohonen import kohonen_som, shrinking_widths
from dlnotes.so_net.map_heads import (
    Head,
    MapClassifier,
    PooledHead,
    SharedHead,
    WindowHead,
    hidden_width,
)
from dlnotes.so_net.node_windows import (
    SIDE,
    grid_window,
    nearest_window,
    shuffled_window,
)
from dlnotes.so_net.overlap import NodeGroups, group_points
from dlnotes.so_net.som import batch_som

HEADS: dict[str, Head] = {
    "shared": SharedHead,
    "grid": WindowHead,
    "shuffled": WindowHead,
    "shuffled-each": WindowHead,
    "near-joined": WindowHead,
    "near-largest": PooledHead,
    "ordered": WindowHead,
}


@half_to_single
def arm_inputs(
    points: Tensor,
    start: Tensor,
    fixed: Tensor,
    own: Tensor,
    *,
    sides: Sides = (8, 8),
    steps: tuple[int, int] = (60, 80),
) -> list[tuple[NodeGroups, Selection]]:
    """Make what the networks of all arms are given, once before their trainings.

    Args:
        points: Shape `(B, N, 3)`.
        start: Where the nodes of all maps begin, `(M, 3)`.
        fixed: One order of the nodes for all clouds, integers `(1, M)`.
        own: An order of the nodes for each cloud, integers `(B, M)`.
        sides: Rows and columns of the grid.
        steps: Given to `schedule` for the published map, and to `shrinking_widths` for
            the better ordered one.

    Returns:
        In the order of `HEADS`, groups and windows: of the published map six times, and
        of the better ordered one.
    """
    check_cloud("points", points)
    check_finite("start", start)
    check_index("fixed", fixed, start[None])
    check_index("own", own, start.expand(len(points), *start.shape))
    few, more = steps
    nodes = batch_som(points, start, sides=sides, plan=schedule(few))
    widths = shrinking_widths(more)
    better = kohonen_som(points, start, sides=sides, widths=widths)
    window = grid_window(sides, clouds=len(points))
    grid = Selection(*(x.to(points.device) for x in window))
    shuffled = [shuffled_window(grid, x) for x in (fixed.expand_as(own), own)]
    near, groups = nearest_window(nodes), group_points(points, nodes)
    windows = [grid, grid, *shuffled, near, near]
    return [*((groups, x) for x in windows), (group_points(points, better), grid)]


def arm_network(
    arm: str,
    classes: int,
    *,
    width: int = 16,
    outputs: int = 64,
    parameters: int = 10_000,
    coordinates: int = 3,
) -> MapClassifier:
    """Make the network of an arm, whose head has about as many parameters as others.

    Args:
        arm: A name in `HEADS`.
        classes: How many there are.
        width: Of the features of a node.
        outputs: Of the head.
        parameters: Of the head.
        coordinates: Of a node that are joined to its feature; 0 to leave them out.
    """
    if arm not in HEADS:
        raise ValueError(f"arm must be one of {sorted(HEADS)}, got {arm!r}")
    seen = (width + coordinates) * (SIDE**2 if HEADS[arm] is WindowHead else 1)
    hidden = hidden_width(seen, outputs, parameters)
    sizes = classes, (width,), hidden, outputs
    return MapClassifier(*sizes, head=HEADS[arm], coordinates=coordinates)
