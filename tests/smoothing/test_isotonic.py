"""Checks of dlnotes.smoothing.isotonic against docs/notes/smoothing.md."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from sklearn.isotonic import IsotonicRegression

from dlnotes.smoothing.isotonic import (
    isotonic_decreasing,
    pool_deviation,
    pool_mean,
    pools,
)

rows = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=12)


def double(values):
    return torch.tensor(values, dtype=torch.float64)


@settings(deadline=None, derandomize=True, max_examples=100)
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


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_large_values_are_safe(dtype):
    """Eq. (isotonic): means without a sum that overflows."""
    values = torch.tensor([-1e4, 1e4, 6e4, 6e4], dtype=dtype, requires_grad=True)
    fit = isotonic_decreasing(values)
    torch.testing.assert_close(fit, torch.full((4,), 3e4, dtype=dtype))
    assert torch.autograd.grad(fit.sum(), values)[0].isfinite().all()


def test_bad_values_are_refused():
    with pytest.raises(ValueError, match="values must be finite"):
        isotonic_decreasing(double([0.0, torch.nan]))
