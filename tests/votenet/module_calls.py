"""Canonical calls of the modules of dlnotes.votenet."""

import torch
from torch.utils._pytree import tree_map

from dlnotes.votenet.boxnet import BoxNet
from dlnotes.votenet.clustering import VoteAggregation
from dlnotes.votenet.model import Backbone, VoteNet
from dlnotes.votenet.proposals import ProposalHead
from dlnotes.votenet.voting import Voting
from tests.modules import ModuleCase
from tests.votenet.cases_of_network import (
    CENTERS,
    CHOSEN,
    FEATURES,
    FLAT,
    KNOWN,
    MEANS,
    SEEDS,
    wave,
)

LEVELS = {
    "counts": (6, 4, 3),
    "radii": (0.8, 1.2, 2.0),
    "sizes": (4, 3, 3),
    "widths": ((4,), (5,), (6,)),
    "back": ((5,), (4,)),
}
POINTS, HEIGHTS = wave(0, 2, 12, 3), wave(80, 2, 12, 1)
with torch.random.fork_rng():
    GROUPS = tree_map(torch.clone, Backbone(**LEVELS).group(POINTS))
ROOMS = {"points": POINTS, "groups": GROUPS, "features": HEIGHTS}
SIZES = {"bins": 2, "count": 3, "widths": (4,), "hidden": (4,), "channels": 1}
VOTES = {"votes": FLAT, "features": KNOWN, "chosen": CHOSEN}
CLUSTERS = {"features": KNOWN[:, :3], "clusters": CENTERS}

MODULES = [
    ModuleCase(Voting, (4,), {"seeds": SEEDS, "features": FEATURES}),
    ModuleCase(VoteAggregation, (4, (5, 6)), VOTES),
    ModuleCase(ProposalHead, (4,), CLUSTERS, {"bins": 2, "sizes": 2, "classes": 2}),
    ModuleCase(Backbone, (), ROOMS, {**LEVELS, "channels": 1}),
    *(
        ModuleCase(kind, (MEANS,), ROOMS, {**SIZES, "backbone": LEVELS})
        for kind in (VoteNet, BoxNet)
    ),
]
EXEMPT: dict[str, str] = {}
