"""Checks of dlnotes.reparameterization.variances against the note."""

import math

import mpmath
import pytest
import sympy
import torch
from numpy.polynomial.hermite_e import hermegauss
from torch.distributions import Normal

from dlnotes.reparameterization.pathwise import location_scale, pathwise_gradient
from dlnotes.reparameterization.score_function import score_function_gradient
from dlnotes.reparameterization.variances import (
    sine_crossing,
    variance_and_error,
    variance_linear,
    variance_sine,
    variance_square,
)

LOC = torch.tensor([[-2.0], [0.0], [0.3], [3.0]], dtype=torch.float64)
SCALE = torch.tensor([0.4, 1.0, 1.7], dtype=torch.float64)
# Gauss-Hermite nodes: exact for polynomials up to degree 199, and for the sines here
# to rounding.
NODES, WEIGHTS = (torch.tensor(a) for a in hermegauss(100))
WEIGHTS = WEIGHTS / math.sqrt(2 * math.pi)


def variances_by_quadrature(f, loc, scale):
    """Both variances, from the estimators' own rows at the nodes."""
    z = location_scale(NODES, loc, scale)
    by_score, _ = score_function_gradient(f, Normal, (loc, scale), z)
    by_path, _ = pathwise_gradient(f, location_scale, (loc, scale), noise=NODES)
    return [
        (WEIGHTS * rows**2).sum() - (WEIGHTS * rows).sum() ** 2
        for rows in (by_score, by_path)
    ]


def assert_matches_quadrature(f, closed):
    """Compare at every pair of a location and a scale."""
    assert closed.score_function.shape == closed.pathwise.shape == (4, 3)
    for i in range(4):
        for j in range(3):
            numeric = variances_by_quadrature(f, LOC[i, 0], SCALE[j])
            for actual, expected in zip(closed, numeric, strict=True):
                torch.testing.assert_close(actual[i, j], expected, rtol=1e-9, atol=1e-9)


def test_variances_of_a_line_by_quadrature():
    """Eq. (variance-linear): both closed forms, four locations, three scales."""
    closed = variance_linear(LOC, SCALE, slope=-1.5, intercept=0.7)
    assert_matches_quadrature(lambda z: 0.7 - 1.5 * z, closed)


def test_variances_of_a_square_by_quadrature():
    """Eq. (variance-square): both closed forms, four locations, three scales."""
    assert_matches_quadrature(torch.square, variance_square(LOC, SCALE))


@pytest.mark.parametrize("frequency", [0.3, 1.0, 2.0])
def test_variances_of_a_sine_by_quadrature(frequency):
    """Eq. (variance-sine): both closed forms, four locations, three scales."""
    closed = variance_sine(LOC, SCALE, frequency=frequency)
    assert_matches_quadrature(lambda z: (frequency * z).sin(), closed)


def test_variances_by_symbols():
    """Eq. (variance-linear), Eq. (variance-square), Eq. (variance-sine): the proofs."""
    mu, a, b = sympy.symbols("mu a b", real=True)
    sigma, w = sympy.symbols("sigma omega", positive=True)
    e = sympy.symbols("e", real=True)
    z, density = mu + sigma * e, sympy.exp(-(e**2) / 2) / sympy.sqrt(2 * sympy.pi)

    def mean(expression):
        expanded = sympy.expand(expression.rewrite(sympy.exp))
        return sympy.integrate(
            sympy.expand(expanded * density), (e, -sympy.oo, sympy.oo)
        )

    x = w**2 * sigma**2
    wave = sympy.exp(-2 * x) * sympy.cos(2 * w * mu)
    cases = [
        (a * z + b, a, (a * mu + b) ** 2 / sigma**2 + 2 * a**2 + a**2, a**2),
        (
            z**2,
            2 * z,
            mu**4 / sigma**2 + 14 * mu**2 + 15 * sigma**2 + 4 * mu**2,
            4 * sigma**2 + 4 * mu**2,
        ),
        (
            sympy.sin(w * z),
            w * sympy.cos(w * z),
            (1 - (1 - 4 * x) * wave) / (2 * sigma**2),
            w**2 * (1 + wave) / 2,
        ),
    ]
    for f, slope, by_score, by_path in cases:
        for squares, expected in [
            ((f * e / sigma) ** 2, by_score),
            (slope**2 + 0 * e, by_path),
        ]:
            difference = mean(squares) - expected.rewrite(sympy.exp)
            assert sympy.simplify(sympy.expand(difference)) == 0


