"""Checks of dlnotes.smoothing.floor against docs/notes/smoothing.md."""

import math

import pytest
import sympy
import torch
from scipy import integrate

from dlnotes.smoothing.floor import lorentz_floor, smooth_floor
from dlnotes.smoothing.kernels import (
    gaussian_kernel,
    gaussian_step,
    logistic_kernel,
    logistic_step,
    lorentz_step,
)

PAIRS = [(gaussian_step, gaussian_kernel), (logistic_step, logistic_kernel)]
GRID = torch.linspace(-3, 3, 121, dtype=torch.float64)


def fourier_floor(x, damping):
    """The line x - 1/2 plus damped sine waves of the sawtooth."""
    m = torch.arange(1, 400, dtype=torch.float64)
    waves = torch.sin(2 * math.pi * m * x.unsqueeze(-1)) / (math.pi * m)
    return x - 0.5 + (waves * damping(2 * math.pi * m)).sum(-1)


@pytest.mark.parametrize(("step", "kernel"), PAIRS)
@pytest.mark.parametrize("width", [0.05, 0.3])
def test_floor_is_a_convolution(step, kernel, width):
    """Eq. (smooth-floor): ∫ floor(x - u) φ(u) du by quadrature, jump by jump."""
    for x in (-1.4, 0.0, 0.3, 2.9):

        def integrand(u, x=x):
            density = kernel(torch.tensor(u, dtype=torch.float64), width).item()
            return math.floor(x - u) * density

        jumps = [x - n for n in range(-15, 20)]
        reach = 30 * width
        mean = integrate.quad(
            integrand,
            -reach,
            reach,
            limit=500,
            points=[j for j in jumps if abs(j) < reach],
        )[0]
        smooth = smooth_floor(torch.tensor(x, dtype=torch.float64), width, step=step)
        assert smooth.item() == pytest.approx(mean, abs=1e-7)


def test_gaussian_floor_agrees_with_its_fourier_series():
    """Eq. (smooth-floor): waves damped by exp(-(2πmh)²/2)."""
    for width in (0.05, 0.2, 1.5):
        series = fourier_floor(GRID, lambda f, w=width: torch.exp(-((f * w) ** 2) / 2))
        torch.testing.assert_close(smooth_floor(GRID, width), series)


def test_logistic_floor_agrees_with_its_fourier_series():
    """Eq. (smooth-floor): waves damped by πhf / sinh(πhf)."""
    for width in (0.05, 0.2, 1.5):
        series = fourier_floor(
            GRID,
            lambda f, w=width: (
                math.pi * w * f / torch.sinh((math.pi * w * f).clamp(max=600))
            ),
        )
        actual = smooth_floor(GRID, width, step=logistic_step)
        torch.testing.assert_close(actual, series)


def test_lorentz_floor_agrees_with_its_fourier_series():
    """Eq. (lorentz-floor): waves damped by exp(-2πmh), summed in closed form."""
    for width in (0.05, 0.2, 1.5):
        series = fourier_floor(GRID, lambda f, w=width: torch.exp(-w * f))
        torch.testing.assert_close(lorentz_floor(GRID, width), series)


def test_lorentz_floor_is_a_sum_of_steps():
    """Eq. (lorentz-floor): symmetric sums of M steps, to within their tail 1 / M."""
    width, many = 0.1, 20_000
    n = torch.arange(-many, many + 2, dtype=torch.float64)
    passed = (n <= 0).double()
    for x in (-0.4, 0.2, 1.7):
        point = torch.tensor(x, dtype=torch.float64)
        total = (lorentz_step(point - n, width) - passed).sum()
        closed = lorentz_floor(point, width)
        assert (total - closed).abs().item() < 2 / many


def test_counting_zero_twice_is_off_by_one():
    """Eq. (smooth-floor): with both sums including n = 0 the far left is off by Φ."""
    width, x = 0.05, torch.tensor(2.5, dtype=torch.float64)
    n = torch.arange(-10, 11, dtype=torch.float64)
    steps = gaussian_step(x - n, width)
    right = (steps[n <= 0] - 1).sum() + steps[n >= 1].sum()
    twice = (steps[n <= 0] - 1).sum() + steps[n >= 0].sum()
    assert right.item() == pytest.approx(2)
    assert twice.item() == pytest.approx(3)
    torch.testing.assert_close(smooth_floor(x, width), right)


