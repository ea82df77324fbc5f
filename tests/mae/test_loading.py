"""Checks of dlnotes.mae.loading against transformers."""

import pytest
import torch
from safetensors.torch import load_file
from transformers import ViTMAEConfig, ViTMAEForPreTraining

from dlnotes.mae.loading import from_transformers
from dlnotes.mae.masking import hidden, kept_count, shuffle
from tests.blocks.test_attention import fill

CONFIG = {
    **{"hidden_size": 12, "num_hidden_layers": 3, "num_attention_heads": 3},
    **{"intermediate_size": 20, "image_size": 16, "patch_size": 4},
    **{"decoder_hidden_size": 8, "decoder_num_hidden_layers": 2},
    **{"decoder_num_attention_heads": 2, "decoder_intermediate_size": 16},
}


@pytest.fixture(params=[True, False], ids=["normalized", "pixels"])
def peer(rng, request):
    config = ViTMAEConfig(
        **CONFIG, norm_pix_loss=request.param, attn_implementation="sdpa"
    )
    model = ViTMAEForPreTraining(config).double().eval()
    fill(model, rng())
    return model


def ours_of(peer):
    normalized = peer.config.norm_pix_loss
    return from_transformers(peer.state_dict(), 3, 2, normalized=normalized)


@pytest.fixture
def images(rng):
    return torch.randn(2, 3, 16, 16, dtype=torch.float64, generator=rng(1))


@pytest.mark.parametrize("ratio", [0.25, 0.5, 0.75, 0.9])
def test_mask_predictions_and_loss_are_those_of_transformers(peer, images, rng, ratio):
    """Eq. (autoencoder), Eq. (mask), Eq. (loss), with the noise that both are given."""
    noise = torch.rand(2, 16, dtype=torch.float64, generator=rng(2))
    peer.config.mask_ratio = ratio
    theirs, ours = peer(images, noise=noise), ours_of(peer)
    order, kept = shuffle(noise), kept_count(16, ratio)
    torch.testing.assert_close(hidden(order, kept).double(), theirs.mask.double())
    predicted = ours(images, order, kept)
    torch.testing.assert_close(predicted, theirs.logits, rtol=0, atol=1e-10)
    error, count = ours.loss(images, order, kept)
    torch.testing.assert_close(error / count, theirs.loss, rtol=0, atol=1e-10)


def test_gradients_of_all_parameters_are_the_same(peer, images, rng):
    noise = torch.rand(2, 16, dtype=torch.float64, generator=rng(2))
    theirs, ours = peer, ours_of(peer)
    torch.autograd.backward(theirs(images, noise=noise).loss)
    error, count = ours.loss(images, shuffle(noise), 4)
    torch.autograd.backward(error / count)
    fixed = {  # positions are no parameters here
        name: torch.zeros_like(tensor)
        for name, tensor in peer.state_dict().items()
        if "position_embeddings" in name or "pos_embed" in name
    }
    learned = {name: p.grad for name, p in peer.named_parameters() if name not in fixed}
    expected = from_transformers({**learned, **fixed}, 3, 2)
    pairs = zip(ours.named_parameters(), expected.parameters(), strict=True)
    for (name, mine), other in pairs:
        torch.testing.assert_close(
            mine.grad, other.detach(), rtol=0, atol=1e-10, msg=name
        )


def test_a_file_just_saved_has_other_names_and_gives_the_same(peer, images, tmp_path):
    peer.save_pretrained(tmp_path)
    state = load_file(tmp_path / "model.safetensors")
    assert state.keys() != peer.state_dict().keys()
    saved = from_transformers(state, 3, 2).state_dict()
    for name, tensor in ours_of(peer).state_dict().items():
        assert torch.equal(saved[name], tensor), name


def test_each_parameter_moves_the_prediction(peer, images, rng):
    model = ours_of(peer)
    order = shuffle(torch.rand(2, 16, generator=rng(2)))
    with torch.no_grad():
        before = model(images, order, 4)
        for name, tensor in model.state_dict().items():
            tensor += 0.1 * torch.randn(tensor.shape, generator=rng(3)).double()
            moved = (model(images, order, 4) - before).abs().max()
            # A bias of keys adds the same to all scores of a query.
            assert (moved > 1e-9) == (not name.endswith("key.bias")), name
            before = model(images, order, 4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"decoder.mask_token": None}, "decoder, got none of .*mask_token"),
        ({"vit.embeddings.cls_token": None}, "class_token"),
        ({"decoder.decoder_pred.bias": None}, r"missing \['pixels.bias'\]"),
        ({"decoder.decoder_norm.bias": torch.ones(3)}, r"\(8,\), got \(3,\)"),
    ],
)
def test_a_state_that_is_not_whole_is_refused_by_name(peer, change, message):
    state = {**peer.state_dict(), **change}
    state = {name: tensor for name, tensor in state.items() if tensor is not None}
    with pytest.raises(ValueError, match=message):
        from_transformers(state, 3, 2)
