"""Checks of dlnotes.reparameterization.gamma against the note."""

from functools import cache

import mpmath
import numpy as np
import pytest
import sympy
import torch
from mpmath import mpf
from scipy import special
from torch.distributions import Gamma

from dlnotes.reparameterization.gamma import (
    gamma_cdf,
    gamma_derivative,
    gamma_log_prob,
    gamma_reparameterize,
)
from tests.statistics import within

SHAPES = [0.1, 0.7, 1.0, 4.0, 30.0, 300.0]
# Tiny and huge shapes, both sides of 1 and of 20, where formulas change.
WIDE = [1e-300, 1e-30, 1e-3, 0.5, 0.999, 1.0, 1.5, 5.0, 19.99, 20.0, 50.0, 1e3]
HUGE = [1e5, 1e8, 1e12, 1e16]
FAR = [(1e-5, 1e200), (1e200, 1e-5), (1e-5, 50.0), (700.0, 0.5), (1e4, 30.0)]


def double(value):
    return torch.tensor(value, dtype=torch.float64)


def places(a):
    """From far below the bulk to far above, and both sides of z = a and z = 1."""
    around = [a * (1 + s) for s in (-1e-6, 0.0, 1e-6)]
    tails = [abs(a + s * a**0.5) for s in (-6, -1, 2, 8)] if a >= 50 else []
    fixed = [1e-8, 0.3, 0.999, 1.0, 1.01, 7.0, 40.0] if a < 50 else []
    return [z for z in [*around, *tails, *fixed] if z > 1e-303]


def test_the_proofs_by_symbols():
    """Eq. (gamma-cdf), Eq. (gamma-derivative): substitution, score and recurrence."""
    a, z, v = sympy.symbols("alpha z v", positive=True)

    def density(t, a=a):
        return t ** (a - 1) * sympy.exp(-t) / sympy.gamma(a)

    for sign in (-1, 1):
        t = z * sympy.exp(sign * v)
        weight = sympy.exp(sign * (a * v) - z * (sympy.exp(sign * v) - 1))
        ratio = density(t) * sympy.diff(t, v) * sign / (z * density(z)) / weight
        assert sympy.simplify(sympy.expand_log(sympy.log(ratio), force=True)) == 0
    score = sympy.diff(sympy.expand_log(sympy.log(density(z)), force=True), a)
    assert sympy.simplify(score - sympy.log(z) + sympy.digamma(a)) == 0
    # F_a and p_(a+1) + F_(a+1) vanish at 0 and have the same slope.
    slope = sympy.diff(density(z, a + 1), z) + density(z, a + 1)
    assert sympy.simplify(sympy.gammasimp((slope / density(z)).expand())) == 1
    assert sympy.simplify(sympy.gammasimp(density(z, a + 1) * a / z / density(z))) == 1


@pytest.mark.parametrize("a", WIDE + HUGE)
def test_log_density_is_good_to_rounding(a):
    """Eq. (gamma-log-prob): against 50 digits, also where huge terms cancel."""
    with mpmath.workdps(50):
        for z in places(a):
            exact = (mpf(a) - 1) * mpmath.log(z) - mpf(z) - mpmath.loggamma(a)
            got = gamma_log_prob(double(z), double(a))
            # Terms below a = 20 are at most 700, each rounded by 1e-16 of itself.
            assert abs(got.item() - exact) < 2e-13 + 1e-14 * abs(exact)


@pytest.mark.parametrize("a", [a for a in WIDE if a > 1e-100] + HUGE[:1])
def test_cdf_is_good_to_rounding(a):
    """Eq. (gamma-cdf): against 50 digits, relative to it also in the lower tail."""
    with mpmath.workdps(50):
        for z in places(a):
            exact = mpmath.gammainc(mpf(a), 0, mpf(z), regularized=True)
            got = gamma_cdf(double(z), double(a)).item()
            # The exponential of a log-density of at most 700.
            assert abs(got - exact) < 2e-13 * exact


@cache
def derivative_by_series(z, a):
    """Eq. (gamma-derivative): the series of the CDF, term by term, over the density."""
    term, index, total = 1 / mpf(a), mpf(a) + 1, mpf(0)
    digamma, log = mpmath.digamma(index), mpmath.log(z)
    while term * (abs(digamma) + abs(log)) > 1e-25 * abs(total):
        total += term * (digamma - log)
        term *= z / index
        digamma += 1 / index
        index += 1
    return z * total


def derivative_by_quadrature(z, a, unit=None):
    """Eq. (gamma-derivative): either integral, to 30 digits, in 12 pieces."""
    side = -1 if z <= a else 1
    z, a, shift = mpf(z), mpf(a), mpmath.digamma(a) - mpmath.log(z)
    ends = [k * (unit or 1 / mpmath.sqrt(a)) for k in range(13)]
    return z * mpmath.quad(
        lambda v: (
            (v - side * shift)
            * mpmath.exp(side * a * v - z * (mpmath.exp(side * v) - 1))
        ),
        ends,
    )


@pytest.mark.parametrize("a", WIDE)
def test_derivative_is_good_to_rounding(a):
    """Eq. (gamma-derivative): against the series of the CDF, to 60 digits."""
    with mpmath.workdps(60):
        for z in places(a):
            exact = derivative_by_series(z, a)
            got = gamma_derivative(double(z), double(a)).item()
            assert abs(got - exact) < 2e-14 * exact


@pytest.mark.parametrize("a", HUGE)
def test_derivative_is_good_to_rounding_for_huge_shapes(a):
    """Eq. (gamma-derivative): where the samples are all but normal."""
    with mpmath.workdps(40):
        for z in places(a):
            exact = derivative_by_quadrature(z, a)
            got = gamma_derivative(double(z), double(a)).item()
            assert abs(got - exact) < 2e-14 * exact


