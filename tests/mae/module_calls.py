"""Canonical calls of the modules of dlnotes.mae."""

import torch

from dlnotes.mae.model import MaskedAutoencoder
from tests.modules import ModuleCase

IMAGES = torch.arange(96, dtype=torch.float64).square().sin().reshape(2, 2, 4, 6)
ORDER = torch.tensor([[3, 0, 5, 1, 4, 2], [0, 1, 2, 3, 4, 5]])
SIZES = {
    **{"dim": 8, "depth": 1, "heads": 2, "channels": 2},
    **{"decoder_dim": 8, "decoder_depth": 1, "decoder_heads": 2},
}

MODEL = ((4, 6), 2)
LATENT = torch.arange(48, dtype=torch.float64).cos().reshape(2, 3, 8)
HIDDEN = {"images": IMAGES, "order": ORDER, "kept": 2}
SUMS = {
    "empty": "a sum and a count have no batch",
    "half": "a sum and a count are of single precision",
}

MODULES = [
    ModuleCase(MaskedAutoencoder, MODEL, HIDDEN, SIZES),
    ModuleCase(MaskedAutoencoder, MODEL, HIDDEN, SIZES, method="encode"),
    ModuleCase(
        MaskedAutoencoder,
        MODEL,
        {"latent": LATENT, "order": ORDER},
        SIZES,
        method="decode",
    ),
    ModuleCase(MaskedAutoencoder, MODEL, {"images": IMAGES}, SIZES, method="features"),
    ModuleCase(
        MaskedAutoencoder,
        MODEL,
        {"images": IMAGES},
        SIZES,
        free=["images"],  # no weight meets them
        method="target",
    ),
    ModuleCase(MaskedAutoencoder, MODEL, HIDDEN, SIZES, method="loss", without=SUMS),
]
EXEMPT: dict[str, str] = {}
