"""Canonical calls of the functions of views, voxels and sets of points."""

import torch

from dlnotes.representations_3d.covering import covering_radius
from dlnotes.representations_3d.critical import critical_points, in_upper_set
from dlnotes.representations_3d.mvcnn import view_pooling
from dlnotes.representations_3d.ordering import sort_points
from dlnotes.representations_3d.submanifold import (
    occupied_share,
    submanifold_convolution,
    submanifold_pairs,
)
from dlnotes.representations_3d.symmetric import (
    cell_indicators,
    directed_distance,
    hats,
    hausdorff,
    max_network,
    sum_network,
)
from dlnotes.representations_3d.voxnet import occupancy
from tests.contract import Case

WAVE = torch.arange(1, 400, dtype=torch.float64).square().sin()
CLOUD = WAVE[:42].reshape(2, 7, 3)
OTHER = WAVE[60:90].reshape(2, 5, 3)
REAL = torch.arange(7) < torch.tensor([[7], [5]])
SOME = torch.arange(5) < torch.tensor([[3], [5]])
SAME = torch.ones_like(CLOUD)
FEATURES = WAVE[100:156].reshape(2, 7, 4)
GRIDS = (WAVE[200:254].reshape(2, 3, 3, 3) > 0).double()
CELLS = GRIDS.nonzero()
KERNEL = WAVE[260:341].reshape(3, 1, 3, 3, 3)
CENTERS = WAVE[350:362].reshape(4, 3)
CHOSEN = torch.tensor([[0, 3], [4, 4]])
VALUES = WAVE[300 : 300 + len(CELLS), None]
ROWS = torch.arange(4096)
LONG = torch.stack([ROWS // 512, ROWS % 8, ROWS // 8 % 8, ROWS // 64 % 8], 1)


def meta(*shape, dtype=None):
    return torch.empty(*shape, dtype=dtype, device="meta")


def double(points):
    return torch.cat([points, -points], -1)


NO_REAL = {"no point": (CLOUD[:, :0], OTHER), "none there": (CLOUD, OTHER[:, :0])}
LARGE = meta(8, 2048, 3), meta(8, 2048, 3)

CASES = [
    Case(
        view_pooling,
        (FEATURES,),
        edges={"equal": (FEATURES * 0,)},
        refused={"no view": (FEATURES[:, :0],)},
        large=(meta(8, 12, 64, 16, 16),),
        bound=2,
    ),
    Case(
        occupancy,
        (CLOUD, 4),
        {"mask": REAL},
        smooth=False,
        half="single",
        edges={"equal points": (SAME, 4), "outside": (CLOUD * 9, 4)},
        refused={"no cell": (CLOUD, 0), "of a plane": (CLOUD[..., :2], 4)},
    ),
    Case(occupancy, (CLOUD, 4), smooth=False, half="single", large=(*LARGE[:1], 32)),
    Case(
        occupied_share,
        (GRIDS,),
        smooth=False,
        half="single",
        edges={"empty": (GRIDS * 0,)},
        refused={"no cell": (GRIDS[..., :0],), "one grid": (GRIDS[0],)},
        large=(meta(8, 32, 32, 32),),
    ),
    Case(
        submanifold_convolution,
        (VALUES, CELLS, KERNEL, 3),
        batched=False,  # one kernel for all, and cells of all grids in one list
        edges={"no cell": (VALUES[:0], CELLS[:0], KERNEL, 3)},
        refused={
            "even": (VALUES, CELLS, KERNEL[..., :2, :2, :2], 3),
            "beyond": (VALUES, CELLS, KERNEL, 2),
            "twice": (VALUES, CELLS.clamp(max=1), KERNEL, 3),
            "another length": (double(VALUES), CELLS, KERNEL, 3),
        },
        large=(meta(4096, 16), LONG.to("meta"), meta(16, 16, 3, 3, 3), 8),
    ),
    Case(
        submanifold_pairs,
        (CELLS, 3, 3),
        batched=False,
        smooth=False,
        refused={"even": (CELLS, 2, 3), "beyond": (CELLS, 3, 2)},
        large=(LONG.to("meta"), 3, 8),
    ),
    Case(
        sort_points,
        (CLOUD,),
        edges={"equal points": (SAME,), "no point": (CLOUD[:, :0],)},
        refused={"no coordinate": (CLOUD[..., :0],)},
        large=LARGE[:1],
    ),
    Case(
        max_network,
        (CLOUD, double, torch.tanh),
        {"mask": REAL},
        edges={"equal points": (SAME, double, torch.tanh)},
        refused={"no point": (CLOUD[:, :0], double, torch.tanh)},
    ),
    Case(
        max_network, (CLOUD, double, torch.tanh), large=(*LARGE[:1], double, torch.tanh)
    ),
    Case(
        sum_network,
        (CLOUD, double, torch.tanh),
        {"mask": REAL},
        edges={"equal points": (SAME, double, torch.tanh)},
        refused={"another shape": (CLOUD[:, :3], double, torch.tanh)},
    ),
    Case(
        sum_network,
        (CLOUD, double, torch.tanh),
        edges={"no point": (CLOUD[:, :0], double, torch.tanh)},
        large=(*LARGE[:1], double, torch.tanh),
    ),
    Case(
        directed_distance,
        (CLOUD, OTHER),
        {"mask": REAL, "other_mask": SOME},
        half="single",
        edges={"equal points": (SAME, SAME[:, :5])},
        refused=NO_REAL,
    ),
    Case(directed_distance, (CLOUD, OTHER), half="single", large=LARGE, bound=50),
    Case(
        hausdorff,
        (CLOUD, OTHER),
        {"mask": REAL, "other_mask": SOME},
        half="single",
        edges={"equal points": (SAME, SAME[:, :5])},
        refused=NO_REAL,
    ),
    Case(hausdorff, (CLOUD, OTHER), half="single", large=LARGE, bound=50),
    Case(
        cell_indicators,
        (CLOUD.abs(), 3),
        smooth=False,
        edges={"at the border": (SAME, 3), "no point": (CLOUD[:, :0], 3)},
        refused={"outside": (CLOUD, 3), "no cell": (CLOUD.abs(), 0)},
        large=(meta(8, 2048, 3), 4),
    ),
    Case(
        hats,
        (CLOUD, CENTERS, 0.7),
        batched=False,  # centers are the same for all
        edges={"at a center": (SAME, torch.ones(4, 3), 0.7)},
        refused={
            "no radius": (CLOUD, CENTERS, 0.0),
            "of a plane": (CLOUD, CENTERS[:, :2], 0.7),
        },
        large=(meta(8, 2048, 3), meta(64, 3), 0.1),
    ),
    Case(
        critical_points,
        (FEATURES,),
        {"mask": REAL},
        smooth=False,
        half="single",
        edges={"equal": (FEATURES * 0,)},
        refused={"no point": (FEATURES[:, :0],), "one cloud": (FEATURES[0],)},
    ),
    Case(
        critical_points,
        (FEATURES,),
        smooth=False,
        half="single",
        large=(meta(8, 2048, 64),),
    ),
    Case(
        in_upper_set,
        (FEATURES, FEATURES[:, 0]),
        smooth=False,
        half="single",
        edges={"no point": (FEATURES[:, :0], FEATURES[:, 0])},
        refused={"another length": (FEATURES, FEATURES[:, 0, :3])},
        large=(meta(8, 2048, 64), meta(8, 64)),
    ),
    Case(
        covering_radius,
        (CLOUD, CHOSEN),
        {"mask": REAL},
        half="single",
        edges={"equal points": (SAME, CHOSEN)},
        refused={
            "none chosen": (CLOUD, CHOSEN[:, :0]),
            "no such point": (CLOUD, CHOSEN + 4),
        },
    ),
    Case(
        covering_radius,
        (CLOUD, CHOSEN),
        half="single",
        large=(meta(8, 2048, 3), meta(8, 256, dtype=torch.int64)),
        bound=50,  # a table of distances is made for 2**21 entries at a time
    ),
]
