"""Calls of the functions that choose, corrupt and pair."""

import torch

from dlnotes.bert.corruption import (
    delete,
    fragment,
    permute_sentences,
    rotate_text,
    shift_in,
)
from dlnotes.bert.infilling import infill, noise_spans, put_sentinels
from dlnotes.bert.masking import (
    choose_bernoulli,
    choose_exact,
    corrupt,
    count_hidden,
    word_labels,
)
from dlnotes.bert.pairs import exactly_half, has_next, in_order, next_sentence
from dlnotes.bert.probing import apply_probe, mean_state, ridge_probe
from dlnotes.bert.spans import choose_grams, choose_spans, choose_words, share_noise
from tests.contract import Case

WAVE = torch.arange(1, 201, dtype=torch.float64).square().sin().abs()
NOISE = WAVE[:12].reshape(2, 6)
SEEN = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
OPEN = SEEN & torch.tensor([False, True, True, True, False, True])
IDS = torch.tensor([[7, 5, 9, 6, 8, 5], [6, 7, 5, 9, 0, 0]])
WORDS = torch.tensor([[-1, 1, 1, 3, 4, -1], [-1, 1, 2, 3, -1, -1]])
COUNT = torch.tensor([2, 1])
LENGTH = torch.tensor([6, 4])
SENTENCES = torch.tensor([[0, 0, 1, 2, 2, 2], [0, 1, 1, 1, -1, -1]])
LAW = torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64)
DOCUMENTS = torch.tensor([0, 0, 1, 1, 1, 2])
NONE = torch.zeros_like(SEEN)
STATES = WAVE[100:148].reshape(2, 6, 4)
BIG = torch.empty(64, 512, dtype=torch.bool, device="meta")
BIG_IDS = torch.empty(64, 512, dtype=torch.int64, device="meta")
BIG_COUNT = BIG_IDS[:, 0]
SHAPES = {"smooth": False, "half": "single"}
PLAIN = {"smooth": False}

