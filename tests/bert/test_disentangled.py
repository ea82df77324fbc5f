"""Checks of dlnotes.bert.disentangled; parity is in test_loading.py."""

import math

import pytest
import torch

from dlnotes.bert.disentangled import (
    DisentangledAttention,
    disentangled_scores,
    distance_index,
)
from tests.blocks.test_attention import fill


@pytest.fixture
def vectors(rng):
    query, key = torch.randn(2, 5, 3, dtype=torch.float64, generator=rng())
    far_query, far_key = torch.randn(2, 4, 3, dtype=torch.float64, generator=rng(1))
    return query, key, far_query, far_key


def delta(i, j, reach):
    return min(max(i - j + reach, 0), 2 * reach - 1)


def test_far_distances_have_one_number(rng):
    """Eq. (distance), pair by pair."""
    index = distance_index(7, 3)
    expected = [[delta(i, j, 3) for j in range(7)] for i in range(7)]
    assert index.tolist() == expected


def test_three_products_are_added_for_each_pair(vectors):
    """Eq. (disentangled), pair by pair."""
    query, key, far_query, far_key = vectors
    scores = disentangled_scores(*vectors)
    for i in range(5):
        for j in range(5):
            d = delta(i, j, 2)
            total = query[i] @ key[j] + query[i] @ far_key[d] + key[j] @ far_query[d]
            assert abs(scores[i, j] - total / math.sqrt(9)) < 1e-12


def test_the_index_of_the_paper_in_the_third_term_gives_other_scores(vectors):
    """The printed one is that of j and i; implementations have i and j."""
    query, key, far_query, far_key = vectors
    index = distance_index(5, 2)
    printed = (query @ key.T + (query @ far_key.T).gather(1, index)) / 3
    swapped = (key @ far_query.T)[torch.arange(5), index.T] / 3
    gap = (printed + swapped - disentangled_scores(*vectors)).abs()
    assert gap.max() > 0.1
    on_diagonal = gap.diagonal().max()
    assert on_diagonal < 1e-12


def test_only_distances_and_contents_are_known(rng):
    """Shifting a text, with its padding, changes nothing: there are no places."""
    model, table = DisentangledAttention(6, 2).double(), torch.randn(8, 6).double()
    fill(model, rng())
    table = torch.randn(8, 6, dtype=torch.float64, generator=rng(1))
    x = torch.randn(1, 5, 6, dtype=torch.float64, generator=rng(2))
    padded = torch.cat([torch.zeros(1, 2, 6).double(), x], dim=1)
    seen = torch.arange(7) >= 2
    torch.testing.assert_close(model(padded, table, seen)[:, 2:], model(x, table))


def test_what_sees_nothing_gets_nothing(rng):
    model = DisentangledAttention(6, 2).double()
    fill(model, rng())
    table = torch.randn(8, 6, dtype=torch.float64, generator=rng(1))
    x = torch.randn(2, 3, 6, dtype=torch.float64, generator=rng(2)).requires_grad_()
    mask = torch.tensor([True, False])[:, None, None, None]
    assert not model.weights(x, table, mask)[1].any()
    out = model(x, table, mask)
    torch.testing.assert_close(out[1], model.output.bias.expand(3, 6))
    (slope,) = torch.autograd.grad(out.sum(), x)
    assert slope.isfinite().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({0: torch.ones(5, 2)}, r"key must be \(..., N, 2\)"),
        ({1: torch.ones(4, 3)}, r"rows must be N, N, 2k and 2k, got \[5, 4, 4, 4\]"),
        ({3: torch.ones(3, 3)}, r"got \[5, 5, 4, 3\]"),
    ],
)
def test_vectors_that_do_not_fit_are_refused(vectors, change, message):
    given = [change.get(k, x) for k, x in enumerate(vectors)]
    with pytest.raises(ValueError, match=message):
        disentangled_scores(*given)


def test_heads_and_masks_are_checked(rng):
    with pytest.raises(ValueError, match="heads must divide dim = 6, got 4"):
        DisentangledAttention(6, 4)
    with pytest.raises(TypeError, match="mask must hold truth values"):
        DisentangledAttention(6, 2)(
            torch.ones(1, 3, 6), torch.ones(4, 6), torch.ones(3)
        )


def test_what_does_not_fit_the_tokens_is_refused():
    model, x = DisentangledAttention(6, 2), torch.ones(1, 3, 6)
    with pytest.raises(
        ValueError, match=r"table must have 2, 4, 6, \.\.\. rows, got 3"
    ):
        model(x, torch.ones(3, 6))
    table, seen = torch.ones(4, 6), torch.ones(2, 1, 3, 3, dtype=torch.bool)
    with pytest.raises(ValueError, match=r"mask must broadcast to \(1, 2, 3, 3\)"):
        model(x, table, seen)
    with pytest.raises(ValueError, match=r"mask must broadcast to \(1, 2, 3, 3\)"):
        model.weights(x, table, seen[:1, None])
