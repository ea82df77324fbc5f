"""Canonical calls of the modules of dlnotes.so_net."""

import torch

from dlnotes.blocks.grouping import Selection
from dlnotes.so_net.autoencoder import LinearDecoder, SoNetAutoencoder, UpDecoder
from dlnotes.so_net.cloud_networks import SoNetClassifier, SoNetSegmenter
from dlnotes.so_net.map_heads import (
    MapClassifier,
    PooledHead,
    SharedHead,
    WindowHead,
)
from dlnotes.so_net.node_encoder import NodeEncoder, OpenChain
from dlnotes.so_net.node_windows import grid_window
from dlnotes.so_net.overlap import group_points
from tests.modules import ModuleCase
from tests.so_net.cases_of_maps import CLOUD, NODES, REAL, WAVE

FEATURES = WAVE[200:228].reshape(2, 7, 2)
OF_NODES = WAVE[230:278].reshape(2, 6, 4)
WHOLE = WAVE[280:292].reshape(2, 6)
CATEGORIES = torch.eye(4, dtype=torch.float64)[[2, 0]]
GROUPS = group_points(CLOUD, NODES, 2, mask=REAL)
WINDOW = Selection(*(x.clone() for x in grid_window((2, 3), clouds=2)))
AROUND = {"groups": GROUPS, "window": WINDOW}
SEEN = {**AROUND, "features": FEATURES}
LABELED = {"points": CLOUD, **SEEN, "categories": CATEGORIES}
HEAD = {"features": OF_NODES, "window": WINDOW}
with torch.random.fork_rng():
    torch.manual_seed(0)
    ENCODER = NodeEncoder((5, 4, 6), (5, 4), (7, 6), channels=2)
    DECODERS = LinearDecoder(6, 4), UpDecoder(6, (5, 4))
SIZES = {"before": (8, 6), "after": (7,), "categories": 4}

MODULES = [
    ModuleCase(LinearDecoder, (6, 4), {"whole": WHOLE}),
    ModuleCase(UpDecoder, (6, (5, 4)), {"whole": WHOLE}),
    ModuleCase(SoNetAutoencoder, (ENCODER, *DECODERS), SEEN),
    ModuleCase(OpenChain, ([2, 5, 4, 3],), {"points": FEATURES}, {"skip": True}),
    ModuleCase(NodeEncoder, ((5, 4, 6), (5, 4), (7, 6)), SEEN, {"channels": 2}),
    ModuleCase(SoNetClassifier, (3, ENCODER), SEEN, {"head": (5, 4)}),
    ModuleCase(SoNetSegmenter, (3, ENCODER), LABELED, SIZES),
    ModuleCase(SharedHead, (4, 5, 3), HEAD),
    ModuleCase(WindowHead, (4, 5, 3), HEAD),
    ModuleCase(PooledHead, (4, 5, 3), HEAD),
    ModuleCase(MapClassifier, (3, (4, 5), 6, 7), AROUND),
]
EXEMPT: dict[str, str] = {}
