"""Times of dlnotes.mae beside those of transformers, with the same weights.

MAE-S: a ViT-S/16 for 224 pixels, a batch of 8, three quarters hidden.
"""

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
IMAGES = torch.rand(8, 3, 224, 224, generator=torch.Generator().manual_seed(0))
NOISE = torch.rand(8, 196, generator=torch.Generator().manual_seed(1))
STEPS = {
    "dlnotes": lambda: torch.div(*OURS.loss(IMAGES, shuffle(NOISE), 49)),
    "transformers": lambda: PEER(IMAGES, noise=NOISE).loss,
}


@pytest.mark.parametrize("peer", STEPS)
@pytest.mark.benchmark(group="MAE-S, 8 images, forward and backward")
def test_step(benchmark, peer):
    def step():
        loss = STEPS[peer]()
        loss.backward()
        return loss

    assert benchmark(step).isfinite()
