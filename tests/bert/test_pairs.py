"""Checks of dlnotes.bert.pairs."""

import pytest
import torch
from scipy.stats import chisquare

from dlnotes.bert.pairs import exactly_half, has_next, in_order, next_sentence
from tests.statistics import REJECT

DOCUMENTS = torch.tensor([0, 0, 0, 1, 2, 2, 2, 2, 5])


def test_half_of_the_rows_are_chosen_exactly(rng):
    """Eq. (half): for each number of rows, and each row as often."""
    for rows in range(8):
        chosen = exactly_half(torch.rand(50, rows, generator=rng()))
        assert (chosen.sum(1) == rows // 2).all()
    chosen = exactly_half(torch.rand(9000, 6, generator=rng(1)))
    assert chisquare(chosen.sum(0)).pvalue > REJECT


def test_the_last_sentence_of_a_document_has_no_next_one():
    wanted = [True, True, False, False, True, True, True, False, False]
    assert has_next(DOCUMENTS).tolist() == wanted


def test_the_other_sentence_is_of_another_document_and_all_are_alike(rng):
    """Eq. (next): chi-square over the sentences of the other documents."""
    for first, others in ((1, [3, 4, 5, 6, 7, 8]), (5, [0, 1, 2, 3, 8])):
        rows = torch.full((12_000,), first)
        random = torch.arange(12_000) < 10_000
        second = next_sentence(DOCUMENTS, rows, random, generator=rng())
        assert (second[~random] == first + 1).all()
        counts = second[random].bincount(minlength=9)
        assert counts.nonzero().flatten().tolist() == others
        assert chisquare(counts[others]).pvalue > REJECT


def test_noise_close_to_one_stays_inside():
    """Eq. (next) with the largest float32 below 1."""
    documents = torch.arange(100_000) // 10
    noise = torch.full((2,), 1 - 2**-24)
    second = next_sentence(
        documents, torch.tensor([0, 50_000]), torch.ones(2).bool(), noise=noise
    )
    assert second.tolist() == [99_999, 99_999]


def test_some_pairs_are_exchanged():
    """Eq. (order)."""
    pair = torch.tensor([1, 2, 3]), torch.tensor([2, 3, 4])
    first, second = in_order(*pair, torch.tensor([True, False, True]))
    assert first.tolist() == [2, 2, 4]
    assert second.tolist() == [1, 3, 3]


def test_what_cannot_be_is_refused():
    yes = torch.tensor([True])
    with pytest.raises(ValueError, match="documents must be two or more, got one"):
        next_sentence(torch.zeros(4, dtype=torch.int64), torch.tensor([1]), yes)
    with pytest.raises(ValueError, match="documents must ascend"):
        has_next(torch.tensor([1, 0]))
    with pytest.raises(ValueError, match="first must be from 0 to 7, got 8"):
        next_sentence(DOCUMENTS, torch.tensor([8]), yes)
    for random in (yes, ~yes):
        with pytest.raises(ValueError, match="first must not end its document, got 3"):
            next_sentence(DOCUMENTS, torch.tensor([3]), random)
