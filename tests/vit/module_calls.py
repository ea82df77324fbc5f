"""Canonical calls of the modules of dlnotes.vit."""

import torch

from dlnotes.vit.model import VisionTransformer
from tests.modules import ModuleCase

IMAGES = torch.arange(96, dtype=torch.float64).square().sin().reshape(2, 2, 4, 6)
SIZES = {"dim": 8, "depth": 1, "heads": 2, "channels": 2, "classes": 3}

MODULES = [
    ModuleCase(VisionTransformer, ((4, 6), 2), {"images": IMAGES}, SIZES),
    ModuleCase(
        VisionTransformer, ((4, 6), 2), {"images": IMAGES}, SIZES, method="tokens"
    ),
]
EXEMPT: dict[str, str] = {}