CASES = [
    Case(
        count_hidden,
        (SEEN, 0.15),
        **PLAIN,
        edges={"all padding": (NONE, 0.15)},
        refused={"too much": (SEEN, 1.5), "below 0": (SEEN, -0.1)},
        large=(BIG, 0.15),
    ),
    Case(
        choose_exact,
        (OPEN, COUNT),
        {"noise": NOISE},
        **SHAPES,
        edges={"nothing open": (NONE, COUNT)},
        refused={"another count": (OPEN, COUNT[:1])},
        large=(BIG, BIG_COUNT),
    ),
    Case(
        choose_bernoulli,
        (OPEN, 0.15),
        {"noise": NOISE},
        **SHAPES,
        edges={"nothing open": (NONE, 0.15)},
        refused={"too much": (OPEN, 2.0)},
        large=(BIG, 0.15),
    ),
    Case(
        corrupt,
        (IDS, OPEN, IDS.flip(0)),
        {"mask": 4, "noise": NOISE},
        **SHAPES,
        refused={"another shape": (IDS, OPEN[:, :5], IDS)},
        large=(BIG_IDS, BIG, BIG_IDS),
    ),
    Case(
        word_labels,
        (IDS, OPEN),
        **PLAIN,
        refused={"another shape": (IDS, OPEN[:, :5])},
        large=(BIG_IDS, BIG),
    ),
    Case(
        exactly_half,
        (NOISE,),
        **SHAPES,
        edges={"ties": (0 * NOISE,)},
        refused={"not a number": (NOISE * torch.nan,)},
        large=(torch.empty(64, 512, device="meta"),),
    ),
    Case(
        has_next,
        (DOCUMENTS.expand(2, 6),),
        **PLAIN,
        refused={"descending": (DOCUMENTS.flip(0),)},
        large=(BIG_IDS,),
    ),
    Case(
        next_sentence,
        (DOCUMENTS, torch.tensor([0, 2, 3]), torch.tensor([True, False, True])),
        {"noise": WAVE[:3]},
        **SHAPES,
        batched=False,
        refused={"too far": (DOCUMENTS, torch.tensor([5]), torch.tensor([True]))},
        large=(BIG_IDS[0], BIG_IDS[1], BIG[0]),
    ),
    Case(
        in_order,
        (IDS, IDS + 1, OPEN),
        **PLAIN,
        refused={"another shape": (IDS, IDS + 1, OPEN[:1])},
        large=(BIG_IDS, BIG_IDS, BIG),
    ),
    Case(
        choose_words,
        (WORDS, 0.3),
        {"noise": NOISE},
        **SHAPES,
        edges={"no words": (WORDS.clamp(max=-1), 0.3)},
        refused={"too far": (WORDS + 4, 0.3)},
        large=(BIG_IDS, 0.15),
    ),
    Case(
        choose_spans,
        (WORDS, LAW, 0.3),
        {"noise": WAVE[20:28].reshape(2, 2, 2)},
        **SHAPES,
        batched=False,  # one law for all
        edges={"no words": (WORDS.clamp(max=-1), LAW, 0.3)},
        refused={"no law": (WORDS, LAW[:0], 0.3), "below 0": (WORDS, LAW - 0.2, 0.3)},
        large=(BIG_IDS[:, :128], LAW.to("meta"), 0.15),
    ),
    Case(
        choose_grams,
        (WORDS, LAW, COUNT),
        {"noise": WAVE[30:54].reshape(2, 6, 2)},
        **SHAPES,
        batched=False,  # one law for all
        edges={"no words": (WORDS.clamp(max=-1), LAW, COUNT)},
        refused={"another count": (WORDS, LAW, COUNT[:1])},
        large=(BIG_IDS[:, :32], LAW.to("meta"), BIG_COUNT),
    ),
    Case(
        share_noise,
        (NOISE, WORDS),
        **SHAPES,
        refused={"another shape": (NOISE, WORDS[:, :5])},
        large=(torch.empty(64, 512, device="meta"), BIG_IDS),
    ),
    Case(
        fragment,
        (LENGTH, 6),
        {"noise": NOISE[:, :2]},
        **SHAPES,
        edges={"empty text": (0 * LENGTH, 6)},
        refused={"too long": (LENGTH + 1, 6)},
        large=(BIG_COUNT, 512),
    ),
    Case(
        shift_in,
        (IDS, OPEN),
        {"mask": 4},
        **PLAIN,
        refused={"another shape": (IDS, OPEN[:, :5])},
        large=(BIG_IDS, BIG),
    ),
    Case(
        delete,
        (IDS, OPEN),
        {"padding": 0},
        **PLAIN,
        refused={"another shape": (IDS, OPEN[:, :5])},
        large=(BIG_IDS, BIG),
    ),
    Case(
        rotate_text,
        (IDS, SEEN),
        {"noise": WAVE[:2]},
        **SHAPES,
        edges={"all padding": (IDS, NONE)},
        refused={"another shape": (IDS, SEEN[:, :5])},
        large=(BIG_IDS, BIG),
    ),
    Case(
        permute_sentences,
        (IDS, SENTENCES),
        {"noise": NOISE},
        **SHAPES,
        edges={"all padding": (IDS, SENTENCES.clamp(max=-1))},
        refused={"another shape": (IDS, SENTENCES[:, :5])},
        large=(BIG_IDS, BIG_IDS),
    ),
    Case(
        infill,
        (IDS, SEEN),
        {"mask": 4, "padding": 0, "noise": WAVE[60:108].reshape(2, 4, 6)},
        **SHAPES,
        edges={"all padding": (IDS, NONE)},
        refused={"another shape": (IDS, SEEN[:, :5])},
        large=(BIG_IDS, BIG),
    ),
    Case(
        noise_spans,
        (LENGTH, 6),
        {"ratio": 0.5, "mean": 1.5, "noise": WAVE[110:134].reshape(2, 2, 6)},
        **SHAPES,
        edges={"empty text": (0 * LENGTH, 6), "one token": (0 * LENGTH + 1, 6)},
        refused={"too long": (LENGTH + 1, 6)},
        large=(BIG_COUNT, 512),
    ),
    Case(
        put_sentinels,
        (IDS, OPEN, SEEN),
        {"last": 99, "padding": 0},
        **PLAIN,
        edges={"all padding": (IDS, NONE, NONE)},
        refused={"another shape": (IDS, OPEN, SEEN[:, :5])},
        large=(BIG_IDS, BIG, BIG),
    ),
    Case(
        mean_state,
        (STATES, SEEN),
        edges={"nothing seen": (STATES, NONE)},
        refused={"another shape": (STATES, SEEN[:, :5])},
        large=(torch.empty(16, 128, 384, device="meta"), BIG[:16, :128]),
    ),
    Case(
        ridge_probe,
        (STATES, IDS % 3, 3),
        {"penalty": 2.0},
        refused={
            "no class": (STATES, IDS, 3),
            "another shape": (STATES, IDS[:1], 9),
            "no row": (STATES[:, :0], IDS[:, :0], 3),
        },
        edges={"equal vectors": (torch.ones_like(STATES), IDS % 3, 3)},
        large=(torch.empty(4, 512, 64, device="meta"), BIG_IDS[:4], 3),
    ),
    Case(
        apply_probe,
        (STATES[:, :5], STATES.mT[:, :, :4]),
        refused={"another length": (STATES, STATES)},
        large=(
            torch.empty(4, 65, 3, device="meta"),
            torch.empty(4, 512, 64, device="meta"),
        ),
    ),
]
EXEMPT = {
    "dlnotes.bert.tokens": "prepares texts and is no building block",
    "dlnotes.bert.masking.uniform": "draws noise, or looks at what is given",
    "dlnotes.bert.masking.check_mask": "looks at arguments and computes nothing",
    "dlnotes.bert.masking.check_mask_of": "looks at arguments and computes nothing",
    "dlnotes.bert.pairs.check_documents": "looks at arguments and computes nothing",
    "dlnotes.bert.spans.check_words": "looks at arguments and computes nothing",
    "dlnotes.bert.spans.check_law": "looks at arguments and computes nothing",
}
