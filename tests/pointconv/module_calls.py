"""Canonical calls of the modules of dlnotes.pointconv."""

import torch

from dlnotes.pointconv.deconvolution import (
    InterpolationOnly,
    PointDeconv,
    PublishedDeconv,
)
from dlnotes.pointconv.density import DensityNetwork
from dlnotes.pointconv.layer import PointConv
from dlnotes.pointconv.model import PointConvClassifier, PointConvSegmenter
from dlnotes.pointconv.neighborhood import pyramid, steps_back, whole_cloud
from tests.modules import ModuleCase

WAVE = torch.arange(1, 201, dtype=torch.float64).square().sin()
CLOUD, FEATURES = WAVE[:42].reshape(2, 7, 3), WAVE[50:78].reshape(2, 7, 2)
REAL = torch.arange(7) < torch.tensor([[7], [5]])
LEVELS = pyramid(CLOUD, (4,), (3,), bandwidths=(0.5,), mask=REAL, start=0)
TOP = whole_cloud(LEVELS[0].points, bandwidth=0.5, mask=LEVELS[0].real)
STEPS = steps_back(CLOUD, LEVELS, 3, bandwidths=(0.5,), mask=REAL)
AROUND = LEVELS[0].around
FEW = WAVE[80:104].reshape(2, 4, 3)
BACK = {"features": FEW, "skip": FEATURES, "step": STEPS[0]}

LAYER = (2, (4,), 5)
PARTS = {"middle": 2, "weight_widths": (3,), "inverse": DensityNetwork((2,))}
ONE = {"empty": "one of the factors is the last layer, which has no batch"}

MODULES = [
    ModuleCase(
        DensityNetwork, ((2,),), {"density": AROUND.density, "real": AROUND.real}
    ),
    ModuleCase(PointConv, LAYER, {"features": FEATURES, "around": AROUND}, PARTS),
    ModuleCase(
        PointConv,
        LAYER,
        {"features": FEATURES, "around": AROUND},
        PARTS,
        method="factors",
        without=ONE,
    ),
    ModuleCase(PointConv, LAYER, {"around": AROUND}, PARTS, method="scale"),
    ModuleCase(PointConv, LAYER, {"offsets": AROUND.offsets}, PARTS, method="kernel"),
    ModuleCase(PointDeconv, (3, 2, (4,), 5), BACK),
    ModuleCase(PublishedDeconv, (3, 2, (4,), 5), BACK),
    ModuleCase(InterpolationOnly, (3, 2, (4,), 5), BACK),
    ModuleCase(
        PointConvClassifier,
        (3, ((4, 5), (4, 6))),
        {"features": FEATURES, "levels": [LEVELS[0], TOP]},
        {"channels": 2, "head": (4,)},
    ),
    ModuleCase(
        PointConvSegmenter,
        (3, ((4, 5),), ((4, 6),)),
        {"features": FEATURES, "levels": LEVELS, "steps": STEPS},
        {"channels": 2},
    ),
]
EXEMPT: dict[str, str] = {}
