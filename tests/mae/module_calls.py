"""Canonical calls of the modules of dlnotes.mae."""

import torch

from dlnotes.mae.model import MaskedAutoencoder
from tests.modules import ModuleCase

IMAGES = torch.arange(96, dtype=torch.float64).square().sin().reshape(2, 2, 4, 6)
ORDER = torch.tensor([[3, 0, 5, 1, 4, 2], [0, 1, 2, 3, 4, 5]])
SIZES = {"dim": 8, "depth": 1, "heads": 2, "channels": 2}
DECODER = {"decoder_dim": 8, "decoder_depth": 1, "decoder_heads": 2}

MODULES = [
    ModuleCase(
        MaskedAutoencoder,
        ((4, 6), 2),
        {"images": IMAGES, "order": ORDER, "kept": 2},
        SIZES | DECODER,
    ),
]
EXEMPT: dict[str, str] = {}
