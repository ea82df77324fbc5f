"""Checks of dlnotes.smoothing.batches against docs/notes/smoothing.md."""

import pytest
import torch

from dlnotes.smoothing.batches import batch_bias, linear_f1
from dlnotes.smoothing.f_score import f_score, soft_counts


@pytest.fixture
def targets(rng):
    return (torch.rand(500, generator=rng()) < 0.3).double()


@pytest.fixture
def probs(rng, targets):
    noise = torch.rand(500, dtype=torch.float64, generator=rng(1))
    return (0.3 * targets + 0.7 * noise).clamp(0, 1)


def mean_score_of_batches(probs, targets, size, draws, generator):
    rows = torch.randint(len(probs), (size, draws), generator=generator)
    scores = f_score(soft_counts(probs[rows], targets[rows]))
    return scores.mean().item(), scores.std().item() / draws**0.5


@pytest.mark.parametrize("size", [64, 256])
def test_bias_agrees_with_drawing_batches(rng, probs, targets, size):
    """Eq. (batch-bias): measured on drawn batches, up to the next order 1 / B²."""
    mean, error = mean_score_of_batches(probs, targets, size, 40_000, rng(2))
    bias = mean - f_score(soft_counts(probs, targets)).item()
    predicted = batch_bias(probs, targets, size).item()
    assert predicted < -5 * error  # it is there to be seen
    next_order = 10 * abs(predicted) / size
    assert bias == pytest.approx(predicted, abs=5 * error + next_order)


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


def test_bad_arguments_are_refused(probs, targets):
    with pytest.raises(ValueError, match="size must be positive, got 0"):
        batch_bias(probs, targets, 0)
    with pytest.raises(ValueError, match="must not all be 0"):
        batch_bias(torch.zeros(3), torch.zeros(3), 2)
    with pytest.raises(ValueError, match="counts must not all be 0"):
        linear_f1(probs, targets, soft_counts(torch.zeros(3), torch.zeros(3)))
    with pytest.raises(ValueError, match="targets must have the shape"):
        linear_f1(probs, targets[1:], soft_counts(probs, targets))
