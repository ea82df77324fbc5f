"""Checks of dlnotes.flexible_vit.connectors."""

import torch
from torch.nn import functional as F

from dlnotes.flexible_vit.connectors import Resampler, unshuffle_tokens


def test_squares_of_tokens_join_and_nothing_is_lost(rng):
    """Eq. (unshuffle), by torch's pixel_unshuffle with channels sorted."""
    tokens = torch.randn(2, 24, 5, generator=rng())
    found = unshuffle_tokens(tokens, (4, 6), 2)
    assert found.shape == (2, 6, 20)
    maps = F.pixel_unshuffle(tokens.mT.reshape(2, 5, 4, 6), 2)
    wanted = maps.flatten(2).mT.reshape(2, 6, 5, 4).mT.flatten(2)
    assert torch.equal(found, wanted)


def test_a_resampler_gives_as_many_tokens_as_it_asks_questions(rng):
    """Eq. (resampler): of any number, in any order."""
    model = Resampler(8, 5)
    tokens = torch.randn(2, 30, 8, generator=rng())
    found = model(tokens)
    assert found.shape == (2, 5, 8)
    assert model(tokens[:, :9]).shape == (2, 5, 8)
    order = torch.randperm(30, generator=rng())
    torch.testing.assert_close(model(tokens[:, order]), found)
