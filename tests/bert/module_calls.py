"""Canonical calls of the modules of dlnotes.bert."""

import torch

from dlnotes.bert.boundary import BoundaryHead
from dlnotes.bert.disentangled import DisentangledAttention
from dlnotes.bert.electra import Discriminator, Electra
from dlnotes.bert.embedding import TextEmbedding
from dlnotes.bert.heads import SpanExtractor, TextClassifier, TokenClassifier
from dlnotes.bert.model import Bert, draw_weights
from dlnotes.bert.pretraining import (
    MaskedLanguageModel,
    Pooler,
    Pretraining,
    WordHead,
)
from tests.modules import ModuleCase

WAVE = torch.arange(1, 201, dtype=torch.float64).square().sin()
STATES, TABLE = WAVE[:60].reshape(2, 5, 6), WAVE[60:96].reshape(9, 4)
TOKENS = torch.tensor([[2, 5, 4, 8, 3], [2, 6, 3, 0, 0]])
SEGMENTS = torch.tensor([[0, 0, 1, 1, 1], [0, 0, 0, 0, 0]])
CHOSEN = torch.tensor([[0, 1, 1, 0, 0], [0, 1, 0, 0, 0]], dtype=torch.bool)
TEXT = {"tokens": TOKENS, "segments": SEGMENTS, "mask": TOKENS > 0}
SEEN = torch.ones(2, 1, 5, 5, dtype=torch.bool).tril()
NEAR = {"x": STATES, "table": WAVE[130:154].reshape(4, 6), "mask": SEEN}
SIZES = {"dim": 6, "depth": 1, "heads": 2, "positions": 7, "width": 4}
BODY = Bert(9, **SIZES)
draw_weights(BODY, generator=torch.Generator().manual_seed(0))
NOISE = WAVE[100:127].reshape(3, 9)

# How many places are chosen is a value, and so the size of a result.
PICKED = {"meta": "without values nobody knows how many places are chosen"}
DRAWN = "the size of the noise is compared with the count of chosen places, a value"

# What is no text takes part in nothing, and how much of it there is is a value.
TEXT_ONLY = {
    **dict.fromkeys(("compile", "export"), "the sizes of the texts are values"),
    "meta": "without values nobody knows how much text there is",
}

MODULES = [
    ModuleCase(TextEmbedding, (9, 6), {"tokens": TOKENS, "segments": SEGMENTS}),
    ModuleCase(Bert, (9,), TEXT, SIZES),
    ModuleCase(
        WordHead,
        (6, 4, 9),
        {"states": STATES, "words": TABLE},
        shared=["words"],
    ),
    ModuleCase(Pooler, (6,), {"states": STATES}),
    ModuleCase(MaskedLanguageModel, (BODY,), TEXT),
    ModuleCase(MaskedLanguageModel, (BODY,), TEXT | {"chosen": CHOSEN}, without=PICKED),
    ModuleCase(Pretraining, (BODY,), TEXT),
    ModuleCase(Pretraining, (BODY,), TEXT | {"chosen": CHOSEN}, without=PICKED),
    ModuleCase(TextClassifier, (BODY, 3), TEXT),
    ModuleCase(TokenClassifier, (BODY, 3), TEXT),
    ModuleCase(SpanExtractor, (BODY,), TEXT),
    ModuleCase(Discriminator, (BODY,), TEXT),
    ModuleCase(
        Electra,
        (MaskedLanguageModel(BODY), Discriminator(BODY)),
        TEXT | {"hidden": TOKENS.where(~CHOSEN, 4), "chosen": CHOSEN, "noise": NOISE},
        free=["noise"],
        without=PICKED | {"compile": DRAWN, "export": DRAWN},
    ),
    ModuleCase(
        BoundaryHead,
        (6, 4, 9),
        {"states": STATES, "words": TABLE, "chosen": CHOSEN},
        {"longest": 3, "place": 2},
        shared=["words"],
        without=PICKED,
    ),
    ModuleCase(DisentangledAttention, (6, 2), NEAR, shared=["table"]),
    ModuleCase(DisentangledAttention, (6, 2), NEAR, shared=["table"], method="weights"),
    ModuleCase(Bert, (9,), TEXT, SIZES, method="without_padding", without=TEXT_ONLY),
    ModuleCase(Bert, (9,), TEXT, SIZES, method="hidden_states"),
    ModuleCase(
        Bert,
        (9,),
        {"tokens": TOKENS, "segments": SEGMENTS},
        SIZES,
        method="start",
    ),
    ModuleCase(
        Bert,
        (9,),
        TEXT,
        SIZES,
        method="attention_maps",
        without={"empty": "the first dimension of the maps is the layer"},
    ),
]
EXEMPT: dict[str, str] = {}
