"""Checks of dlnotes.bert.spans."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import chisquare, geom

from dlnotes.bert.masking import choose_exact, corrupt, count_hidden
from dlnotes.bert.spans import (
    choose_grams,
    choose_spans,
    choose_words,
    gram_lengths,
    share_noise,
    span_lengths,
)
from tests.statistics import REJECT, SIGMAS, within

ROWS, N = 8192, 128


@pytest.fixture(scope="module")
def words():
    """Rows of words of 1 to 3 pieces between two special tokens."""
    rng = torch.Generator().manual_seed(99)
    inner = torch.rand(ROWS, N, generator=rng) < 0.3
    inner[:, :2] = False
    begins = torch.arange(N).expand(ROWS, N).masked_fill(inner, -1).cummax(1).values
    begins = begins.clone()
    begins[:, 0] = begins[:, -1] = -1
    return begins


def test_a_word_is_chosen_with_all_of_its_pieces(words, rng):
    """Eq. (whole-words): whole words only, each with probability r."""
    chosen = choose_words(words, 0.15, generator=rng())
    first = words == torch.arange(N)
    assert not chosen[words < 0].any()
    together = chosen.gather(1, words.clamp(min=0))
    assert torch.equal(together & (words >= 0), chosen)
    total = int(first.sum())
    off = abs(int((chosen & first).sum()) - 0.15 * total)
    assert off <= SIGMAS * math.sqrt(total * 0.15 * 0.85)


def test_lengths_are_geometric_and_renormalized():
    """Eq. (span-lengths) against scipy, with the mean 3.797; clipping gives 4.463."""
    k = np.arange(1, 11)
    wanted = geom.pmf(k, 0.2) / geom.cdf(10, 0.2)
    law = span_lengths(0.2, 10)
    np.testing.assert_allclose(law, wanted, rtol=1e-12)
    assert round(float((law * torch.tensor(k)).sum()), 3) == 3.797
    clipped = (1 - 0.8**10) / 0.2  # the mean of min(length, 10)
    assert round(clipped, 3) == 4.463


def test_lengths_of_grams_fall_like_one_over_n():
    """Eq. (gram-lengths): 6/11, 3/11, 2/11."""
    torch.testing.assert_close(gram_lengths(3) * 11, torch.tensor([6.0, 3, 2]).double())


def test_spans_reach_the_share_exactly(words, rng):
    """Eq. (spans): ceil(r N) tokens, in runs of whole words but for the last span."""
    spans = choose_spans(words, span_lengths(0.2, 10), 0.15, generator=rng())
    assert not (spans[words < 0] >= 0).any()
    inside = (words >= 0).sum(1)
    assert torch.equal((spans >= 0).sum(1), (inside * 0.15).ceil().long())
    hidden = spans >= 0
    # A word hidden in part is the one at which the count was reached.
    begun, torn = torch.zeros(2, ROWS, N, dtype=torch.int64)
    begun.scatter_add_(1, words.clamp(min=0), (hidden & (words >= 0)).long())
    torn.scatter_add_(1, words.clamp(min=0), (~hidden & (words >= 0)).long())
    assert ((begun > 0) & (torn > 0)).sum(1).amax() == 1


def program(length, p, rng):
    """SpanBERT's loop for words of one piece, in our words: the hidden places."""
    law = geom.pmf(np.arange(1, 11), 0.2) / geom.cdf(10, 0.2)
    budget, hidden = math.ceil(length * p), set()
    while len(hidden) < budget:
        size, place = rng.choice(np.arange(1, 11), p=law), rng.integers(length)
        if place not in hidden:
            for i in range(place, min(place + size, length)):
                if len(hidden) < budget:
                    hidden.add(i)
    return hidden


def test_spans_have_the_law_of_the_published_program(rng):
    """Eq. (spans): runs of hidden tokens, against a loop written out."""
    length = 40
    words = torch.arange(length).expand(20_000, length)
    ours = choose_spans(words, span_lengths(0.2, 10), 0.15, generator=rng()) >= 0
    source = np.random.default_rng(0)
    theirs = torch.zeros(3000, length, dtype=torch.bool)
    for row in theirs:
        row[list(program(length, 0.15, source))] = True
    for statistic in (
        lambda m: (m[:, 1:] & ~m[:, :-1]).double().sum(1),  # runs
        lambda m: m[:, 0].double(),
        lambda m: m[:, -1].double(),
    ):
        one, other = statistic(ours), statistic(theirs)
        error = (one.var() / len(one) + other.var() / len(other)).sqrt()
        assert abs(one.mean() - other.mean()) <= SIGMAS * error


