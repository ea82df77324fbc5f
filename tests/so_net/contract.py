"""Canonical calls of the tensor functions of dlnotes.so_net."""

import torch

from dlnotes.blocks.grouping import Selection
from dlnotes.so_net.autoencoder import reconstruction_loss
from dlnotes.so_net.cloud_networks import middle_fusion
from dlnotes.so_net.map_arms import arm_inputs
from dlnotes.so_net.node_windows import (
    grid_window,
    nearest_window,
    shuffled_window,
    take_window,
)
from dlnotes.so_net.overlap import group_maxima, group_means, group_points
from dlnotes.so_net.retrieval import nearest_hits, rank_precision
from tests.contract import Case
from tests.so_net import cases_of_maps
from tests.so_net.cases_of_maps import (
    CLOUD,
    LARGE,
    LARGE_NODES,
    MAP,
    NODES,
    POSITIONS,
    REAL,
    SAME,
    WAVE,
    meta,
)

OWNERS = torch.tensor([[[0, 1, 5, 3, 1, 1, 0]] * 2, [[2, 2, 4, 5, 5, 0, 2]] * 2])
COPIES = WAVE[200:312].reshape(2, 2, 7, 4)
COUNTED = REAL[:, None].expand(-1, 2, -1)
NONE = COUNTED & False
LABELS = torch.tensor([0, 1, 0, 1, 1, 0, 0])
WINDOW = Selection(*(x.clone() for x in grid_window((2, 3), clouds=2)))
ORDERS = torch.tensor([[3, 0, 5, 1, 2, 4], [0, 2, 1, 5, 4, 3]])

THREE = {"sides": (3, 3)}
TURNED = torch.arange(9)[None].roll(4, 1)
BOTH = torch.cat([TURNED.flip(1), TURNED])

CASES = [
    *cases_of_maps.CASES,
    Case(
        group_points,
        (CLOUD, NODES, 2),
        {"mask": REAL},
        half="single",
        edges={"equal points": (SAME, NODES, 2), "all groups": (CLOUD, NODES, 6)},
        refused={"too many": (CLOUD, NODES, 7), "none": (CLOUD, NODES, 0)},
    ),
    Case(
        group_points,
        (CLOUD, NODES, 2),
        half="single",
        edges={"no point": (CLOUD[:, :0], NODES, 2)},
        large=(LARGE, LARGE_NODES, 3),
    ),
    Case(
        group_means,
        (CLOUD, NODES, OWNERS),
        {"real": COUNTED},
        half="single",
        edges={"equal points": (SAME, NODES, OWNERS)},
        refused={"no such node": (CLOUD, NODES[:, :5], OWNERS)},
    ),
    Case(
        group_means,
        (CLOUD, NODES, OWNERS),
        half="single",
        large=(LARGE, LARGE_NODES, meta(8, 3, 16384, dtype=torch.int64)),
    ),
    Case(
        group_maxima,
        (COPIES, OWNERS, 6),
        {"real": COUNTED},
        edges={"equal": (COPIES * 0, OWNERS, 6)},
        refused={
            "no such group": (COPIES, OWNERS, 5),
            "fewer": (COPIES[:, :1], OWNERS, 6),
        },
    ),
    Case(group_maxima, (COPIES, OWNERS, 6), {"real": NONE}),
    Case(
        group_maxima,
        (COPIES, OWNERS, 6),
        large=(meta(8, 3, 1024, 64), meta(8, 3, 1024, dtype=torch.int64), 64),
    ),
    Case(
        middle_fusion,
        (COPIES,),
        {"real": COUNTED},
        refused={"no copy": (COPIES[:, :0],), "no copies": (COPIES[:, 0],)},
    ),
    Case(middle_fusion, (COPIES,), large=(meta(8, 3, 1024, 64),)),
    Case(
        reconstruction_loss,
        ([NODES, MAP], CLOUD),
        {"mask": REAL},
        half="single",
        batched=False,
        edges={"the points": ([CLOUD, CLOUD], CLOUD)},
        refused={"no cloud": ([], CLOUD), "no point": ([NODES[:, :0]], CLOUD)},
    ),
    *(
        Case(
            function,
            (CLOUD[0], LABELS),
            {"cosine": cosine},
            batched=False,
            edges={"equal": (SAME[0], LABELS), "zeros": (CLOUD[0] * 0, LABELS)},
            refused={
                "one alone": (CLOUD[0], LABELS + 2 * (torch.arange(7) == 6)),
                "fewer labels": (CLOUD[0], LABELS[:5]),
            },
            large=(meta(4096, 256), meta(4096, dtype=torch.int64)),
            **POSITIONS,
        )
        for function in (rank_precision, nearest_hits)
        for cosine in (False, True)
    ),
    Case(
        shuffled_window,
        (WINDOW, ORDERS),
        smooth=False,
        refused={"fewer": (WINDOW, ORDERS[:, :5])},
    ),
    Case(nearest_window, (NODES, 3), refused={"none": (NODES, 0)}, **POSITIONS),
    Case(
        take_window,
        (NODES, WINDOW),
        refused={"no such node": (NODES[:, :4], WINDOW)},
    ),
    Case(
        arm_inputs,
        (CLOUD, WAVE[30:57].reshape(9, 3), TURNED, BOTH),
        {**THREE, "steps": (3, 4)},  # a compiler follows each of them
        half="single",
        batched=False,
        edges={"equal points": (SAME, WAVE[30:57].reshape(9, 3), TURNED, BOTH)},
        refused={
            "other nodes": (CLOUD, WAVE[30:54].reshape(8, 3), TURNED, BOTH),
            "no such node": (CLOUD, WAVE[30:57].reshape(9, 3), TURNED, BOTH + 1),
        },
    ),
]
EXEMPT = {
    "dlnotes.so_net._inputs": "looks at arguments and computes nothing",
    "dlnotes.so_net.som.nodes_of_clouds": "looks at arguments and computes nothing",
    "dlnotes.so_net.som.check_weights": "looks at arguments and computes nothing",
}
