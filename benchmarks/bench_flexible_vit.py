"""Packed batches beside padded ones and a loop; Pix2Struct beside transformers.

Thirty-two images of 20 to 256 tokens through one layer of width 192. Then a photograph
of 512 by 512 pixels resized and cut under a budget of 256 patches.
"""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

import numpy as np
import pytest
import torch
from transformers.models.pix2struct.image_processing_pil_pix2struct import (
    Pix2StructImageProcessorPil,
)

from dlnotes.blocks.encoder import EncoderLayer
from dlnotes.flexible_vit.packing import block_mask, first_fit
from dlnotes.flexible_vit.resizing import variable_patches

RNG = torch.Generator().manual_seed(0)
LENGTHS = torch.randint(20, 257, (32,), generator=RNG).tolist()
ROWS = first_fit(LENGTHS, 256)
LAYER = EncoderLayer(192, 3).eval()
ALONE = [torch.randn(1, length, 192, generator=RNG) for length in LENGTHS]
PIXELS = torch.randint(256, (3, 512, 512), generator=RNG)


def lay_out(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    tokens = torch.zeros(len(rows), 256, 192)
    owners = torch.full((len(rows), 256), -1)
    for number, row in enumerate(rows):
        joined = torch.cat([ALONE[image][0] for image in row])
        tokens[number, : len(joined)] = joined
        counts = torch.tensor([LENGTHS[image] for image in row])
        owned = torch.arange(len(row)).repeat_interleave(counts)
        owners[number, : len(joined)] = owned
    return tokens, block_mask(owners)[:, None]


BATCHES = {"padded": lay_out([[k] for k in range(32)]), "packed": lay_out(ROWS)}


def run(way: str, *, backward: bool) -> None:
    LAYER.zero_grad()
    alone = [(image, None) for image in ALONE]
    with nullcontext() if backward else torch.no_grad():
        for tokens, mask in alone if way == "one by one" else [BATCHES[way]]:
            result = LAYER(tokens, mask=mask)
            if backward:
                result.square().mean().backward()


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "with gradients"])
@pytest.mark.parametrize("way", ["packed", "padded", "one by one"])
def test_many_sizes(
    benchmark: Callable, weigh: Callable, way: str, backward: bool
) -> None:
    kind = "with gradients" if backward else "forward"
    benchmark.group = f"32 images of 20 to 256 tokens, one layer, {kind}"
    step = partial(run, way, backward=backward)
    benchmark.pedantic(step, rounds=10, warmup_rounds=2)
    weigh(way, step)


@pytest.mark.parametrize("name", ["dlnotes", "transformers"])
def test_budget(benchmark: Callable, name: str) -> None:
    benchmark.group = "512 by 512 pixels under a budget of 256 patches"
    if name == "dlnotes":
        image = PIXELS.float()
        benchmark.pedantic(
            variable_patches, (image, 16, 256), rounds=10, warmup_rounds=2
        )
        return
    processor = Pix2StructImageProcessorPil(max_patches=256)
    pixels = PIXELS.permute(1, 2, 0).numpy().astype(np.uint8)
    benchmark.pedantic(
        processor, (pixels,), {"return_tensors": "pt"}, rounds=10, warmup_rounds=2
    )