@pytest.mark.parametrize("cosine", [-1.0, -0.3, 0.0, 0.6, 1.0])
def test_sine_crossing_is_where_the_variances_meet(cosine):
    """Eq. (sine-crossing): pathwise wins below, the score function above, once."""
    cosine = torch.tensor(cosine, dtype=torch.float64)
    crossing = sine_crossing(cosine)
    one = torch.ones((), dtype=torch.float64)
    w = torch.linspace(0.01, 4, 1000, dtype=torch.float64)
    # Choose the mean for each frequency so that cos(2 w mu) is the given number.
    closed = variance_sine(torch.acos(cosine) / (2 * w), one, frequency=w)

    assert ((closed.pathwise < closed.score_function) == (w < crossing)).all()
    at = variance_sine(torch.acos(cosine) / (2 * crossing), one, frequency=crossing)
    torch.testing.assert_close(at.pathwise, at.score_function)


def test_sine_crossing_never_leaves_its_band():
    """Eq. (sine-crossing): it rises with the cosine, from 0.851 to 1.109."""
    crossing = sine_crossing(torch.linspace(-1, 1, 101, dtype=torch.float64))
    assert (crossing.diff() > 0).all()
    slope = torch.func.grad(lambda c: sine_crossing(c).sum())
    cosine = torch.tensor([-1.0, -0.2, 0.5, 1.0], dtype=torch.float64)
    h = 1e-6
    by_difference = sine_crossing(cosine - h * cosine.sign()) - sine_crossing(cosine)
    # One-sided differences, with second derivatives below 1.
    torch.testing.assert_close(
        slope(cosine), -by_difference / h * cosine.sign(), atol=1e-6, rtol=0
    )
    assert crossing[0].item() == pytest.approx(0.8512, abs=1e-4)
    assert crossing[50].item() == pytest.approx(1.0, abs=1e-12)
    assert crossing[-1].item() == pytest.approx(1.1090, abs=1e-4)
    assert sine_crossing(torch.tensor(1.0)).dtype == torch.float32


def test_the_order_may_turn_more_than_once_for_one_mean():
    """Eq. (sine-crossing): within the band; the cosine runs with the frequency."""
    one = torch.ones((), dtype=torch.float64)
    w = torch.linspace(0.8, 1.2, 2000, dtype=torch.float64)
    closed = variance_sine(20 * one, one, frequency=w)
    order = closed.pathwise < closed.score_function
    low, high = sine_crossing(torch.tensor([-1.0, 1.0], dtype=torch.float64))
    assert order[w < low].all()
    assert not order[w > high].any()
    assert (order.diff()).sum() > 2


def test_the_proof_of_the_crossing():
    """Eq. (sine-crossing): each step by symbols, signs on a grid with both ends."""
    x, k = sympy.symbols("x kappa", real=True)
    fall = sympy.exp(-2 * x)
    h = x - 1 - k * (3 * x - 1) * fall
    # Twice sigma^2 times the difference of the variances.
    wave = k * fall
    both = x * (1 + wave) - (1 - (1 - 4 * x) * wave)
    assert sympy.expand(h - both) == 0
    slope = sympy.diff(h, x)
    assert sympy.expand(slope - (1 - k * (5 - 6 * x) * fall)) == 0
    bend = sympy.diff((5 - 6 * x) * fall, x)
    assert sympy.solve(bend, x) == [sympy.Rational(4, 3)]
    assert ((6 * x - 5) * fall).subs(x, sympy.Rational(4, 3)) < 0.21
    assert (h.subs(x, 0) - (k - 1)) == 0
    assert slope.subs({x: 0, k: 1}) == -4
    at = sympy.lambdify((x, k), h)
    for kappa in (-1.0, -0.5, 0.0, 0.2, 0.5, 0.9, 1.0):
        grid = torch.linspace(0, 5, 50_001, dtype=torch.float64)
        values = torch.tensor([at(t, kappa) for t in grid[1:].tolist()])
        assert (values[:3333] < 0).all()  # up to a third
        assert (values > 0).diff().sum() == 1


def test_variance_error_is_the_spread_of_the_variance(rng):
    """Eq. (variance-error): over 2000 repetitions of 500 draws each."""
    draws = torch.rand(500, 2000, dtype=torch.float64, generator=rng())
    variance, error = variance_and_error(draws)
    torch.testing.assert_close(variance, draws.var(0))
    # The spread of 2000 nearly normal values is known to 1 / sqrt(4000) = 1.6 %; five
    # times that. Without the square of the variance the error would be 50 % larger.
    predicted = error.square().mean().sqrt().item()
    assert variance.std().item() == pytest.approx(predicted, rel=0.08)


