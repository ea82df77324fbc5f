"""Checks of dlnotes.gumbel_softmax.density against docs/notes/gumbel_softmax.md."""

import math

import pytest
import torch
from scipy import integrate
from torch.distributions import RelaxedOneHotCategorical
from torch.distributions.relaxed_categorical import ExpRelaxedCategorical

from dlnotes.gumbel_softmax.density import log_density, log_ratio_density
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax, log_gumbel_softmax

LOGITS = torch.tensor([1.5, 0.0, -1.0, 0.5], dtype=torch.float64)
THREE = torch.tensor([1.0, 0.0, -0.5], dtype=torch.float64)


def inside(generator, shape, categories):
    """Points that are uniform on the simplex."""
    times = torch.empty(*shape, categories, dtype=torch.float64)
    times.exponential_(generator=generator)
    return times / times.sum(-1, keepdim=True)


def from_ratios(*ratios):
    """The logs of the point whose log-ratios to the last entry are given."""
    return torch.tensor([*ratios, 0.0], dtype=torch.float64).log_softmax(-1)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 3.0])
def test_density_agrees_with_torch_distributions(rng, temperature):
    """Eq. (density): an independent implementation gives the same numbers."""
    relaxed = gumbel_softmax(LOGITS.expand(50, -1), temperature, generator=rng())
    oracle = RelaxedOneHotCategorical(torch.tensor(temperature), logits=LOGITS)

    actual = log_density(relaxed, LOGITS, temperature)
    torch.testing.assert_close(actual, oracle.log_prob(relaxed))


@pytest.mark.parametrize("temperature", [0.01, 0.3, 1.0, 3.0])
def test_log_ratio_density_agrees_with_torch_distributions(rng, temperature):
    """Eq. (log-ratio-density): ExpRelaxedCategorical measures log-ratios as well."""
    logs = log_gumbel_softmax(LOGITS.expand(50, -1), temperature, generator=rng())
    oracle = ExpRelaxedCategorical(
        torch.tensor(temperature, dtype=torch.float64), logits=LOGITS
    )
    actual = log_ratio_density(logs, LOGITS, temperature)
    torch.testing.assert_close(actual, oracle.log_prob(logs))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_for_two_categories_mass_and_half_mass_are_right(temperature):
    """Eq. (density): quadrature gives 1 in all, and p beyond one half."""
    logits = torch.tensor([0.4, -0.3], dtype=torch.float64)

    def density(log_odds):
        y = torch.tensor([log_odds, -log_odds], dtype=torch.float64).sigmoid()
        return log_density(y, logits, temperature).exp() * y.prod()

    left = integrate.quad(density, -60, 0)[0]
    right = integrate.quad(density, 0, 60)[0]
    # What is cut off at each end is of the order of exp(-60 temperature).
    assert left + right == pytest.approx(1, abs=1e-8)
    assert right == pytest.approx(logits.softmax(-1)[0].item(), abs=1e-8)


@pytest.mark.parametrize("temperature", [0.3, 0.5, 1.0, 2.0])
def test_for_three_categories_mass_and_corner_masses_are_right(temperature):
    """Eq. (log-ratio-density): on a grid the mass is 1, and p_i where y_i is largest.

    The log-ratios of a point at temperature tau, times tau, follow one law, so the
    grid shrinks with the temperature. A smooth function that dies out exponentially
    is summed on a grid to high accuracy; the borders of the corners cost one cell.
    """
    step = 0.1
    side = torch.arange(-40, 40, step, dtype=torch.float64) + step / 3
    first, second = torch.meshgrid(side, side, indexing="ij")
    ratios = torch.stack([first, second, torch.zeros_like(first)], -1) / temperature
    logs = ratios.log_softmax(-1)
    cell = (step / temperature) ** 2
    mass = log_ratio_density(logs, THREE, temperature).exp() * cell

    assert mass.sum().item() == pytest.approx(1, abs=1e-9)
    winner = logs.argmax(-1)
    masses = torch.stack([mass[winner == i].sum() for i in range(3)])
    torch.testing.assert_close(masses, THREE.softmax(-1), atol=0.02, rtol=0)


