"""Checks of dlnotes.bert.probing."""

import pytest
import torch
from sklearn.linear_model import Ridge

from dlnotes.bert.probing import apply_probe, mean_state, ridge_probe


def test_only_tokens_that_count_are_averaged(rng):
    """Eq. (mean-state), row by row."""
    states = torch.randn(3, 5, 4, generator=rng(), dtype=torch.float64)
    mask = torch.arange(5) < torch.tensor([[5], [2], [0]])
    found = mean_state(states, mask)
    torch.testing.assert_close(found[0], states[0].mean(0))
    torch.testing.assert_close(found[1], (states[1, 0] + states[1, 1]) / 2)
    assert (found[2] == 0).all()


def test_the_probe_is_the_ridge_regression_of_sklearn(rng):
    """Eq. (ridge), several layers at once."""
    features = torch.randn(2, 50, 6, generator=rng(), dtype=torch.float64) + 3
    labels = torch.randint(3, (50,), generator=rng(1))
    probe = ridge_probe(features, labels.expand(2, 50), 3, penalty=7.0)
    targets = torch.nn.functional.one_hot(labels, 3).double()
    for layer in range(2):
        fit = Ridge(alpha=7.0).fit(features[layer].numpy(), targets.numpy())
        wanted = torch.tensor(fit.predict(features[layer].numpy()))
        torch.testing.assert_close(apply_probe(probe, features)[layer], wanted)


def test_classes_that_are_apart_are_told_apart(rng):
    centers = torch.eye(4, dtype=torch.float64) * 20
    labels = torch.arange(40) % 4
    features = centers[labels] + torch.randn(40, 4, generator=rng()).double()
    probe = ridge_probe(features, labels, 4)
    assert torch.equal(apply_probe(probe, features).argmax(1), labels)


def test_what_cannot_be_is_refused():
    features, labels = torch.zeros(5, 3), torch.zeros(5, dtype=torch.int64)
    with pytest.raises(ValueError, match="labels must be from 0 to 1, got 2"):
        ridge_probe(features, labels + 2, 2)
    with pytest.raises(ValueError, match="number of rows B must be at least 1, got 0"):
        ridge_probe(features[:0], labels[:0], 2)
    with pytest.raises(ValueError, match="penalty must be positive"):
        ridge_probe(features, labels, 2, penalty=-1.0)
    with pytest.raises(ValueError, match=r"must be \(\.\.\., D \+ 1, K\)"):
        apply_probe(torch.zeros(3, 2), features)
    with pytest.raises(ValueError, match="states, mask must be"):
        mean_state(features, torch.ones(3, dtype=torch.bool))