def test_variance_error_of_equal_draws_and_of_huge_ones():
    """Eq. (variance-error): 0 without a slope, and no fourth power overflows."""
    draws = torch.tensor([1.0, 1.0, 1.0], requires_grad=True)
    variance, error = variance_and_error(draws)
    assert variance == error == 0
    (slope,) = torch.autograd.grad(error, draws)
    assert (slope == 0).all()
    small = torch.tensor([0.0, 1.0, 1.0, 4.0])
    for size in (1e-15, 1e15):
        for got, one in zip(
            variance_and_error(size * small), variance_and_error(small), strict=True
        ):
            torch.testing.assert_close(got / size**2, one)


EXTREME = [
    (0.0, 1.0, 1e-6),
    (1e-3, 1.0, 1e-4),
    (0.3, 1e-8, 2.0),
    (3.0, 1e4, 1e3),
    (1e6, 1e-3, 0.5),
    (2.0, 0.7, 1.0),
]


@pytest.mark.parametrize(("loc", "scale", "w"), EXTREME)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_variances_of_a_sine_keep_their_digits(dtype, loc, scale, w):
    """Eq. (variance-sine): against 60 digits, where the definition all but cancels."""
    mu, sigma = torch.tensor(loc, dtype=dtype), torch.tensor(scale, dtype=dtype)
    closed = variance_sine(mu, sigma, frequency=w)
    with mpmath.workdps(60):
        m, s, w = mpmath.mpf(mu.item()), mpmath.mpf(sigma.item()), mpmath.mpf(w)
        x = (w * s) ** 2
        wave = mpmath.exp(-2 * x) * mpmath.cos(2 * w * m)
        mean = w * mpmath.exp(-x / 2) * mpmath.cos(w * m)
        by_score = (1 - (1 - 4 * x) * wave) / (2 * s**2) - mean**2
        by_path = w**2 / 2 * (1 + wave) - mean**2
    # An angle of up to 5e5 is rounded before its sine is taken.
    close = 4 * torch.finfo(dtype).eps + 1e-15 * max(1, abs(2 * loc * float(w)))
    for got, exact in zip(closed, (by_score, by_path), strict=True):
        assert abs(got.item() - exact) < close * exact


@pytest.mark.parametrize("size", [1e-18, 1e-10, 1e10, 1e18])
def test_variances_of_polynomials_do_not_overflow_on_the_way(size):
    """Eq. (variance-square), Eq. (variance-linear): they scale like size^2 and 1."""
    loc, scale = torch.tensor([1.5, 0.5])
    one = variance_square(loc, scale)
    scaled = variance_square(size * loc, size * scale)
    for got, wanted in zip(scaled, one, strict=True):
        torch.testing.assert_close(got / size**2, wanted)
    line = variance_linear(size * loc, size * scale, slope=1.0, intercept=size)
    expected = variance_linear(loc, scale, intercept=1.0)
    torch.testing.assert_close(line.score_function, expected.score_function)


def test_slopes_and_frequencies_may_be_tensors_with_gradients():
    """Eq. (variance-linear), Eq. (variance-sine): of either sign, and of any shape."""
    number = torch.tensor([[-1.5], [0.0], [2.0]], dtype=torch.float64)
    number.requires_grad_()
    loc, scale = LOC[:3, 0], SCALE

    def each(value):
        line = variance_linear(loc, scale, slope=value, intercept=value + 1)
        wave = variance_sine(loc, scale, frequency=value)
        return line.score_function, *wave

    assert torch.autograd.gradcheck(each, number)
    by_number = variance_sine(loc, scale, frequency=-1.5)
    torch.testing.assert_close(each(number)[1][0], by_number.score_function)


def test_messages_name_what_is_wrong():
    one = torch.ones(())
    with pytest.raises(ValueError, match=r"scale must be positive .* got 0\.0"):
        variance_square(one, 0 * one)
    with pytest.raises(TypeError, match="loc must be a tensor, got int"):
        variance_linear(1, one)
    with pytest.raises(TypeError, match="scale must be a tensor, got float"):
        variance_square(one, 1.0)
    with pytest.raises(ValueError, match="must broadcast"):
        variance_sine(torch.ones(2), torch.ones(3), frequency=1.0)
    with pytest.raises(ValueError, match=r"frequency must be representable in .*32"):
        variance_sine(one, one, frequency=1e60)
    with pytest.raises(ValueError, match=r"cosine must lie .* got 2\.0"):
        sine_crossing(2 * one)
    with pytest.raises(ValueError, match="two or more draws"):
        variance_and_error(torch.ones(1, 3))
