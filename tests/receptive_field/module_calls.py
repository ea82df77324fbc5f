"""Canonical calls of the modules of dlnotes.receptive_field."""

import torch
from torch import nn

from dlnotes.receptive_field.building import Pad, Sum
from tests.modules import ModuleCase

X = torch.ones(2, 1, 5).double()

MODULES = [
    ModuleCase(Sum, ([nn.Identity(), nn.Tanh()],), {"x": X}, free=["x"]),
    ModuleCase(Pad, ([1, 2],), {"x": X}, free=["x"]),
]
EXEMPT: dict[str, str] = {}
