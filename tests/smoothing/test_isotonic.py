"""Checks of dlnotes.smoothing.isotonic against docs/notes/smoothing.md."""

import itertools
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from scipy import optimize
from sklearn.isotonic import IsotonicRegression

from dlnotes.smoothing._pools import pool_deviation, pool_mean, pools
from dlnotes.smoothing.isotonic import isotonic_decreasing
from tests.smoothing.strategies import double, rows


@given(rows)
def test_agrees_with_scipy(values):
    """Eq. (isotonic): scipy's pool-adjacent-violators, with repeated values too."""
    expected = optimize.isotonic_regression(values, increasing=False).x.copy()
    actual = isotonic_decreasing(double(values))
    torch.testing.assert_close(actual, torch.from_numpy(expected), atol=1e-8, rtol=1e-9)


def test_agrees_with_sklearn(rng):
    """Eq. (isotonic): a longer sequence, fitted by scikit-learn."""
    values = torch.randn(300, dtype=torch.float64, generator=rng()).cumsum(0)
    fit = IsotonicRegression(increasing=False).fit_transform(range(300), values)
    torch.testing.assert_close(isotonic_decreasing(values), torch.from_numpy(fit))


def test_is_the_best_of_all_poolings(rng):
    """Eq. (isotonic): enumeration of all ways to cut six values into pools."""
    for seed in range(20):
        values = torch.randn(6, dtype=torch.float64, generator=rng(seed))
        best = torch.inf
        for cuts in itertools.product([0, 1], repeat=5):
            fit = pool_mean(values, torch.tensor([0, *cuts]).cumsum(0))
            if (fit.diff() <= 1e-12).all():
                best = min(best, ((fit - values) ** 2).sum().item())
        error = ((isotonic_decreasing(values) - values) ** 2).sum().item()
        assert error == pytest.approx(best, abs=1e-12)


def test_rows_are_independent(rng):
    """Eq. (isotonic): leading dimensions are mapped over."""
    values = torch.randn(4, 3, 9, generator=rng())
    fits = isotonic_decreasing(values)
    for i, j in itertools.product(range(4), range(3)):
        torch.testing.assert_close(fits[i, j], isotonic_decreasing(values[i, j]))


def test_sorted_values_stay_and_reversed_ones_are_pooled():
    """Eq. (isotonic): nothing to do, and everything to average."""
    values = double([3.0, 2.0, -1.0])
    assert isotonic_decreasing(values).tolist() == [3, 2, -1]
    assert pools(values).tolist() == [0, 1, 2]
    torch.testing.assert_close(isotonic_decreasing(values.flip(0)), double([4 / 3] * 3))
    assert pools(values.flip(0)).tolist() == [0, 0, 0]


def test_derivatives_average_over_pools(rng):
    """Eq. (isotonic): gradcheck, and the Jacobian is the averaging matrix."""
    values = torch.randn(8, dtype=torch.float64, generator=rng()).requires_grad_()
    assert torch.autograd.gradcheck(isotonic_decreasing, values)
    pool = pools(values)
    same = (pool.unsqueeze(0) == pool.unsqueeze(1)).double()
    jacobian = torch.autograd.functional.jacobian(isotonic_decreasing, values)
    torch.testing.assert_close(jacobian, same / same.sum(-1, keepdim=True))


def test_deviations_keep_digits():
    """Eq. (isotonic): differences of 10⁻³ beside values of 10¹² survive."""
    values = 1e12 + double([0.0, 0.5, 1.0, 7.0])
    pool = torch.tensor([0, 0, 0, 1])
    assert pool_deviation(values, pool).tolist() == [-0.5, 0, 0.5, 0]
    torch.testing.assert_close(pool_mean(values, pool) - 1e12, double([0.5] * 3 + [7]))


def test_all_short_sequences_agree_with_the_formula():
    """Eq. (isotonic): min-max of means in fractions, all rows of four digits 0 to 2.

    Ties, sorted and reversed rows are among them, and rows of one and three too.
    """
    for count in (1, 2, 3, 4, 5):
        rows_ = list(itertools.product(range(3), repeat=count))
        for row, fit in zip(rows_, isotonic_decreasing(double(rows_)), strict=True):

            def mean(j, end, row=row):
                return Fraction(sum(row[j : end + 1]), end - j + 1)

            expected = [
                min(max(mean(j, end) for end in range(i, count)) for j in range(i + 1))
                for i in range(count)
            ]
            assert fit.tolist() == pytest.approx([float(z) for z in expected])


def test_two_halves_join_at_one_level():
    """Eq. (isotonic): ends raised and starts lowered by the same amount in total.

    All pairs of decreasing rows of three digits from 0 to 3: the fit of both together
    is max(left, v), min(right, v), with one v that balances the two amounts.
    """
    falling = [r for r in itertools.product(range(4), repeat=3) if [*r] == sorted(r)]
    for left, right in itertools.product(falling, repeat=2):
        left, right = double(left[::-1]), double(right[::-1])
        fit = isotonic_decreasing(torch.cat([left, right]))
        raised, lowered = fit[:3] - left, right - fit[3:]
        assert raised.min() >= -1e-12
        assert lowered.min() >= -1e-12
        assert raised.sum().item() == pytest.approx(lowered.sum().item(), abs=1e-12)
        moved = torch.cat([fit[:3][raised > 1e-12], fit[3:][lowered > 1e-12]])
        if len(moved):
            torch.testing.assert_close(moved, moved[:1].expand_as(moved))


def test_an_ordered_sequence_keeps_every_bit(rng):
    """Eq. (isotonic): nothing is pooled by rounding, at any scale and length."""
    for count in (1, 2, 3, 100, 1000):
        values = torch.randn(count, dtype=torch.float64, generator=rng()).exp() * 1e12
        ordered = values.sort(descending=True).values
        assert torch.equal(isotonic_decreasing(ordered), ordered)


def test_large_values_are_averaged_without_overflow():
    """Eq. (isotonic): means of numbers near the end of half precision."""
    values = torch.tensor([-1e4, 1e4, 6e4, 6e4], dtype=torch.float16)
    fit = isotonic_decreasing(values)
    torch.testing.assert_close(fit, torch.full((4,), 3e4, dtype=torch.float16))