def test_proposed_lengths_have_their_law_over_a_million_tokens(rng):
    """Eq. (span-lengths): first spans far from the end, which nothing cuts."""
    words = torch.arange(N).expand(ROWS, N)
    spans = choose_spans(words, span_lengths(0.2, 10), 0.15, generator=rng())
    first = spans == 0  # a start that leaves ten words cuts none
    start = first.long().argmax(1)
    lengths = first.sum(1)[start <= N - 10]
    counts = lengths.bincount(minlength=11)[1:]
    wanted = span_lengths(0.2, 10) * len(lengths)
    assert chisquare(counts, wanted).pvalue > REJECT
    assert within(lengths, 3.7972, sigmas=SIGMAS)


def test_grams_are_whole_words_within_the_count(words, rng):
    """Eq. (grams): no part of a word, never too many, and nearly all of them."""
    words = words[:500]
    count = count_hidden(torch.ones_like(words, dtype=torch.bool), 0.15)
    grams = choose_grams(words, gram_lengths(3), count, generator=rng())
    hidden = grams >= 0
    assert not hidden[words < 0].any()
    assert (hidden.sum(1) <= count).all()
    assert (hidden.sum(1) >= count - 2).all()  # words have few pieces, one fits
    assert torch.equal(
        grams.gather(1, words.clamp(min=0))[words >= 0], grams[words >= 0]
    )


def test_grams_of_one_word_of_one_piece_are_exact_masks(rng):
    """Eq. (grams) with the law of one is Eq. (exact), for the same noise."""
    words = torch.arange(20).expand(50, 20).clone()
    words[:, 0] = words[:, -1] = -1
    noise = torch.rand(50, 20, 2, generator=rng())
    count = torch.full((50,), 3)
    grams = choose_grams(words, gram_lengths(1), count, noise=noise)
    exact = choose_exact(words >= 0, count, noise=noise[..., 0])
    assert torch.equal(grams >= 0, exact)


def test_the_first_gram_has_its_law(rng):
    """Eq. (gram-lengths): chi-square over first n-grams, where nothing cuts them."""
    words = torch.arange(24).expand(5000, 24)
    noise = torch.rand(5000, 24, 2, generator=rng(1))
    grams = choose_grams(words, gram_lengths(3), torch.full((5000,), 3), noise=noise)
    start = noise[..., 0].argmin(1)
    sizes = (grams == start[:, None]).sum(1)[start < 22]
    counts = sizes.bincount(minlength=4)[1:]
    assert chisquare(counts, gram_lengths(3) * len(sizes)).pvalue > REJECT


def test_a_span_is_treated_as_one(words, rng):
    """All masks, all replaced, or all as they were, in the shares of BERT."""
    spans = choose_spans(words, span_lengths(0.2, 10), 0.15, generator=rng())
    noise = share_noise(torch.rand(ROWS, N, generator=rng(1)), spans)
    ids = torch.full((ROWS, N), 7)
    result = corrupt(ids, spans >= 0, ids + 1, mask=4, noise=noise)
    kinds = torch.stack([result == 4, result == 8, result == 7])
    firsts = 0
    for number in range(int(spans.amax()) + 1):
        of_span = spans == number
        there = of_span.any(1)
        found = (kinds & of_span).any(2)[:, there]
        assert (found.sum(0) == 1).all()
        firsts += found[0].sum() - 0.8 * found.shape[1]
    total = int((spans.amax(1) + 1).sum())
    assert abs(firsts) <= SIGMAS * math.sqrt(total * 0.16)


def test_what_cannot_be_is_refused():
    words = torch.arange(5)
    with pytest.raises(ValueError, match="p must be above 0"):
        span_lengths(0, 3)
    with pytest.raises(ValueError, match="words must be from 0 to 5, got 6"):
        choose_words(words + 1, 0.1)
    with pytest.raises(ValueError, match="law must have shape"):
        choose_spans(words, torch.ones(2, 2), 0.1)
    with pytest.raises(ValueError, match=r"law must be 0 or more, got -0\.5"):
        choose_grams(words, torch.tensor([1.5, -0.5]), torch.tensor(1))
    with pytest.raises(ValueError, match=r"law must sum to 1, got 1\.5"):
        choose_spans(words, torch.tensor([1.0, 0.5]), 0.1)