@pytest.mark.parametrize("function", [smooth_floor, lorentz_floor])
def test_floor_moves_on_by_one_and_increases(function):
    """Eq. (smooth-floor), Eq. (lorentz-floor): f(x + 1) = f(x) + 1, f' > 0."""
    moved = function(GRID + 1, 0.2)
    torch.testing.assert_close(moved, function(GRID, 0.2) + 1)
    assert (function(GRID, 0.2).diff() > 0).all()


@pytest.mark.parametrize("function", [smooth_floor, lorentz_floor])
def test_narrow_kernels_give_the_floor(function):
    """Eq. (smooth-floor), Eq. (lorentz-floor): the floor, away from the integers."""
    inside = GRID[(GRID - GRID.round()).abs() > 0.1]
    error = (function(inside, 1e-4) - inside.floor()).abs().max().item()
    assert error < 1e-4 / (math.pi * 0.1) * 2  # the Cauchy tail from both sides


@pytest.mark.parametrize("function", [smooth_floor, lorentz_floor])
def test_gradients_are_those_of_finite_differences(function):
    """Eq. (smooth-floor), Eq. (lorentz-floor): gradcheck, also at integers."""
    x = torch.tensor([-1.0, 0.3, 1.95], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: function(x, 0.2), x)


def test_the_other_form_of_the_lorentz_floor_by_computer_algebra():
    """Eq. (lorentz-floor): ⌊x⌋ - arctan(tanh(πh) cot(πx)) / π, both slopes are one.

    They agree at x = 1/2, and so do the values, between two jumps; the sum of waves
    is minus the imaginary part of log(1 - z).
    """
    t, q = sympy.symbols("t q", positive=True)  # t = 2πx, q = e^(-2πh)
    waves = sympy.atan(q * sympy.sin(t) / (1 - q * sympy.cos(t)))
    level = (1 - q) / (1 + q)  # tanh(πh)
    other = sympy.pi / 2 - t / 2 - sympy.atan(level * sympy.cot(t / 2))
    slope = sympy.diff(waves - other, t).subs(t, 2 * sympy.atan(sympy.Symbol("u")))
    assert sympy.simplify(sympy.expand_trig(slope)) == 0
    assert (waves - other).subs(t, sympy.pi) == 0
    z = q * sympy.exp(sympy.I * t)
    series = sympy.series(-sympy.log(1 - z), q, 0, 7).removeO()
    sines = sum(q**m * sympy.sin(m * t) / m for m in range(1, 7))
    assert sympy.simplify(sympy.im(sympy.expand(series, complex=True)) - sines) == 0
    arctan = sympy.series(waves, q, 0, 7).removeO()
    assert sympy.simplify(sympy.expand_trig(sympy.expand(arctan - sines))) == 0


@pytest.mark.parametrize("function", [smooth_floor, lorentz_floor])
def test_stairs_and_waves_have_one_gradient(function):
    """Eq. (smooth-floor), Eq. (lorentz-floor): by width, across the switch at 1/4."""
    x = torch.tensor([-1.0, 0.3, 0.5, 1.95], dtype=torch.float64).requires_grad_()
    for width in (0.1, 0.2499, 0.2501, 0.8):
        widths = torch.full_like(x, width).detach().requires_grad_()
        assert torch.autograd.gradcheck(function, (x, widths))
    below, above = (
        torch.autograd.functional.jacobian(
            lambda w: function(x.detach(), w), torch.tensor(w, dtype=torch.float64)
        )
        for w in (0.25, math.nextafter(0.25, 1))
    )
    torch.testing.assert_close(below, above)


def test_heavy_tails_are_refused():
    """Eq. (smooth-floor): what is left out of a sum of Lorentz steps never ends."""
    with pytest.raises(ValueError, match="step must be gaussian_step or logistic_step"):
        smooth_floor(GRID, 0.1, step=lorentz_step)


@pytest.mark.parametrize("step", [gaussian_step, logistic_step])
def test_a_step_of_any_width_stays_finite(step):
    for width in (1e3, 1e36):
        found = smooth_floor(torch.tensor([1.3]), width, step=step)
        torch.testing.assert_close(found, torch.tensor([0.8]))
