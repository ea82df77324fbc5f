"""Canonical calls of the tensor functions of dlnotes.flexible_vit."""

import torch

from dlnotes.flexible_vit.codes import (
    factorized_codes,
    fractional_codes,
    multiplied_codes,
    stacked_codes,
)
from dlnotes.flexible_vit.connectors import unshuffle_tokens
from dlnotes.flexible_vit.contrast import sigmoid_loss
from dlnotes.flexible_vit.distillation import hard_distillation, soft_distillation
from dlnotes.flexible_vit.merging import merge_tokens, proportional_bias
from dlnotes.flexible_vit.packing import block_mask, pool_images
from dlnotes.flexible_vit.patch_sizes import resize_kernel
from dlnotes.flexible_vit.resizing import standardize_image, variable_patches
from dlnotes.flexible_vit.rotary import rotate_places
from dlnotes.flexible_vit.sampling import kept_tokens, sampled_sides
from dlnotes.flexible_vit.windows import join_windows, split_windows
from tests.contract import Case

WAVE = torch.arange(1, 401, dtype=torch.float64).square().sin()
IMAGE = WAVE[:96].reshape(2, 6, 8)
TOKENS, KEYS = WAVE[:60].reshape(2, 6, 5), WAVE[100:136].reshape(2, 6, 3)
SIZES = torch.tensor([[1, 2, 1, 1, 3, 1], [1, 1, 1, 2, 1, 1]], dtype=torch.float64)
OWNERS = torch.tensor([[0, 0, 1, 1, 1, -1], [0, 1, 1, 1, 2, 2]])
MAPS = WAVE[:96].reshape(2, 4, 6, 2)
LOGITS, OTHER, TEACHER = WAVE[:36].reshape(3, 3, 4)
LABELS = torch.tensor([0, 3, 1])
PLACES = torch.arange(6, dtype=torch.float64)
BIG = torch.empty(16, 196, 384, device="meta")

