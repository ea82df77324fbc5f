"""Checks of dlnotes.bert.contextual."""

from itertools import combinations

import pytest
import torch

from dlnotes.bert.contextual import centered_cosines, permutation_p_value, sense_gap
from tests.statistics import SIGMAS


@pytest.fixture
def vectors(rng):
    return torch.randn(6, 4, dtype=torch.float64, generator=rng())


SENSE = torch.tensor([True, True, False, True, False, False])


def test_cosines_are_those_of_what_is_left_without_the_mean(vectors):
    """Eq. (centered-cosine), pair by pair."""
    found, mean = centered_cosines(vectors + 100), vectors.mean(0)
    for i in range(6):
        for j in range(6):
            a, b = vectors[i] - mean, vectors[j] - mean
            torch.testing.assert_close(found[i, j], a @ b / (a.norm() * b.norm()))


def test_a_static_vector_has_no_senses():
    """All occurrences have one vector, even one that rounding moves: all 0."""
    static = (torch.arange(1, 8) / 7).expand(9, 7)
    assert (centered_cosines(static) == 0).all()
    assert (centered_cosines(static.clone().mul(1 + 1e-7)) == 0).all()


def test_small_differences_are_no_rounding():
    """What differs by a thousandth is compared as what differs by one."""
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(0)).double()
    torch.testing.assert_close(centered_cosines(1 + 1e-3 * x), centered_cosines(x))


@pytest.mark.parametrize("size", [2.0**-120, 2.0**124])
def test_lengths_whose_squares_float32_lacks_do_not_matter(vectors, size):
    """A power of two changes nothing, to the bit."""
    x = vectors.float()
    assert torch.equal(centered_cosines(size * x), centered_cosines(x))


def test_the_gap_is_a_difference_of_two_means(vectors):
    """Eq. (sense-gap) against loops over pairs, with unequal senses."""
    similarity = vectors @ vectors.T
    for sense in (SENSE, torch.arange(6) < 2):
        same, other = [], []
        for i in range(6):
            for j in range(6):
                if i != j:
                    kept = same if sense[i] == sense[j] else other
                    kept.append(similarity[i, j])
        wanted = torch.stack(same).mean() - torch.stack(other).mean()
        torch.testing.assert_close(sense_gap(similarity, sense), wanted)


def all_senses() -> torch.Tensor:
    rows = torch.zeros(20, 6, dtype=torch.bool)
    for row, chosen in zip(rows, combinations(range(6), 3), strict=True):
        row[list(chosen)] = True
    return rows


def test_the_p_value_is_that_of_all_permutations(vectors, rng):
    """Eq. (permutation): the share of 20 ways to deal out the senses, enumerated."""
    similarity = centered_cosines(vectors)
    gaps = sense_gap(similarity, all_senses())
    exact = (gaps >= sense_gap(similarity, SENSE) - 1e-12).double().mean().item()
    assert 0.1 <= exact <= 0.9
    p = permutation_p_value(similarity, SENSE, draws=4000, generator=rng())
    error = (exact * (1 - exact) / 4000) ** 0.5
    assert abs(p - exact) < SIGMAS * error + 1 / 4000


def test_a_p_value_below_a_level_is_as_rare_as_the_level():
    """Whichever senses are the true ones, each equally likely: enumerated."""
    x = torch.randn(6, 4, generator=torch.Generator().manual_seed(3)).double()
    gaps = sense_gap(x @ x.T, all_senses())
    p_values = (gaps >= gaps[:, None] - 1e-12).double().mean(1)
    for level in torch.arange(1, 21) / 20:
        assert (p_values <= level + 1e-9).double().mean() <= level + 1e-9


def test_equal_similarities_have_the_p_value_one():
    similarity = torch.full((6, 6), 0.3)
    assert permutation_p_value(similarity, SENSE, draws=99) == 1


def test_senses_that_are_apart_have_the_smallest_p_value(rng):
    sense = torch.arange(20) < 10
    x = torch.randn(20, 3, generator=rng()) + 20 * sense[:, None]
    p = permutation_p_value(centered_cosines(x), sense, draws=199, generator=rng(1))
    assert p == 1 / 200


def test_too_few_occurrences_are_refused():
    with pytest.raises(ValueError, match="two occurrences"):
        sense_gap(torch.eye(4), torch.arange(4) < 1)
