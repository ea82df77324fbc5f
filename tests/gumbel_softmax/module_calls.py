"""Canonical calls of the modules of dlnotes.gumbel_softmax."""

import torch

from dlnotes.gumbel_softmax.vae import CategoricalVAE
from tests.modules import ModuleCase

WAVE = torch.arange(1, 13, dtype=torch.float64).square().sin()
SIZES = {"pixels": 6, "latents": 2, "categories": 3, "hidden": 4}

MODULES = [
    ModuleCase(
        CategoricalVAE, (), {"images": WAVE.reshape(2, 6)}, SIZES, method="encode"
    ),
    ModuleCase(
        CategoricalVAE, (), {"codes": WAVE.reshape(2, 2, 3)}, SIZES, method="decode"
    ),
]
EXEMPT: dict[str, str] = {}
