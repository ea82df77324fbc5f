"""Checks of dlnotes.vit.order."""

import pytest
import torch

from dlnotes.blocks.encoder import Encoder
from dlnotes.vit.model import VisionTransformer
from dlnotes.vit.order import order_gaps
from tests.blocks.test_attention import fill


def test_an_encoder_is_equivariant_and_not_invariant(rng):
    """Eq. (equivariant)."""
    encoder = Encoder(12, 2, 3).double()
    fill(encoder, rng())
    tokens = torch.randn(2, 7, 12, dtype=torch.float64, generator=rng(1))
    order = torch.tensor([3, 0, 6, 1, 2, 5, 4])
    equivariant, invariant = order_gaps(encoder, tokens, order)
    assert equivariant < 1e-12
    assert invariant > 0.1
    with pytest.raises(TypeError, match="order must be a tensor, got list"):
        order_gaps(encoder, tokens, order.tolist())


def test_without_codes_the_class_scores_are_invariant_and_with_them_not(rng):
    """Eq. (equivariant): what is pooled no longer has an order."""
    images = torch.randn(2, 3, 8, 8, dtype=torch.float64, generator=rng(1))
    rows = torch.tensor([2, 3, 0, 1])  # of patches: a permutation of them
    moved = images.unflatten(2, (4, 2))[:, :, rows].flatten(2, 3)
    for mean in (False, True):
        for codes in (torch.zeros(16, 12, dtype=torch.float64), None):
            model = VisionTransformer(
                8, 2, dim=12, depth=2, heads=3, classes=5, mean=mean, codes=codes
            ).double()
            fill(model, rng())
            gap = (model(images) - model(moved)).abs().max()
            assert gap < 1e-12 if codes is not None else gap > 1e-3
