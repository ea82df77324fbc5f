"""Canonical calls of the modules of dlnotes.blocks."""

import torch

from dlnotes.blocks.attention import MultiHeadAttention
from dlnotes.blocks.dropout import Dropout
from dlnotes.blocks.encoder import Encoder, EncoderLayer, FeedForward
from dlnotes.blocks.pointwise import Pointwise
from tests.modules import ModuleCase

WAVE = torch.arange(1, 201, dtype=torch.float64).square().sin()
TOKENS = WAVE[:30].reshape(2, 5, 3)
MASK = torch.ones(2, 1, 5, 5, dtype=torch.bool).tril()
SEEN = {"x": TOKENS, "mask": MASK, "bias": WAVE[:150].reshape(2, 3, 5, 5)}

MODULES = [
    ModuleCase(MultiHeadAttention, (3, 3), SEEN, free=["bias"]),
    ModuleCase(Dropout, (0.5,), {"x": TOKENS}, free=["x"]),
    ModuleCase(FeedForward, (3, 6), {"x": TOKENS}),
    ModuleCase(EncoderLayer, (3, 3), SEEN, free=["bias"]),
    ModuleCase(Encoder, (3, 2, 3), SEEN, free=["bias"]),
    ModuleCase(Pointwise, ([3, 4, 5],), {"points": TOKENS}),
    ModuleCase(MultiHeadAttention, (3, 3), SEEN, free=["bias"], method="weights"),
]
EXEMPT: dict[str, str] = {}
