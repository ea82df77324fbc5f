"""Checks of dlnotes.gumbel_softmax.curvature against docs/notes/gumbel_softmax.md."""

import math

import pytest
import torch

from dlnotes.gumbel_softmax.curvature import log_density_curvature
from dlnotes.gumbel_softmax.density import log_density

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
            lambda y: (
                log_density(point, LOGITS, temperature)
                if y is None
                else log_density_off_simplex(y, temperature)
            ),
            point,
        )
        return step @ hessian @ step

    expected = torch.stack([bend(y, d) for y, d in zip(points, steps, strict=True)])
    actual = log_density_curvature(points, LOGITS, temperature, steps)
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
        bend = log_density_curvature(points, logits, temperature, steps)
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
        bend = log_density_curvature(point, logits, temperature, step)
        assert bend.item() == pytest.approx(1 - (categories - 1) * temperature)


@pytest.mark.parametrize(
    ("temperature", "least", "most"),
    [(0.3, 0, 0), (0.5, 0, 0), (0.7, 0.05, 0.15), (1.0, 0.45, 0.55)],
)
def test_midpoints_lie_above_their_ends_only_beyond_the_threshold(
    rng, temperature, least, most
):
    """Eq. (density): midpoint convexity of its log, K = 3, on uniform pairs."""
    pairs = inside(rng(), (2, 50_000), 3)
    ends = log_density(pairs, THREE, temperature).mean(0)
    middle = log_density(pairs.mean(0), THREE, temperature)
    broken = (middle > ends + 1e-12).double().mean()
    assert least <= broken <= most


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
            assert (log_density_curvature(y, logits, temperature, step) > 0).all()


def test_a_stationary_point_is_one():
    """Eq. (density): the gradient vanishes along the simplex where the page says."""
    temperature = 0.7
    y = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    weights = (1 + temperature - 3 * y) / (3 * temperature)
    logits = weights.log() + temperature * y.log()
    y = y.clone().requires_grad_()
    (slope,) = torch.autograd.grad(log_density(y, logits, temperature), y)
    torch.testing.assert_close(slope, torch.full_like(slope, -3.0))


@pytest.mark.parametrize(("temperature", "sign"), [(0.9, 1), (1.1, -1)])
def test_for_equal_logits_the_center_becomes_a_mode_at_temperature_1(
    rng, temperature, sign
):
    """Eq. (curvature): at the center it is (1 + tau) (1 - tau) times a square."""
    center = torch.full((1000, 4), 0.25, dtype=torch.float64)
    steps = along(rng(), center)
    bend = log_density_curvature(center, torch.zeros_like(center), temperature, steps)
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
        rates.append(log_density(y / y.sum(), THREE, temperature).item())
    exponent = (rates[0] - rates[1]) / math.log(1e10)
    assert exponent == pytest.approx((3 - small) * temperature - small)
