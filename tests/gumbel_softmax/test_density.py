"""Checks of dlnotes.gumbel_softmax.density against docs/notes/gumbel_softmax.md."""

import itertools
import math

import pytest
import sympy as sp
import torch
from scipy import integrate
from torch.distributions import RelaxedOneHotCategorical
from torch.distributions.relaxed_categorical import ExpRelaxedCategorical

from dlnotes.gumbel_softmax.density import log_ratio_log_prob, relaxed_log_prob
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax, log_gumbel_softmax
from tests.statistics import within

LOGITS = torch.tensor([1.5, 0.0, -1.0, 0.5], dtype=torch.float64)
THREE = torch.tensor([1.0, 0.0, -0.5], dtype=torch.float64)


def from_ratios(*ratios):
    """The logs of the point whose log-ratios to the last entry are given."""
    return torch.tensor([*ratios, 0.0], dtype=torch.float64).log_softmax(-1)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 3.0])
def test_density_agrees_with_torch_distributions(rng, temperature):
    """Eq. (density): an independent implementation gives the same numbers."""
    relaxed = gumbel_softmax(LOGITS.expand(50, -1), temperature, generator=rng())
    oracle = RelaxedOneHotCategorical(torch.tensor(temperature), logits=LOGITS)

    actual = relaxed_log_prob(relaxed, LOGITS, temperature)
    torch.testing.assert_close(actual, oracle.log_prob(relaxed))


@pytest.mark.parametrize("temperature", [0.01, 0.3, 1.0, 3.0])
def test_density_of_log_ratios_agrees_with_torch_distributions(rng, temperature):
    """Eq. (log-ratio-density): ExpRelaxedCategorical measures log-ratios as well."""
    logs = log_gumbel_softmax(LOGITS.expand(50, -1), temperature, generator=rng())
    oracle = ExpRelaxedCategorical(
        torch.tensor(temperature, dtype=torch.float64), logits=LOGITS
    )
    actual = log_ratio_log_prob(logs, LOGITS, temperature)
    torch.testing.assert_close(actual, oracle.log_prob(logs))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_for_two_categories_mass_and_half_mass_are_right(temperature):
    """Eq. (density): quadrature gives 1 in all, and p beyond one half."""
    logits = torch.tensor([0.4, -0.3], dtype=torch.float64)

    def density(log_odds):
        y = torch.tensor([log_odds, -log_odds], dtype=torch.float64).sigmoid()
        return relaxed_log_prob(y, logits, temperature).exp() * y.prod()

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
    mass = log_ratio_log_prob(logs, THREE, temperature).exp() * cell

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
    by_ratio = log_ratio_log_prob(logs, THREE, temperature)
    by_point = relaxed_log_prob(logs.exp(), THREE, temperature)
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
    actual = log_ratio_log_prob(logs, THREE, temperature).exp().item()
    assert actual == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 3.0])
def test_histogram_follows_the_density(rng, temperature):
    """Eq. (density): shares of relaxed samples in bins are the density's integrals."""
    logits = torch.tensor([0.4, -0.3], dtype=torch.float64)
    relaxed = gumbel_softmax(logits.expand(100_000, -1), temperature, generator=rng())
    edges = torch.linspace(0.1, 0.9, 9, dtype=torch.float64).tolist()
    for low, high in itertools.pairwise(edges):
        mass = integrate.quad(
            lambda y: relaxed_log_prob(
                torch.tensor([y, 1 - y]).double(), logits, temperature
            ).exp(),
            low,
            high,
        )[0]
        assert within((relaxed[:, 0] > low) & (relaxed[:, 0] <= high), mass)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("temperature", [1e-3, 1.0, 1e3])
def test_log_samples_have_a_finite_density_at_any_scale(rng, dtype, temperature):
    """Eq. (log-ratio-density): where the sample rounds to a corner, its logs do not."""
    logits = torch.tensor([100.0, 0.0, -100.0], dtype=dtype)
    leaf = logits.clone().requires_grad_()
    logs = log_gumbel_softmax(leaf.expand(100, -1), temperature, generator=rng())
    density = log_ratio_log_prob(logs, leaf, temperature)
    (slope,) = torch.autograd.grad(density.sum(), leaf)
    assert density.isfinite().all()
    assert slope.isfinite().all()


