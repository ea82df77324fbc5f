"""Canonical calls of the tensor functions of dlnotes.NOTE_NAME."""

import torch

from dlnotes.NOTE_NAME import NOTE_NAME_mean
from tests.contract import Case

POINTS = torch.tensor([[0.5, -1.0, 2.0], [0.0, 3.0, -2.0]], dtype=torch.float64)

CASES = [
    Case(
        NOTE_NAME_mean,
        (POINTS,),
        edges={"equal points": (torch.ones_like(POINTS),)},
        refused={"no point": (POINTS[:, :0],)},
        large=(torch.empty(64, 4096, device="meta"),),
    ),
]
EXEMPT: dict[str, str] = {}
