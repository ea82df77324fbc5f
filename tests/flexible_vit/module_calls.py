"""Canonical calls of the modules of dlnotes.flexible_vit."""

import torch

from dlnotes.flexible_vit.codes import GridCodes, GridViT
from dlnotes.flexible_vit.connectors import Resampler
from dlnotes.flexible_vit.patch_sizes import FlexibleViT
from dlnotes.flexible_vit.windows import WindowLayer
from tests.modules import ModuleCase

WAVE = torch.arange(1, 301, dtype=torch.float64).square().sin()
TOKENS = WAVE[:96].reshape(2, 6, 8)
IMAGES = WAVE[:128].reshape(2, 1, 8, 8)
SIZES = {"dim": 8, "depth": 1, "heads": 2, "classes": 3}

MODULES = [
    ModuleCase(GridCodes, (4, 8), {"tokens": TOKENS, "grid": (2, 3)}),
    ModuleCase(
        GridViT, (8, GridCodes(4, 8)), {"patches": TOKENS, "grid": (2, 3)}, SIZES
    ),
    ModuleCase(Resampler, (8, 3), {"tokens": TOKENS}),
    ModuleCase(
        FlexibleViT, (8, 4), {"images": IMAGES, "patch": 2}, SIZES | {"channels": 1}
    ),
    ModuleCase(
        WindowLayer, (4, 2, 2), {"x": WAVE[:256].reshape(2, 4, 8, 4)}, {"shift": 1}
    ),
]
EXEMPT: dict[str, str] = {}
