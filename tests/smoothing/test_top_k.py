"""Checks of dlnotes.smoothing.top_k against docs/notes/smoothing.md."""

import itertools
import math

import pytest
import torch

from dlnotes.smoothing.argmax import soft_onehot
from dlnotes.smoothing.top_k import log1mexp, log_soft_k_max, soft_k_max
from tests.smoothing.strategies import double

VALUES = torch.tensor([0.3, -1.2, 2.0, 0.9, -0.4], dtype=torch.float64)


def hard_mask(values, k):
    return torch.zeros_like(values).scatter(-1, values.topk(k, -1).indices, 1)


def test_log1mexp_has_its_gradient_everywhere():
    """Eq. (log1mexp): -1 / (exp(-x) - 1), on both sides of the switch."""
    x = torch.tensor([-1e-8, -0.1, -math.log(2), -1.0, -30.0, -800.0]).double()
    leaf = x.clone().requires_grad_()
    gradient = torch.autograd.grad(log1mexp(leaf).sum(), leaf)[0]
    torch.testing.assert_close(gradient, -1 / torch.expm1(-x))


def test_log1mexp_at_the_ends():
    """Eq. (log1mexp): minus infinity at 0, nothing at minus infinity, no gradient."""
    ends = torch.tensor([0.0, -math.inf], requires_grad=True)
    result = log1mexp(ends)
    assert result.tolist() == [-math.inf, 0]
    assert torch.autograd.grad(result.sum(), ends)[0].tolist() == [0, 0]


@pytest.mark.parametrize("function", [soft_k_max, log_soft_k_max])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_sharp_masks_are_exact(rng, function, k):
    """Eq. (soft-k-max), Eq. (log-soft-k-max): the mask of a sort in the hard limit.

    All 120 orders of five values with gaps of at least 1, at sharpness 50: each
    softmax is within 5 exp(-50) of one-hot.
    """
    values = torch.tensor(list(itertools.permutations([-7.0, -4.0, 0, 1, 3]))).double()
    mask = function(values, k, 50.0)
    torch.testing.assert_close(mask, hard_mask(values, k), atol=1e-9, rtol=0)


def test_log_form_takes_all(rng):
    """Eq. (log-soft-k-max): k = K is allowed and gives all ones in the limit."""
    mask = log_soft_k_max(VALUES, 5, 60.0)
    torch.testing.assert_close(mask, torch.ones_like(VALUES), atol=1e-6, rtol=0)


@pytest.mark.parametrize("function", [soft_k_max, log_soft_k_max])
def test_masks_sum_to_k_and_follow_the_order(rng, function):
    """Eq. (soft-k-max), Eq. (log-soft-k-max): sum k; the first softmax at k = 1."""
    values = torch.randn(200, 6, dtype=torch.float64, generator=rng())
    for k in (1, 2, 4):
        total = function(values, k, 3.0).sum(-1)
        torch.testing.assert_close(total, torch.full_like(total, k))
    torch.testing.assert_close(function(values, 1, 3.0), torch.softmax(3 * values, -1))


def test_recursion_of_the_article_step_by_step():
    """Eq. (soft-k-max): the two steps for k = 2, written out."""
    x = VALUES - VALUES.min()
    first = torch.softmax(5 * x, -1)
    second = torch.softmax(5 * (1 - first) * x, -1)
    torch.testing.assert_close(soft_k_max(VALUES, 2, 5.0), first + second)


def test_log_recursion_step_by_step():
    """Eq. (log-soft-k-max): the two steps for k = 2, written out."""
    first = torch.softmax(5 * VALUES, -1)
    second = torch.softmax(5 * (VALUES + torch.log(1 - first)), -1)
    torch.testing.assert_close(log_soft_k_max(VALUES, 2, 5.0), first + second)


def test_without_the_shift_negative_values_fail():
    """Eq. (soft-k-max): multiplied by 0 a winner below 0 rises to the top, again."""
    x, left, chosen = torch.tensor([-1.0, -2.0, -3.0]), torch.ones(3), torch.zeros(3)
    for _ in range(2):
        p = torch.softmax(50 * left * x, -1)
        left, chosen = left * (1 - p), chosen + p
    torch.testing.assert_close(chosen, torch.tensor([2.0, 0, 0]))
    expected = torch.tensor([1.0, 1, 0])
    torch.testing.assert_close(soft_k_max(x, 2, 50.0), expected)


