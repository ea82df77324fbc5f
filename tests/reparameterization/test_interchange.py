"""When a derivative may pass an expectation, and what goes wrong when it may not."""

import math

import pytest
import sympy
import torch
from scipy import special
from torch.distributions import Bernoulli, Distribution, Normal

from dlnotes.reparameterization.control_variates import lax_gradient, relax_gradient
from dlnotes.reparameterization.pathwise import pathwise_gradient
from dlnotes.reparameterization.score_function import score_function_gradient


def closed_slope(loc):
    """The derivative of E |e - loc| in loc, for normal noise e."""
    return 2 * special.ndtr(loc) - 1


MIDDLES = (torch.arange(10_000, dtype=torch.float64) + 0.5) / 10_000
QUANTILES = torch.special.ndtri(MIDDLES)  # of standard normal noise


def estimate(f, transform, theta, noise):
    """The mean of the estimator over equally likely noises."""
    parameter = torch.tensor(theta, dtype=torch.float64)
    (rows,) = pathwise_gradient(f, transform, (parameter,), noise=noise)
    return rows.mean().item()


@pytest.mark.parametrize("theta", [-1.0, 0.0, 0.7])
def test_a_kink_at_another_place_for_each_noise_does_no_harm(theta):
    """Eq. (pathwise): relu(theta + e) and |e - theta|, Lipschitz with constant 1."""
    relu = estimate(torch.relu, lambda e, t: t + e, theta, QUANTILES)
    away = estimate(torch.abs, lambda e, t: e - t, theta, QUANTILES)
    # Of 10,000 cells of equal weight one is cut by the kink.
    assert relu == pytest.approx(special.ndtr(theta), abs=1e-4)
    assert away == pytest.approx(closed_slope(theta), abs=2e-4)


@pytest.mark.parametrize(
    ("f", "transform", "theta", "noise", "left", "right"),
    [
        (torch.abs, lambda e, t: t + 0 * e, 0.0, [-1.0, 1.0], -1.0, 1.0),
        (torch.relu, lambda e, t: t + e, 1.0, [-1.0, 1.0], 0.5, 1.0),
        (torch.abs, lambda e, t: e - t, 1.0, [0.0, 1.0, 2.0], -1 / 3, 1 / 3),
    ],
    ids=["kink for all noise", "relu of coins", "distance from one of three"],
)
def test_a_kink_hit_with_positive_probability_has_no_derivative(
    f, transform, theta, noise, left, right
):
    """Eq. (pathwise): Lipschitz, but not differentiable at theta for that noise.

    The expectation has two different one-sided slopes, and the estimator some number.
    """
    noise = torch.tensor(noise, dtype=torch.float64)

    def mean(t):
        return f(transform(noise, torch.tensor(t, dtype=torch.float64))).mean().item()

    step = 2**-10
    slopes = [(mean(theta + s) - mean(theta)) / s for s in (-step, step)]
    assert slopes == pytest.approx([left, right])
    assert left <= estimate(f, transform, theta, noise) <= right


def test_a_jump_makes_the_path_wrong():
    """Eq. (pathwise): a smooth function plus a step, whose density is left out."""
    f = lambda z: z + (z > 0).double()  # noqa: E731
    got = estimate(f, lambda e, t: t + e, 0.3, QUANTILES)
    assert got == pytest.approx(1.0)  # the derivative is 1 plus the density at -0.3
    step = 0.05
    means = [f(0.3 + s + QUANTILES).mean().item() for s in (step, -step)]
    density = Normal(0.0, 1.0).log_prob(torch.tensor(0.3)).exp().item()
    # The second derivative of a normal density is below 0.4, so step^2 / 6 times that;
    # of 10,000 cells one is cut at either end, 2e-4 / (2 step).
    slope = (means[0] - means[1]) / (2 * step)
    assert slope == pytest.approx(1 + density, abs=2.5e-3)


class Falling(Distribution):
    """The density 2 (end - z) / end^2 on 0 to end, which vanishes at its end."""

    def __init__(self, end):
        self.end = end
        super().__init__(end.shape, validate_args=False)

    def log_prob(self, value):
        """Two over the square of the end, times the distance from it."""
        return (2 * (self.end - value) / self.end.square()).log()


class Flat(Falling):
    """The density 1 / end on 0 to end, which jumps there."""

    def log_prob(self, value):
        """One over the end, whatever the value."""
        return -self.end.log() + 0 * value


def quadrature(family, end, f):
    """The mean of the estimator over 100,000 midpoints, weighed by the density."""
    z = end * (torch.arange(100_000, dtype=torch.float64) + 0.5) / 100_000
    (rows,) = score_function_gradient(f, family, (end,), z)
    return (family(end).log_prob(z).exp() * rows).mean().item() * end.item()


def test_a_support_that_moves_is_allowed_only_if_the_density_vanishes_at_its_end():
    """Eq. (score-function): E z is end / 3 and end / 2, and 1 has no derivative."""
    end = torch.tensor(1.6, dtype=torch.float64)
    falling = [quadrature(Falling, end, f) for f in (lambda z: z, torch.ones_like)]
    flat = [quadrature(Flat, end, f) for f in (lambda z: z, torch.ones_like)]
    # Midpoints of a smooth integrand.
    assert falling == pytest.approx([1 / 3, 0], abs=1e-6)
    # The score is -1 / end everywhere: the edge, where f(end) / end enters, is missed.
    assert flat == pytest.approx([1 / 2 - 1, 0 - 1 / 1.6], abs=1e-6)


