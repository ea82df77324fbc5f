"""Checks of dlnotes.smoothing.kernels against docs/notes/smoothing.md."""

import math

import pytest
import sympy
import torch
from scipy import integrate, stats

from dlnotes.smoothing.kernels import (
    gaussian_kernel,
    gaussian_relu,
    gaussian_step,
    logistic_kernel,
    logistic_relu,
    logistic_step,
    lorentz_kernel,
    lorentz_step,
)

WIDTH = 0.7
GRID = torch.linspace(-4, 4, 41, dtype=torch.float64)
KERNELS = {
    gaussian_kernel: stats.norm(scale=WIDTH),
    logistic_kernel: stats.logistic(scale=WIDTH),
    lorentz_kernel: stats.cauchy(scale=WIDTH),
}
STEPS = {
    gaussian_step: (gaussian_kernel, stats.norm(scale=WIDTH)),
    logistic_step: (logistic_kernel, stats.logistic(scale=WIDTH)),
    lorentz_step: (lorentz_kernel, stats.cauchy(scale=WIDTH)),
}
RELUS = {
    gaussian_relu: (gaussian_kernel, gaussian_step, 1 / math.sqrt(2 * math.pi)),
    logistic_relu: (logistic_kernel, logistic_step, math.log(2)),
}


def at(function, x, width=WIDTH):
    return function(torch.tensor(x, dtype=torch.float64), width).item()


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels_are_the_densities_of_scipy(kernel):
    """Eq. (gaussian-kernel), Eq. (logistic-kernel), Eq. (lorentz-kernel)."""
    expected = torch.from_numpy(KERNELS[kernel].pdf(GRID))
    torch.testing.assert_close(kernel(GRID, WIDTH), expected)


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels_hold_one_unit_of_mass_at_every_width(kernel):
    """Eq. (gaussian-kernel), Eq. (logistic-kernel), Eq. (lorentz-kernel): mass."""
    for width in (0.2, 1.0, 5.0):
        mass = integrate.quad(lambda x, w=width: at(kernel, x, w), -math.inf, math.inf)
        assert mass[0] == pytest.approx(1, abs=1e-7)


def test_a_dropped_factor_does_not_give_a_delta():
    """Eq. (logistic-kernel): t σ(x) (1 - σ(x)) has mass t; the t belongs inside too."""
    t = 4.0

    def dropped(x):
        s = 1 / (1 + math.exp(-x))
        return t * s * (1 - s)

    assert integrate.quad(dropped, -40, 40)[0] == pytest.approx(t)


@pytest.mark.parametrize("step", STEPS)
def test_steps_are_the_integrals_of_the_kernels(step):
    """Eq. (gaussian-step), Eq. (logistic-step), Eq. (lorentz-step): ∫ θ(x-u) φ(u)."""
    kernel, law = STEPS[step]
    torch.testing.assert_close(step(GRID, WIDTH), torch.from_numpy(law.cdf(GRID)))
    for x in (-1.3, 0.0, 0.4):
        mass = integrate.quad(lambda u, k=kernel: at(k, u), -math.inf, x)[0]
        assert at(step, x) == pytest.approx(mass, abs=1e-7)


@pytest.mark.parametrize("relu", RELUS)
def test_relus_are_convolutions(relu):
    """Eq. (gaussian-relu), Eq. (logistic-relu): ∫ max(x - u, 0) φ(u) by quadrature."""
    kernel = RELUS[relu][0]
    for x in (-2.0, -0.3, 0.0, 1.1):
        mean = integrate.quad(lambda u, x=x: (x - u) * at(kernel, u), -60, x)[0]
        assert at(relu, x) == pytest.approx(mean, abs=1e-8)


@pytest.mark.parametrize("relu", RELUS)
def test_relus_have_the_steps_as_slopes(relu):
    """Eq. (gaussian-relu), Eq. (logistic-relu): autograd gives the step, 1/2 at 0."""
    x = GRID.clone().requires_grad_()
    slope = torch.autograd.grad(relu(x, WIDTH).sum(), x)[0]
    torch.testing.assert_close(slope, RELUS[relu][1](GRID, WIDTH))


