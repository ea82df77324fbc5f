"""Checks of dlnotes.bert.causal."""

import pytest
import torch

from dlnotes.bert.causal import causal_mask, influence, next_token_loss
from dlnotes.bert.model import Bert, draw_weights
from dlnotes.blocks.encoder import Encoder


@pytest.fixture
def encoder(rng):
    encoder = Encoder(8, 2, 2, pre_norm=False)
    draw_weights(encoder, std=0.4, generator=rng())
    return encoder.double()


def test_a_token_sees_itself_and_what_came_before():
    """Eq. (causal-mask), entry by entry."""
    mask = causal_mask(5)
    assert mask.shape == (1, 5, 5)
    for t in range(5):
        for s in range(5):
            assert mask[0, t, s] == (s <= t)


def test_nothing_leaks_from_the_future_and_all_of_the_past_is_used(encoder, rng):
    """Eq. (influence): exactly 0 above the diagonal, and not 0 below it."""
    x = torch.randn(6, 8, dtype=torch.float64, generator=rng(1))
    table = influence(lambda y: encoder(y, mask=causal_mask(6)[:, None]), x)
    later = torch.ones(6, 6, dtype=torch.bool).triu(1)
    assert (table[later] == 0).all()
    assert (table[~later] > 1e-6).all()
    assert (influence(encoder, x) > 1e-6).all()  # both directions without the mask


def test_influence_is_the_largest_slope(rng):
    """Eq. (influence) against finite differences of a network of one map."""
    weights = torch.randn(3, 4, 3, 2, dtype=torch.float64, generator=rng())
    x = torch.randn(3, 2, dtype=torch.float64, generator=rng(1))
    table = influence(lambda y: torch.einsum("tesd,bsd->bte", weights, y), x)
    torch.testing.assert_close(table, weights.abs().amax((1, 3)))


def test_the_loss_is_that_of_the_next_token(rng):
    """Eq. (left-to-right): probabilities multiplied, one token after the other."""
    logits = torch.randn(2, 4, 5, dtype=torch.float64, generator=rng())
    tokens = torch.tensor([[1, 0, 4, 2], [3, 3, 0, 1]])
    product = 1.0
    for b in range(2):
        for t in range(3):
            product *= logits[b, t].softmax(-1)[tokens[b, t + 1]]
    total, count = next_token_loss(logits, tokens)
    assert count == 6
    torch.testing.assert_close(total, -product.log())


def test_a_whole_model_reads_from_left_to_right(rng):
    """Another last token leaves all outputs before it as they were, to the bit."""
    model = Bert(9, dim=8, depth=2, heads=2, positions=5)
    draw_weights(model, std=0.3, generator=rng())
    tokens = torch.tensor([[4, 5, 6, 7, 8], [4, 5, 6, 7, 3]])
    one, other = model(tokens, None, causal_mask(5))
    assert torch.equal(one[:4], other[:4])
    assert not torch.allclose(one[4], other[4])


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"tokens must be \(2, 3\)"):
        next_token_loss(torch.zeros(2, 3, 4), torch.zeros(2, 2, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"x must be \(N, D\), got shape \(1, 2, 3\)"):
        influence(lambda y: y, torch.zeros(1, 2, 3))
