"""Checks of dlnotes.bert.alignment."""

from itertools import permutations

import pytest
import torch

from dlnotes.bert.alignment import (
    chance_rank,
    language_vector,
    mean_vectors,
    reciprocal_rank,
)


def test_the_vector_of_a_word_is_the_mean_of_its_occurrences(rng):
    """Eq. (word-vector), word by word; one that does not occur has 0."""
    states = torch.randn(3, 4, 5, dtype=torch.float64, generator=rng())
    words = torch.randint(6, (3, 4), generator=rng(1))
    words[words == 2] = 3
    found = mean_vectors(states, words, 6)
    for word in words.unique():
        torch.testing.assert_close(found[word], states[words == word].mean(0))
    assert (found[2] == 0).all()


def test_the_rank_is_the_place_in_a_sorted_list(rng):
    """Eq. (reciprocal-rank), by sorting the keys of each query."""
    queries = torch.randn(9, 4, dtype=torch.float64, generator=rng())
    keys = queries + torch.randn(9, 4, dtype=torch.float64, generator=rng(1))
    total = 0.0
    for i in range(9):
        cosines = [torch.cosine_similarity(queries[i], k, dim=0).item() for k in keys]
        order = sorted(range(9), key=lambda j: -cosines[j])
        total += 1 / (1 + order.index(i))
    found = reciprocal_rank(queries, keys).item()
    assert found == pytest.approx(total / 9, rel=1e-12)
    assert 0.2 < found < 0.99


def test_of_equal_keys_the_right_one_counts_as_last():
    queries, keys = torch.eye(4), torch.ones(4, 4)
    assert reciprocal_rank(queries, keys) == 1 / 4


@pytest.mark.parametrize("size", [2.0**-120, 2.0**110])
def test_lengths_whose_squares_float32_lacks_do_not_matter(rng, size):
    """Eq. (reciprocal-rank): a power of two changes nothing, to the bit."""
    pair = torch.randn(2, 9, 4, generator=rng()).unbind()
    assert reciprocal_rank(*pair) == reciprocal_rank(*(size * x for x in pair)) < 1


def test_guessing_gives_the_harmonic_number_over_the_count():
    """Eq. (chance-rank): all orders of the keys of each query, enumerated."""
    for count in range(1, 6):
        ranks = [order.index(0) + 1 for order in permutations(range(count))]
        mean = sum(1 / rank for rank in ranks) / len(ranks)
        assert chance_rank(count) == pytest.approx(mean, rel=1e-12)


def test_the_language_vector_undoes_a_shift(rng):
    """Eq. (language-vector): what differs by one vector is translated exactly."""
    source = torch.randn(8, 3, dtype=torch.float64, generator=rng())
    shift = torch.tensor([5.0, -7.0, 2.0], dtype=torch.float64)
    target = source + shift
    found = language_vector(source, target)
    torch.testing.assert_close(found, shift)
    torch.testing.assert_close(found, language_vector(source, target.flip(0)))
    assert reciprocal_rank(source, target) < 0.8
    assert reciprocal_rank(source + found, target) == 1


def test_vectors_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match=r"got \(\(2, 3\), \(3, 3\)\)"):
        reciprocal_rank(torch.zeros(2, 3), torch.zeros(3, 3))
