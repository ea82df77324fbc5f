"""Checks of dlnotes.smoothing.accuracy against docs/notes/smoothing.md."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics
from torch.nn.functional import cross_entropy, one_hot

from dlnotes.smoothing.accuracy import accuracy_gradient, power_loss, smooth_accuracy
from tests.statistics import within


@pytest.fixture
def logits(rng):
    return 2 * torch.randn(40, 5, dtype=torch.float64, generator=rng())


@pytest.fixture
def labels(rng):
    return torch.randint(5, (40,), generator=rng(1))


def test_on_decisions_it_is_the_accuracy(logits, labels):
    """Eq. (smooth-accuracy): scikit-learn's accuracy where the rows are one-hot."""
    decisions = logits.argmax(-1)
    smooth = smooth_accuracy(one_hot(decisions, 5).double(), labels).item()
    assert smooth == metrics.accuracy_score(labels, decisions)


def test_it_is_the_mean_probability_of_a_correct_draw(rng, logits, labels):
    """Eq. (smooth-accuracy): the expected accuracy of labels drawn from p."""
    probs, draws = logits.softmax(-1), 20_000
    drawn = torch.multinomial(probs, draws, replacement=True, generator=rng(2))
    share = (drawn == labels.unsqueeze(-1)).double().mean(0)  # accuracy of each draw
    assert within(share, smooth_accuracy(probs, labels))


def test_its_gradient_is_the_closed_form(logits, labels):
    """Eq. (accuracy-gradient): autograd agrees."""
    leaf = logits.clone().requires_grad_()
    smooth = smooth_accuracy(leaf.softmax(-1), labels)
    gradient = torch.autograd.grad(smooth, leaf)[0]
    torch.testing.assert_close(accuracy_gradient(logits, labels), gradient)


def test_its_gradient_is_that_of_cross_entropy_times_the_probability(logits, labels):
    """Eq. (accuracy-gradient): row by row -p_t times the gradient of -log p_t."""
    leaf = logits.clone().requires_grad_()
    other = torch.autograd.grad(cross_entropy(leaf, labels), leaf)[0]
    true = logits.softmax(-1)[torch.arange(40), labels].unsqueeze(-1)
    torch.testing.assert_close(accuracy_gradient(logits, labels), -true * other)


def test_gradient_dies_on_hard_examples():
    """Eq. (accuracy-gradient): 0.0099 against 0.99 where the true class has 0.01."""
    logits = torch.tensor([[math.log(0.01), math.log(0.99)]], dtype=torch.float64)
    label = torch.tensor([0])
    gradient = accuracy_gradient(logits, label)[0, 0].item()
    assert gradient == pytest.approx(0.0099)
    leaf = logits.clone().requires_grad_()
    other = torch.autograd.grad(cross_entropy(leaf, label), leaf)[0][0, 0].item()
    assert other == pytest.approx(-0.99)


def test_power_loss_has_both_ends(logits, labels):
    """Eq. (power-loss): accuracy at power 1, cross-entropy towards power 0."""
    accuracy = smooth_accuracy(logits.softmax(-1), labels)
    torch.testing.assert_close(power_loss(logits, labels, 1.0), 1 - accuracy)
    entropy = cross_entropy(logits, labels)
    # The next term of the series is power / 2 times the mean of (log p)² <= 100.
    assert (power_loss(logits, labels, 1e-8) - entropy).abs() < 1e-6


def test_power_loss_weighs_the_gradient_by_a_power(logits, labels):
    """Eq. (power-loss): each row of the cross-entropy's gradient times p_t^q."""
    leaf = logits.clone().requires_grad_()
    gradient = torch.autograd.grad(power_loss(leaf, labels, 0.5), leaf)[0]
    entropy = torch.autograd.grad(cross_entropy(leaf, labels), leaf)[0]
    true = logits.softmax(-1)[torch.arange(40), labels].unsqueeze(-1)
    torch.testing.assert_close(gradient, true.sqrt() * entropy)


@given(st.lists(st.floats(1e-6, 1 - 1e-6), min_size=1, max_size=10))
def test_errors_are_bounded_by_the_cross_entropy(true):
    """A wrong decision has p_t <= 1/2, so it costs at least log 2; ties count."""
    wrong = sum(p <= 0.5 for p in true) / len(true)
    entropy = -sum(map(math.log, true)) / len(true)
    assert wrong <= entropy / math.log(2) + 1e-12


def test_cross_entropy_can_fall_while_accuracy_falls():
    """Three examples: 0.673 and all correct against 0.244 and one of them wrong."""
    labels = torch.zeros(3, dtype=torch.int64)
    results = []
    for true in ([0.51, 0.51, 0.51], [0.49, 0.99, 0.99]):
        p = torch.tensor(true, dtype=torch.float64)
        logits = torch.stack([p, 1 - p], -1).log()
        correct = (logits.argmax(-1) == labels).double().mean().item()
        results.append((cross_entropy(logits, labels).item(), correct))
    (high, all_right), (low, some_right) = results
    assert high == pytest.approx(0.673, abs=5e-4)
    assert low == pytest.approx(0.244, abs=5e-4)
    assert (all_right, some_right) == (1, pytest.approx(2 / 3))


def test_leading_dimensions_are_kept(logits, labels):
    """Eq. (smooth-accuracy), Eq. (power-loss): one number for each batch."""
    probs = logits.softmax(-1).reshape(4, 10, 5)
    each = smooth_accuracy(probs, labels.reshape(4, 10))
    assert each.shape == (4,)
    torch.testing.assert_close(each.mean(), smooth_accuracy(logits.softmax(-1), labels))
    losses = power_loss(logits.reshape(4, 10, 5), labels.reshape(4, 10), 0.3)
    assert losses.shape == (4,)
