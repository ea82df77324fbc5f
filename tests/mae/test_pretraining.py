"""Checks of dlnotes.mae.pretraining."""

import pytest
import torch

from dlnotes.mae.masking import draw_noise, shuffle
from dlnotes.mae.model import MaskedAutoencoder
from dlnotes.mae.pretraining import pretrain
from dlnotes.vit.model import initialize

SIZES = {
    **{"dim": 12, "depth": 1, "heads": 3, "channels": 1, "normalized": False},
    **{"decoder_dim": 8, "decoder_depth": 1, "decoder_heads": 2},
}


def start(rng):
    model = MaskedAutoencoder(8, 2, **SIZES)
    initialize(model, generator=rng())
    return model


def test_a_picture_that_is_always_the_same_is_learned(rng):
    """It is in no patch alone, but in the weights after a while."""
    model, image = start(rng), torch.randn(1, 1, 8, 8, generator=rng(1))
    order = shuffle(draw_noise(1, 16, generator=rng(2)))
    before = torch.div(*model.loss(image, order, 4))
    pretrain(model, lambda: image, 0.75, steps=200, generator=rng(3))
    assert torch.div(*model.loss(image, order, 4)) < before / 4


def test_the_generator_decides_all_masks(rng):
    found = []
    for seed in (3, 3, 4):
        model = start(rng)
        images = torch.randn(4, 1, 8, 8, generator=rng(1))
        pretrain(model, lambda x=images: x, 0.5, steps=3, generator=rng(seed))
        found.append(model.pixels.weight.detach())
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_a_share_that_leaves_nothing_is_refused_before_any_step(rng):
    with pytest.raises(ValueError, match=r"ratio must leave some of 16 patches"):
        pretrain(start(rng), lambda: 1 / 0, 0.99, steps=1)


@pytest.mark.parametrize("steps", [1, 2, 10])
def test_few_steps_are_steps(rng, steps):
    drawn = []
    images = torch.randn(2, 1, 8, 8, generator=rng(1))
    pretrain(start(rng), lambda: drawn.append(1) or images, 0.5, steps=steps)
    assert len(drawn) == steps
