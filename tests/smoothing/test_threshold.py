"""Checks of dlnotes.smoothing.threshold against docs/notes/smoothing.md."""

import itertools
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from dlnotes.smoothing.threshold import best_threshold

scored = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=1, max_size=12)


@given(scored)
def test_no_threshold_is_better(pairs):
    """Eq. (best-threshold): the F1 at every cut, ties included, counted in Python."""

    def f1_at(cut):
        hits = sum(positive for score, positive in pairs if score >= cut)
        marked = sum(score >= cut for score, _ in pairs)
        return 2 * hits / (marked + sum(positive for _, positive in pairs))

    scores, targets = torch.tensor(pairs, dtype=torch.float64).T.contiguous()
    threshold, best = best_threshold(scores, targets)
    assert best.item() == pytest.approx(max(f1_at(score) for score, _ in pairs))
    assert f1_at(threshold.item()) == pytest.approx(best.item())


def test_it_is_the_best_point_of_sklearns_curve(rng):
    """Eq. (best-threshold): the best F1 along scikit-learn's two curves."""
    scores = torch.randn(300, dtype=torch.float64, generator=rng())
    targets = (scores + torch.randn(300, generator=rng(1)) > 1).double()
    precision, recall, cuts = metrics.precision_recall_curve(targets, scores)
    f1 = 2 * precision * recall / (precision + recall).clip(1e-12)
    threshold, best = best_threshold(scores, targets)
    assert best.item() == pytest.approx(f1.max())
    assert threshold.item() == cuts[f1[:-1].argmax()]


def test_with_honest_probabilities_it_is_half_the_score(rng):
    """Eq. (best-threshold): the optimum F of expected counts cuts at F / 2."""
    probs = torch.rand(200_000, dtype=torch.float64, generator=rng())
    # With the probabilities as targets the counts are the expected ones.
    threshold, score = best_threshold(probs, probs)
    assert threshold.item() == pytest.approx(score.item() / 2, abs=1e-4)


def test_rows_are_independent(rng):
    """Eq. (best-threshold): leading dimensions are mapped over."""
    scores = torch.randn(3, 30, generator=rng())
    targets = (torch.rand(3, 30, generator=rng(1)) < 0.4).float()
    cuts, best = best_threshold(scores, targets)
    for i in range(3):
        cut, score = best_threshold(scores[i], targets[i])
        assert (cuts[i], best[i]) == (cut, score)


def ratio(marked, probs):
    """Twice the expected hits over the marked and the expected positives."""
    below = len(marked) + sum(probs)
    return 2 * sum(probs[i] for i in marked) / below if below else Fraction(0)


def subsets(count):
    sizes = range(count + 1)
    return [c for size in sizes for c in itertools.combinations(range(count), size)]


def test_the_best_sets_are_cut_at_half_of_the_best_ratio():
    """Eq. (best-threshold): every set of up to four probabilities in quarters.

    A set is best if and only if it holds all above F / 2 and none below; those at
    F / 2 make no difference.
    """
    quarters = [Fraction(i, 4) for i in range(5)]
    for count in (1, 2, 3, 4):
        for probs in itertools.combinations_with_replacement(quarters, count):
            if not any(probs):
                continue  # nothing is ever positive: every set has 0
            best = max(ratio(marked, probs) for marked in subsets(count))
            for marked in subsets(count):
                inside = [2 * probs[i] - best for i in marked]
                outside = [2 * probs[i] - best for i in {*range(count)} - {*marked}]
                cut = all(z >= 0 for z in inside) and all(z <= 0 for z in outside)
                assert (ratio(marked, probs) == best) == cut


def test_the_ratio_of_means_is_not_the_mean_ratio():
    """Eq. (best-threshold): two coins, both marked, in fractions.

    The ratio of expected counts is 2/3, the expected F1 is (0 + 2/3 + 2/3 + 1) / 4.
    """
    half = [Fraction(1, 2)] * 2
    assert ratio((0, 1), half) == Fraction(2, 3)
    outcomes = itertools.product([0, 1], repeat=2)
    mean = sum(Fraction(2 * sum(t), 2 + sum(t)) for t in outcomes) / 4
    assert mean == Fraction(7, 12)


def test_counts_of_many_examples_keep_their_digits():
    """Eq. (best-threshold): a sum of 200,000 equal shares in single precision."""
    share = torch.full((200_000,), 0.1)
    _, score = best_threshold(share, share)
    assert score.item() == pytest.approx(0.2 / 1.1, rel=1e-6)
