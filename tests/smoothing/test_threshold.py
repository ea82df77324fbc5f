"""Checks of dlnotes.smoothing.threshold against docs/notes/smoothing.md."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from dlnotes.smoothing.threshold import best_threshold

scored = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=1, max_size=12)


@settings(deadline=None, derandomize=True, max_examples=100)
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


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="targets must have the shape"):
        best_threshold(torch.zeros(3), torch.zeros(2))
    with pytest.raises(ValueError, match="scores must be finite"):
        best_threshold(torch.tensor([torch.nan]), torch.zeros(1))
    with pytest.raises(ValueError, match=r"targets must be from 0 to 1, got 2\.0"):
        best_threshold(torch.zeros(1), torch.tensor([2.0]))
