"""Checks of dlnotes.mae.model."""

import pytest
import torch

from dlnotes.blocks.patches import patchify
from dlnotes.mae.masking import hidden, shuffle
from dlnotes.mae.model import MaskedAutoencoder
from tests.blocks.test_attention import fill


def autoencoder(rng, **options):
    model = MaskedAutoencoder(
        *((8, 12), 4),
        **{"dim": 12, "depth": 2, "heads": 3, "channels": 2},
        **{"decoder_dim": 8, "decoder_depth": 1, "decoder_heads": 2},
        **options,
    ).double()
    fill(model, rng())
    return model


def test_hidden_pixels_reach_nothing_and_visible_ones_everything(rng):
    """Eq. (autoencoder): gradients of the prediction in the image."""
    model = autoencoder(rng)
    images = torch.randn(2, 2, 8, 12, dtype=torch.float64, generator=rng(1))
    images.requires_grad_()
    order = shuffle(torch.rand(2, 6, generator=rng(2)))
    predicted = model(images, order, 2)
    (slope,) = torch.autograd.grad(predicted.square().sum(), images)
    touched = patchify(slope, 4).abs().amax(-1) > 0
    assert torch.equal(touched, ~hidden(order, 2))


def test_the_order_of_visible_patches_does_not_matter(rng):
    """Eq. (autoencoder): attention knows no order, only places."""
    model = autoencoder(rng)
    images = torch.randn(1, 2, 8, 12, dtype=torch.float64, generator=rng(1))
    order = torch.tensor([[4, 0, 2, 5, 1, 3]])
    other = torch.tensor([[2, 4, 0, 1, 3, 5]])
    expected = model(images, order, 3)
    torch.testing.assert_close(model(images, other, 3), expected, rtol=0, atol=1e-12)


def test_the_target_is_normalized_if_that_is_wanted(rng):
    images = torch.randn(1, 2, 8, 12, dtype=torch.float64, generator=rng(1))
    plain = autoencoder(rng, normalized=False).target(images)
    assert torch.equal(plain, patchify(images, 4))
    squares = autoencoder(rng).target(images).square().mean(-1)
    torch.testing.assert_close(
        squares, torch.full_like(squares, 31 / 32), rtol=1e-4, atol=0
    )


def test_mask_tokens_in_the_encoder_tell_nothing_of_hidden_pixels(rng):
    """As in BERT: the encoder reads all places, the prediction no hidden pixel."""
    model = autoencoder(rng, encodes_hidden=True)
    images = torch.randn(2, 2, 8, 12, dtype=torch.float64, generator=rng(1))
    images.requires_grad_()
    order = shuffle(torch.rand(2, 6, generator=rng(2)))
    latent = model.encode(images, order, 2)
    assert latent.shape == (2, 7, 12)
    (slope,) = torch.autograd.grad(model.decode(latent, order).square().sum(), images)
    touched = patchify(slope, 4).abs().amax(-1) > 0
    assert torch.equal(touched, ~hidden(order, 2))


def test_with_nothing_hidden_mask_tokens_make_no_difference(rng):
    images = torch.randn(2, 2, 8, 12, dtype=torch.float64, generator=rng(1))
    model, other = autoencoder(rng), autoencoder(rng, encodes_hidden=True)
    state = {k: v for k, v in model.state_dict().items() if k != "mask_token"}
    other.load_state_dict(state, strict=False)
    order = torch.arange(6).expand(2, 6)
    expected = model(images, order, 6)
    torch.testing.assert_close(other(images, order, 6), expected, rtol=0, atol=1e-12)


def test_a_decoder_of_all_places_takes_no_other_number_of_tokens(rng):
    """One token would broadcast over the codes of all places."""
    model, order = autoencoder(rng, encodes_hidden=True), torch.arange(6)[None]
    latent = torch.zeros(1, 1, 12, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"latent must have shape \(B, 7, 12\)"):
        model.decode(latent, order)