@pytest.mark.parametrize(("z", "a"), FAR)
def test_derivative_is_good_to_rounding_in_the_tails(z, a):
    """Eq. (gamma-derivative): where no sample falls, the integrals are exponential."""
    got = gamma_derivative(double(z), double(a)).item()
    with mpmath.workdps(60):
        slow = abs(mpf(z) - a) if max(z, a) > 1e100 else None
        score = mpmath.log(z) - mpmath.digamma(a)
        exact = (
            z * abs(score) / slow
            if slow
            else derivative_by_quadrature(z, a, 8 / abs(mpf(z) - a))
        )
        assert abs(got - exact) < 1e-12 * exact


@pytest.mark.parametrize("function", [gamma_log_prob, gamma_cdf, gamma_derivative])
def test_single_precision_is_rounded_once(function):
    """Eq. (gamma-log-prob): at a shape of 1e5 the terms are a million times the sum."""
    z = torch.tensor([0.5, 99_000.0, 100_000.0, 101_000.0])
    a = torch.tensor([0.25, 1e5, 1e5, 1e5])
    single = function(z, a)
    assert single.dtype == torch.float32
    assert torch.equal(single, function(z.double(), a.double()).float())


@pytest.mark.parametrize("shape", [*SHAPES, 1e5])
def test_slopes_of_the_cdf_and_of_the_log_density(shape):
    """Eq. (gamma-cdf), Eq. (implicit): p in z, -p dz/da in a; and the score."""
    z = torch.tensor(special.gammaincinv(shape, np.linspace(0.05, 0.95, 7)))
    z, a = z.requires_grad_(), torch.full_like(z, shape).requires_grad_()
    p = gamma_log_prob(z, a).exp().detach()
    by_z, by_a = torch.autograd.grad(gamma_cdf(z, a).sum(), (z, a))
    torch.testing.assert_close(by_z, p)
    torch.testing.assert_close(by_a, -p * gamma_derivative(z, a))

    by_z, by_a = torch.autograd.grad(gamma_log_prob(z, a).sum(), (z, a))
    exact_by_z = ((mpf(shape) - 1) / mpf(x) - 1 for x in z.tolist())
    exact_by_a = (mpmath.log(x) - mpmath.digamma(shape) for x in z.tolist())
    # mpmath's own 53 bits, of numbers of up to 12.
    for got, exact in ((by_z, exact_by_z), (by_a, exact_by_a)):
        wanted = torch.tensor([float(x) for x in exact], dtype=torch.float64)
        torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("shape", SHAPES)
def test_derivative_agrees_with_the_inverse_cdf(shape):
    """Eq. (gamma-derivative): finite differences of scipy's inverse."""
    quantiles = np.linspace(0.02, 0.98, 49)
    z = torch.tensor(special.gammaincinv(shape, quantiles))
    h = 1e-4 * shape
    up, down = (special.gammaincinv(shape + s, quantiles) for s in (h, -h))
    expected = torch.tensor((up - down) / (2 * h))
    # The third derivative of z in log shape, times 1e-8 / 6, is far below 1e-5.
    torch.testing.assert_close(
        gamma_derivative(z, double(shape)), expected, rtol=1e-5, atol=0
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_reparameterized_samples_have_the_gradient_of_rsample(dtype):
    """Eq. (gamma-derivative): torch fits a curve to it, good to 1e-3."""
    shapes = torch.logspace(-1, 2, 2000, dtype=dtype).requires_grad_()
    drawn = Gamma(shapes, torch.ones_like(shapes)).rsample()
    (theirs,) = torch.autograd.grad(drawn.sum(), shapes)
    attached = gamma_reparameterize(drawn, shapes)
    (ours,) = torch.autograd.grad(attached.sum(), shapes)

    assert torch.equal(attached, drawn)
    assert ours.dtype == dtype
    torch.testing.assert_close(ours, theirs, rtol=2e-3, atol=0)


def test_reparameterized_samples_under_torch_func():
    """Eq. (gamma-derivative): grad and jacrev see the same slope, twice for squares."""
    z, shapes = double([0.5, 2.0, 7.0]), double([0.3, 2.0, 9.0])
    slope = gamma_derivative(z, shapes)
    of_squares = torch.func.grad(lambda a: gamma_reparameterize(z, a).square().sum())
    torch.testing.assert_close(of_squares(shapes), 2 * z * slope)
    jacobian = torch.func.jacrev(lambda a: gamma_reparameterize(z, a))(shapes)
    torch.testing.assert_close(jacobian, slope.diag())


def test_reparameterized_samples_estimate_the_slope_of_a_mean():
    """Eq. (gamma-derivative): E log z has the derivative polygamma(1, shape)."""
    draws, shape = 20_000, 1.7
    copies = torch.full((draws,), shape, dtype=torch.float64, requires_grad=True)
    samples = Gamma(copies, torch.ones_like(copies)).sample()
    z = gamma_reparameterize(samples, copies)
    (rows,) = torch.autograd.grad(z.log().sum(), copies)
    assert within(rows, special.polygamma(1, shape).item())


def test_messages_name_what_is_wrong():
    ones = torch.ones(3)
    with pytest.raises(ValueError, match=r"concentration must broadcast to \(3,\)"):
        gamma_reparameterize(ones, torch.ones(2, 3))
    for function in (gamma_cdf, gamma_log_prob, gamma_derivative):
        with pytest.raises(ValueError, match="z must be positive"):
            function(-ones, ones)
        with pytest.raises(ValueError, match="concentration must be positive"):
            function(ones, 0 * ones)
