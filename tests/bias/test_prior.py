"""Checks of dlnotes.bias.prior against the note."""

import math

import pytest
import torch
from scipy import stats
from torch.nn import functional as F

from dlnotes.bias.prior import log_prior, prior_bias, prior_entropy, shift_prior

F64 = torch.float64


def test_the_bias_of_one_percent():
    """Eq. (prior-bias): -4.595, and a sigmoid gives the probability back."""
    assert prior_bias(0.01).item() == pytest.approx(-math.log(99), rel=1e-12)
    p = torch.logspace(-12, -0.01, 50, dtype=F64)
    torch.testing.assert_close(prior_bias(p).sigmoid(), p)
    torch.testing.assert_close(prior_bias(1 - p), -prior_bias(p), rtol=1e-3, atol=1e-8)


def test_the_bias_is_the_best_constant_logit():
    """Eq. (prior-bias): there the derivative of the mean loss vanishes."""
    y = torch.tensor([1.0, 0, 0, 0, 0, 1, 0, 0], dtype=F64)
    bias = prior_bias(y.mean()).requires_grad_()
    loss = F.binary_cross_entropy_with_logits(bias.expand(8), y)
    loss.backward()
    assert abs(bias.grad) < 1e-15


def test_the_log_prior_is_the_best_constant_vector():
    """Eq. (log-prior): zero gradient, and the softmax is the frequencies."""
    counts = torch.tensor([50, 30, 15, 5])
    labels = torch.repeat_interleave(torch.arange(4), counts)
    bias = log_prior(counts.double()).requires_grad_()
    loss = F.cross_entropy(bias.expand(100, 4), labels)
    loss.backward()
    assert bias.grad.abs().amax() < 1e-15
    torch.testing.assert_close(bias.softmax(0), counts / 100, check_dtype=False)


def test_the_first_loss_is_the_entropy():
    """Eq. (prior-entropy): against scipy, and against the loss of that constant."""
    counts = torch.tensor([50, 30, 15, 5])
    labels = torch.repeat_interleave(torch.arange(4), counts)
    entropy = prior_entropy(counts.double() / 100)
    assert entropy.item() == pytest.approx(stats.entropy(counts.numpy()))
    loss = F.cross_entropy(log_prior(counts.double()).expand(100, 4), labels)
    torch.testing.assert_close(entropy, loss)
    assert prior_entropy(torch.tensor([1.0, 0.0])) == 0


def test_two_classes_differ_by_the_log_odds():
    """Eq. (log-prior): only differences of softmax biases count."""
    two = log_prior(torch.tensor([99.0, 1.0], dtype=F64))
    torch.testing.assert_close(two[1] - two[0], prior_bias(0.01))


def test_moving_the_prior_gives_bayes_posterior(rng):
    """Eq. (prior-shift): normal classes, whose posteriors are known for any prior."""
    old = torch.tensor([0.9, 0.08, 0.02], dtype=F64)
    new = torch.tensor([0.2, 0.3, 0.5], dtype=F64)
    means = torch.randn(3, 2, dtype=F64, generator=rng())
    x = torch.randn(50, 2, dtype=F64, generator=rng(1))
    density = torch.exp(-0.5 * (x[:, None] - means).square().sum(-1))  # (50, 3)
    bias = old.log() - 0.5 * means.square().sum(-1)
    logits = x @ means.T + bias
    posterior = density * old / (density * old).sum(1, keepdim=True)
    torch.testing.assert_close(logits.softmax(1), posterior)
    moved = x @ means.T + shift_prior(bias, old, new)
    posterior = density * new / (density * new).sum(1, keepdim=True)
    torch.testing.assert_close(moved.softmax(1), posterior)


def test_integer_counts_become_float32():
    """Eq. (log-prior): and float64 counts keep their type."""
    assert log_prior(torch.tensor([1, 3])).dtype == torch.float32
    assert log_prior(torch.tensor([1.0, 3.0], dtype=F64)).dtype == F64


def test_arguments_are_checked():
    for odd in (0.0, 1.0, -0.5, 2.0):
        with pytest.raises(ValueError, match=f"between 0 and 1, got {odd}"):
            prior_bias(odd)
    with pytest.raises(ValueError, match="probability must be finite, got nan"):
        prior_bias(math.nan)
    with pytest.raises(ValueError, match=r"classes \[1, 3\] have none"):
        log_prior(torch.tensor([5, 0, 1, 0]))
    with pytest.raises(ValueError, match="nonnegative and sum to 1"):
        prior_entropy(torch.tensor([0.5, 0.6]))
    half = torch.tensor([0.5, 0.5])
    with pytest.raises(ValueError, match=r"old must have the shape of bias, \(3,\)"):
        shift_prior(torch.zeros(3), half, half)
    with pytest.raises(ValueError, match=r"new must be positive, got \[0.0, 1.0\]"):
        shift_prior(torch.zeros(2), half, torch.tensor([0.0, 1.0]))
