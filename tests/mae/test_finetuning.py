"""Checks of dlnotes.mae.finetuning."""

import pytest
import torch

from dlnotes.mae.finetuning import (
    as_classifier,
    fine_tune,
    freeze,
    layer_rates,
    layered_groups,
    probe_head,
    scaled_rate,
)
from dlnotes.mae.masking import shuffle
from dlnotes.mae.model import MaskedAutoencoder
from dlnotes.vit.model import VisionTransformer
from tests.blocks.test_attention import fill


def autoencoder(rng):
    model = MaskedAutoencoder(
        *(16, 4),
        **{"dim": 12, "depth": 3, "heads": 3, "channels": 1},
        **{"decoder_dim": 8, "decoder_depth": 1, "decoder_heads": 2},
    ).double()
    fill(model, rng())
    return model


def test_the_rate_is_proportional_to_the_batch():
    """Eq. (scaled-rate), with the numbers of the two recipes."""
    assert scaled_rate(1.5e-4, 4096) == pytest.approx(2.4e-3)
    assert scaled_rate(1e-3, 1024) == pytest.approx(4e-3)


def test_rates_fall_from_the_head_to_the_embedding():
    """Eq. (layer-decay): of 12 layers the embedding has the thirteenth power."""
    rates = layer_rates(12, 0.65)
    assert rates[0] == pytest.approx(0.65**13)
    assert rates[12] == pytest.approx(0.65)
    assert rates[13] == 1
    assert len(rates) == 14


def test_every_parameter_is_in_one_group_with_its_rate():
    """Eq. (layer-decay); layer 10 is not taken for layer 1 or 0."""
    model = VisionTransformer(8, 4, dim=8, depth=11, heads=2, channels=1, classes=3)
    groups = layered_groups(model, 0.1, decay=0.5, weight_decay=0.05)
    found = {id(p): group for group in groups for p in group["params"]}
    assert sum(len(group["params"]) for group in groups) == len(found)
    named = dict(model.named_parameters())
    assert found.keys() == {id(parameter) for parameter in named.values()}
    for name, (power, decays) in {
        "class_token": (12, False),
        "positions": (12, False),
        "embedding.weight": (12, True),
        "embedding.bias": (12, False),
        "encoder.layers.0.feed_forward.expand.weight": (11, True),
        "encoder.layers.10.feed_forward.expand.weight": (1, True),
        "encoder.layers.10.norm1.weight": (1, False),
        "encoder.norm.weight": (0, False),
        "head.weight": (0, True),
    }.items():
        group = found[id(named[name])]
        assert group["lr"] == pytest.approx(0.1 * 0.5**power), name
        assert group["weight_decay"] == 0.05 * decays, name
    torch.optim.AdamW(groups)


def test_a_classifier_sees_what_the_encoder_saw(rng):
    """With the class token and nothing hidden, both give the same tokens."""
    model = autoencoder(rng)
    images = torch.randn(2, 1, 16, 16, dtype=torch.float64, generator=rng(1))
    classifier = as_classifier(model, 5, mean=False)
    order = shuffle(torch.rand(2, 16, generator=rng(2)))
    # Attention mixes in another order of tokens: sums of 17 terms.
    latent = model.encode(images, order, 16)[:, 0]
    tokens = classifier.encoder(classifier.tokens(images))[:, 0]
    torch.testing.assert_close(tokens, latent, rtol=0, atol=1e-12)
    assert torch.equal(classifier(images), torch.zeros(2, 5, dtype=torch.float64))
    assert as_classifier(model, 5).class_token is None


def test_a_classifier_shares_nothing(rng):
    model = autoencoder(rng)
    classifier = as_classifier(model, 5)
    theirs = {tensor.data_ptr() for tensor in model.state_dict().values()}
    assert theirs.isdisjoint(t.data_ptr() for t in classifier.state_dict().values())


def test_fine_tuning_learns_and_leaves_the_autoencoder_alone(rng):
    model = autoencoder(rng).float()
    before = model.state_dict()["class_token"].clone()
    images = torch.randn(12, 1, 16, 16, generator=rng(1))
    labels = torch.arange(12) % 3
    classifier = as_classifier(model, 3)
    fine_tune(classifier, images, labels, steps=150, rate=1e-2, generator=rng(2))
    assert (classifier(images).argmax(-1) == labels).float().mean() > 0.9
    assert torch.equal(model.state_dict()["class_token"], before)


@pytest.mark.parametrize("trained", [0, 1, 3])
def test_partial_fine_tuning_moves_the_last_layers_alone(rng, trained):
    classifier = as_classifier(autoencoder(rng).float(), 3)
    before = {name: x.clone() for name, x in classifier.state_dict().items()}
    freeze(classifier, trained)
    images = torch.randn(12, 1, 16, 16, generator=rng(1))
    fine_tune(classifier, images, torch.arange(12) % 3, steps=3, generator=rng(2))
    frozen = tuple(f"encoder.layers.{k}." for k in range(3 - trained))
    frozen += ("embedding.",) if trained < 3 else ()
    for name, parameter in classifier.named_parameters():
        if not name.endswith("key.bias"):  # has no effect, so no gradient
            moved = not parameter.equal(before[name])
            assert moved != name.startswith(frozen or ("none",)), name


def test_more_layers_than_there_are_cannot_be_trained(rng):
    classifier = as_classifier(autoencoder(rng), 3)
    with pytest.raises(ValueError, match=r"trained must be .*got 4"):
        freeze(classifier, 4)


def test_a_probe_normalizes_without_parameters(rng):
    head = probe_head(4, 3)
    assert [tuple(p.shape) for p in head.parameters()] == [(3, 4), (3,)]
    features = 5 + 3 * torch.randn(64, 4, generator=rng())
    normed = head[0](features)
    torch.testing.assert_close(normed.mean(0), torch.zeros(4), rtol=0, atol=1e-6)
    variance = normed.var(0, correction=0)
    torch.testing.assert_close(variance, torch.ones(4), rtol=0, atol=1e-5)


def test_a_decay_that_grows_is_refused():
    for decay in (0.0, 1.5):
        with pytest.raises(ValueError, match=f"decay must be above 0.*got {decay}"):
            layer_rates(3, decay)


def test_what_is_no_tensor_is_refused_by_its_name(rng):
    classifier, images = as_classifier(autoencoder(rng), 3), torch.zeros(2, 1, 16, 16)
    with pytest.raises(TypeError, match=r"^labels must be a tensor, got list"):
        fine_tune(classifier, images, [0, 1], steps=1)
    with pytest.raises(TypeError, match=r"^images must be a tensor, got list"):
        fine_tune(classifier, images.tolist(), torch.zeros(2), steps=1)


def test_a_classifier_is_on_the_device_of_its_autoencoder(rng):
    for mean in (True, False):
        classifier = as_classifier(autoencoder(rng).to("meta"), 5, mean=mean)
        state = classifier.state_dict().values()
        assert {(x.device.type, x.dtype) for x in state} == {("meta", torch.float64)}