@pytest.mark.parametrize("p", [0.0, 0.25, 1.0])
def test_a_value_that_is_never_drawn_is_missed(p):
    """Eq. (score-function): for a coin by its probability, at both ends of it.

    The derivative of p f(1) + (1 - p) f(0) is f(1) - f(0), also at the ends.
    """
    values = torch.tensor([3.0, 10.0], dtype=torch.float64)
    chances = torch.tensor([1 - p, p], dtype=torch.float64)
    drawn = torch.arange(2)[chances > 0]
    (rows,) = score_function_gradient(
        lambda b: values[b.long()],
        lambda q: Bernoulli(probs=q),
        (torch.tensor(p, dtype=torch.float64),),
        drawn.double(),
    )
    mean = (chances[chances > 0] @ rows).item()
    assert mean == pytest.approx(7.0 if 0 < p < 1 else 0.0)  # torch clamps at the ends


def test_steins_identity_and_where_it_ends():
    """Eq. (lax): the two terms of exp(k z^2) have the same mean, while it is finite."""
    k = sympy.symbols("k", positive=True)
    z = sympy.symbols("z", real=True)
    density = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    control = sympy.exp(k * z**2)

    def mean(term, at):
        product = sympy.powsimp((term * density).subs(k, at))
        return sympy.integrate(product, (z, -sympy.oo, sympy.oo))

    by_score, by_slope = control * (z**2 - 1), sympy.diff(control, z) * z
    for at in (sympy.Rational(1, 8), sympy.Rational(1, 4), sympy.Rational(3, 8)):
        wanted = 2 * at * (1 - 2 * at) ** sympy.Rational(-3, 2)
        for term in (by_score, by_slope):
            assert sympy.simplify(mean(term, at) - wanted) == 0
    for term in (control, by_slope):
        assert mean(term, sympy.Rational(1, 2)) == sympy.oo


@pytest.mark.parametrize(
    ("control", "missed"),
    [
        (lambda z: (z / 2).exp() + z**3, 0.0),
        (lambda z: (z - 0.5).relu() + z, 0.0),
        (lambda z: z + (z > 0.5).double(), 1.0),
    ],
    ids=["smooth", "kink", "jump"],
)
def test_lax_is_right_for_a_control_without_jumps(control, missed):
    """Eq. (lax): by quadrature; a jump of the control leaves its density out."""
    normal = tuple(torch.tensor([0.3, 1.0], dtype=torch.float64))
    noise = torch.special.ndtri((torch.arange(200_000).double() + 0.5) / 200_000)
    f = lambda z: z > 0  # noqa: E731
    by_loc, _ = lax_gradient(f, control, *normal, noise=noise)
    zero, half = torch.tensor([0.0, 0.5], dtype=torch.float64)
    density, at_jump = (Normal(*normal).log_prob(at).exp() for at in (zero, half))
    # The outermost of 200,000 cells of equal weight ends at 4.6 deviations, where the
    # integrands are below 200; so is the error of the cell that a kink cuts.
    assert by_loc.mean().item() == pytest.approx(
        (density - missed * at_jump).item(), abs=1e-3
    )


LOGIT = torch.tensor(0.3, dtype=torch.float64)


def relax_mean(control, ends):
    """The mean of RELAX for one bit, over logits of both noises up to their ends."""
    # Cells of a twentieth, so that the bit falls over at the edge of one.
    steps = [(torch.arange(-600, 20 * end).double() + 0.5) / 20 for end in ends]
    t, s = torch.meshgrid(*steps, indexing="ij")
    weights = t.sigmoid() * (-t).sigmoid() * s.sigmoid() * (-s).sigmoid() / 400
    noise = (t.sigmoid(), s.sigmoid())
    rows = relax_gradient(lambda b: 3 * b, control, LOGIT, noise=noise)
    return (weights * rows).sum().item()


def test_relax_is_right_for_a_control_whose_slope_has_a_mean():
    """Eq. (relax): exp(z / 2) and tanh, by quadrature over both noises."""
    p = LOGIT.sigmoid().item()
    for control in (lambda z: (z / 2).exp(), torch.tanh):
        # Beyond 30 there is exp(-15) left; midpoints err by 1 / (24 * 400).
        mean = relax_mean(control, (30, 30))
        assert mean == pytest.approx(3 * p * (1 - p), abs=2e-4)


def test_relax_has_no_mean_for_an_exponential_control():
    """Eq. (relax): exp(z) grows as the density falls, and the integral never ends.

    Each further unit of the first noise adds exp(a), each of the second subtracts it
    times the probability of the bit that it meets.
    """
    growth = math.exp(LOGIT.item())
    start = relax_mean(torch.exp, (20, 20))
    further = relax_mean(torch.exp, (30, 20))
    assert further - start == pytest.approx(10 * growth, rel=1e-3)
    assert relax_mean(torch.exp, (20, 30)) - start < -5 * growth
