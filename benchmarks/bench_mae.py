"""Times of dlnotes.mae beside those of transformers, with the same weights.

MAE-S: a ViT-S/16 for 224 pixels, a batch of 8, three quarters hidden.
"""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

import pytest
import torch
from transformers import ViTMAEConfig, ViTMAEForPreTraining

from dlnotes.mae.loading import from_transformers
from dlnotes.mae.masking import shuffle

CONFIG = ViTMAEConfig(
    **{"hidden_size": 384, "num_attention_heads": 6, "intermediate_size": 1536},
    norm_pix_loss=True,
    attn_implementation="sdpa",
)
PEER = ViTMAEForPreTraining(CONFIG).train()
OURS = from_transformers(PEER.state_dict(), 6, 16).train()
NAMES = ("dlnotes", "transformers")
IMAGES = torch.rand(8, 3, 224, 224, generator=torch.Generator().manual_seed(0))
NOISE = torch.rand(8, 196, generator=torch.Generator().manual_seed(1))


def run(peer: str, *, backward: bool) -> torch.Tensor:
    with nullcontext() if backward else torch.no_grad():
        if peer == "dlnotes":
            loss = torch.div(*OURS.loss(IMAGES, shuffle(NOISE), 49))
        else:
            loss = PEER(IMAGES, noise=NOISE).loss
        if backward:
            loss.backward()
    return loss


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "with gradients"])
@pytest.mark.usefixtures("two_threads")
def test_step(in_turns: Callable, backward: bool) -> None:
    in_turns(
        f"MAE-S, 8 images, {'with gradients' if backward else 'forward'}",
        {name: partial(run, name, backward=backward) for name in NAMES},
        [OURS, PEER],
    )
