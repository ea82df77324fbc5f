"""Canonical calls of the tensor functions of dlnotes.representations_3d."""

import torch

from dlnotes.blocks.neighbors import points_within
from dlnotes.representations_3d.edges import (
    edge_convolution,
    edge_features,
    exchanged_edge_convolution,
    find_edges,
)
from dlnotes.representations_3d.groups import choose_groups, choose_levels
from dlnotes.representations_3d.objects import distance_features
from dlnotes.representations_3d.pointnet import orthogonality_penalty
from dlnotes.representations_3d.thinning import keep_points, repeat_first
from tests.contract import Case
from tests.representations_3d import set_cases, spectral_cases

WAVE = torch.arange(1, 400, dtype=torch.float64).square().sin()
CLOUD = WAVE[:42].reshape(2, 7, 3)
REAL = torch.arange(7) < torch.tensor([[7], [5]])
SAME = torch.ones_like(CLOUD)
FEATURES = WAVE[50:106].reshape(2, 7, 4)
EDGES = find_edges(CLOUD, 3).indices
WEIGHTS = WAVE[110:130].reshape(5, 4), WAVE[130:150].reshape(5, 4)
MATRICES = WAVE[150:168].reshape(2, 3, 3)
NOISE = (WAVE[300:316].reshape(2, 8) + 1) / 2
OUT_OF_RANGE = EDGES + 7


def meta(*shape):
    return torch.empty(*shape, device="meta")


def some(*shape):
    return torch.zeros(*shape, dtype=torch.int64, device="meta")


CASES = [
    *set_cases.CASES,
    *spectral_cases.CASES,
    Case(
        orthogonality_penalty,
        (MATRICES,),
        edges={"zero": (MATRICES * 0,), "identity": (torch.eye(3).expand(2, 3, 3),)},
        refused={
            "no square": (MATRICES[:, :2],),
            "not a number": (MATRICES * torch.nan,),
        },
        large=(meta(32, 64, 64),),
    ),
    Case(
        choose_groups,
        (CLOUD, 4, (0.5, 1.0), (3, 9)),
        {"mask": REAL, "start": 0, "back": True},
        smooth=False,
        half="single",
        edges={"equal points": (SAME, 4, (0.5,), (3,))},
        refused={
            "sizes missing": (CLOUD, 4, (0.5, 1.0), (3,)),
            "no ball": (CLOUD, 4, (), ()),
            "no radius": (CLOUD, 4, (0.0,), (3,)),
            "no point": (CLOUD[:, :0], 4, (0.5,), (3,)),
        },
    ),
    Case(
        choose_groups,
        (CLOUD, 4, (0.5,), (3,)),
        {"start": 0},
        smooth=False,
        half="single",
        large=(meta(8, 1024, 3), 256, (0.2,), (32,)),
        bound=20,  # the table of distances is made for 2**21 entries at a time
    ),
    Case(
        choose_levels,
        (CLOUD, (4, 2), ((0.5,), (1.0,)), ((3,), (4,))),
        {"mask": REAL, "start": 0, "back": True, "ball": points_within},
        smooth=False,
        half="single",
        edges={"equal points": (SAME, (4, 2), ((0.5,), (1.0,)), ((3,), (4,)))},
        refused={"sizes missing": (CLOUD, (4, 2), ((0.5,),), ((3,), (4,)))},
    ),
    Case(
        keep_points,
        (CLOUD, 0.9),
        {"mask": REAL, "noise": NOISE},
        smooth=False,
        half="single",
        edges={"equal points": (SAME, 0.9), "all kept": (CLOUD, 0.0)},
        refused={"all lost": (CLOUD, 1.0), "no point": (CLOUD[:, :0], 0.9)},
    ),
    Case(
        keep_points,
        (CLOUD, 0.9),
        {"noise": NOISE},
        smooth=False,
        half="single",
        large=(meta(8, 1024, 3), 0.9),
    ),
    Case(
        repeat_first,
        (CLOUD, REAL),
        edges={"none kept": (CLOUD, REAL & False)},
        refused={
            "another shape": (CLOUD, REAL[:, :3]),
            "no point": (CLOUD[:, :0], REAL[:, :0]),
        },
    ),
    Case(
        edge_features,
        (FEATURES, EDGES),
        edges={"equal": (FEATURES * 0 + 1, EDGES)},
        refused={
            "no such point": (FEATURES, OUT_OF_RANGE),
            "other points": (FEATURES, EDGES[:, :3]),
            "no edge": (FEATURES, EDGES[..., :0]),
        },
        large=(meta(8, 512, 16), some(8, 512, 20)),
    ),
    Case(
        edge_convolution,
        (FEATURES, EDGES, *WEIGHTS),
        batched=False,  # one matrix for all
        edges={"equal": (FEATURES * 0 + 1, EDGES, *WEIGHTS)},
        refused={
            "another length": (FEATURES[..., :3], EDGES, *WEIGHTS),
            "no matrix": (FEATURES, EDGES, WEIGHTS[0][0], WEIGHTS[1][0]),
            "no edge": (FEATURES, EDGES[..., :0], *WEIGHTS),
        },
    ),
    Case(
        exchanged_edge_convolution,
        (FEATURES, EDGES, *WEIGHTS),
        batched=False,
        edges={"equal": (FEATURES * 0 + 1, EDGES, *WEIGHTS)},
        refused={
            "another length": (FEATURES[..., :3], EDGES, *WEIGHTS),
            "no such point": (FEATURES, OUT_OF_RANGE, *WEIGHTS),
        },
    ),
    Case(
        distance_features,
        (CLOUD,),
        edges={"equal points": (SAME,), "at the origin": (SAME * 0,)},
        refused={"no point": (CLOUD[:, :0],), "one quantile": (CLOUD, 1)},
    ),
    Case(
        find_edges,
        (CLOUD, 3),
        {"mask": REAL},
        smooth=False,
        half="single",
        edges={"equal points": (SAME, 3), "too few": (CLOUD, 9)},
        refused={"no neighbor": (CLOUD, 0), "no point": (CLOUD[:, :0], 3)},
    ),
]
EXEMPT = {
    "dlnotes.representations_3d.inputs": "looks at arguments and computes nothing",
    "dlnotes.representations_3d.laplacian.neighbor_graph": "maps numbers of points",
}
