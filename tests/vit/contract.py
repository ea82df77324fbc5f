"""Canonical calls of the tensor functions of dlnotes.vit."""

import torch

from dlnotes.vit.embedding import add_positions, embed_patches, kernel_of
from dlnotes.vit.looking import attention_distance, rollout
from dlnotes.vit.positions import (
    code_similarity,
    ramp_error,
    relative_bias,
    resize_codes,
)
from dlnotes.vit.scaling import score_moments, softmax_freedom
from tests.contract import Case

WAVE = torch.arange(1, 401, dtype=torch.float64).square().sin()
IMAGES = WAVE[:96].reshape(2, 2, 4, 6)
WEIGHT, BIAS = WAVE[100:140].reshape(5, 8), WAVE[:5]
PATCHES = WAVE[:60].reshape(2, 6, 5)
MAPS = WAVE[:294].reshape(2, 3, 7, 7).softmax(-1)
ONE_HOT = torch.eye(7, dtype=torch.float64).expand(2, 3, 7, 7)
BIG = torch.empty(16, 196, 384, device="meta")

CASES = [
    Case(
        embed_patches,
        (IMAGES, WEIGHT, BIAS, 2),
        batched=False,  # weights have no batch
        refused={"another patch": (IMAGES, WEIGHT, BIAS, 1)},
        large=(
            torch.empty(16, 3, 224, 224, device="meta"),
            *(torch.empty(384, 768, device="meta"), BIG[0, 0]),
            16,
        ),
    ),
    Case(
        kernel_of,
        (WEIGHT, 2),
        batched=False,
        refused={"another patch": (WEIGHT, 3), "a vector": (BIAS, 2)},
        large=(torch.empty(384, 768, device="meta"), 16),
    ),
    Case(
        add_positions,
        (PATCHES, WAVE[:35].reshape(7, 5), BIAS),
        batched=False,
        refused={"no row for the class": (PATCHES, WAVE[:30].reshape(6, 5), BIAS)},
        large=(BIG, torch.empty(197, 384, device="meta"), BIG[0, 0]),
    ),
    Case(
        score_moments,
        (WAVE[:12].reshape(4, 3), WAVE[20:35].reshape(5, 3)),
        batched=False,
        edges={"equal": (torch.ones(4, 3).double(), torch.ones(5, 3).double())},
        refused={"none": (WAVE[:0].reshape(0, 3), WAVE[:3].reshape(1, 3))},
        large=(BIG[0], BIG[0]),
    ),
    Case(
        softmax_freedom,
        (MAPS,),
        edges={"one key": (MAPS[..., :1],), "certain": (ONE_HOT,)},
        refused={"not a number": (MAPS * torch.nan,)},
        large=(BIG,),
    ),
    Case(
        relative_bias,
        (WAVE[:30].reshape(2, 3, 5), (2, 3)),
        {"extra": 1},
        batched=False,
        refused={"another grid": (WAVE[:30].reshape(2, 3, 5), (3, 2))},
        large=(torch.empty(12, 27, 27, device="meta"), (14, 14)),
    ),
    Case(
        resize_codes,
        (WAVE[:35].reshape(7, 5), (2, 3), (4, 5)),
        {"extra": 1},
        batched=False,
        edges={"the same grid": (WAVE[:35].reshape(7, 5), (2, 3), (2, 3))},
        refused={"another grid": (WAVE[:35].reshape(7, 5), (3, 3), (4, 5))},
        large=(torch.empty(197, 768, device="meta"), (14, 14), (24, 24)),
    ),
    Case(
        ramp_error,
        (torch.linspace(0, 1, 6, dtype=torch.float64), -0.75),
        large=(BIG, -0.75),
    ),
    Case(
        code_similarity,
        (WEIGHT,),
        batched=False,  # all codes are compared
        edges={"a code of 0": (WEIGHT * 0,)},
        large=(BIG[0],),
    ),
    Case(
        attention_distance,
        (MAPS, (2, 3)),
        edges={
            "no weight": (MAPS * 0, (2, 3)),
            "one patch": (MAPS[..., :1, :1], (1, 1)),
        },
        refused={"fewer tokens": (MAPS, (3, 3)), "no table": (WAVE, (1, 1))},
        large=(torch.empty(8, 12, 197, 197, device="meta"), (14, 14)),
    ),
    Case(
        rollout,
        ([MAPS, MAPS.flip(-1)],),
        edges={"certain": ([ONE_HOT, ONE_HOT],)},
        refused={"no layer": ([],)},
        large=([torch.empty(8, 12, 197, 197, device="meta")] * 2,),
    ),
]
EXEMPT = {
    "dlnotes.vit.loading": "builds a model from the weights of another",
    "dlnotes.vit.looking.attention_maps": "takes a model, whose calls it repeats",
    "dlnotes.vit.order.order_gaps": "measures a function that it is given",
    "dlnotes.vit.positions.places": "looks only at the dtype of its tensor",
}
