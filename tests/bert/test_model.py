"""Checks of dlnotes.bert.model."""

import pytest
import torch

from dlnotes.bert.model import Bert, draw_weights, visible_to
from tests.blocks.test_attention import fill

SIZES = {"dim": 12, "depth": 3, "heads": 3, "positions": 10}


@pytest.fixture
def model(rng):
    found = Bert(20, **SIZES).double()
    fill(found, rng())
    return found


@pytest.fixture
def tokens(rng):
    return torch.randint(20, (2, 6), generator=rng(1))


def test_layers_are_chained_from_the_embedding_on(model, tokens):
    """Eq. (encoder)."""
    states = model.hidden_states(tokens)
    assert len(states) == 4
    torch.testing.assert_close(states[0], model.embedding(tokens))
    for layer, before, after in zip(model.layers(), states, states[1:], strict=False):
        torch.testing.assert_close(layer(before), after)
    torch.testing.assert_close(states[-1], model(tokens))


def test_each_sum_is_normalized_and_not_each_input(model, tokens):
    """What comes out of a layer has the law of its last normalization."""
    last = model.layers()[-1].norm2
    out = (model(tokens) - last.bias) / last.weight
    torch.testing.assert_close(out.mean(-1), torch.zeros(2, 6).double())


def test_maps_of_attention_are_those_that_mix_the_values(model, tokens):
    mask = torch.arange(6) < torch.tensor([[6], [4]])
    maps = model.attention_maps(tokens, mask=mask)
    assert maps.shape == (3, 2, 3, 6, 6)
    torch.testing.assert_close(maps.sum(-1), torch.ones(3, 2, 3, 6).double())
    assert not maps[:, 1, ..., 4:].any()
    attention, x = model.layers()[0].attention, model.start(tokens)
    value = attention.value(x).unflatten(-1, (3, 4)).transpose(1, 2)
    mixed = (maps[0] @ value).transpose(1, 2).flatten(-2)
    expected = attention(x, mask=mask[:, None, None])
    torch.testing.assert_close(attention.output(mixed), expected)


def test_without_layers_there_are_no_maps(tokens):
    with pytest.raises(ValueError, match="number of layers must be at least 1, got 0"):
        Bert(20, **{**SIZES, "depth": 0}).attention_maps(tokens)


def test_padding_changes_nothing_of_the_text(model, tokens):
    """A text alone, and the same with padding of any kind."""
    alone = model(tokens[:, :4])
    mask = (torch.arange(6) < 4).expand(2, 6)
    for filler in (0, 7):
        padded = tokens.where(mask, filler)
        torch.testing.assert_close(model(padded, mask=mask)[:, :4], alone)


def test_a_row_that_is_all_padding_is_defined(model, tokens):
    """Attention gives 0, so that each token is on its own; gradients are finite."""
    mask = torch.tensor([[True] * 6, [False] * 6])
    out = model(tokens, mask=mask)
    assert not model.attention_maps(tokens, mask=mask)[:, 1].any()
    assert out.isfinite().all()
    torch.testing.assert_close(out[:1], model(tokens[:1]))
    torch.autograd.backward(out.square().sum())
    assert all(p.grad.isfinite().all() for p in model.parameters())
    changed = tokens.clone()
    changed[1, 0] = (changed[1, 0] + 1) % 20
    other = model(changed, mask=mask)
    torch.testing.assert_close(other[1, 1:], out[1, 1:])


def test_a_square_mask_says_who_sees_whom(model, tokens):
    """Below the diagonal: the first token cannot depend on the others."""
    seen = torch.ones(1, 6, 6, dtype=torch.bool).tril()
    out = model(tokens, mask=seen)
    torch.testing.assert_close(out[:, :1], model(tokens[:, :1]))
    torch.testing.assert_close(model(tokens, mask=seen.expand(2, 6, 6)), out)


def test_texts_packed_without_padding_give_the_same(model, rng):
    tokens = torch.randint(20, (4, 6), generator=rng(2))
    segments = torch.randint(2, (4, 6), generator=rng(3))
    mask = torch.arange(6) < torch.tensor([[6], [1], [0], [3]])
    expected = model(tokens, segments, mask).masked_fill(~mask[..., None], 0)
    packed = model.without_padding(tokens, mask, segments)
    torch.testing.assert_close(packed, expected)
    slopes = [
        torch.autograd.grad(x.square().sum(), list(model.parameters()))
        for x in (packed, expected)
    ]
    torch.testing.assert_close(*slopes)


@pytest.mark.parametrize(
    ("mask", "error", "message"),
    [
        (torch.ones(2, 5, dtype=torch.bool), ValueError, r"\(2, 6\) or \(2, 6, 6\)"),
        (torch.ones(6, 6, dtype=torch.bool), ValueError, r"got \(6, 6\)"),
        (torch.ones(2, 6), TypeError, "mask must hold truth values, got torch.float32"),
        ([[1]], TypeError, "mask must hold truth values, got list"),
    ],
)
def test_a_mask_of_another_form_is_refused(model, tokens, mask, error, message):
    with pytest.raises(error, match=message):
        model(tokens, mask=mask)
    with pytest.raises(error, match=message):
        visible_to(tokens, mask)


def test_where_all_is_padding_nothing_is_encoded(model, tokens):
    mask = torch.zeros_like(tokens, dtype=torch.bool)
    encoded = model.without_padding(tokens, mask)
    assert torch.equal(encoded, torch.zeros_like(model(tokens)))


def test_rows_without_padding_need_a_mask_of_their_own(model, tokens):
    with pytest.raises(TypeError, match="mask must be a tensor, got NoneType"):
        model.without_padding(tokens, None)
    square = torch.ones(2, 6, 6, dtype=torch.bool)
    with pytest.raises(ValueError, match=r"mask must have shape \(2, 6\), got"):
        model.without_padding(tokens, square)


def test_rows_must_be_two_dimensional(model):
    with pytest.raises(ValueError, match=r"tokens must be \(B, N\)"):
        model(torch.tensor([1, 2]))


def test_drawn_weights_have_the_law_that_is_stated(rng):
    model = Bert(400, dim=64, depth=1, heads=2, width=32)
    fill(model, rng())
    draw_weights(model, generator=rng(1))
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            assert not parameter.any(), name
        elif "norm" in name:
            assert (parameter == 1).all(), name
        else:
            # The relative error of a spread of n numbers is below 1 / sqrt(n).
            odd = abs(parameter.std() / 0.02 - 1) * parameter.numel() ** 0.5
            assert odd < 5, name
    again = Bert(400, dim=64, depth=1, heads=2, width=32)
    draw_weights(again, generator=rng(1))
    assert torch.equal(again.project.weight, model.project.weight)