@pytest.mark.parametrize("relu", RELUS)
def test_relus_are_above_and_worst_at_zero(relu):
    """Eq. (gaussian-relu), Eq. (logistic-relu): errors up to h/√(2π) and h log 2."""
    error = relu(GRID, WIDTH) - GRID.clamp(min=0)
    worst = RELUS[relu][2] * WIDTH
    assert error.min() >= -1e-15
    assert error.max().item() == pytest.approx(worst)
    assert at(relu, 0.0) == pytest.approx(worst)


def test_steps_and_ramps_by_computer_algebra():
    """Eq. (gaussian-step) to Eq. (logistic-relu): slopes, and limits on the left."""
    x, h = sympy.symbols("x h", positive=True)
    step = (1 + sympy.erf(x / (h * sympy.sqrt(2)))) / 2
    kernel = sympy.exp(-(x**2) / (2 * h**2)) / (h * sympy.sqrt(2 * sympy.pi))
    relu = x * step + h**2 * kernel
    assert sympy.simplify(sympy.diff(relu, x) - step) == 0
    assert sympy.simplify(sympy.diff(step, x) - kernel) == 0
    assert sympy.simplify(sympy.diff(kernel, x) + x * kernel / h**2) == 0
    assert sympy.limit(relu.subs({x: -x, h: 1}), x, sympy.oo) == 0

    step = 1 / (1 + sympy.exp(-x / h))
    kernel = step * (1 - step) / h
    relu = h * sympy.log(1 + sympy.exp(x / h))
    assert sympy.simplify(sympy.diff(relu, x) - step) == 0
    assert sympy.simplify(sympy.diff(step, x) - kernel) == 0
    assert sympy.limit(relu.subs({x: -x, h: 1}), x, sympy.oo) == 0

    step = sympy.Rational(1, 2) + sympy.atan(x / h) / sympy.pi
    assert sympy.simplify(sympy.diff(step, x) - h / sympy.pi / (x**2 + h**2)) == 0
    assert sympy.limit(step.subs({x: -x, h: 1}), x, sympy.oo) == 0


def test_logistic_relu_is_softplus():
    """Eq. (logistic-relu): torch's softplus with beta = 1 / h."""
    expected = torch.nn.functional.softplus(GRID, beta=1 / WIDTH, threshold=1e3)
    torch.testing.assert_close(logistic_relu(GRID, WIDTH), expected)


def test_lorentz_has_no_relu():
    """Eq. (lorentz-kernel): ∫ max(-u, 0) φ(u) grows like (h / π) log of the range."""
    partial = [
        integrate.quad(lambda u: -u * at(lorentz_kernel, u), -end, 0, limit=200)[0]
        for end in (1e1, 1e2, 1e3)
    ]
    expected = WIDTH / math.pi * math.log(10)
    assert partial[1] - partial[0] == pytest.approx(expected, rel=0.01)
    assert partial[2] - partial[1] == pytest.approx(expected, rel=0.01)


def test_tails_of_the_steps():
    """Eq. (gaussian-step), Eq. (logistic-step), Eq. (lorentz-step): far to the left."""
    assert at(lorentz_step, -100.0) == pytest.approx(WIDTH / (100 * math.pi), rel=1e-4)
    assert at(logistic_step, -100.0) == pytest.approx(math.exp(-100 / WIDTH))
    assert at(gaussian_step, -20 * WIDTH) == pytest.approx(stats.norm.cdf(-20))
    assert at(lorentz_step, -1e12) == pytest.approx(WIDTH / (1e12 * math.pi))


@pytest.mark.parametrize("function", [*KERNELS, *STEPS, *RELUS])
def test_all_are_smooth_to_autograd(function):
    """All: gradcheck, also at 0, by position and width, and once more."""
    x = torch.tensor([-1.3, 0.0, 0.6], dtype=torch.float64, requires_grad=True)
    width = torch.full_like(x, WIDTH, requires_grad=True)
    assert torch.autograd.gradcheck(function, (x, width))
    assert torch.autograd.gradgradcheck(function, (x, width))
