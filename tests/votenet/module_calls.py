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
SIZES = {"bins": 2, "count": 3, "widths": (4,), "hidden": (4,), "channels": 1}
with torch.random.fork_rng(), torch.no_grad():
    model = VoteNet(MEANS, **SIZES, backbone=LEVELS).double().eval()
    GROUPS = tree_map(torch.clone, model.group(POINTS))
    FROM_BACKBONE = tree_map(torch.clone, model.backbone(POINTS, GROUPS, HEIGHTS))
    FOUND = tree_map(torch.clone, model.propose(FROM_BACKBONE))
ROOMS = {"points": POINTS, "groups": GROUPS, "features": HEIGHTS}
NET = {**SIZES, "backbone": LEVELS}
VOTES = {"votes": FLAT, "features": KNOWN, "chosen": CHOSEN}
CLUSTERS = {"features": KNOWN[:, :3], "clusters": CENTERS}

MODULES = [
    ModuleCase(Voting, (4,), {"seeds": SEEDS, "features": FEATURES}),
    ModuleCase(VoteAggregation, (4, (5, 6)), VOTES),
    ModuleCase(ProposalHead, (4,), CLUSTERS, {"bins": 2, "sizes": 2, "classes": 2}),
    ModuleCase(Backbone, (), ROOMS, {**LEVELS, "channels": 1}),
    ModuleCase(
        Backbone, (), {"points": POINTS}, {**LEVELS, "channels": 1}, method="group"
    ),
    ModuleCase(VoteNet, (MEANS,), ROOMS, NET),
    ModuleCase(BoxNet, (MEANS,), ROOMS, NET),
    ModuleCase(VoteNet, (MEANS,), {"points": POINTS}, NET, method="group"),
    ModuleCase(VoteNet, (MEANS,), {"seeds": FROM_BACKBONE}, NET, method="propose"),
    ModuleCase(
        VoteNet,
        (MEANS,),
        {"found": FOUND},
        NET,
        method="detect",
        without={"half": "boxes and scores are of single precision"},
    ),
]
EXEMPT: dict[str, str] = {}
