"""Checks of dlnotes.gumbel_softmax.curvature against docs/notes/gumbel_softmax.md."""

import itertools
import math
from fractions import Fraction

import pytest
import sympy as sp
import torch

from dlnotes.gumbel_softmax.curvature import log_prob_curvature
from dlnotes.gumbel_softmax.density import relaxed_log_prob

LOGITS = torch.tensor([1.5, 0.0, -1.0, 0.5], dtype=torch.float64)
THREE = torch.tensor([1.0, 0.0, -0.5], dtype=torch.float64)


def inside(generator, shape, categories):
    """Points that are uniform on the simplex."""
    times = torch.empty(*shape, categories, dtype=torch.float64)
    times.exponential_(generator=generator)
    return times / times.sum(-1, keepdim=True)


def along(generator, points):
    """Random directions that stay in the simplex."""
    steps = torch.randn(points.shape, dtype=torch.float64, generator=generator)
    return steps - steps.mean(-1, keepdim=True)


def log_density_off_simplex(y, temperature):
    """The formula of the page up to constants, on the whole positive orthant."""
    k = len(y)
    tilted = (LOGITS - temperature * y.log()).logsumexp(-1)
    return -(temperature + 1) * y.log().sum() - k * tilted


@pytest.mark.parametrize("temperature", [0.2, 1.0, 2.5])
def test_curvature_is_the_second_derivative(rng, temperature):
    """Eq. (curvature): autograd's Hessian, applied twice to a direction."""
    generator = rng()
    points = inside(generator, (20,), 4)
    steps = along(generator, points)

    def bend(point, step):
        hessian = torch.autograd.functional.hessian(
            lambda y: log_density_off_simplex(y, temperature), point
        )
        return step @ hessian @ step

    expected = torch.stack([bend(y, d) for y, d in zip(points, steps, strict=True)])
    actual = log_prob_curvature(points, LOGITS, temperature, steps)
    torch.testing.assert_close(actual, expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("categories", [2, 3, 5])
def test_density_is_log_convex_up_to_the_threshold(rng, categories):
    """Eq. (curvature): not negative at 1 / (K - 1) and below, wherever one looks."""
    generator = rng()
    points = inside(generator, (20_000,), categories)
    points = (points.log() * 3).softmax(-1)  # many of them close to the border
    points = points.clamp(min=1e-12)
    points = points / points.sum(-1, keepdim=True)
    steps = along(generator, points) * points
    steps = steps - points * steps.sum(-1, keepdim=True)
    logits = 3 * torch.randn(points.shape, dtype=torch.float64, generator=generator)
    for share in (1.0, 0.9, 0.3):
        temperature = share / (categories - 1)
        bend = log_prob_curvature(points, logits, temperature, steps)
        scale = ((steps / points) ** 2).sum(-1)  # the size of the terms that cancel
        assert (bend >= -1e-12 * categories * scale).all()


@pytest.mark.parametrize("categories", [2, 3, 5])
def test_density_is_not_log_convex_above_the_threshold(categories):
    """Eq. (curvature): beside a face, across it, it tends to 1 - (K - 1) tau."""
    logits = torch.linspace(-1, 1, categories, dtype=torch.float64)
    point = torch.full((categories,), 1.0, dtype=torch.float64)
    point[0] = 1e-40
    point = point / point.sum()
    step = -point / (categories - 1)
    step[0] = point[0]
    step[1:] = -point[0] / (categories - 1)
    for temperature in (0.99 / (categories - 1), 1.01 / (categories - 1), 2.0):
        bend = log_prob_curvature(point, logits, temperature, step)
        assert bend.item() == pytest.approx(1 - (categories - 1) * temperature)


def weights_on_a_grid(categories, steps):
    """All weights of the categories that are multiples of 1 / steps."""
    for bars in itertools.combinations(range(steps + categories - 1), categories - 1):
        ends = (-1, *bars, steps + categories - 1)
        yield [Fraction(b - a - 1, steps) for a, b in itertools.pairwise(ends)]


@pytest.mark.parametrize("categories", [2, 3, 4, 5])
def test_the_proof_of_the_first_threshold(categories):
    """Eq. (curvature): determinants in exact arithmetic, at the threshold itself.

    The quadratic form has the matrix diag(D) + tau w w'. With at most one negative D
    it is positive semidefinite if its determinant is not negative.
    """
    tau = Fraction(1, categories - 1)
    zeros = 0
    for w in weights_on_a_grid(categories, 12):
        diagonal = [1 - (1 + tau) * wk for wk in w]
        assert sum(d < 0 for d in diagonal) <= 1
        determinant = math.prod(diagonal) + tau * sum(
            wk**2 * math.prod(d for j, d in enumerate(diagonal) if j != k)
            for k, wk in enumerate(w)
        )
        assert determinant >= 0
        zeros += determinant == 0
    assert zeros >= categories  # certain categories: the bound is sharp

    above = tau + Fraction(1, 1000)
    certain = [Fraction(1)] + [Fraction(0)] * (categories - 1)
    form = 1 - categories * above * (1 - above / (1 + above)) * certain[0]
    assert form < 0  # r = (1, 0, ..., 0)


def test_the_algebra_of_the_first_threshold():
    """Eq. (curvature): the worst case factors, B grows, the limit is right."""
    q, tau, k = sp.symbols("q tau K", positive=True)
    d1, d2 = 1 - (1 + tau) * (1 - q), 1 - (1 + tau) * q
    bracket = d1 * d2 + tau * ((1 - q) ** 2 * d2 + q**2 * d1)
    assert sp.expand(bracket - (1 - tau) * q * (1 - q)) == 0
    growth = sp.diff(tau**2 / (1 + tau), tau)
    assert sp.simplify(growth - (1 - (1 + tau) ** -2)) == 0
    at_face = 1 + tau - k * tau * (1 + tau) + k * tau**2
    assert sp.expand(at_face - (1 - (k - 1) * tau)) == 0
    share, w = sp.symbols("s w", positive=True)
    phi = w**2 / (1 - share * w)
    second = sp.simplify(sp.diff(phi, w, 2) * (1 - share * w) ** 3)
    assert second == 2  # convex while share * w < 1


def test_the_algebra_of_the_second_threshold():
    """Eq. (curvature): at a stationary point, and in the direction of the proof."""
    tau, rho, k = sp.symbols("tau rho K", positive=True)
    top = 1 / (1 + rho)
    square = (rho - k + 1) ** 2
    bend = (k * top - tau) * rho**2 + k * (1 - top) - (k - 1) * tau
    bend += (1 + tau) / k * square
    at_1 = (1 - 2 / k) * (k - 1 - rho) * (1 + rho)
    assert sp.simplify(bend.subs(tau, 1) - at_1) == 0
    slope = sp.diff(bend, tau)
    assert sp.simplify(slope - (-(rho**2) - (k - 1) + square / k)) == 0


@pytest.mark.parametrize("categories", [2, 3, 6])
def test_at_temperature_1_equal_logits_have_a_flat_center(categories):
    """Eq. (curvature): so "no maximum" holds below 1, and 1 itself is the boundary."""
    center = torch.full((50, categories), 1 / categories, dtype=torch.float64)
    steps = torch.randn(
        50, categories, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    steps = steps - steps.mean(-1, keepdim=True)
    bend = log_prob_curvature(center, torch.zeros_like(center), 1.0, steps)
    assert (bend.abs() <= 1e-12 * (categories * steps).square().sum(-1)).all()


def test_no_stationary_point_is_a_mode_below_temperature_1(rng):
    """Eq. (curvature): moving weight to the largest entry always bends upwards."""
    for categories in (2, 3, 6):
        generator = rng()
        points = inside(generator, (20_000,), categories)
        shrink = torch.rand(20_000, 1, dtype=torch.float64, generator=generator)
        points = 1 / categories + shrink * (points - 1 / categories)
        for temperature in (0.2, 0.7, 0.999):
            weights = (1 + temperature - categories * points) / categories / temperature
            possible = (weights > 0).all(-1)  # logits that make the point stationary
            y, w = points[possible], weights[possible]
            logits = w.log() + temperature * y.log()
            step = -y.clone()
            top = y.argmax(-1, keepdim=True)
            step.scatter_(-1, top, 1 - y.gather(-1, top))
            assert len(y) > 100
            assert (log_prob_curvature(y, logits, temperature, step) > 0).all()


def test_a_stationary_point_is_one():
    """Eq. (density): the gradient vanishes along the simplex where the page says."""
    temperature = 0.7
    y = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    weights = (1 + temperature - 3 * y) / (3 * temperature)
    logits = weights.log() + temperature * y.log()
    y = y.clone().requires_grad_()
    (slope,) = torch.autograd.grad(relaxed_log_prob(y, logits, temperature), y)
    torch.testing.assert_close(slope, torch.full_like(slope, -3.0))


@pytest.mark.parametrize(("temperature", "sign"), [(0.9, 1), (1.1, -1)])
def test_for_equal_logits_the_center_becomes_a_mode_at_temperature_1(
    rng, temperature, sign
):
    """Eq. (curvature): at the center it is (1 + tau) (1 - tau) times a square."""
    center = torch.full((1000, 4), 0.25, dtype=torch.float64)
    steps = along(rng(), center)
    bend = log_prob_curvature(center, torch.zeros_like(center), temperature, steps)
    square = ((4 * steps) ** 2).sum(-1)
    torch.testing.assert_close(bend, (1 + temperature) * (1 - temperature) * square)
    assert (bend.sign() == sign).all()


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("small", [1, 2])
def test_density_grows_or_dies_towards_a_face_as_stated(temperature, small):
    """Eq. (density): where m of K entries shrink like eps, as eps^((K - m) tau - m)."""
    rates = []
    for eps in (1e-30, 1e-40):
        y = torch.ones(3, dtype=torch.float64)
        y[:small] = eps
        rates.append(relaxed_log_prob(y / y.sum(), THREE, temperature).item())
    exponent = (rates[0] - rates[1]) / math.log(1e10)
    assert exponent == pytest.approx((3 - small) * temperature - small)


@pytest.mark.parametrize("categories", [2, 3, 4])
def test_hot_densities_vanish_on_the_whole_border(categories):
    """Eq. (density): above K - 1 it is at most a power of the smallest entry."""
    logits = torch.linspace(-1, 1, categories, dtype=torch.float64)
    temperature = categories - 1 + 0.5
    for small in range(1, categories):
        heights = []
        for eps in (1e-10, 1e-20, 1e-30):
            y = torch.ones(categories, dtype=torch.float64)
            y[:small] = eps
            log_prob = relaxed_log_prob(y / y.sum(), logits, temperature).item()
            heights.append(log_prob - 0.5 * math.log(eps))
        assert max(heights) <= heights[0] + 1e-6  # not above const * eps ** 0.5
    # At K - 1 itself it stays finite and positive towards a corner.
    y = torch.full((categories,), 1e-30, dtype=torch.float64)
    y[0] = 1
    corner = [
        relaxed_log_prob((y**p) / (y**p).sum(), logits, categories - 1).item()
        for p in (0.5, 1.0)
    ]
    assert corner[0] == pytest.approx(corner[1], abs=1e-6)
