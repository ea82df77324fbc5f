"""Canonical calls of the tensor functions of dlnotes.mae."""

import torch

from dlnotes.mae.baselines import fill_mean, fill_nearest
from dlnotes.mae.masking import (
    block_noise,
    grid_noise,
    hidden,
    put_back,
    shuffle,
    visible,
)
from dlnotes.mae.target import error_sum, masked_error, normalize_patches
from tests.contract import Case

WAVE = torch.arange(1, 401, dtype=torch.float64).square().sin()
NOISE = WAVE[:12].reshape(2, 6)
ORDER = torch.tensor([[3, 0, 5, 1, 4, 2], [2, 1, 0, 5, 3, 4]])
TOKENS = WAVE[20:80].reshape(2, 6, 5)
MASK = ORDER > 2
PLACES = torch.cartesian_prod(torch.arange(2), torch.arange(3)).double()
BIG = torch.empty(16, 196, 384, device="meta")
BIG_ORDER = torch.empty(16, 196, dtype=torch.int64, device="meta")

CASES = [
    Case(
        shuffle,
        (NOISE,),
        smooth=False,
        edges={"ties": (0 * NOISE,)},
        refused={"not a number": (NOISE * torch.nan,)},
        large=(torch.empty(512, 4096, device="meta"),),
    ),
    Case(
        hidden,
        (ORDER, 2),
        smooth=False,
        refused={"too many": (ORDER, 7), "none": (ORDER, 0)},
        large=(BIG_ORDER, 49),
    ),
    Case(
        visible,
        (TOKENS, ORDER, 2),
        batched=False,
        refused={"another order": (TOKENS, ORDER[:, :5], 2)},
        large=(BIG, BIG_ORDER, 49),
    ),
    Case(
        put_back,
        (TOKENS[:, :2], WAVE[:5], ORDER),
        batched=False,  # one token for all
        refused={"another length": (TOKENS[:, :2], WAVE[:4], ORDER)},
        large=(BIG[:, :49], BIG[0, 0], BIG_ORDER),
    ),
    Case(
        block_noise,
        (NOISE[:, :2].abs(), (4, 5), 3),
        smooth=False,
        half="single",
        refused={"too large": (NOISE[:, :2].abs(), (4, 2), 3)},
        large=(torch.empty(512, 2, device="meta"), (14, 14), 10),
    ),
    Case(
        grid_noise,
        ((4, 6),),
        {"like": NOISE},
        smooth=False,
        batched=False,
        large=((64, 64),),
    ),
    Case(
        normalize_patches,
        (TOKENS,),
        {"eps": 0.1},
        learnable=("eps",),
        row=True,
        edges={"one color": (torch.ones_like(TOKENS),)},
        refused={"one pixel": (TOKENS[..., :1],)},
        large=(BIG,),
    ),
    Case(
        masked_error,
        (TOKENS, TOKENS.flip(0), MASK),
        batched=False,
        refused={"another mask": (TOKENS, TOKENS, MASK[:, :5])},
        large=(BIG, BIG, BIG_ORDER > 2),
    ),
    Case(
        error_sum,
        (TOKENS, TOKENS.flip(0), MASK),
        batched=False,
        half="single",
        edges={"nothing hidden": (TOKENS, TOKENS.flip(0), MASK & False)},
        refused={"another mask": (TOKENS, TOKENS, MASK[:, :5])},
        large=(BIG, BIG, BIG_ORDER > 2),
    ),
    Case(
        fill_mean,
        (TOKENS, ORDER, 2),
        refused={"another order": (TOKENS, ORDER[:, :5], 2)},
        large=(BIG, BIG_ORDER, 49),
    ),
    Case(
        fill_nearest,
        (TOKENS, ORDER, 2, PLACES),
        batched=False,
        refused={"another grid": (TOKENS, ORDER, 2, PLACES[:5])},
        large=(BIG, BIG_ORDER, 49, torch.empty(196, 2, device="meta")),
    ),
]
EXEMPT = {
    "dlnotes.mae.finetuning.fine_tune": "trains a model, whose calls are tested",
    "dlnotes.mae.pretraining": "trains a model, whose calls are tested",
    "dlnotes.mae.loading": "builds a model from the weights of another",
    "dlnotes.mae.masking.check_order": "looks at arguments and computes nothing",
}
