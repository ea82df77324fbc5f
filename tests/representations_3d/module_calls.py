"""Canonical calls of the modules of dlnotes.representations_3d."""

import torch

from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.representations_3d.abstraction import (
    FeaturePropagation,
    GlobalAbstraction,
    SetAbstraction,
)
from dlnotes.representations_3d.dgcnn import DGCNN
from dlnotes.representations_3d.edges import EdgeConv, find_edges
from dlnotes.representations_3d.groups import choose_levels
from dlnotes.representations_3d.hierarchy import HierarchicalEncoder
from dlnotes.representations_3d.layers import Head
from dlnotes.representations_3d.mvcnn import MVCNN
from dlnotes.representations_3d.ordering import (
    AttentionSum,
    LastState,
    OrderingNetwork,
)
from dlnotes.representations_3d.pointnet import (
    PointEncoder,
    PointNet,
    PointNetSegmenter,
    TNet,
)
from dlnotes.representations_3d.pointnet2 import PointNet2, PointNet2Segmenter
from dlnotes.representations_3d.spectral import ChebNet
from dlnotes.representations_3d.voxnet import VoxNet
from tests.modules import ModuleCase

WAVE = torch.arange(1, 3000, dtype=torch.float64).square().sin()
CLOUD = WAVE[:42].reshape(2, 7, 3)
CENTERS = WAVE[50:74].reshape(2, 4, 3)
FEATURES = WAVE[80:108].reshape(2, 7, 2)
REAL = torch.arange(7) < torch.tensor([[7], [5]])
EDGES = find_edges(CLOUD, 3, mask=REAL)
MASKED = {"points": CLOUD, "mask": REAL}
LEVELS = {"counts": (4, 2), "radii": ((0.5, 1.0), (1.0,)), "sizes": ((3, 5), (3,))}
GROUPS = choose_levels(CLOUD, *LEVELS.values(), mask=REAL, start=0, back=True)
KNOWN = {"points": CLOUD, "groups": GROUPS, "features": FEATURES, "mask": REAL}
WIDTHS = {"widths": (((4,), (5,)), ((6,),)), "top": (7,), "channels": 2}
ALIGNED = {"local": (4,), "widths": (5,), "point_alignment": ((4,), (4,))}
ENCODER = PointEncoder(**ALIGNED, feature_alignment=((4,), (4,)))
HIERARCHY = HierarchicalEncoder(**LEVELS, **WIDTHS)
BACK = {
    "features": WAVE[110:150].reshape(2, 4, 5),
    "skip": FEATURES,
    "centers": CENTERS,
    "points": CLOUD,
    "back": nearest_points(CENTERS, CLOUD, 3),
}
GRAPH = {"points": CLOUD, "laplacian": WAVE[150:248].reshape(2, 7, 7)}
GRIDS = WAVE[: 2 * 11**3].reshape(2, 11, 11, 11)
SMALL = {"widths": (4, 5), "head": (6,)}
LSTM = {
    "compile": "torch.compile does not follow an LSTM without a graph break",
    "export": "torch.export warns that an LSTM sets its list of weights anew",
}

MODULES = [
    ModuleCase(
        SetAbstraction,
        (2, ((4,), (5,))),
        {"points": CLOUD, "features": FEATURES, "groups": GROUPS[0]},
    ),
    ModuleCase(GlobalAbstraction, (2, (4,)), MASKED | {"features": FEATURES}),
    ModuleCase(FeaturePropagation, (5, 2, (4,)), BACK),
    ModuleCase(
        EdgeConv,
        (2, (4, 5)),
        {"features": FEATURES, "edges": EDGES},
        {"layers": Pointwise},
    ),
    ModuleCase(DGCNN, (3,), MASKED, SMALL | {"k": 3, "joined": 6}),
    ModuleCase(DGCNN, (3,), MASKED | {"edges": EDGES}, SMALL | {"joined": 6}),
    ModuleCase(DGCNN, (3,), MASKED | {"edges": [EDGES] * 2}, SMALL | {"joined": 6}),
    ModuleCase(Head, ((2, 4), 3), {"features": FEATURES}, {"dropout": (0.5,)}),
    ModuleCase(
        MVCNN,
        (3,),
        {"images": WAVE[:384].reshape(2, 3, 8, 8)},
        SMALL | {"resolution": 8},
    ),
    ModuleCase(AttentionSum, (2,), {"features": FEATURES}),
    ModuleCase(LastState, (2,), {"features": FEATURES}, without=LSTM),
    ModuleCase(OrderingNetwork, (3, "sorted"), {"points": CLOUD}, SMALL | {"count": 7}),
    ModuleCase(OrderingNetwork, (3, "attention"), {"points": CLOUD}, SMALL),
    ModuleCase(TNet, (3,), MASKED, SMALL),
    ModuleCase(PointEncoder, (), MASKED, ALIGNED | {"feature_alignment": None}),
    ModuleCase(PointNet, (3,), MASKED, {"encoder": ENCODER, "head": (6,)}),
    ModuleCase(PointNetSegmenter, (4,), MASKED, {"encoder": ENCODER, "widths": (6,)}),
    ModuleCase(HierarchicalEncoder, (), KNOWN, LEVELS | WIDTHS),
    ModuleCase(PointNet2, (3,), KNOWN, {"encoder": HIERARCHY, "head": (6,)}),
    ModuleCase(
        PointNet2Segmenter,
        (4,),
        KNOWN,
        {"encoder": HIERARCHY, "widths": ((6,), (5,), (4,)), "head": (6,)},
    ),
    ModuleCase(ChebNet, (3,), GRAPH, SMALL),
    ModuleCase(
        VoxNet,
        (3,),
        {"grids": GRIDS},
        {"resolution": 11, "widths": (2, 2), "hidden": 4},
    ),
    ModuleCase(DGCNN, (3,), MASKED, SMALL | {"k": 3, "joined": 6}, method="features"),
    ModuleCase(HierarchicalEncoder, (), MASKED, LEVELS | WIDTHS, method="group"),
]
EXEMPT = {
    "dlnotes.representations_3d.hierarchy.HierarchicalEncoder.check": (
        "it gives nothing back, and forward refuses by it"
    ),
}
