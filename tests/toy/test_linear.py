"""Checks of dlnotes.toy.linear."""

import math

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn.functional import binary_cross_entropy_with_logits

from dlnotes.toy.linear import (
    choose,
    cross_entropy,
    fit_linear,
    linear_logits,
    random_thirds,
    soft_error,
    split_error,
)


@pytest.fixture
def data(rng):
    features = torch.randn(2, 100, 3, dtype=torch.float64, generator=rng())
    noise = torch.randn(2, 100, dtype=torch.float64, generator=rng(1))
    return features, (features[..., 0] - 0.5 + noise > 0).double()


def test_logits_are_linear(data):
    """A row of the formula, written out."""
    weights = torch.tensor([[1.0, 2, 3, 4], [0, 0, 0, -1]], dtype=torch.float64)
    logits = linear_logits(weights, data[0])
    x = data[0][0, 5]
    torch.testing.assert_close(logits[0, 5], x[0] + 2 * x[1] + 3 * x[2] + 4)
    assert (logits[1] == -1).all()


def test_training_finds_the_optimum_of_sklearn(data):
    """Penalized logistic regression, two data sets at once."""
    features, targets = data
    start = torch.zeros(2, 4, dtype=torch.float64)
    weights = fit_linear(start, features, targets, cross_entropy, steps=400, decay=0.1)
    for i in range(2):
        # Its objective is C times the sum of the losses plus half the squares.
        model = LogisticRegression(C=1 / (100 * 0.1), tol=1e-10, max_iter=1000)
        model.fit(features[i].numpy(), targets[i].numpy())
        expected = torch.tensor([*model.coef_[0], *model.intercept_])
        torch.testing.assert_close(weights[i], expected, atol=1e-3, rtol=1e-3)


def test_losses_are_means_for_each_classifier(data):
    """The cross-entropy of torch, and the probability that is not the target's."""
    logits, targets = linear_logits(torch.ones(2, 4).double(), data[0]), data[1]
    each = binary_cross_entropy_with_logits(logits, targets, reduction="none")
    torch.testing.assert_close(cross_entropy(logits, targets), each.mean(-1))
    probs = logits.sigmoid()
    wrong = torch.where(targets == 1, 1 - probs, probs).mean(-1)
    torch.testing.assert_close(soft_error(logits, targets), wrong)


def test_the_start_is_left_alone(data):
    """No steps return a copy; training changes the copy only."""
    start = torch.ones(2, 4, dtype=torch.float64)
    assert torch.equal(fit_linear(start, *data, cross_entropy, steps=0), start)
    fit_linear(start, *data, cross_entropy, steps=2)
    assert (start == 1).all()


def test_bad_arguments_are_refused(data):
    features, targets = data
    with pytest.raises(ValueError, match=r"weights, features, targets must be"):
        fit_linear(torch.zeros(2, 3), features, targets, cross_entropy)
    with pytest.raises(ValueError, match="steps must be at least 0, got -1"):
        fit_linear(torch.zeros(2, 4), features, targets, cross_entropy, steps=-1)
    with pytest.raises(ValueError, match="size must be at least 3, got 2"):
        random_thirds(2, 1)


def test_penalties_may_differ(data):
    """One penalty for each classifier gives what each of them gives alone."""
    start = torch.zeros(2, 4, dtype=torch.float64)
    both = torch.tensor([0.01, 1.0], dtype=torch.float64)
    mixed = fit_linear(start, *data, cross_entropy, steps=20, decay=both)
    for i in range(2):
        alone = fit_linear(start, *data, cross_entropy, steps=20, decay=both[i].item())
        torch.testing.assert_close(mixed[i], alone[i])


def test_thirds_are_disjoint(rng):
    """Every split deals out each row once; equal generators give equal splits."""
    parts = random_thirds(10, 4, generator=rng())
    rows = torch.cat(parts, -1)
    assert rows.shape == (4, 9)
    for row in rows:
        assert len(row.unique()) == 9
    assert torch.equal(rows, torch.cat(random_thirds(10, 4, generator=rng()), -1))
    assert not torch.equal(rows[0], rows[1])


def test_choosing_does_not_look_at_the_test():
    """Two splits and three candidates: the tested score of the best chosen one."""
    chosen = torch.tensor([0.1, 0.9, 0.3, 0.2, 0.2, 0.5])
    tested = torch.tensor([1.0, 2, 3, 4, 5, 6])
    assert choose(chosen, tested, 2).tolist() == [3, 2]


def test_the_error_of_splits_is_larger_than_that_of_independent_draws():
    """The standard deviation times the root of 1/3 + 1 for three splits."""
    error = split_error(torch.tensor([1.0, 2.0, 3.0]))
    assert error.item() == pytest.approx(math.sqrt(4 / 3))