@pytest.mark.parametrize("temperature", [0.4, 1.5])
def test_simplex_density_is_the_log_ratio_density_times_its_jacobian(temperature):
    """Eq. (density): a numerical determinant takes one density into the other."""
    ratios = torch.tensor([0.3, -0.8], dtype=torch.float64)

    def point(u):
        return torch.cat([u, u.new_zeros(1)]).softmax(-1)[:-1]

    jacobian = torch.autograd.functional.jacobian(point, ratios)
    logs = from_ratios(0.3, -0.8)
    by_ratio = log_ratio_density(logs, THREE, temperature)
    by_point = log_density(logs.exp(), THREE, temperature)
    torch.testing.assert_close(by_ratio - jacobian.logdet(), by_point)
    # The determinant is the product of all K entries.
    torch.testing.assert_close(jacobian.logdet(), logs.sum())


@pytest.mark.parametrize("temperature", [0.3, 2.0])
def test_density_marginalises_the_shift_of_the_gumbels(temperature):
    """Eq. (log-ratio-density): the integral over the common shift, by quadrature."""
    logs = from_ratios(0.3, -0.8)
    ratios = [0.3, -0.8, 0.0]

    def joint(shift):
        total = 1.0
        for u, a in zip(ratios, THREE.tolist(), strict=True):
            g = temperature * u + shift - a
            total *= math.exp(-g - math.exp(-g))
        return temperature**2 * total

    expected = integrate.quad(joint, -8, 60, points=[0, 2], epsabs=1e-13)[0]
    actual = log_ratio_density(logs, THREE, temperature).exp().item()
    assert actual == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 3.0])
def test_histogram_follows_the_density(rng, temperature):
    """Eq. (density): shares of relaxed samples in bins are the density's integrals."""
    draws = 100_000
    logits = torch.tensor([0.4, -0.3], dtype=torch.float64)
    relaxed = gumbel_softmax(logits.expand(draws, -1), temperature, generator=rng())
    edges = torch.linspace(0.1, 0.9, 9, dtype=torch.float64)
    for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        mass = integrate.quad(
            lambda y: log_density(
                torch.tensor([y, 1 - y]).double(), logits, temperature
            ).exp(),
            low,
            high,
        )[0]
        share = ((relaxed[:, 0] > low) & (relaxed[:, 0] <= high)).double().mean().item()
        assert share == pytest.approx(mass, abs=5 * math.sqrt(mass / draws))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("temperature", [1e-3, 1.0, 1e3])
def test_log_samples_have_a_finite_density_at_any_scale(rng, dtype, temperature):
    """Eq. (log-ratio-density): where the sample rounds to a corner, its logs do not."""
    logits = torch.tensor([100.0, 0.0, -100.0], dtype=dtype)
    leaf = logits.clone().requires_grad_()
    logs = log_gumbel_softmax(leaf.expand(100, -1), temperature, generator=rng())
    density = log_ratio_density(logs, leaf, temperature)
    (slope,) = torch.autograd.grad(density.sum(), leaf)
    assert density.isfinite().all()
    assert slope.isfinite().all()


def test_density_has_the_right_gradient(rng):
    """Eq. (density): finite differences agree."""
    points = inside(rng(), (5,), 4)
    logits = LOGITS.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda a: log_density(points, a, 0.7), logits)


def test_one_category_is_a_point_of_mass_one():
    """Eq. (density), Eq. (log-ratio-density): for K = 1 it is 1 at a point."""
    assert log_density(torch.ones(3, 1), torch.zeros(1), 0.5).tolist() == [0, 0, 0]
    assert log_ratio_density(torch.zeros(3, 1), torch.zeros(1), 0.5).sum() == 0


@pytest.mark.parametrize(
    ("relaxed", "message"),
    [
        ([1.0, 0.0, 0.0], "relaxed must be positive"),
        ([1.5, -0.25, -0.25], "relaxed must be positive"),
        ([0.5, 0.5, math.nan], "relaxed must be positive"),
        ([0.5, 0.5, 0.5], "relaxed must sum to 1"),
        ([0.5, 0.5], "relaxed must match logits"),
    ],
)
def test_a_point_must_lie_inside_the_simplex(relaxed, message):
    with pytest.raises(ValueError, match=message):
        log_density(torch.tensor(relaxed), THREE.float(), 0.5)


def test_logs_must_be_those_of_a_point():
    with pytest.raises(ValueError, match="log-sum-exp of 0"):
        log_ratio_density(torch.zeros(3), THREE.float(), 0.5)
    with pytest.raises(ValueError, match="log_relaxed must be finite"):
        log_ratio_density(torch.tensor([0.0, -math.inf, -math.inf]), THREE, 0.5)


def test_an_impossible_category_has_no_density():
    logits = torch.tensor([0.0, -math.inf])
    with pytest.raises(ValueError, match="logits must be finite here"):
        log_density(torch.tensor([0.5, 0.5]), logits, 0.5)
