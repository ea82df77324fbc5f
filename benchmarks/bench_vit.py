r"""Speed and memory of ViT-S/16 beside those of transformers, timm and vit-pytorch.

Eight images of 224 pixels, forward alone and with gradients; all but vit-pytorch use
torch's fused attention. Single precision, two threads. vit-pytorch, a network of the
same size but with other normalizations, and timm are optional; after `make parity`:

    PYTHONPATH=.parity python -m pytest -p tests.parity.torchvision_ops \
        benchmarks/bench_vit.py
"""

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache, partial
from importlib.util import find_spec

import pytest
import torch
from torch import nn
from transformers import ViTConfig, ViTForImageClassification

from dlnotes.vit.loading import from_transformers

NAMES = ["dlnotes", "transformers"]
NAMES += [name for name in ("timm", "vit_pytorch") if find_spec(name)]
IMAGES = torch.randn(8, 3, 224, 224, generator=torch.Generator().manual_seed(0))


@cache
def models() -> dict[str, nn.Module]:
    peer = ViTForImageClassification(
        ViTConfig(
            hidden_size=384,
            num_attention_heads=6,
            intermediate_size=1536,
            num_labels=1000,
            attn_implementation="sdpa",
        )
    ).eval()
    found = {"dlnotes": from_transformers(peer.state_dict(), 6), "transformers": peer}
    if "timm" in NAMES:
        import timm

        found["timm"] = timm.create_model("vit_small_patch16_224").eval()
    if "vit_pytorch" in NAMES:
        from vit_pytorch import ViT

        size = {"dim": 384, "depth": 12, "heads": 6, "mlp_dim": 1536}
        found["vit_pytorch"] = ViT(
            image_size=224, patch_size=16, num_classes=1000, **size
        ).eval()
    return found


def run(model: nn.Module, *, backward: bool) -> torch.Tensor:
    with nullcontext() if backward else torch.no_grad():
        result = model(IMAGES)
        logits = getattr(result, "logits", result)
        if backward:
            logits.square().mean().backward()
    return logits


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "with gradients"])
@pytest.mark.usefixtures("two_threads")
def test_small(in_turns: Callable, backward: bool) -> None:
    in_turns(
        f"ViT-S/16, {'with gradients' if backward else 'forward'}",
        {name: partial(run, models()[name], backward=backward) for name in NAMES},
        [*models().values()],
    )


def test_the_same_weights_give_the_same() -> None:
    ours, theirs = (
        run(models()[name], backward=False) for name in ("dlnotes", "transformers")
    )
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-4)
