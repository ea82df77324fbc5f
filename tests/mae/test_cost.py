"""Checks of dlnotes.mae.cost against counts of what is executed."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from dlnotes.mae.cost import pretraining_macs
from dlnotes.mae.masking import shuffle
from dlnotes.mae.model import MaskedAutoencoder


@pytest.fixture
def written_out(monkeypatch):
    """Attention as products of matrices: the counter knows no fused kernel of a CPU."""
    from dlnotes.blocks import attention

    def attend(query, key, value, *_):
        return attention.attend(query, key, value)

    monkeypatch.setattr(attention, "_fused", attend)


@pytest.mark.parametrize("kept", [4, 8, 16])
def test_a_step_costs_what_is_counted(written_out, kept):
    """Eq. (step-cost)."""
    model = MaskedAutoencoder(
        *(16, 4),
        **{"dim": 16, "depth": 3, "heads": 2},
        **{"decoder_dim": 8, "decoder_depth": 2, "decoder_heads": 2},
    )
    order = shuffle(torch.rand(1, 16))
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, 3, 16, 16), order, kept)
    sizes = {"dim": 16, "depth": 3, "decoder_dim": 8, "decoder_depth": 2}
    expected = pretraining_macs(16, kept, **sizes, patch_pixels=48)
    assert counter.get_total_flops() == 2 * expected
    inside = pretraining_macs(
        *(16, kept), **sizes, patch_pixels=48, mask_tokens_inside=True
    )
    assert inside == pretraining_macs(16, 16, **sizes, patch_pixels=48)
