"""Checks of dlnotes.smoothing.answers against docs/notes/smoothing.md."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from dlnotes.smoothing.answers import (
    boltzmann_max,
    erf_abs,
    gelu,
    p_norm_max,
    root_abs,
    smu,
    swish,
)
from dlnotes.smoothing.maximum import smooth_max

numbers = st.floats(-1e4, 1e4)
rows = st.lists(numbers, min_size=1, max_size=8)
sharpnesses = st.floats(1e-2, 1e3)
repeatable = settings(deadline=None, derandomize=True, max_examples=100)
GRID = torch.linspace(-6, 6, 121, dtype=torch.float64)


def double(values):
    return torch.tensor(values, dtype=torch.float64)


@repeatable
@given(rows, sharpnesses)
def test_boltzmann_is_between_the_mean_and_the_maximum(values, sharpness):
    """Eq. (boltzmann-max): below the maximum, by at most W((K - 1) / e) / κ."""
    mean, top = sum(values) / len(values), max(values)
    average = boltzmann_max(double(values), sharpness).item()
    worst = special.lambertw((len(values) - 1) / math.e).real / sharpness
    assert max(mean, top - worst) - 1e-10 <= average <= top + 1e-10
    assert average <= smooth_max(double(values), sharpness).item() + 1e-10


def test_boltzmann_reaches_its_bound():
    """Eq. (boltzmann-max): others at a distance of 1 + W((K - 1) / e) are the worst."""
    for count in (2, 5, 100):
        w = special.lambertw((count - 1) / math.e).real
        values = torch.full((count,), -(1 + w), dtype=torch.float64)
        values[0] = 0
        assert boltzmann_max(values, 1.0).item() == pytest.approx(-w)


def test_boltzmann_of_two_is_a_gate(rng):
    """Eq. (boltzmann-max): (x - y) σ(κ (x - y)) + y for two values."""
    x, y = torch.randn(2, 100, dtype=torch.float64, generator=rng())
    gate = (x - y) * torch.sigmoid(3 * (x - y)) + y
    torch.testing.assert_close(boltzmann_max(torch.stack([x, y], -1), 3.0), gate)


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


@repeatable
@given(numbers, sharpnesses)
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


def test_p_norm_agrees_with_torch(rng):
    """Eq. (p-norm-max): the vector norm of torch, and its gradient."""
    values = torch.rand(50, 6, dtype=torch.float64, generator=rng())
    for order in (1, 2, 7.5):
        norm = torch.linalg.vector_norm(values, order, -1)
        torch.testing.assert_close(p_norm_max(values, order), norm)
    leaf = (values[0] + 0.1).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: p_norm_max(x, 3.0), leaf)


@repeatable
@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=8), st.floats(1, 200))
def test_p_norm_has_relative_bounds(values, order):
    """Eq. (p-norm-max): from max to max times K^(1/p)."""
    norm, top = p_norm_max(double(values), order).item(), max(values)
    most = len(values) ** (1 / order) * top
    assert top * (1 - 1e-12) <= norm <= most * (1 + 1e-12)


def test_p_norm_at_the_origin_has_no_gradient():
    """Eq. (p-norm-max): all zeros give 0 with gradient 0, not NaN."""
    values = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    result = p_norm_max(values, 2.0)
    assert result.item() == 0
    assert torch.autograd.grad(result, values)[0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_large_values_are_safe(dtype):
    """All: a scale of 10⁴ overflows in no dtype, in values and gradients."""
    values = torch.tensor([1e4, -1e4, 0.0], dtype=dtype, requires_grad=True)
    zero = torch.zeros_like(values)
    ramp = torch.tensor([1e4, 0, 0], dtype=dtype)
    size = torch.tensor([1e4, 1e4, 0], dtype=dtype)
    cases = {
        swish(values, 10.0): ramp,
        gelu(values): ramp,
        smu(values, zero, 10.0): ramp,
        erf_abs(values, 10.0): size,
        boltzmann_max(values, 10.0): ramp[0],
        p_norm_max(values.abs(), 50.0): 2 ** (1 / 50) * ramp[0],
    }
    for result, expected in cases.items():
        torch.testing.assert_close(result, expected)
        assert torch.autograd.grad(result.sum(), values)[0].isfinite().all()
    torch.testing.assert_close(root_abs(values, 10.0)[:2], size[:2])


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"values must not be negative, got -1\.0"):
        p_norm_max(torch.tensor([1.0, -1.0]), 2.0)
    with pytest.raises(ValueError, match=r"order must be at least 1, got 0\.5"):
        p_norm_max(torch.tensor([1.0]), 0.5)
    for function in (swish, erf_abs, root_abs, boltzmann_max):
        with pytest.raises(ValueError, match="sharpness must be positive"):
            function(torch.zeros(2), 0.0)
        with pytest.raises(TypeError, match="must be floating-point"):
            function(torch.zeros(2, dtype=torch.int64), 1.0)
