"""Checks of dlnotes.smoothing.mini_batches against docs/notes/smoothing.md."""

import itertools
import math
from collections import Counter
from fractions import Fraction

import pytest
import torch

from dlnotes.smoothing.f_score import f_score, soft_counts
from dlnotes.smoothing.mini_batches import batch_bias, linear_f1


@pytest.fixture
def targets(rng):
    return (torch.rand(500, generator=rng()) < 0.3).double()


@pytest.fixture
def probs(rng, targets):
    noise = torch.rand(500, dtype=torch.float64, generator=rng(1))
    return (0.3 * targets + 0.7 * noise).clamp(0, 1)


def test_bias_falls_like_one_over_the_size(probs, targets):
    """Eq. (batch-bias): ten times larger batches, a tenth of the bias."""
    ten, hundred = (batch_bias(probs, targets, size) for size in (10, 100))
    torch.testing.assert_close(ten, 10 * hundred)


def test_constant_denominators_leave_no_bias(targets):
    """Eq. (batch-bias): if t + p is the same everywhere the score is a mean."""
    bias = batch_bias(1 - targets, targets, 4)
    assert bias.abs().item() < 1e-15


def test_gradients_of_batches_add_up(probs, targets):
    """Eq. (linear-f1): summed over batches they are the gradient of the whole F1."""
    leaf = probs.clone().requires_grad_()
    counts = soft_counts(leaf, targets)
    whole = torch.autograd.grad(f_score(counts), leaf, retain_graph=True)[0]
    batches = zip(leaf.split(32), targets.split(32), strict=True)
    total = sum(linear_f1(p, t, counts) for p, t in batches)
    torch.testing.assert_close(torch.autograd.grad(total, leaf)[0], whole)


def test_gradients_of_batch_scores_do_not(probs, targets):
    """Eq. (linear-f1): the mean of batch F1 has another gradient."""
    leaf = probs.clone().requires_grad_()
    whole = torch.autograd.grad(f_score(soft_counts(leaf, targets)), leaf)[0]
    scores = [
        f_score(soft_counts(p, t))
        for p, t in zip(leaf.split(25), targets.split(25), strict=True)
    ]
    mean = torch.autograd.grad(torch.stack(scores).mean(), leaf)[0]
    assert (mean - whole).norm() > 0.1 * whole.norm()


def test_linear_f1_has_no_gradient_through_the_counts(probs, targets):
    """Eq. (linear-f1): the counts of the data set are constants."""
    leaf = probs.clone().requires_grad_()
    counts = soft_counts(leaf, targets)
    value = linear_f1(probs, targets, counts)
    assert not value.requires_grad


def exact_bias(kinds, size):
    """Mean F1 over all batches of kinds (p, t), less the F1 of the kinds together."""
    total, whole = Fraction(0), Fraction(0)
    for batch in itertools.combinations_with_replacement(range(len(kinds)), size):
        ways = math.factorial(size)
        for copies in Counter(batch).values():
            ways //= math.factorial(copies)
        part = sum(2 * kinds[i][0] * kinds[i][1] for i in batch)
        below = sum(sum(kinds[i]) for i in batch)
        total += ways * (part / below if below else Fraction(0))
        whole += ways
    part = sum(2 * p * t for p, t in kinds)
    return total / whole - part / sum(p + t for p, t in kinds)


@pytest.mark.parametrize(
    "kinds",
    [
        [("1/2", 1), ("1/4", 0), ("3/4", 0)],
        [("1", 1), ("0", 0)],  # a batch can be empty of both, 0 / 0
        [("1/3", 1), ("1/3", 1)],  # all are equal: no bias
        [("1", 0), ("1/8", 1)],
    ],
)
def test_bias_agrees_with_all_batches(kinds):
    """Eq. (batch-bias): exact means over every batch; the rest falls like 1 / B².

    Twice the size, a quarter of the rest, in the limit.
    """
    kinds = [(Fraction(p), Fraction(t)) for p, t in kinds]
    probs, targets = torch.tensor([[float(z) for z in kind] for kind in kinds]).T
    rests = []
    for size in (8, 16, 32):
        predicted = batch_bias(probs.double(), targets.double(), size).item()
        rests.append(float(exact_bias(kinds, size)) - predicted)
    for rest, next_rest in itertools.pairwise(rests):
        assert abs(next_rest) <= 0.3 * abs(rest) + 1e-12
    assert abs(rests[0]) <= 1 / 8
