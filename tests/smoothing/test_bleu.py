"""Checks of dlnotes.smoothing.bleu against docs/notes/smoothing.md."""

import itertools
import math
import warnings
from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.translate import bleu_score
from torch.nn.functional import one_hot, pad

from dlnotes.smoothing.bleu import (
    PADDING,
    bleu,
    expected_counts,
    expected_matches,
    smooth_bleu,
)
from tests.statistics import within

VOCABULARY = 5
# From 4 words on every candidate has an n-gram of every length; see the test below.
sentence = st.lists(st.integers(0, VOCABULARY - 1), min_size=4, max_size=10)
pair = st.tuples(sentence, st.lists(sentence, min_size=1, max_size=3))
corpora = st.lists(pair, min_size=1, max_size=4)


def filled(sentences, size):
    return torch.stack(
        [pad(torch.tensor(s), (0, size - len(s)), value=PADDING) for s in sentences]
    )


def as_tensors(candidates, references):
    """One-hot distributions, padded references and the lengths of the candidates."""
    longest = max(map(len, candidates))
    rows = filled(candidates, longest).clamp(min=0)  # what follows the end is ignored
    size = max(len(r) for refs in references for r in refs)
    most = max(map(len, references))
    padded = torch.stack(
        [
            pad(filled(refs, size), (0, 0, 0, most - len(refs)), value=PADDING)
            for refs in references
        ]
    )
    lengths = torch.tensor([len(c) for c in candidates])
    return one_hot(rows, VOCABULARY).double(), padded, lengths


def nltk_bleu(candidates, references, order):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where a length has no match
        weights = [1 / order] * order
        return bleu_score.corpus_bleu(references, candidates, weights)


@settings(max_examples=50)  # nltk is slow
@given(corpora, st.integers(1, 4))
def test_exact_bleu_agrees_with_nltk(pairs, order):
    """Eq. (bleu): corpora with one to three references; nltk puts 1e-308 for 0."""
    candidates, references = map(list, zip(*pairs, strict=True))
    expected = nltk_bleu(candidates, references, order)
    # The smallest n-gram precision of nltk is 2e-308, so 0 appears as at most
    # (2e-308)^(1/4) = 1e-77.
    actual = bleu(candidates, references, order=order)
    assert actual == pytest.approx(expected, abs=1e-70, rel=1e-12)


@settings(max_examples=50)  # nltk is slow
@given(corpora, st.integers(1, 4))
def test_smooth_bleu_of_decisions_agrees_with_nltk(pairs, order):
    """Eq. (smooth-bleu): one-hot distributions give BLEU itself."""
    candidates, references = map(list, zip(*pairs, strict=True))
    probs, padded, lengths = as_tensors(candidates, references)
    actual = smooth_bleu(probs, padded, lengths=lengths, order=order).item()
    expected = nltk_bleu(candidates, references, order)
    assert actual == pytest.approx(expected, abs=1e-12)


def test_short_candidates_add_no_ngrams():
    """Eq. (bleu): nltk counts one bigram in a sentence of one word, we count none."""
    candidates, references = [[0], [1, 2]], [[[0]], [[1, 2]]]
    assert bleu(candidates, references, order=2) == 1
    assert nltk_bleu(candidates, references, 2) == pytest.approx(math.sqrt(1 / 2))


def test_expected_counts_are_means_over_sentences(rng):
    """Eq. (expected-count): drawn sentences have these counts on average."""
    probs = torch.randn(1, 8, 3, dtype=torch.float64, generator=rng()).softmax(-1)
    grams = torch.tensor([[[0, 1], [1, 1], [2, 0]]])
    draws = 50_000
    drawn = torch.multinomial(probs[0], draws, replacement=True, generator=rng(1)).T
    pairs = torch.stack([drawn[:, :-1], drawn[:, 1:]], -1)  # (draws, 7, 2)
    counts = (pairs.unsqueeze(2) == grams).all(-1).sum(1).double()
    assert within(counts, expected_counts(probs, grams)[0])


def test_many_ngrams_are_counted_in_parts(rng):
    """Eq. (expected-count): more n-grams than probabilities, against a loop."""
    probs = torch.randn(2, 5, 2, dtype=torch.float64, generator=rng()).softmax(-1)
    grams = torch.randint(2, (2, 30, 3), generator=rng(1))
    expected = torch.zeros(2, 30, dtype=torch.float64)
    for b, g, start in itertools.product(range(2), range(30), range(3)):
        tokens = grams[b, g]
        expected[b, g] += probs[b, start + torch.arange(3), tokens].prod()
    torch.testing.assert_close(expected_counts(probs, grams), expected)


