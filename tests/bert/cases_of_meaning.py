"""Calls of the functions that read from left to right, compare and align."""

import torch

from dlnotes.bert.alignment import language_vector, mean_vectors, reciprocal_rank
from dlnotes.bert.causal import causal_mask, next_token_loss
from dlnotes.bert.contextual import centered_cosines, permutation_p_value, sense_gap
from dlnotes.bert.learning import answer_loss, share_right
from tests.contract import Case

WAVE = torch.arange(1, 401, dtype=torch.float64).square().sin()
LOGITS, IDS = WAVE[:48].reshape(2, 4, 6), torch.tensor([[3, 0, 5, 1], [2, 1, 1, 4]])
ONE, OTHER = WAVE[:60].reshape(2, 6, 5), WAVE[60:120].reshape(2, 6, 5)
SENSE = torch.tensor([True, False, True, True, False, False])
SIMILARITY = (ONE[0] @ ONE[0].mT).clone()
WORDS = torch.tensor([[0, 3, 1, 0, 3, 3], [1, 1, 0, 3, 0, 1]])
NOISE = WAVE[120:156].reshape(6, 6).abs()
FLAT = torch.ones_like(ONE)
BIG = torch.empty(64, 128, 256, device="meta")
BIG_IDS = torch.empty(64, 128, dtype=torch.int64, device="meta")

CASES = [
    Case(
        causal_mask,
        (4,),
        {"like": IDS},
        smooth=False,
        batched=False,
        refused={"nothing": (0,)},
        large=(512,),
    ),
    Case(
        next_token_loss,
        (LOGITS, IDS),
        half="single",
        batched=False,  # a sum over the batch
        edges={"sure": (1e4 * LOGITS, IDS)},
        refused={"one token": (LOGITS[:, :1], IDS[:, :1])},
        large=(BIG, BIG_IDS),
    ),
    Case(
        centered_cosines,
        (ONE,),
        edges={"equal vectors": (FLAT,), "equal to rounding": (FLAT / 3,)},
        refused={"none": (ONE[:, :0],), "not a number": (ONE * torch.nan,)},
        large=(BIG,),
    ),
    Case(
        sense_gap,
        (SIMILARITY, SENSE),
        batched=False,
        edges={"no difference": (0 * SIMILARITY, SENSE)},
        refused={
            "one sense": (SIMILARITY, SENSE | True),
            "another length": (SIMILARITY[:5], SENSE),
        },
        large=(BIG[0] @ BIG[1].mT, BIG_IDS > 0),
    ),
    Case(
        permutation_p_value,
        (SIMILARITY, SENSE),
        {"noise": NOISE},
        half="single",
        batched=False,
        smooth=False,
        edges={"no difference": (0 * SIMILARITY, SENSE)},
        refused={"one sense": (SIMILARITY, SENSE & False)},
    ),
    Case(
        mean_vectors,
        (ONE, WORDS, 4),
        batched=False,  # one table for all
        edges={"one word": (ONE, 0 * WORDS, 4)},
        refused={"another length": (ONE, WORDS[:, :5], 4)},
        large=(BIG, BIG_IDS, 500),
    ),
    Case(
        reciprocal_rank,
        (ONE, OTHER),
        half="single",
        smooth=False,
        edges={"all equal": (FLAT, FLAT), "zeros": (0 * FLAT, FLAT)},
        refused={"fewer keys": (ONE, OTHER[:, :5])},
        large=(BIG, BIG),
    ),
    Case(
        language_vector,
        (ONE, OTHER),
        refused={"fewer words": (ONE, OTHER[:, :5])},
        large=(BIG, BIG),
    ),
    Case(
        answer_loss,
        (LOGITS, IDS),
        batched=False,
        edges={"nothing asked": (LOGITS, 0 * IDS - 100)},
        refused={"no class": (LOGITS, IDS + 5)},
        half="single",
        large=(BIG, BIG_IDS),
    ),
    Case(
        share_right,
        (LOGITS, IDS),
        batched=False,
        smooth=False,
        half="single",
        edges={"nothing asked": (LOGITS, 0 * IDS - 100)},
        refused={
            "no class": (LOGITS, IDS + 5),
            "below 0": (LOGITS, IDS - 5),
            "another shape": (LOGITS, IDS[:, :1]),
        },
        large=(BIG, BIG_IDS),
    ),
]
EXEMPT = {
    "dlnotes.bert.causal.influence": "differentiates a network, which is no tensor",
    "dlnotes.bert.learning.learn_language": "trains a model, whose calls are tested",
    "dlnotes.bert.learning.learn_answers": "trains a model, whose calls are tested",
}
