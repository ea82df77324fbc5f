"""The vision transformer beside that of timm.

In float64, with every parameter of the peer drawn first: a fresh one has many zeros.
Each test prints the largest difference it found.
"""

import pytest
import timm
import torch
from timm.layers import resample_abs_pos_embed
from timm.models.vision_transformer import Block, VisionTransformer

from dlnotes.blocks.encoder import EncoderLayer
from dlnotes.vit.loading import from_timm
from dlnotes.vit.model import at_resolution
from dlnotes.vit.positions import resize_codes
from tests.blocks.test_attention import fill


@pytest.fixture
def peer(rng) -> VisionTransformer:
    model = timm.create_model(
        "vit_tiny_patch16_224", img_size=48, depth=3, num_classes=7
    )
    fill(model.double(), rng())
    return model.eval()


@pytest.fixture
def images(rng) -> torch.Tensor:
    return torch.randn(2, 3, 48, 48, dtype=torch.float64, generator=rng(1))


def close(ours: torch.Tensor, theirs: torch.Tensor, atol: float = 1e-10) -> None:
    print(f"largest difference {(ours - theirs).abs().max():.1e}")
    torch.testing.assert_close(ours, theirs, rtol=0, atol=atol)


def test_logits_and_gradients_are_those_of_timm(peer, images):
    ours = from_timm(peer.state_dict(), 3)
    close(ours(images), peer(images))
    for model in (ours, peer):
        torch.autograd.backward(model(images).square().sum())
    theirs = from_timm({n: p.grad for n, p in peer.named_parameters()}, 3)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        scale = other.detach().abs().max().clamp(min=1)
        torch.testing.assert_close(mine.grad / scale, other / scale, rtol=0, atol=1e-10)


def test_a_layer_is_the_block_of_timm(rng):
    peer = Block(12, 3, qkv_bias=True).double()
    fill(peer, rng())
    state = {
        "norm1": peer.norm1,
        "norm2": peer.norm2,
        "attention.output": peer.attn.proj,
        "feed_forward.expand": peer.mlp.fc1,
        "feed_forward.reduce": peer.mlp.fc2,
    }
    ours = EncoderLayer(12, 3, eps=peer.norm1.eps).double()
    for name, module in state.items():
        ours.get_submodule(name).load_state_dict(module.state_dict())
    for kind in ("weight", "bias"):
        parts = getattr(peer.attn.qkv, kind).detach().chunk(3)
        for part, value in zip(("query", "key", "value"), parts, strict=True):
            getattr(getattr(ours.attention, part), kind).data.copy_(value)
    x = torch.randn(2, 6, 12, dtype=torch.float64, generator=rng(1))
    close(ours(x), peer(x))


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("new", [(5, 5), (2, 2), (4, 3)])
def test_codes_are_resized_as_by_timm(rng, antialias, new):
    codes = torch.randn(1, 10, 8, generator=rng())
    theirs = resample_abs_pos_embed(
        codes, list(new), [3, 3], num_prefix_tokens=1, antialias=antialias
    )
    ours = resize_codes(codes[0], (3, 3), new, extra=1, antialias=antialias)
    close(ours, theirs[0], atol=1e-6)


def test_another_resolution_is_that_of_timm(peer, rng):
    larger = torch.randn(2, 3, 80, 80, generator=rng(2))
    peer, ours = peer.float(), from_timm(peer.float().state_dict(), 3)
    peer.set_input_size(img_size=80)
    logits = at_resolution(ours, 80, antialias=True)(larger)
    expected = peer(larger)
    close(logits / expected.std(), expected / expected.std(), atol=1e-5)
