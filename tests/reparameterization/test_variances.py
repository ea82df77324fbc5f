"""Checks of dlnotes.reparameterization.variances against the note."""

import math

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
    by_path, _ = pathwise_gradient(f, location_scale, (loc, scale), NODES)
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
    assert crossing[0].item() == pytest.approx(0.8512, abs=1e-4)
    assert crossing[50].item() == pytest.approx(1.0, abs=1e-12)
    assert crossing[-1].item() == pytest.approx(1.1090, abs=1e-4)
    assert sine_crossing(torch.tensor(1.0)).dtype == torch.float32


def test_variance_error_is_the_spread_of_the_variance(rng):
    """Eq. (variance-error): over 2000 repetitions of 500 draws each."""
    draws = torch.rand(500, 2000, dtype=torch.float64, generator=rng())
    variance, error = variance_and_error(draws)
    torch.testing.assert_close(variance, draws.var(0))
    # The spread of 2000 nearly normal values is known to 1 / sqrt(4000) = 1.6 %; five
    # times that. Without the square of the variance the error would be 50 % larger.
    predicted = error.square().mean().sqrt().item()
    assert variance.std().item() == pytest.approx(predicted, rel=0.08)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_closed_forms_keep_dtype_and_broadcast(dtype):
    """Eq. (variance-linear): shapes and types are those of the arguments."""
    loc, scale = torch.zeros(4, 1, dtype=dtype), torch.ones(3, dtype=dtype)
    for closed in (
        variance_linear(loc, scale),
        variance_square(loc, scale),
        variance_sine(loc, scale, frequency=2.0),
    ):
        assert closed.score_function.shape == closed.pathwise.shape == (4, 3)
        assert closed.score_function.dtype == closed.pathwise.dtype == dtype


def test_arguments_are_checked():
    one = torch.ones(())
    with pytest.raises(ValueError, match=r"scale must be positive, got 0\.0"):
        variance_square(one, 0 * one)
    with pytest.raises(TypeError, match="loc must be a tensor, got int"):
        variance_linear(1, one)
    with pytest.raises(ValueError, match="must broadcast"):
        variance_sine(torch.ones(2), torch.ones(3), frequency=1.0)
    with pytest.raises(ValueError, match="cosine must lie between -1 and 1"):
        sine_crossing(2 * one)
    with pytest.raises(ValueError, match="two or more draws"):
        variance_and_error(torch.ones(1, 3))
