"""Checks of dlnotes.smoothing.f_score against docs/notes/smoothing.md."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from torch.nn.functional import one_hot

from dlnotes.smoothing.f_score import (
    Counts,
    f_score,
    macro_f1,
    micro_f1,
    precision,
    recall,
    soft_counts,
)
from tests.statistics import within

labels_and_decisions = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20
)


@pytest.fixture
def probs(rng):
    return torch.rand(200, dtype=torch.float64, generator=rng())


@pytest.fixture
def targets(rng):
    return (torch.rand(200, generator=rng(1)) < 0.2).double()


def test_counts_are_those_of_a_confusion_matrix(probs, targets):
    """Eq. (soft-counts): of decisions, the counts of scikit-learn."""
    decisions = (probs > 0.5).double()
    (_, fp), (fn, tp) = metrics.confusion_matrix(targets, decisions).tolist()
    assert [c.item() for c in soft_counts(decisions, targets)] == [tp, fp, fn]


def test_counts_are_means_over_random_decisions(rng, probs, targets):
    """Eq. (soft-counts): the expected counts of independent coins."""
    draws = 20_000
    coins = torch.rand(200, draws, generator=rng(2)) < probs.unsqueeze(-1)
    drawn = soft_counts(coins.double(), targets.unsqueeze(-1).expand(-1, draws))
    for sample, expected in zip(drawn, soft_counts(probs, targets), strict=True):
        assert within(sample, expected)


def test_f1_is_twice_the_hits_over_both_sums(probs, targets):
    """Eq. (soft-f1): 2 Σ tp / Σ (t + p), the article's form."""
    expected = 2 * (probs * targets).sum() / (targets + probs).sum()
    torch.testing.assert_close(f_score(soft_counts(probs, targets)), expected)


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_f_score_is_the_weighted_harmonic_mean(probs, targets, beta):
    """Eq. (soft-f1): (1 + β²) / (1 / P + β² / R)."""
    counts = soft_counts(probs, targets)
    p, r = precision(counts), recall(counts)
    expected = (1 + beta**2) / (1 / p + beta**2 / r)
    torch.testing.assert_close(f_score(counts, beta=beta), expected)


@settings(max_examples=40)  # scikit-learn is slow
@given(labels_and_decisions)
def test_decisions_give_the_scores_of_sklearn(pairs):
    """Eq. (soft-precision), Eq. (soft-recall), Eq. (soft-f1): class by class.

    The rule for 0 / 0 is 0, which is scikit-learn's `zero_division=0`; a class that
    never occurs counts, which is its rule when all labels are named.
    """
    labels, decisions = torch.tensor(pairs).T
    hard = one_hot(decisions, 4).double()
    counts = soft_counts(hard, one_hot(labels, 4).double())
    rule = {"labels": range(4), "average": None, "zero_division": 0}
    for ours, theirs in (
        (precision(counts), metrics.precision_score(labels, decisions, **rule)),
        (recall(counts), metrics.recall_score(labels, decisions, **rule)),
        (f_score(counts), metrics.f1_score(labels, decisions, **rule)),
        (
            f_score(counts, beta=2.0),
            metrics.fbeta_score(labels, decisions, beta=2.0, **rule),
        ),
    ):
        torch.testing.assert_close(ours, torch.tensor(theirs))


@settings(max_examples=40)  # scikit-learn is slow
@given(labels_and_decisions, st.sampled_from([0.0, 1.0]))
def test_decisions_give_the_averages_of_sklearn(pairs, empty):
    """Eq. (macro-f1), Eq. (micro-f1): absent classes count with the value given."""
    labels, decisions = torch.tensor(pairs).T
    hard = one_hot(decisions, 4).double()
    counts = soft_counts(hard, one_hot(labels, 4).double())
    for average, ours in (("macro", macro_f1), ("micro", micro_f1)):
        theirs = metrics.f1_score(
            labels, decisions, labels=range(4), average=average, zero_division=empty
        )
        assert ours(counts, empty=empty).item() == pytest.approx(theirs)


def test_the_two_rules_for_absent_classes_differ():
    """Eq. (macro-f1): a class that never occurs costs its share, or is left out."""
    labels, decisions = torch.tensor([0, 0, 0]), torch.tensor([0, 0, 0])
    hard = one_hot(decisions, 3).double()
    counts = soft_counts(hard, one_hot(labels, 3).double())
    assert macro_f1(counts).item() == pytest.approx(1 / 3)
    present = sum(counts) > 0
    assert f_score(counts)[present].mean().item() == 1
    assert metrics.f1_score(labels, decisions, average="macro") == 1


def test_micro_f1_of_distributions_is_the_smooth_accuracy(rng):
    """Eq. (micro-f1): with one label each, both sums of the denominator are B."""
    probs = torch.randn(50, 4, dtype=torch.float64, generator=rng()).softmax(-1)
    labels = torch.randint(4, (50,), generator=rng(1))
    counts = soft_counts(probs, one_hot(labels, 4).double())
    expected = probs[torch.arange(50), labels].mean()
    torch.testing.assert_close(micro_f1(counts), expected)


def test_counts_of_batches_add_up_but_scores_do_not(probs, targets):
    """Eq. (soft-counts): sums of counts give the score of all, means of scores not."""
    batches = [
        soft_counts(p, t)
        for p, t in zip(probs.split(20), targets.split(20), strict=True)
    ]
    added = Counts(*(torch.stack(parts).sum(0) for parts in zip(*batches, strict=True)))
    whole = f_score(soft_counts(probs, targets))
    torch.testing.assert_close(f_score(added), whole)
    mean = torch.stack([f_score(counts) for counts in batches]).mean()
    assert (mean - whole).abs() > 1e-3


def test_gradients_are_those_of_finite_differences(probs, targets):
    """Eq. (soft-precision), Eq. (soft-recall), Eq. (soft-f1): gradcheck."""
    leaf = probs[:10].clone().requires_grad_()
    positive = torch.tensor([1.0, 0, 0, 1, 0, 1, 0, 0, 0, 0], dtype=torch.float64)
    for score in (precision, recall, f_score):
        assert torch.autograd.gradcheck(
            lambda p, s=score: s(soft_counts(p, positive)), leaf
        )


def test_nothing_predicted_and_nothing_present_has_no_gradient():
    """Eq. (soft-f1): 0 / 0 is the value given, with gradient 0, not NaN."""
    probs = torch.zeros(4, requires_grad=True)
    counts = soft_counts(probs, torch.zeros(4))
    for score in (precision, recall, f_score):
        assert score(counts).item() == 0
        value = score(counts, empty=1.0)
        assert value.item() == 1
        assert (
            torch.autograd.grad(value, probs, retain_graph=True)[0].tolist() == [0] * 4
        )


def test_the_best_probabilities_are_decisions(probs, targets):
    """Eq. (soft-f1): a ratio of linear functions is largest at a corner."""
    leaf = probs.clone().requires_grad_()
    score = f_score(soft_counts(leaf, targets))
    gradient = torch.autograd.grad(score, leaf)[0]
    assert (gradient[targets == 1] > 0).all()  # 2t - F1 is positive
    assert (gradient[targets == 0] < 0).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_counts_do_not_live_in_half_precision(dtype):
    """Eq. (soft-counts), Eq. (soft-f1): 70,000 examples, all of them right."""
    ones = torch.ones(70_000, dtype=dtype)
    counts = soft_counts(ones, ones)
    assert counts.true_positives.item() == 70_000
    assert f_score(counts).item() == 1
