"""Checks of dlnotes.reparameterization.baselines against the note."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal

from dlnotes.reparameterization.baselines import (
    leave_one_out_baseline,
    optimal_baseline,
)
from dlnotes.reparameterization.score_function import score, score_function_gradient

SIGMAS = 5  # a correct estimator fails one comparison in about two million


def test_optimal_baseline_is_the_bottom_of_the_parabola(rng):
    """Eq. (optimal-baseline): no other baseline does better, per entry."""
    values = torch.randn(40, 2, dtype=torch.float64, generator=rng())
    scores = torch.randn(40, 2, 3, dtype=torch.float64, generator=rng(1))
    best = optimal_baseline(values, scores).requires_grad_()
    rows = (values.unsqueeze(-1) - best) * scores
    (slope,) = torch.autograd.grad(rows.square().sum(), best)

    assert best.shape == (3,)
    torch.testing.assert_close(slope, torch.zeros_like(slope), atol=1e-10, rtol=0)


def test_optimal_baselines_of_a_square(rng):
    """Eq. (optimal-baseline): mu^2 + 3 sigma^2 and mu^2 + 5 sigma^2, not E f."""
    draws = 1_000_000
    loc, scale = torch.tensor([3.0, 1.0], dtype=torch.float64)
    noise = torch.randn(draws, dtype=torch.float64, generator=rng())
    z = loc + scale * noise
    scores = score(Normal, (loc, scale), z)
    for s, exact in zip(scores, [12.0, 14.0], strict=True):
        weights = s.square() / s.square().mean()
        # A ratio of means: its standard error is that of the mean of the residuals.
        error = (weights * (z.square() - exact)).std() / math.sqrt(draws)
        assert (optimal_baseline(z.square(), s) - exact).abs() < SIGMAS * error


def test_optimal_baseline_of_one_bit_leaves_no_variance():
    """Eq. (optimal-baseline): (1 - p) f(1) + p f(0), by enumeration."""
    logit = torch.tensor(0.4, dtype=torch.float64)
    bits = torch.tensor([0.0, 1.0], dtype=torch.float64)
    family = lambda a: Bernoulli(logits=a)  # noqa: E731
    f = lambda b: 5 * b - 2  # noqa: E731
    p = logit.sigmoid()
    best = (1 - p) * f(bits[1]) + p * f(bits[0])
    (rows,) = score_function_gradient(f, family, (logit,), bits, baseline=best.item())
    torch.testing.assert_close(rows[0], rows[1])

    # 10,000 draws in the exact proportion of the two bits.
    ones = round(p.item() * 10_000)
    drawn = torch.cat([torch.ones(ones), torch.zeros(10_000 - ones)]).double()
    (scores,) = score(family, (logit,), drawn)
    # The proportion is rounded to 1e-4.
    torch.testing.assert_close(
        optimal_baseline(f(drawn), scores), best, atol=5e-4, rtol=0
    )


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_leave_one_out_is_the_mean_of_the_others(rng, dim):
    """Eq. (leave-one-out): one at a time, by hand."""
    values = torch.randn(4, 6, dtype=torch.float64, generator=rng())
    baseline = leave_one_out_baseline(values, dim=dim)
    for i in range(values.shape[dim]):
        others = [j for j in range(values.shape[dim]) if j != i]
        expected = values.index_select(dim, torch.tensor(others)).mean(dim)
        torch.testing.assert_close(baseline.select(dim, i), expected)


def test_leave_one_out_adds_no_bias_and_the_group_mean_does(rng):
    """Eq. (leave-one-out): the mean of all shrinks the gradient by (n - 1) / n."""
    groups, size = 100_000, 3
    loc, scale = torch.tensor([1.0, 0.5], dtype=torch.float64)
    noise = torch.randn(groups, size, dtype=torch.float64, generator=rng())
    z = loc + scale * noise
    values = z.square()
    every = values.mean(1, keepdim=True).expand_as(values)
    for baseline, factor in [
        (leave_one_out_baseline(values, dim=1), 1),
        (every, (size - 1) / size),
    ]:
        rows, _ = score_function_gradient(
            torch.square, Normal, (loc, scale), z, baseline=baseline
        )
        means = rows.mean(1)  # the groups are independent
        error = means.std() / math.sqrt(groups)
        assert (means.mean() - factor * 2 * loc).abs() < SIGMAS * error


def test_values_may_be_booleans_or_integers():
    """Eq. (leave-one-out), Eq. (optimal-baseline): what a black box returns."""
    won = torch.tensor([True, False, True])
    assert leave_one_out_baseline(won).tolist() == [0.5, 1.0, 0.5]
    assert optimal_baseline(won.long(), torch.tensor([1.0, 1.0, 2.0])) == 5 / 6


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="two or more samples"):
        leave_one_out_baseline(torch.zeros(1, 5))
    with pytest.raises(ValueError, match="two or more samples"):
        leave_one_out_baseline(torch.tensor(1.0))
    with pytest.raises(ValueError, match="scores must have a shape that starts with"):
        optimal_baseline(torch.zeros(4), torch.zeros(5, 3))
    with pytest.raises(ValueError, match="scores must not be 0"):
        optimal_baseline(torch.zeros(4), torch.zeros(4, 3))
