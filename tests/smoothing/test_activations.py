"""Checks of dlnotes.smoothing.activations against docs/notes/smoothing.md."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special

from dlnotes.smoothing.activations import erf_abs, gelu, root_abs, smu, swish
from dlnotes.smoothing.means import boltzmann_max
from tests.smoothing.strategies import double, numbers

GRID = torch.linspace(-6, 6, 121, dtype=torch.float64)


def test_swish_is_boltzmann_with_zero_and_silu():
    """Eq. (swish): torch's SiLU at sharpness 1, and the mean of (x, 0) at any."""
    torch.testing.assert_close(swish(GRID, 1.0), torch.nn.functional.silu(GRID))
    pair = torch.stack([GRID, torch.zeros_like(GRID)], -1)
    torch.testing.assert_close(swish(GRID, 2.5), boltzmann_max(pair, 2.5))


def test_swish_dips_as_deep_as_the_bound_allows():
    """Eq. (swish): its minimum is -W(1/e) / κ."""
    fine = torch.linspace(-2, -1, 100_001, dtype=torch.float64)
    lowest = -special.lambertw(1 / math.e).real
    assert swish(fine, 1.0).min().item() == pytest.approx(lowest, abs=1e-9)


@given(numbers, st.floats(1e-2, 1e3))
def test_absolute_value_lies_between_error_function_and_root(x, sharpness):
    """Eq. (erf-abs), Eq. (root-abs): x erf(κx) <= |x| <= √(x² + 1/κ²)."""
    low = erf_abs(double(x), sharpness).item()
    high = root_abs(double(x), sharpness).item()
    assert 0 <= low <= abs(x) <= high <= abs(x) + 1 / sharpness + 1e-11


def test_root_is_a_hyperbola():
    """Eq. (root-abs): the formula, and 1 / κ at 0."""
    torch.testing.assert_close(root_abs(GRID, 2.0), (GRID**2 + 0.25).sqrt())
    assert root_abs(double(0.0), 4.0).item() == 0.25


def test_largest_error_of_the_error_function():
    """Eq. (erf-abs): x erfc(x) is largest where its slope is 0."""

    def slope(x):
        return special.erfc(x) - 2 * x * math.exp(-(x**2)) / math.sqrt(math.pi)

    place = optimize.brentq(slope, 0.1, 2)
    worst = place * special.erfc(place)
    fine = torch.linspace(0, 3, 300_001, dtype=torch.float64)
    error = (fine - erf_abs(fine, 1.0)).max().item()
    assert error == pytest.approx(worst, abs=1e-9)


def test_smu_is_the_formula_and_below_the_maximum(rng):
    """Eq. (smu): half of sum plus difference times erf; never above the maximum."""
    x, y = 3 * torch.randn(2, 1000, dtype=torch.float64, generator=rng())
    expected = (x + y + (x - y) * torch.erf(0.7 * (x - y))) / 2
    torch.testing.assert_close(smu(x, y, 0.7), expected)
    assert (smu(x, y, 0.7) <= torch.maximum(x, y) + 1e-12).all()
    torch.testing.assert_close(smu(x, y, 1e6), torch.maximum(x, y))


def test_gelu_is_torchs_and_a_special_case():
    """Eq. (gelu): the exact GELU, and SMU of (x, 0) with sharpness 1 / √2."""
    torch.testing.assert_close(gelu(GRID), torch.nn.functional.gelu(GRID))
    zero = torch.zeros_like(GRID)
    torch.testing.assert_close(smu(GRID, zero, 1 / math.sqrt(2)), gelu(GRID))


def test_gradients_are_those_of_finite_differences():
    """Eq. (swish), Eq. (erf-abs), Eq. (root-abs), Eq. (gelu), Eq. (smu): at ties too.

    Second derivatives as well: the formula of one side serves both.
    """
    x = double([-1.3, 0.0, 0.6]).requires_grad_()
    for function in (swish, erf_abs, root_abs):
        assert torch.autograd.gradgradcheck(lambda x, f=function: f(x, 1.5), x)
    assert torch.autograd.gradgradcheck(gelu, x)
    y = double([0.2, 0.0, 0.6]).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, y: smu(x, y, 1.5), (x, y))
    assert torch.autograd.gradgradcheck(lambda x, y: smu(x, y, 1.5), (x, y))
