"""Checks of dlnotes.blocks.encoder."""

import pytest
import torch
from torch import nn
from transformers import BertConfig, ViTConfig
from transformers.models.bert.modeling_bert import BertLayer
from transformers.models.vit.modeling_vit import ViTLayer

from dlnotes.blocks.encoder import Encoder, EncoderLayer, FeedForward
from tests.blocks.test_attention import fill


def copy(ours: nn.Module, theirs: nn.Module, names: dict[str, str]) -> None:
    """Copy parameters by the names of the modules that hold them."""
    given = theirs.state_dict()
    ours.load_state_dict(
        {
            f"{name}.{kind}": given[f"{names[name]}.{kind}"]
            for name in names
            for kind in ("weight", "bias")
        }
    )


VIT = {
    "attention.query": "attention.q_proj",
    "attention.key": "attention.k_proj",
    "attention.value": "attention.v_proj",
    "attention.output": "attention.o_proj",
    "feed_forward.expand": "mlp.fc1",
    "feed_forward.reduce": "mlp.fc2",
    "norm1": "layernorm_before",
    "norm2": "layernorm_after",
}
BERT = {
    "attention.query": "attention.self.query",
    "attention.key": "attention.self.key",
    "attention.value": "attention.self.value",
    "attention.output": "attention.output.dense",
    "feed_forward.expand": "intermediate.dense",
    "feed_forward.reduce": "output.dense",
    "norm1": "attention.output.LayerNorm",
    "norm2": "output.LayerNorm",
}
SIZES = {"hidden_size": 12, "num_attention_heads": 3, "intermediate_size": 20}
PEERS = {
    "vit": (ViTLayer, ViTConfig(**SIZES, layer_norm_eps=1e-6), VIT, True, 1e-6),
    "bert": (BertLayer, BertConfig(**SIZES), BERT, False, 1e-12),
}


@pytest.mark.parametrize("kind", PEERS)
def test_a_layer_is_that_of_transformers_with_its_gradients(rng, kind):
    make, config, names, pre_norm, eps = PEERS[kind]
    config._attn_implementation = "sdpa"  # the other one of ViT has a float32 softmax
    theirs = make(config).double().eval()
    fill(theirs, rng())
    ours = EncoderLayer(12, 3, hidden=20, pre_norm=pre_norm, eps=eps).double()
    copy(ours, theirs, names)
    x = torch.randn(2, 6, 12, dtype=torch.float64, generator=rng(1))
    expected = theirs(x)
    expected = expected[0] if isinstance(expected, tuple) else expected
    torch.testing.assert_close(ours(x), expected, rtol=0, atol=1e-10)
    for model, result in ((ours, ours(x)), (theirs, expected)):
        torch.autograd.backward(result.square().sum())
        assert all(p.grad is not None for p in model.parameters())
    slopes = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        module, _, last = name.rpartition(".")
        other = slopes[f"{names[module]}.{last}"].grad
        torch.testing.assert_close(parameter.grad, other, rtol=0, atol=1e-10)


@pytest.mark.parametrize("pre_norm", [True, False])
def test_a_layer_is_torchs_own(rng, pre_norm):
    peer = nn.TransformerEncoderLayer(
        *(12, 3, 20), dropout=0, activation="gelu", batch_first=True
    )
    peer.norm_first = pre_norm
    fill(peer.double(), rng())
    ours = EncoderLayer(12, 3, hidden=20, pre_norm=pre_norm, eps=1e-5).double()
    names = {"feed_forward.expand": "linear1", "feed_forward.reduce": "linear2"}
    names |= {"norm1": "norm1", "norm2": "norm2"}
    names["attention.output"] = "self_attn.out_proj"
    state = {
        f"{mine}.{kind}": peer.state_dict()[f"{name}.{kind}"]
        for mine, name in names.items()
        for kind in ("weight", "bias")
    }
    for kind in ("weight", "bias"):
        parts = peer.state_dict()[f"self_attn.in_proj_{kind}"].chunk(3)
        for part, value in zip(("query", "key", "value"), parts, strict=True):
            state[f"attention.{part}.{kind}"] = value
    ours.load_state_dict(state)
    x = torch.randn(2, 6, 12, dtype=torch.float64, generator=rng(1))
    unseen = torch.tensor([[False] * 6, [False] * 4 + [True] * 2])
    expected = peer(x, src_key_padding_mask=unseen)
    result = ours(x, mask=~unseen[:, None, None])
    torch.testing.assert_close(result, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("pre_norm", [True, False])
def test_every_parameter_of_an_encoder_moves_its_output(rng, pre_norm):
    """But the bias of the keys, which softmax drops."""
    model = Encoder(8, 2, 2, pre_norm=pre_norm).double()
    fill(model, rng())
    x = torch.randn(1, 4, 8, dtype=torch.float64, generator=rng(1))
    before = model(x)
    for name, parameter in model.named_parameters():
        with torch.no_grad():
            parameter += 0.1 * torch.randn(parameter.shape, generator=rng(2))
            moved = (model(x) - before).abs().max() > 1e-6
            parameter -= 0.1 * torch.randn(parameter.shape, generator=rng(2))
        assert moved != name.endswith("key.bias"), name


def test_an_encoder_chains_its_layers_and_normalizes_once_more(rng):
    model = Encoder(8, 3, 2)
    x = torch.randn(1, 4, 8, generator=rng())
    after = x
    for layer in model.layers:
        after = layer(after)
    torch.testing.assert_close(model(x), model.norm(after))
    assert isinstance(Encoder(8, 1, 2, pre_norm=False).norm, nn.Identity)


def test_paths_are_dropped_more_with_depth():
    rates = [layer.drop[1].rate for layer in Encoder(8, 3, 2, drop_path=0.2).layers]
    assert rates == [0.0, 0.1, 0.2]


def test_an_encoder_hands_its_options_to_every_part():
    options = {"dropout": 0.5, "drop_path": 0.25, "activation": nn.ReLU, "hidden": 5}
    model = Encoder(8, 2, 2, eps=1e-3, **options)
    for layer, rate in zip(model.layers, (0.0, 0.25), strict=True):
        assert (layer.drop[0].rate, layer.drop[1].rate) == (0.5, rate)
        assert layer.attention.drop.rate == 0.5
        assert layer.drop[1].rows
        assert isinstance(layer.feed_forward.activation, nn.ReLU)
        assert layer.feed_forward.expand.out_features == 5
        assert layer.norm1.eps == layer.norm2.eps == 1e-3
    assert model.norm.eps == 1e-3


def test_a_feed_forward_network_takes_its_nonlinearity(rng):
    model = FeedForward(4, 6, activation=nn.ReLU)
    x = torch.randn(3, 4, generator=rng())
    inner = (x @ model.expand.weight.T + model.expand.bias).clamp(min=0)
    expected = inner @ model.reduce.weight.T + model.reduce.bias
    torch.testing.assert_close(model(x), expected)


def test_no_inner_length_is_refused_and_none_is_four_times_the_token():
    with pytest.raises(ValueError, match="hidden must be at least 1, got 0"):
        EncoderLayer(8, 2, hidden=0)
    assert EncoderLayer(8, 2).feed_forward.expand.out_features == 32
