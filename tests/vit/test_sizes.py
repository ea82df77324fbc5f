"""Checks of dlnotes.vit.sizes."""

from unittest.mock import patch

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from dlnotes.blocks import attention
from dlnotes.blocks.encoder import EncoderLayer
from dlnotes.vit.model import VisionTransformer
from dlnotes.vit.sizes import (
    SIZES,
    layer_multiply_adds,
    multiply_adds,
    parameter_count,
)

KINDS = [("B", 16, 196), ("B", 32, 49), ("L", 16, 196), ("L", 32, 49), ("H", 14, 256)]


def written_out(query, key, value, mask, bias):
    """Attention by matrix products, which the counter of torch sees."""
    return attention.attend(query, key, value)


@pytest.mark.parametrize(("kind", "side", "tokens"), KINDS)
def test_the_closed_forms_are_what_a_network_has_and_multiplies(kind, side, tokens):
    """Eq. (parameters) and Eq. (multiply-adds), without any memory."""
    sizes = SIZES[kind]
    with torch.device("meta"), patch.object(attention, "_fused", written_out):
        model = VisionTransformer(224, side, **sizes)
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            model(torch.empty(1, 3, 224, 224))
    counted = sum(parameter.numel() for parameter in model.parameters())
    given = tokens, side, sizes["dim"], sizes["depth"]
    assert parameter_count(*given, classes=1000) == counted
    assert 2 * multiply_adds(*given, classes=1000) == counter.get_total_flops()


def test_published_numbers_of_parameters():
    """Those of the checkpoints of timm, with a head of 1,000 classes."""
    published = {"B16": 86_567_656, "L16": 304_326_632, "H14": 632_045_800}
    for name, (kind, side, tokens) in zip(
        published, (KINDS[0], KINDS[2], KINDS[4]), strict=True
    ):
        sizes = SIZES[kind]["dim"], SIZES[kind]["depth"]
        assert parameter_count(tokens, side, *sizes, classes=1000) == published[name]


@pytest.mark.parametrize(("tokens", "dim", "heads"), [(9, 8, 2), (40, 8, 4)])
def test_a_layer_costs_its_closed_form_whatever_the_heads(tokens, dim, heads):
    """Eq. (layer-cost)."""
    layer = EncoderLayer(dim, heads)
    with patch.object(attention, "_fused", written_out):
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            layer(torch.ones(1, tokens, dim))
    assert counter.get_total_flops() == 2 * layer_multiply_adds(tokens, dim)


def test_sizes_that_are_no_counts_are_refused():
    with pytest.raises(ValueError, match="tokens must be at least 1"):
        parameter_count(0, 16, 8, 2, classes=3)
