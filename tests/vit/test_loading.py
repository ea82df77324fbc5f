"""Checks of dlnotes.vit.loading against transformers."""

import pytest
import torch
from safetensors.torch import load_file
from transformers import ViTConfig, ViTForImageClassification, ViTModel

from dlnotes.vit.loading import from_timm, from_transformers
from dlnotes.vit.model import VisionTransformer, at_resolution
from tests.blocks.test_attention import fill

CONFIG = ViTConfig(
    **{"hidden_size": 12, "num_hidden_layers": 3, "num_attention_heads": 3},
    **{"intermediate_size": 20, "image_size": 12, "patch_size": 4, "num_labels": 5},
    attn_implementation="sdpa",  # the other one has a softmax in float32
)


@pytest.fixture
def peer(rng):
    model = ViTForImageClassification(CONFIG).double().eval()
    fill(model, rng())
    return model


@pytest.fixture
def images(rng):
    return torch.randn(2, 3, 12, 12, dtype=torch.float64, generator=rng(1))


def test_a_state_of_transformers_gives_its_logits_and_gradients(peer, images):
    ours = from_transformers(peer.state_dict(), 3)
    assert not ours.training
    for pixels in (images, images.requires_grad_()):
        expected = peer(pixels).logits
        torch.testing.assert_close(ours(pixels), expected, rtol=0, atol=1e-10)
    slopes = [
        torch.autograd.grad(logits.square().sum(), images)
        for logits in (ours(images), peer(images).logits)
    ]
    torch.testing.assert_close(*slopes, rtol=0, atol=1e-10)
    for model, logits in ((ours, ours(images)), (peer, peer(images).logits)):
        torch.autograd.backward(logits.square().sum())
        assert all(parameter.grad is not None for parameter in model.parameters())
    gradients = {name: p.grad for name, p in peer.named_parameters()}
    theirs = from_transformers(gradients, 3)
    for (name, mine), other in zip(
        ours.named_parameters(), theirs.parameters(), strict=True
    ):
        torch.testing.assert_close(mine.grad, other, rtol=0, atol=1e-10, msg=name)


def test_a_file_just_saved_has_other_names_and_gives_the_same(peer, images, tmp_path):
    peer.save_pretrained(tmp_path)
    state = load_file(tmp_path / "model.safetensors")
    assert state.keys() != peer.state_dict().keys()
    ours = from_transformers(state, 3)
    torch.testing.assert_close(ours(images), peer(images).logits, rtol=0, atol=1e-10)


def test_a_model_without_classes_gives_its_features(rng, images):
    peer = ViTModel(CONFIG).double().eval()
    fill(peer, rng())
    expected = peer(images).last_hidden_state[:, 0]
    features = from_transformers(peer.state_dict(), 3)(images)
    torch.testing.assert_close(features, expected, rtol=0, atol=1e-10)


def test_another_resolution_is_interpolated_as_there(peer, rng):
    images = torch.randn(2, 3, 20, 20, dtype=torch.float64, generator=rng(2))
    ours = at_resolution(from_transformers(peer.state_dict(), 3), 20)
    expected = peer(images, interpolate_pos_encoding=True).logits
    torch.testing.assert_close(ours(images), expected, rtol=0, atol=1e-10)


def as_timm(peer):
    """The weights of the peer by the names of timm, queries to values stacked."""
    state = {}
    for name, tensor in peer.state_dict().items():
        name = name.removeprefix("vit.").replace("classifier", "head")
        for theirs, timms in (
            ("embeddings.cls_token", "cls_token"),
            ("embeddings.position_embeddings", "pos_embed"),
            ("embeddings.patch_embeddings.projection", "patch_embed.proj"),
            ("layers.", "blocks."),
            ("attention.o_proj", "attn.proj"),
            ("layernorm_before", "norm1"),
            ("layernorm_after", "norm2"),
            ("layernorm.", "norm."),
        ):
            name = name.replace(theirs, timms)
        state[name] = tensor
    for block in range(3):
        for kind in ("weight", "bias"):
            parts = [
                state.pop(f"blocks.{block}.attention.{x}_proj.{kind}") for x in "qkv"
            ]
            state[f"blocks.{block}.attn.qkv.{kind}"] = torch.cat(parts)
    return state


def test_a_state_of_timm_gives_the_same_logits(peer, images):
    ours = from_timm(as_timm(peer), 3, eps=1e-12)
    torch.testing.assert_close(ours(images), peer(images).logits, rtol=0, atol=1e-10)


def test_sizes_are_read_off_the_tensors(rng):
    """Our own names are understood, too; the patches are no squares."""
    model = VisionTransformer((12, 6), (4, 2), dim=8, depth=1, heads=2, hidden=5)
    fill(model, rng())
    images = torch.randn(1, 3, 12, 6, generator=rng(1))
    loaded = from_timm(model.state_dict(), 2)
    assert torch.equal(loaded(images), model.eval()(images))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vit.embeddings.cls_token": None}, "class_token"),
        ({"classifier.weight": None}, r"missing \['head.weight'\]"),
        ({"vit.layers.1.mlp.fc1.bias": None}, "layers.1.feed_forward.expand.bias"),
        ({"vit.layers.0.mlp.fc3.bias": torch.ones(1)}, "left over .*fc3.bias"),
        ({"vit.layernorm.bias": torch.ones(3)}, r"norm.bias .* \(12,\), got \(3,\)"),
    ],
)
def test_a_state_that_is_not_whole_is_refused_by_name(peer, change, message):
    state = {**peer.state_dict(), **change}
    state = {name: tensor for name, tensor in state.items() if tensor is not None}
    with pytest.raises(ValueError, match=message):
        from_transformers(state, 3)
