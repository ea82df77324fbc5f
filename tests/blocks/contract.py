"""Canonical calls of the tensor functions of dlnotes.blocks."""

import torch

from dlnotes.blocks.attention import (
    attend,
    attention_weights,
    fused_attend,
    masked_softmax,
)
from dlnotes.blocks.patches import patchify, unpatchify
from dlnotes.blocks.positions import sincos_1d, sincos_2d
from dlnotes.blocks.vae import bernoulli_log_likelihood
from tests.contract import Case

LOGITS = torch.tensor([[0.5, -1.0, 2.0], [0.0, 3.0, -2.0]], dtype=torch.float64)
PIXELS = torch.tensor([[1, 0, 1], [0, 0, 1]], dtype=torch.float64)
TOKENS = torch.linspace(-2, 2, 3 * 2 * 4 * 6, dtype=torch.float64).sin()
QUERY, KEY, VALUE = TOKENS.reshape(3, 2, 4, 6)
MASK = torch.tensor([[True, False, True, True], [False] * 4]).view(2, 1, 4)
EXTRA = {"mask": MASK, "bias": TOKENS[:32].reshape(2, 4, 4)}
IMAGES = TOKENS[:96].reshape(2, 2, 4, 6)
PLACES = torch.linspace(-2, 7, 6, dtype=torch.float64).reshape(2, 3)
MANY = torch.empty(64, 196, 64, device="meta")

CASES = [
    Case(
        attention_weights,
        (QUERY, KEY),
        EXTRA,
        edges={"equal keys": (QUERY, KEY * 0), "large": (QUERY * 1e3, KEY * 1e3)},
        refused={
            "no length": (QUERY[..., :0], KEY[..., :0]),
            "no key": (QUERY, KEY[:, :0]),
        },
    ),
    Case(
        masked_softmax,
        (TOKENS[:32].reshape(2, 4, 4), MASK),
        edges={"equal": (torch.zeros(2, 4, 4, dtype=torch.float64), MASK)},
        refused={"wider mask": (TOKENS[:32].reshape(2, 4, 4)[..., :3], MASK)},
        large=(MANY, MANY.isnan()),
    ),
    Case(attend, (QUERY, KEY, VALUE), EXTRA),
    Case(fused_attend, (QUERY, KEY, VALUE), EXTRA),
    Case(patchify, (IMAGES, 2), refused={"odd": (IMAGES, 3)}, large=(MANY[None], 4)),
    Case(
        unpatchify,
        (IMAGES.reshape(2, 6, 8), (2, 1), (3, 2)),
        refused={"another grid": (IMAGES.reshape(2, 6, 8), 2, (3, 3))},
        large=(MANY, 8, (14, 14)),
    ),
    Case(
        sincos_1d,
        (PLACES, 8),
        half="single",
        edges={"far": (PLACES * 1e6, 8)},
        refused={"odd": (PLACES, 7), "nowhere": (PLACES * torch.nan, 8)},
        large=(torch.empty(4096, device="meta"), 64),
    ),
    Case(
        sincos_2d,
        (PLACES, PLACES.flip(1), 8),
        half="single",
        refused={"no multiple of 4": (PLACES, PLACES, 6)},
        large=(*[torch.empty(4096, device="meta")] * 2, 64),
    ),
    Case(
        bernoulli_log_likelihood,
        (LOGITS, PIXELS),
        edges={"sure pixels": (1000 * (2 * PIXELS - 1), PIXELS)},
        refused={"gray pixels": (LOGITS, PIXELS / 2)},
        large=(
            torch.empty(64, 4096, device="meta"),
            torch.empty(64, 4096, device="meta"),
        ),
    ),
]
EXEMPT = {
    "dlnotes.blocks.training.minibatches": "deals out rows of any dtype, at random",
    "dlnotes.blocks.training.train": "changes a model in place, in random order",
    "dlnotes.blocks.loading": "copies parameters and computes nothing",
    "dlnotes.blocks.checks": "looks at arguments and computes nothing",
}