def test_entries_can_exceed_one():
    """Eq. (soft-k-max), Eq. (log-soft-k-max): no limit of 1 at low sharpness."""
    flat = torch.tensor([1.0, 0.0])
    assert log_soft_k_max(flat, 2, 0.5).max() > 1
    steep = torch.tensor([1.0, 0.2, 0.0], dtype=torch.float64)
    assert soft_k_max(steep, 2, 2.0).max() > 1


def test_at_sharpness_one_the_winner_ties_with_all_others_together():
    """Eq. (log-soft-k-max): the second weights are p (1 - p), at every lead.

    For two values they are equal, whatever the lead. With more, the winner's tends to
    a half as its lead grows: to the weight of all the others.
    """
    for lead in (0.0, 1e-6, 0.5, 3.0, 30.0, 700.0):
        pair = double([lead, 0.0])
        second = log_soft_k_max(pair, 2, 1.0) - pair.softmax(-1)
        torch.testing.assert_close(second, double([0.5, 0.5]))
        three = double([lead, 0.0, -1.0])
        p = three.softmax(-1)
        # 1 - p, as the sum of the others.
        expected = p * double([p[1] + p[2], p[0] + p[2], p[0] + p[1]])
        second = log_soft_k_max(three, 2, 1.0) - p
        close = {"atol": 1e-12, "rtol": 0}
        torch.testing.assert_close(second, expected / expected.sum(), **close)
    assert second[0].item() == pytest.approx(0.5)


def test_a_sharpness_above_one_lets_the_winner_go():
    """Eq. (log-soft-k-max): it falls by κ times its lead, below the next for κ > 1."""
    three = 100 * double([3.0, 1.0, -20.0])
    for sharpness, winner in ((0.9, 1.0), (1.1, 0.0)):
        second = log_soft_k_max(three, 2, sharpness) - soft_onehot(three, sharpness)
        assert second[0].item() == pytest.approx(winner, abs=1e-6)


def test_a_clamped_logarithm_picks_the_same_value_twice():
    """Eq. (log-soft-k-max): log(max(1 - p, 1e-12)) cannot fall below -27.6."""
    x = 500 * torch.tensor([3.0, 2.0, 1.0], dtype=torch.float64)
    p = torch.softmax(2 * x, -1)
    again = torch.softmax(2 * (x + torch.log((1 - p).clamp(min=1e-12))), -1)
    torch.testing.assert_close(p + again, torch.tensor([2.0, 0, 0]).double())
    exact = log_soft_k_max(x, 2, 2.0)
    torch.testing.assert_close(exact, torch.tensor([1.0, 1, 0]).double())


@pytest.mark.parametrize("function", [soft_k_max, log_soft_k_max])
def test_gradients_are_those_of_finite_differences(function):
    """Eq. (soft-k-max), Eq. (log-soft-k-max): gradcheck."""
    leaf = VALUES.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: function(x, 3, 2.0), leaf)


@pytest.mark.parametrize("function", [soft_k_max, log_soft_k_max])
def test_masked_entries_are_never_chosen(function):
    """Eq. (soft-k-max), Eq. (log-soft-k-max): the rest as if they were not there."""
    values = double([0.3, -torch.inf, -1.2, 2.0, -torch.inf])
    mask = function(values, 2, 3.0)
    expected = function(double([0.3, -1.2, 2.0]), 2, 3.0)
    torch.testing.assert_close(mask[[0, 2, 3]], expected)
    assert (mask[[1, 4]] == 0).all()


@pytest.mark.parametrize("function", [soft_k_max, log_soft_k_max])
def test_no_scale_and_no_sharpness_overflows(function):
    """Eq. (soft-k-max), Eq. (log-soft-k-max): at the end of single precision."""
    values = torch.tensor([1e38, -1e38, 5e37, 0.0], requires_grad=True)
    mask = function(values, 2, 1e30)
    torch.testing.assert_close(mask, torch.tensor([1.0, 0, 1, 0]))
    assert torch.autograd.grad(mask[0], values)[0].isfinite().all()
