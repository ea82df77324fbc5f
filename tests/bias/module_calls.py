"""Canonical calls of the modules of dlnotes.bias."""

import torch

from dlnotes.bias.folding import Folded
from tests.modules import ModuleCase

MODULES = [
    ModuleCase(Folded, (2,), {"input": torch.ones(2, 3).double()}, free=["input"]),
]
EXEMPT: dict[str, str] = {}
