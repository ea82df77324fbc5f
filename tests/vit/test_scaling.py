"""Checks of dlnotes.vit.scaling."""

from itertools import product

import pytest
import torch

from dlnotes.vit.scaling import score_moments, softmax_freedom


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_the_variance_of_a_score_is_the_number_of_its_terms(dim):
    """Eq. (score-variance), over all vectors of signs: mean 0, variance 1, exactly."""
    signs = torch.tensor(list(product((-1.0, 1.0), repeat=dim)), dtype=torch.float64)
    mean, variance = score_moments(signs, signs)
    assert mean == 0
    assert variance == dim


def test_a_mean_of_queries_and_keys_adds_to_the_variance():
    """Eq. (score-variance) needs mean 0: entries 0 and 2 have mean 1, variance 1."""
    entries = torch.tensor(list(product((0.0, 2.0), repeat=3)), dtype=torch.float64)
    _, variance = score_moments(entries, entries)
    assert variance == 3 * (2 * 2 - 1)  # per entry E[q²]E[k²] - (E[q]E[k])²


def test_the_freedom_is_the_trace_of_autograds_derivative(rng):
    """Eq. (softmax-slope)."""
    scores = torch.randn(6, dtype=torch.float64, generator=rng())
    weights = scores.softmax(-1)
    jacobian = torch.func.jacrev(lambda s: s.softmax(-1))(scores)
    expected = weights.diag() - torch.outer(weights, weights)
    torch.testing.assert_close(jacobian, expected)
    torch.testing.assert_close(softmax_freedom(weights), jacobian.trace())