CASES = [
    Case(
        standardize_image,
        (IMAGE,),
        batched=False,  # one image, whose mean is over all of it
        edges={"one color": (IMAGE * 0 + 0.5,)},
        refused={"no pixel": (IMAGE[:, :0],), "no map": (IMAGE[0],)},
        large=(torch.empty(3, 224, 224, device="meta"),),
    ),
    Case(
        variable_patches,
        (IMAGE, 2, 20),
        batched=False,
        edges={"one color": (IMAGE * 0 + 0.5, 2, 20)},
        refused={"no pixel": (IMAGE[:, :0], 2, 20), "no patch": (IMAGE, 2, 0)},
        large=(torch.empty(3, 224, 224, device="meta"), 16, 196),
    ),
    Case(
        resize_kernel,
        (WAVE[:96].reshape(3, 2, 4, 4), 6),
        refused={"no square": (MAPS, 4), "no size": (WAVE[:16].view(1, 1, 4, 4), 0)},
        large=(torch.empty(384, 3, 16, 16, device="meta"), 32),
    ),
    Case(
        block_mask,
        (OWNERS,),
        smooth=False,
        refused={"a number": (torch.tensor(1),)},
        large=(torch.zeros(16, 256, dtype=torch.int64, device="meta"),),
    ),
    Case(
        pool_images,
        (TOKENS, OWNERS, 3),
        edges={"padding alone": (TOKENS, OWNERS * 0 - 1, 3)},
        refused={"other tokens": (TOKENS, OWNERS[:, :4], 3)},
        large=(BIG, torch.zeros(16, 196, dtype=torch.int64, device="meta"), 8),
    ),
    Case(
        factorized_codes,
        (TOKENS[0], TOKENS[1, :4]),
        batched=False,
        refused={"other lengths": (TOKENS[0], KEYS[0])},
        large=(BIG[0], BIG[0]),
    ),
    Case(
        stacked_codes,
        (TOKENS[0], KEYS[1, :4]),
        batched=False,
        refused={"no axis": (TOKENS[0], KEYS[0, 0])},
        large=(BIG[0], BIG[0]),
    ),
    Case(
        multiplied_codes,
        (TOKENS[0], TOKENS[1, :4]),
        batched=False,
        refused={"other lengths": (TOKENS[0], KEYS[0])},
        large=(BIG[0], BIG[0]),
    ),
    Case(
        fractional_codes,
        (TOKENS[0], 4),
        batched=False,
        edges={"one patch": (TOKENS[0], 1), "one code": (TOKENS[0, :1], 3)},
        refused={"no code": (TOKENS[0, :0], 4)},
        large=(BIG[0], 196),
    ),
    Case(
        sampled_sides,
        (WAVE[:6].abs(), 64.0, 384.0),
        {"loc": 0.5},
        half="single",
        edges={"both ends": (torch.tensor([0.0, 1.0]).double(), 64.0, 384.0)},
        refused={
            "no share": (WAVE[:6] - 1, 64.0, 384.0),
            "ends exchanged": (WAVE[:6].abs(), 384.0, 64.0),
        },
        large=(BIG[0], 64.0, 384.0),
    ),
    Case(
        kept_tokens,
        (TOKENS[..., 0], 0.4),
        half="single",
        smooth=False,
        edges={"equal noise": (TOKENS[..., 0] * 0, 0.4)},
        refused={"nothing left": (TOKENS[..., 0], 1.0)},
        large=(BIG[..., 0], 0.5),
    ),
    Case(
        merge_tokens,
        (TOKENS, KEYS, SIZES, 2),
        {"protected": 1},
        half="refused",  # of sizes, which are counts
        edges={"equal keys": (TOKENS, KEYS * 0 + 1, SIZES, 2)},
        refused={
            "too many": (TOKENS, KEYS, SIZES, 3),
            "no size": (TOKENS, KEYS, SIZES * 0, 2),
        },
        large=(BIG, BIG, BIG[..., 0], 16),
    ),
    Case(
        proportional_bias,
        (SIZES,),
        refused={"no size": (SIZES * 0,)},
        large=(BIG[..., 0],),
    ),
    Case(
        split_windows,
        (MAPS, 2),
        refused={"another window": (MAPS, 3)},
        large=(BIG.view(16, 14, 14, 384), 7),
    ),
    Case(
        join_windows,
        (MAPS.reshape(2, 6, 4, 2), 2, 2),
        refused={"another window": (MAPS.reshape(2, 6, 4, 2), 3, 2)},
        large=(BIG.view(16, 4, 49, 384), 7, 2),
    ),
    Case(
        rotate_places,
        (WAVE[:96].reshape(2, 6, 8), PLACES, PLACES.flip(0)),
        batched=False,  # places are shared by a batch
        edges={"one place": (WAVE[:96].reshape(2, 6, 8), PLACES * 0, PLACES * 0)},
        refused={"an odd length": (TOKENS, PLACES, PLACES)},
        large=(BIG, *[torch.empty(196, device="meta")] * 2),
    ),
    Case(
        hard_distillation,
        (LOGITS, OTHER, LABELS, TEACHER),
        edges={"equal": (LOGITS, LOGITS, LABELS, LOGITS * 0)},
        refused={"other classes": (LOGITS, OTHER[:, :2], LABELS, TEACHER)},
    ),
    Case(
        soft_distillation,
        (LOGITS, OTHER, LABELS, TEACHER),
        {"temperature": 2.0},
        learnable=["temperature"],
        row=True,
        edges={"equal": (LOGITS, LOGITS, LABELS, LOGITS * 0)},
        refused={"other classes": (LOGITS, OTHER[:, :2], LABELS, TEACHER)},
    ),
    Case(
        sigmoid_loss,
        (LOGITS, OTHER),
        batched=False,  # all pairs of a batch meet
        edges={"equal": (LOGITS, LOGITS), "one pair": (LOGITS[:1], OTHER[:1])},
        refused={"no pair": (LOGITS[:0], OTHER[:0])},
        large=(BIG[0], BIG[0]),
    ),
    Case(
        unshuffle_tokens,
        (WAVE[:120].reshape(2, 12, 5), (2, 6), 2),
        refused={"another grid": (TOKENS, (3, 3), 1)},
        large=(BIG, (14, 14), 2),
    ),
]
EXEMPT: dict[str, str] = {}
