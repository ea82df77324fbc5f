"""Canonical calls of the modules of dlnotes.reparameterization."""

import torch

from dlnotes.reparameterization.vae import GaussianVAE
from tests.modules import ModuleCase

WAVE = torch.arange(1, 13, dtype=torch.float64).square().sin()
SIZES = {"pixels": 6, "latents": 2, "hidden": 4}

MODULES = [
    ModuleCase(GaussianVAE, (), {"x": WAVE.reshape(2, 6)}, SIZES, method="encode"),
    ModuleCase(GaussianVAE, (), {"z": WAVE[:4].reshape(2, 2)}, SIZES, method="decode"),
]
EXEMPT: dict[str, str] = {}
