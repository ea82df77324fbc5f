"""Checks of dlnotes.vit.model."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlnotes.blocks.positions import sincos_2d
from dlnotes.vit.model import (
    VisionTransformer,
    at_resolution,
    initialize,
)
from dlnotes.vit.positions import places, resize_codes
from tests.blocks.test_attention import fill

SIZES = {"dim": 12, "depth": 2, "heads": 3, "classes": 5}
OPTIONS = {
    "class token": {},
    "mean": {"mean": True},
    "relative": {"relative": True},
    "relative mean": {"relative": True, "mean": True},
}


@pytest.fixture
def images(rng):
    return torch.randn(2, 3, 8, 12, dtype=torch.float64, generator=rng(7))


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_the_network_is_its_equations_one_after_the_other(rng, images, options):
    """Eq. (vit), with the layers written out; every parameter is drawn."""
    model = VisionTransformer((8, 12), 4, **SIZES, **options).double()
    fill(model, rng())
    maps = F.conv2d(images, model.embedding.weight, model.embedding.bias, stride=4)
    z = maps.flatten(2).mT
    if not options.get("mean"):
        z = torch.cat([model.class_token.expand(2, 1, 12), z], dim=1)
    z = z + model.positions
    for layer in model.encoder.layers:
        x = layer.norm1(z)
        heads = [
            part(x).unflatten(-1, (3, 4)).transpose(1, 2)
            for part in (layer.attention.query, layer.attention.key)
        ]
        scores = heads[0] @ heads[1].mT / 2
        if options.get("relative"):
            scores = scores + model.bias()
        value = layer.attention.value(x).unflatten(-1, (3, 4)).transpose(1, 2)
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)
        z = z + layer.attention.output(mixed)
        inner = layer.feed_forward.expand(layer.norm2(z))
        z = z + layer.feed_forward.reduce(F.gelu(inner))
    y = model.encoder.norm(z)
    y = y.mean(1) if options.get("mean") else y[:, 0]
    torch.testing.assert_close(model(images), model.head(y), rtol=0, atol=1e-12)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_every_parameter_moves_the_output(rng, images, options):
    """But the bias of the keys, which softmax drops."""
    model = VisionTransformer((8, 12), 4, **SIZES, **options).double()
    fill(model, rng())
    before = model(images)
    for name, parameter in model.named_parameters():
        kept = parameter.detach().clone()
        with torch.no_grad():
            parameter += 0.1 * torch.randn(parameter.shape, generator=rng(2))
            moved = (model(images) - before).abs().max() > 1e-7
            parameter.copy_(kept)
        assert moved != name.endswith("key.bias"), name


def test_fixed_codes_are_added_to_the_patches_and_not_trained(rng, images):
    rows, columns = places((2, 3), like=images).unbind(-1)
    codes = sincos_2d(rows, columns, 12)
    model = VisionTransformer((8, 12), 4, **SIZES, codes=codes).double()
    fill(model, rng())
    patches = model.embedding(images).flatten(2).mT
    torch.testing.assert_close(model.tokens(images)[:, 1:], patches + codes)
    assert "positions" not in dict(model.named_parameters())
    assert "positions" in model.state_dict()
    with pytest.raises(ValueError, match="codes must have shape"):
        VisionTransformer((8, 12), 4, **SIZES, codes=codes[:4])


def test_without_classes_features_come_out(images):
    model = VisionTransformer((8, 12), 4, **SIZES | {"classes": 0}).double()
    assert model(images).shape == (2, 12)


def test_a_hybrid_is_a_chain_of_a_convolutional_stem_and_a_network_of_pixels(rng):
    stem = nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.ReLU(), nn.Conv2d(6, 6, 2, 2))
    model = nn.Sequential(stem, VisionTransformer(4, 1, **SIZES, channels=6))
    assert model(torch.randn(2, 3, 16, 16, generator=rng())).shape == (2, 5)
    assert model[1].grid == (4, 4)


@pytest.mark.parametrize("options", [{}, {"mean": True}])
def test_another_resolution_interpolates_the_positions_alone(rng, images, options):
    """Eq. (resize)."""
    model = VisionTransformer((8, 12), 4, **SIZES, **options).double()
    fill(model, rng())
    larger = at_resolution(model, (16, 12))
    extra = len(model.positions) - 6
    expected = resize_codes(model.positions, (2, 3), (4, 3), extra=extra)
    torch.testing.assert_close(larger.positions, expected)
    assert larger(torch.cat([images, images], 2)).shape == (2, 5)
    with pytest.raises(ValueError, match=r"images must have shape \(B, 3, 16, 12\)"):
        larger(images)
    assert torch.equal(at_resolution(model, (8, 12))(images), model(images))
    assert not at_resolution(model.eval(), (16, 12)).training
    with pytest.raises(ValueError, match="relative"):
        at_resolution(VisionTransformer(8, 4, **SIZES, relative=True), 16)


def test_fixed_codes_stay_fixed_at_another_resolution():
    model = VisionTransformer(8, 4, **SIZES, codes=torch.ones(4, 12))
    larger = at_resolution(model, 16)
    assert "positions" not in dict(larger.named_parameters())
    assert larger.state_dict()["positions"].shape == (17, 12)


@pytest.mark.parametrize("trained", [True, False])
def test_frozen_codes_stay_frozen_at_another_resolution(trained):
    model = VisionTransformer(8, 4, **SIZES)
    model.positions.requires_grad_(trained)
    assert at_resolution(model, 16).positions.requires_grad is trained


def test_dropout_reaches_the_encoder():
    model = VisionTransformer(8, 4, **SIZES, dropout=0.5, drop_path=0.25)
    last = model.encoder.layers[-1]
    assert (last.drop[0].rate, last.drop[1].rate) == (0.5, 0.25)


def test_initial_parameters_have_the_variances_that_are_said(rng):
    model = VisionTransformer(32, 4, dim=128, depth=1, heads=4, relative=True)
    initialize(model, generator=rng())
    again = VisionTransformer(32, 4, dim=128, depth=1, heads=4, relative=True)
    initialize(again, generator=rng())
    for (name, one), other in zip(
        model.named_parameters(), again.parameters(), strict=True
    ):
        assert torch.equal(one, other), name
    spread = {
        "embedding.weight": (2 / (48 + 128)) ** 0.5,
        "encoder.layers.0.feed_forward.expand.weight": (2 / (128 + 512)) ** 0.5,
        "positions": 0.02,
        "bias_table": 0.02,
    }
    for name, expected in spread.items():
        # The relative error of a standard deviation of n numbers is below 1 / sqrt(n).
        found = model.get_parameter(name)
        assert abs(found.std() / expected - 1) < 5 / found.numel() ** 0.5, name
    assert not model.head.bias.any()
    assert (model.encoder.norm.weight == 1).all()
    assert model.class_token.any()
