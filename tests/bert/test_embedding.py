"""Checks of dlnotes.bert.embedding."""

import pytest
import torch

from dlnotes.bert.embedding import TextEmbedding, add_embeddings, shifted_places
from tests.blocks.test_attention import fill


@pytest.fixture
def embedding(rng):
    model = TextEmbedding(7, 4, positions=5, segments=2).double()
    fill(model, rng())
    return model


def test_three_rows_are_added_for_each_token(rng):
    """Eq. (input), token by token."""
    words, codes, kinds = (torch.randn(n, 3, generator=rng(n)) for n in (6, 5, 2))
    tokens = torch.tensor([[4, 0, 5], [1, 1, 2]])
    segments = torch.tensor([[0, 1, 1], [0, 0, 1]])
    found = add_embeddings(tokens, words, codes, kinds, segments=segments)
    for b in range(2):
        for i in range(3):
            expected = words[tokens[b, i]] + codes[i] + kinds[segments[b, i]]
            torch.testing.assert_close(found[b, i], expected)
    default = add_embeddings(tokens, words, codes, kinds)
    zeros = add_embeddings(tokens, words, codes, kinds, segments=0 * tokens)
    assert torch.equal(default, zeros)
    assert torch.equal(add_embeddings(tokens, words, codes), words[tokens] + codes[:3])


def test_a_row_is_normalized(embedding):
    """Each vector has mean 0 and variance 1 before scale and shift."""
    tokens = torch.tensor([[1, 6, 2]])
    out = (embedding(tokens) - embedding.norm.bias) / embedding.norm.weight
    torch.testing.assert_close(out.mean(-1), torch.zeros(1, 3).double())
    variance = out.var(-1, correction=0)
    torch.testing.assert_close(variance, torch.ones(1, 3).double(), rtol=0, atol=1e-6)


def test_places_are_counted_from_the_padding_token_on():
    """Eq. (shifted-places): by a loop; padding in the middle is not counted."""
    tokens = torch.tensor([[5, 1, 6, 7], [1, 1, 8, 1], [1, 1, 1, 1]])
    for row, found in zip(
        tokens.tolist(), shifted_places(tokens, 1).tolist(), strict=True
    ):
        place, expected = 1, []
        for token in row:
            place += token != 1
            expected.append(place if token != 1 else 1)
        assert found == expected


def test_a_table_with_shifted_places_has_rows_for_them(rng):
    model = TextEmbedding(7, 4, positions=5, segments=1, padding=1)
    assert model.positions.shape == (7, 4)
    fill(model, rng())
    full = torch.tensor([[2, 3, 4, 5, 6]])
    assert model(full).shape == (1, 5, 4)
    with pytest.raises(ValueError, match="places must be from 0 to 6, got 7"):
        model(torch.tensor([[2, 3, 4, 5, 6, 6]]))


@pytest.mark.parametrize(
    ("tokens", "segments", "error", "message"),
    [
        ([[0, 7]], None, ValueError, "tokens must be from 0 to 6, got 7"),
        ([[0, -1]], None, ValueError, "tokens must be from 0 to 6, got -1"),
        ([[0] * 6], None, ValueError, "tokens must be at most 5 a row, got 6"),
        ([[0.5]], None, TypeError, "tokens must hold integers, got torch.float"),
        ([[0, 1]], [[0, 2]], ValueError, "segments must be from 0 to 1, got 2"),
        ([[0, 1]], [[0, 1, 1]], ValueError, r"segments must have shape \(1, 2\)"),
        ([[0], [1]], [[0]], ValueError, r"segments must have shape \(2, 1\)"),
    ],
)
def test_what_has_no_row_is_refused(embedding, tokens, segments, error, message):
    given = None if segments is None else torch.tensor(segments)
    with pytest.raises(error, match=message):
        embedding(torch.tensor(tokens), given)


def test_a_token_has_one_place():
    tokens, table = torch.tensor([[0], [1]]), torch.eye(3)
    with pytest.raises(ValueError, match=r"places must have shape \(2, 1\)"):
        add_embeddings(tokens, table, table, places=torch.tensor([[0, 1], [1, 2]]))


def test_a_model_without_segments_refuses_them():
    model = TextEmbedding(7, 4, segments=0)
    assert dict(model.named_parameters()).keys() >= {"words", "positions"}
    with pytest.raises(ValueError, match="segments must be None"):
        model(torch.tensor([[1]]), torch.tensor([[0]]))
    with pytest.raises(TypeError, match="tokens must be a tensor, got list"):
        model([[1]])