def test_one_category_is_a_point_of_mass_one():
    """Eq. (density), Eq. (log-ratio-density): for K = 1 it is 1 at a point."""
    assert relaxed_log_prob(torch.ones(3, 1), torch.zeros(1), 0.5).tolist() == [0, 0, 0]
    assert log_ratio_log_prob(torch.zeros(3, 1), torch.zeros(1), 0.5).sum() == 0


@pytest.mark.parametrize("categories", [2, 3])
def test_the_proof_of_the_density(categories):
    """Eq. (log-ratio-density), Eq. (density): each step by computer algebra."""
    tau, t = sp.symbols("tau t", positive=True)
    u = sp.symbols(f"u1:{categories + 1}", real=True)
    s = sp.symbols("s", real=True)
    a = sp.symbols(f"a1:{categories + 1}", real=True)
    free = u[:-1]
    ratios = [*free, sp.Integer(0)]
    x = sp.Matrix([tau * r + s for r in ratios])
    determinant = x.jacobian(sp.Matrix([*free, s])).det()
    assert sp.simplify(determinant - tau ** (categories - 1)) == 0

    c = [sp.exp(ai - tau * r) for ai, r in zip(a, ratios, strict=True)]
    joint = sp.prod(
        sp.exp(ai - xi - sp.exp(ai - xi)) for ai, xi in zip(a, x, strict=True)
    )
    total = sp.symbols("C", positive=True)
    gathered = sp.prod(c) * sp.exp(-categories * s) * sp.exp(-sum(c) * sp.exp(-s))
    assert sp.simplify(sp.log(joint / gathered).expand(force=True)) == 0
    shift = sp.integrate(t ** (categories - 1) * sp.exp(-total * t), (t, 0, sp.oo))
    assert shift == sp.factorial(categories - 1) / total**categories

    y = sp.symbols(f"y1:{categories}", positive=True)
    last = 1 - sum(y)
    by_y = sp.Matrix([sp.log(yi / last) for yi in y]).jacobian(sp.Matrix(y)).det()
    assert sp.simplify(by_y * sp.prod(y) * last) == 1


@pytest.mark.parametrize("categories", [2, 3])
def test_both_forms_of_the_density_are_the_same(categories):
    """Eq. (density): the closed form, in logs, is the one that is computed."""
    logits = THREE[:categories]
    y = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64)[-categories:]
    y = y / y.sum()
    for tau in (0.2, 1.0, 4.0):
        closed = math.factorial(categories - 1) * tau ** (categories - 1)
        closed *= (logits.exp() * y**-tau).sum() ** -categories
        closed *= (logits.exp() * y ** (-tau - 1)).prod()
        torch.testing.assert_close(relaxed_log_prob(y, logits, tau).exp(), closed)


def test_a_temperature_of_each_row_is_the_one_of_its_sample():
    """Eq. (density), Eq. (log-ratio-density): rows beside each other, K of them."""
    points = torch.full((3, 3), 1 / 3, dtype=torch.float64)
    heats = torch.tensor([[0.3], [1.0], [3.0]], dtype=torch.float64)
    for function, given in (
        (relaxed_log_prob, points),
        (log_ratio_log_prob, points.log()),
    ):
        together = function(given, THREE, heats)
        alone = [function(given[0], THREE, t) for t in (0.3, 1.0, 3.0)]
        assert together.shape == (3,)
        torch.testing.assert_close(together, torch.stack(alone))


def test_an_impossible_category_has_no_density():
    logits = torch.tensor([0.0, -math.inf])
    with pytest.raises(ValueError, match="logits must be finite here"):
        relaxed_log_prob(torch.tensor([0.5, 0.5]), logits, 0.5)