def test_expected_counts_end_with_the_sentence():
    """Eq. (expected-count): what lies behind the length does not count."""
    probs = one_hot(torch.tensor([[0, 1, 0, 1]]), 2).double()
    grams = torch.tensor([[[0, 1]]])
    assert expected_counts(probs, grams).item() == 2
    assert expected_counts(probs, grams, torch.tensor([3])).item() == 1
    assert expected_counts(probs, grams, torch.tensor([1])).item() == 0
    assert expected_counts(probs[:, :1], grams).item() == 0


def test_matches_are_clipped_by_the_most_generous_reference():
    """Eq. (expected-matches): "the the the" matches "the" at most twice here."""
    probs = one_hot(torch.tensor([[0, 0, 0]]), 3).double()
    references = torch.tensor([[[0, 1, 0], [0, 2, PADDING]]])
    assert expected_matches(probs, references, 1).item() == 2
    assert expected_matches(probs, references, 2).item() == 0
    assert expected_matches(probs, references, 4).item() == 0


@pytest.mark.parametrize("n", [1, 2, 3])
def test_matches_of_all_short_sentences(n):
    """Eq. (expected-matches): counters in Python, all pairs of four tokens from two.

    Against two references, of which the second ends early.
    """
    sentences = list(itertools.product([0, 1], repeat=4))
    for first in sentences:
        candidates = one_hot(torch.tensor(sentences), 2).double()
        references = torch.tensor([[*first], [first[0], 1, 1, PADDING]])
        matches = expected_matches(candidates, references.expand(16, 2, 4), n)
        for sentence, got in zip(sentences, matches.tolist(), strict=True):
            clip = ngrams_of(first, n) | ngrams_of((first[0], 1, 1), n)
            assert got == pytest.approx((ngrams_of(sentence, n) & clip).total())


def ngrams_of(tokens, n):
    return Counter(tokens[i : i + n] for i in range(len(tokens) - n + 1))


def test_clipping_the_mean_is_at_least_the_mean_of_the_clipped(rng):
    """Eq. (expected-matches): min is concave, so by Jensen it is an upper bound."""
    probs = torch.randn(1, 6, 3, dtype=torch.float64, generator=rng()).softmax(-1)
    references = torch.tensor([[[0, 1, 2, 0, 1, 1]]])
    draws = 20_000
    drawn = torch.multinomial(probs[0], draws, replacement=True, generator=rng(1)).T
    hard = one_hot(drawn, 3).double()
    each = expected_matches(hard, references.expand(draws, -1, -1), 1)
    error = each.std().item() / math.sqrt(draws)
    smooth = expected_matches(probs, references, 1).item()
    assert smooth > each.mean().item() + 5 * error


def test_gradients_are_those_of_finite_differences(rng):
    """Eq. (smooth-bleu): gradcheck, between the kinks of the clipping."""
    logits = torch.randn(2, 6, 4, dtype=torch.float64, generator=rng())
    references = torch.randint(4, (2, 2, 7), generator=rng(1))
    leaf = logits.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x: smooth_bleu(x.softmax(-1), references), leaf
    )


def test_no_match_is_zero_with_a_gradient_of_zeros():
    """Eq. (smooth-bleu): log 0 never reaches the result."""
    probs = one_hot(torch.tensor([[0, 0, 0]]), 3).double().requires_grad_()
    score = smooth_bleu(probs, torch.tensor([[[1, 2, 1]]]))
    assert score.item() == 0
    assert (torch.autograd.grad(score, probs)[0] == 0).all()


def test_a_perfect_candidate_scores_one_and_a_short_one_less():
    """Eq. (bleu): 1 for a copy; exp(1 - 6/5) if the last of six words is missing."""
    words = [0, 1, 2, 3, 4, 0]
    assert bleu([words], [[words]]) == 1
    short = bleu([words[:5]], [[words]])
    assert short == pytest.approx(math.exp(1 - 6 / 5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bleu([], []), "must pair up"),
        (lambda: bleu([[1]], []), "must pair up"),
        (lambda: bleu([[1]], [[]]), "a sentence for every candidate"),
        (lambda: bleu([[1]], [[[1]]], order=0), "order must be at least 1, got 0"),
    ],
)
def test_bad_sentences_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
