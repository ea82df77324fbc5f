"""Canonical calls of the tensor functions of dlnotes.bert."""

import torch

from dlnotes.bert import bert_mean
from tests.contract import Case

POINTS = torch.tensor([[0.5, -1.0, 2.0], [0.0, 3.0, -2.0]], dtype=torch.float64)

CASES = [
    Case(
        bert_mean,
        (POINTS,),
        edges={"equal points": (torch.ones_like(POINTS),)},
        refused={"no point": (POINTS[:, :0],)},
        large=(torch.empty(64, 4096, device="meta"),),
    ),
]
EXEMPT: dict[str, str] = {}
