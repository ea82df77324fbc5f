"""Calls of the functions that make maps and measure them."""

import torch

from dlnotes.so_net.grid import grid_squares, neighborhood_weights
from dlnotes.so_net.kohonen import kohonen_som, kohonen_step
from dlnotes.so_net.som import batch_som, batch_step, online_som, winners, won_means
from dlnotes.so_net.start import repel, sort_to_grid
from dlnotes.so_net.topology import (
    empty_nodes,
    grid_distance,
    pair_distance,
    quantization_error,
    topographic_error,
    window_share,
)
from tests.contract import Case

WAVE = torch.arange(1, 400, dtype=torch.float64).square().sin()
CLOUD, NODES = WAVE[:42].reshape(2, 7, 3), WAVE[50:86].reshape(2, 6, 3)
MAP = WAVE[100:172].reshape(2, 12, 3)
REAL = torch.arange(7) < torch.tensor([[7], [4]])
SAME = torch.ones_like(CLOUD)
LARGE, LARGE_NODES = (torch.empty(8, n, 3, device="meta") for n in (16384, 64))
GRID = {"sides": (2, 3)}
PLAN = [(0.5, 0.4), (0.3, 0.3)]
WEIGHTS = 0.5 * neighborhood_weights(grid_squares((2, 3), like=CLOUD), 0.4)
TWO = {"no pair": (CLOUD, NODES[:, :1], (1, 1))}
LOST = {"another space": (CLOUD, NODES[..., :2]), "five nodes": (CLOUD, NODES[:, :5])}
NO_NODE = {"no node": (CLOUD, NODES[:, :0])}
GAPS = {"not one place": (torch.where(CLOUD > 0, CLOUD, torch.nan), NODES)}
POSITIONS = {"half": "single", "smooth": False}


def meta(*shape, dtype=torch.float32):
    return torch.empty(*shape, dtype=dtype, device="meta")


CASES = [
    Case(
        grid_squares,
        ((2, 3),),
        {"like": CLOUD},
        batched=False,
        refused={"no row": ((0, 3),), "one side": ((3,),)},
        **POSITIONS,
    ),
    Case(
        neighborhood_weights,
        (CLOUD.square(), 0.4),
        half="single",
        learnable=["1"],
        edges={"itself": (CLOUD * 0, 0.4), "far": (CLOUD.square() * 1e30, 0.4)},
        refused={"no width": (CLOUD.square(), 0.0)},
        large=(meta(64, 64), 0.4),
    ),
    Case(
        online_som,
        (CLOUD, NODES),
        GRID,
        edges={"equal points": (SAME, NODES), "no point": (CLOUD[:, :0], NODES)},
        refused=LOST,
        **POSITIONS,
    ),
    Case(
        batch_som,
        (CLOUD, NODES),
        {**GRID, "plan": PLAN, "mask": REAL},
        edges={"equal points": (SAME, NODES), "equal nodes": (CLOUD, NODES * 0)},
        refused=LOST | GAPS,
        **POSITIONS,
    ),
    Case(
        batch_som,
        (CLOUD, NODES),
        {"sides": (2, 3), "plan": PLAN},
        edges={"no point": (CLOUD[:, :0], NODES)},
        refused=LOST,
        **POSITIONS,
    ),
    Case(
        batch_step,
        (CLOUD, NODES, WEIGHTS),
        {"mask": REAL},
        batched=False,
        edges={"equal points": (SAME, NODES, WEIGHTS)},
        refused={"fewer weights": (CLOUD, NODES, WEIGHTS[:3])},
        **POSITIONS,
    ),
    Case(
        batch_step,
        (CLOUD, NODES, WEIGHTS),
        batched=False,
        large=(LARGE, LARGE_NODES, meta(64, 64)),
        **POSITIONS,
    ),
    Case(
        won_means,
        (CLOUD, NODES),
        {"mask": REAL},
        edges={"equal points": (SAME, NODES)},
        refused=NO_NODE,
        **POSITIONS,
    ),
    Case(
        winners,
        (CLOUD, NODES),
        edges={"ties": (SAME, NODES * 0)},
        refused=NO_NODE,
        large=(LARGE, LARGE_NODES),
        **POSITIONS,
    ),
    Case(
        repel,
        (NODES[0],),
        {"steps": 3},
        batched=False,
        edges={"equal": (NODES[0] * 0,)},
        refused={"no list": (NODES,)},
        **POSITIONS,
    ),
    Case(
        sort_to_grid,
        (NODES[0], (2, 3)),
        half="single",
        batched=False,
        edges={"equal": (NODES[0] * 0, (2, 3))},
        refused={
            "other sides": (NODES[0], (2, 2)),
            "a line": (NODES[0, :, :1], (2, 3)),
        },
    ),
    Case(
        kohonen_som,
        (CLOUD, NODES),
        {**GRID, "widths": [2.0, 0.3], "mask": REAL},
        edges={"equal points": (SAME, NODES), "equal nodes": (CLOUD, NODES * 0)},
        refused=LOST,
        **POSITIONS,
    ),
    Case(
        kohonen_step,
        (CLOUD, NODES, WEIGHTS),
        {"mask": REAL},
        batched=False,
        edges={"no weight": (CLOUD, NODES, WEIGHTS * 0)},
        refused={"fewer weights": (CLOUD, NODES, WEIGHTS[:3])},
        **POSITIONS,
    ),
    Case(
        kohonen_step,
        (CLOUD, NODES, WEIGHTS),
        batched=False,
        large=(LARGE, LARGE_NODES, meta(64, 64)),
        **POSITIONS,
    ),
    Case(
        topographic_error,
        (CLOUD, NODES, (2, 3)),
        {"mask": REAL},
        refused=TWO | {"other sides": (CLOUD, NODES, (2, 2))},
        **POSITIONS,
    ),
    Case(
        topographic_error,
        (CLOUD, NODES, (2, 3)),
        edges={"no point": (CLOUD[:, :0], NODES, (2, 3))},
        large=(LARGE, LARGE_NODES, (8, 8)),
        **POSITIONS,
    ),
    Case(
        quantization_error,
        (CLOUD, NODES),
        {"mask": REAL},
        edges={"on the nodes": (CLOUD, CLOUD)},
        refused=NO_NODE,
        **POSITIONS,
    ),
    Case(
        quantization_error,
        (CLOUD, NODES),
        edges={"no point": (CLOUD[:, :0], NODES)},
        large=(LARGE, LARGE_NODES),
        **POSITIONS,
    ),
    Case(empty_nodes, (CLOUD, NODES), {"mask": REAL}, refused=NO_NODE, **POSITIONS),
    *(
        Case(
            function,
            (NODES, (2, 3)),
            edges={"equal": (NODES * 0, (2, 3))},
            refused={"one node": (NODES[:, :1], (1, 1)), "other": (NODES, (2, 2))},
            **POSITIONS,
        )
        for function in (grid_distance, pair_distance)
    ),
    Case(
        window_share,
        (MAP, (3, 4)),
        edges={"equal": (MAP * 0, (3, 4))},
        refused={"few nodes": (NODES, (2, 3)), "other sides": (MAP, (3, 3))},
        **POSITIONS,
    ),
]
