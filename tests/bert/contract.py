"""Canonical calls of the tensor functions of dlnotes.bert."""

import torch

from dlnotes.bert.boundary import span_bounds
from dlnotes.bert.disentangled import disentangled_scores, distance_index
from dlnotes.bert.distillation import cosine_loss, teacher_loss
from dlnotes.bert.electra import replaced, replaced_loss, sample_words
from dlnotes.bert.embedding import add_embeddings, shifted_places
from dlnotes.bert.heads import best_span
from dlnotes.bert.model import visible_to
from dlnotes.bert.pretraining import add_means, label_loss, pick
from tests.bert import cases_of_meaning, cases_of_text
from tests.contract import Case

INF = torch.inf
WAVE = torch.arange(1, 401, dtype=torch.float64).square().sin()
TOKENS = torch.tensor([[3, 0, 5, 1], [2, 1, 1, 4]])
LOGITS = WAVE[:24].reshape(4, 6)
STATES = WAVE[30:70].reshape(2, 4, 5)
LABELS = torch.tensor([0, 5, -100, 2])
MASK = TOKENS > 1
INNER = torch.tensor([[0, 1, 1, 0], [0, 0, 1, 0]], dtype=torch.bool)
WORDS, CODES, KINDS = WAVE[:30].reshape(6, 5), WAVE[40:60].reshape(4, 5), WAVE[:10]
PAIRS = WAVE[:40].reshape(2, 4, 5), WAVE[40:80].reshape(2, 4, 5)
FAR = WAVE[80:140].reshape(2, 6, 5), WAVE[140:200].reshape(2, 6, 5)
IDS = torch.empty(16, 128, dtype=torch.int64, device="meta")
BIG = torch.empty(16, 128, 384, device="meta")

MODEL_CASES = [
    Case(
        add_embeddings,
        (TOKENS, WORDS, CODES, KINDS.reshape(2, 5)),
        batched=False,  # tables are for all
        half="half",
        refused={
            "no such token": (TOKENS + 3, WORDS, CODES),
            "too long": (TOKENS, WORDS, CODES[:3]),
            "another length": (TOKENS, WORDS, CODES[:, :4]),
        },
        large=(IDS, BIG[0], BIG[1]),
    ),
    Case(
        shifted_places,
        (TOKENS, 1),
        smooth=False,
        edges={"padding alone": (torch.ones_like(TOKENS), 1)},
        refused={"no token": (TOKENS - 4, 1)},
        large=(IDS, 1),
    ),
    Case(
        visible_to,
        (TOKENS, MASK),
        smooth=False,
        refused={"another length": (TOKENS, MASK[:, :3])},
        large=(IDS, IDS > 0),
    ),
    Case(
        pick,
        (STATES, None),
        refused={"another length": (STATES, MASK[:, :3])},
        large=(BIG, None),
    ),
    Case(
        label_loss,
        (LOGITS, LABELS),
        half="single",
        batched=False,
        edges={
            "nothing counts": (LOGITS, LABELS * 0 - 100),
            "sure": (LOGITS * 1e4, LABELS),
        },
        refused={"no class": (LOGITS, LABELS + 1)},
        large=(BIG, IDS),
    ),
    Case(
        add_means,
        ([(WAVE[0], WAVE[0].square()), (WAVE[1], WAVE[3].square())], (1.0, 50.0)),
        batched=False,
        refused={"nothing": ([],), "no count": ([(WAVE[0], 0 * WAVE[0])],)},
    ),
    Case(
        best_span,
        (LOGITS, LOGITS.flip(-1)),
        half="single",
        edges={"ties": (0 * LOGITS, 0 * LOGITS)},
        refused={"another length": (LOGITS, LOGITS[:, :3])},
        masks=True,
        large=(BIG, BIG),
    ),
    Case(
        teacher_loss,
        (LOGITS, LOGITS.flip(0)),
        {"temperature": 2.0},
        half="single",
        batched=False,
        learnable=("temperature",),
        row=True,
        edges={
            "the same": (LOGITS, LOGITS),
            "sure": (LOGITS * 1e4, -LOGITS * 1e4),
            "a class ruled out": (LOGITS, LOGITS.masked_fill(LOGITS > 0.9, -INF)),
        },
        refused={"another shape": (LOGITS, LOGITS[:, :3])},
        large=(BIG, BIG),
    ),
    Case(
        cosine_loss,
        (STATES, STATES.flip(0)),
        half="single",
        batched=False,
        edges={
            "the same": (STATES, STATES),
            "nothing": (0 * STATES, STATES),
            "short": (1e-25 * STATES, STATES),
        },
        refused={"another shape": (STATES, STATES[:, :3])},
        large=(BIG, BIG),
    ),
    Case(
        sample_words,
        (LOGITS,),
        {"noise": LOGITS.flip(0)},
        half="single",
        smooth=False,
        masks=True,
        edges={"ties": (0 * LOGITS,)},
        refused={"no word": (LOGITS[:, :0],)},
        large=(BIG,),
    ),
    Case(
        replaced,
        (TOKENS, TOKENS.flip(1)),
        smooth=False,
        refused={"another length": (TOKENS, TOKENS[:, :3])},
        large=(IDS, IDS),
    ),
    Case(
        replaced_loss,
        (LOGITS, LOGITS > 0),
        {"mask": LOGITS.flip(0) > -1},
        half="single",
        batched=False,
        edges={"sure": (LOGITS * 1e4, LOGITS < 0)},
        refused={"another length": (LOGITS, LOGITS[:, :3] > 0)},
    ),
    Case(
        span_bounds,
        (INNER,),
        smooth=False,
        edges={"nothing hidden": (INNER & False,)},
        refused={"no neighbor": (~INNER,), "no token": (INNER[:, :0],)},
        large=(torch.empty(512, 512, dtype=torch.bool, device="meta"),),
    ),
    Case(
        distance_index,
        (7, 3),
        {"like": LOGITS},
        smooth=False,
        batched=False,
        large=(512, 512),
    ),
    Case(
        disentangled_scores,
        (*PAIRS, *FAR),
        edges={"equal": (PAIRS[0], PAIRS[0], FAR[0], FAR[0])},
        refused={"an odd table": (*PAIRS, FAR[0][:, :5], FAR[1][:, :5])},
        large=(
            *[torch.empty(16, 128, 64, device="meta")] * 2,
            *[torch.empty(16, 256, 64, device="meta")] * 2,
        ),
    ),
]
MODEL_EXEMPT = {
    "dlnotes.bert.embedding.check_ids": "looks at arguments and computes nothing",
    "dlnotes.bert.loading": "builds a model from the weights of another",
}

CASES = [*MODEL_CASES, *cases_of_text.CASES, *cases_of_meaning.CASES]
EXEMPT = {**MODEL_EXEMPT, **cases_of_text.EXEMPT, **cases_of_meaning.EXEMPT}
