"""Checks of dlnotes.pointconv.density."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from sklearn.neighbors import KernelDensity
from torch import nn

from dlnotes.blocks.grouping import gather_points
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.pointconv.density import (
    DensityNetwork,
    kernel_density,
    local_density,
    monte_carlo_integral,
    normalized_inverse,
    relative_inverse,
)
from tests.blocks.test_attention import fill
from tests.statistics import within


def wave(x):
    return (3 * x).sin() + x**2


def drawn(uniform, count, seed):
    """From a mixture, on [-1, 1], of the uniform density and of Beta(2, 5)."""
    rng = np.random.default_rng(seed)
    x = np.where(
        rng.random(count) < uniform,
        rng.uniform(-1, 1, count),
        2 * rng.beta(2, 5, count) - 1,
    )
    density = uniform / 2 + (1 - uniform) / 2 * stats.beta(2, 5).pdf((x + 1) / 2)
    return torch.from_numpy(x), torch.from_numpy(density)


@pytest.mark.parametrize("uniform", [0.5, 0.3])
def test_values_over_their_density_have_the_integral_as_mean(uniform):
    """Eq. (monte-carlo): 2/3, within 5 standard errors of 200,000 draws."""
    x, density = drawn(uniform, 200_000, 0)
    ratios = wave(x) / density
    assert within(ratios, 2 / 3)
    assert not within(2 * wave(x), 2 / 3)  # as if the density were 1/2
    torch.testing.assert_close(monte_carlo_integral(wave(x), density), ratios.mean())


def test_the_variance_is_infinite_where_the_density_vanishes():
    """Eq. (monte-carlo): the second moment grows without bound.

    Near u = 1 the density falls as (1 - u)^4, so the integral of the square over the
    density, up to 1 - e, grows as e^-3: by 8 when e is halved.
    """
    density = stats.beta(2, 5).pdf

    def moment(end):
        return integrate.quad(
            lambda u: wave(torch.tensor(2 * u - 1)).item() ** 2 / density(u),
            *(0.5, 1 - end),
            limit=200,
        )[0]

    assert moment(1e-3) / moment(2e-3) == pytest.approx(8, rel=0.02)
    assert moment(5e-4) / moment(1e-3) == pytest.approx(8, rel=0.01)


@pytest.mark.parametrize("coordinates", [1, 2, 3])
def test_the_density_is_that_of_sklearn(coordinates, rng):
    """Eq. (density), also where some points are padding."""
    points = torch.randn(2, 40, coordinates, dtype=torch.float64, generator=rng())
    mask = torch.arange(40) < torch.tensor([[40], [25]])
    found = kernel_density(points, 0.3, mask=mask)
    for cloud, real, density in zip(points, mask, found, strict=True):
        model = KernelDensity(bandwidth=0.3, rtol=1e-12).fit(cloud[real].numpy())
        expected = torch.from_numpy(np.exp(model.score_samples(cloud.numpy())))
        torch.testing.assert_close(density, expected, rtol=1e-8, atol=0)


def test_a_cloud_of_one_point_among_padding_has_the_density_of_its_kernel():
    """Eq. (density): of a normal law in space, at its middle."""
    points, mask = torch.zeros(1, 3, 3).double(), torch.tensor([[False, True, False]])
    found = kernel_density(points, 0.5, mask=mask)[0, 1].item()
    assert found == pytest.approx((2 * math.pi * 0.5**2) ** -1.5, rel=1e-12)


def test_each_point_may_have_a_bandwidth_of_its_own(rng):
    points = torch.randn(1, 5, 3, dtype=torch.float64, generator=rng())
    widths = torch.tensor([0.2, 0.2, 0.7, 0.2, 0.7], dtype=torch.float64)
    found = kernel_density(points, widths.view(1, 5, 1))
    for width in (0.2, 0.7):
        expected = kernel_density(points, width)
        torch.testing.assert_close(
            found[0, widths == width], expected[0, widths == width]
        )


def two_patches(rng):
    """Two squares of side 1 far apart: 8 times as many points in the first one."""
    make = {"dtype": torch.float64, "generator": rng()}
    points = torch.cat([torch.rand(1600, 3, **make), torch.rand(200, 3, **make)])
    points[:, 2] = 0
    points[1600:, 0] += 10
    inner = ((points[:, :2] % 1 - 0.5).abs() < 0.3).all(1)  # far from the borders
    return (
        points[None],
        inner & (torch.arange(1800) < 1600),
        inner & (torch.arange(1800) >= 1600),
    )


def test_an_average_over_each_balls_own_points_is_blind_to_density(rng):
    """Eq. (local-density): with the variance .05 and the radius .1 of the program.

    In a ball the Gaussian is between exp(-.1) and 1, so no two averages can have a
    ratio beyond exp(.1); Eq. (density) sees a ratio near 8, but for chance in 200.
    """
    points, dense, sparse = two_patches(rng)
    width = math.sqrt(0.05)
    local = local_density(points, 0.1, width)[0]
    full = kernel_density(points, width)[0]
    assert 0.97 < (local[dense].mean() / local[sparse].mean()).item() < 1.03
    assert local.max() / local.min() <= math.exp(0.1)
    assert 6.5 < (full[dense].mean() / full[sparse].mean()).item() < 9.5


def test_a_local_average_is_over_the_first_points_in_order(rng):
    """Eq. (local-density), by loops."""
    points = torch.rand(1, 30, 3, dtype=torch.float64, generator=rng())
    found = local_density(points, 0.4, 0.2, k=4)
    normal = stats.multivariate_normal(cov=0.2**2 * np.eye(3))
    for n, place in enumerate(points[0]):
        gaps = points[0] - place
        inside = [g.numpy() for g in gaps if g.norm() <= 0.4][:4]
        expected = sum(normal.pdf(g) for g in inside) / len(inside)
        assert found[0, n].item() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("invert", [relative_inverse, normalized_inverse])
def test_a_constant_factor_of_the_density_cancels(invert, rng):
    """Eq. (relative-inverse), Eq. (normalized-inverse): so does any normalizer."""
    density = 0.1 + torch.rand(4, 6, dtype=torch.float64, generator=rng())
    found = invert(density)
    wrong = density * math.sqrt(2 * math.pi) ** 3 * 0.1**3 / (2.5 * 0.1)
    torch.testing.assert_close(invert(wrong), found, rtol=1e-14, atol=0)
    ratio = found / found[:, :1] * density / density[:, :1]
    torch.testing.assert_close(ratio, torch.ones_like(ratio), rtol=1e-14, atol=0)


def test_inverse_densities_have_maximum_one_or_sum_one(rng):
    """Eq. (relative-inverse), Eq. (normalized-inverse); padding counts nothing."""
    density = 0.1 + torch.rand(50, 6, dtype=torch.float64, generator=rng())
    real = torch.rand(50, 6, generator=rng(1)) < 0.5
    some = real.any(1).double()
    relative = relative_inverse(density, real=real)
    normalized = normalized_inverse(density, real=real)
    assert torch.equal(relative.amax(1), some)
    torch.testing.assert_close(normalized.sum(1), some)
    assert (relative[~real] == 0).all()
    assert (normalized[~real] == 0).all()


def test_a_normalized_sum_estimates_the_mean_of_a_function():
    """Eq. (normalized-inverse): 1/3, half of the integral over a length of 2."""
    x, density = drawn(0.5, 100_000, 1)
    found = (normalized_inverse(density) * wave(x)).sum()
    # The ratio's error, to first order: of (h - 1/3) / q, over the length.
    spread = (((wave(x) - 1 / 3) / density).std() / 2 / len(x) ** 0.5).item()
    assert abs(found.item() - 1 / 3) < 5 * spread


def test_the_density_net_sees_almost_a_constant_if_fed_by_the_local_average(rng):
    """Eq. (density-network): its input, the relative inverse, is then near 1."""
    points, _, _ = two_patches(rng)
    index, _ = nearest_points(points, points[:, ::50], 32)

    def lowest(density):
        return relative_inverse(gather_points(density[..., None], index)[..., 0]).min()

    assert lowest(local_density(points, 0.1, math.sqrt(0.05))) > math.exp(-0.1)
    assert lowest(kernel_density(points, 0.05)) < 0.6


@pytest.mark.parametrize("bounded", [True, False])
def test_only_the_sigmoid_keeps_factors_between_zero_and_one(bounded, rng):
    """Eq. (density-network), by hand; without the sigmoid a point can be lost."""
    network = DensityNetwork((3,), bounded=bounded, norm=None).double()
    fill(network, rng(3))
    density = 0.1 + torch.rand(40, 6, dtype=torch.float64, generator=rng())
    first, last = (m for m in network.modules() if isinstance(m, nn.Linear))
    inverse = (density.amin(1, keepdim=True) / density)[..., None]
    middle = (inverse * first.weight[:, 0] + first.bias).clamp_min(0)
    raw = (middle * last.weight[0]).sum(-1) + last.bias
    expected = 1 / (1 + (-raw).exp()) if bounded else raw.clamp_min(0)
    torch.testing.assert_close(network(density), expected, rtol=1e-12, atol=1e-12)
    with torch.no_grad():
        last.bias -= 100
    assert bool((network(density) > 0).all()) == bounded


@pytest.mark.parametrize("bounded", [True, False])
def test_the_last_layer_is_normalized_only_if_it_is_one_of_the_hidden_kind(bounded):
    """Eq. (density-network): as in the two published programs."""
    network = DensityNetwork((16, 8), bounded=bounded)
    norms = [m.num_features for m in network.modules() if isinstance(m, nn.BatchNorm1d)]
    assert norms == ([16, 8] if bounded else [16, 8, 1])
