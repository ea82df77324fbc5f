"""Checks of what REBAR amounts to: a baseline, and noise around it."""

import pytest
import torch

from dlnotes.reparameterization.control_variates import rebar_gradient
from dlnotes.reparameterization.pathwise import open_uniform

GRID = 400  # midpoints of a unit interval, per noise


@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_averaged_rebar_is_a_baseline_at_one_half(temperature):
    """Eq. (rebar): given the bit, the control averages to -f(1/2) s(b)."""
    f = lambda b: (b + 1).square()  # noqa: E731
    logit = torch.tensor(-0.8, dtype=torch.float64)
    middle = (torch.arange(GRID, dtype=torch.float64) + 0.5) / GRID
    for bit in (0, 1):
        low, width = (
            (1 - logit.sigmoid(), logit.sigmoid()) if bit else (0, 1 - logit.sigmoid())
        )
        noise = torch.meshgrid(low + width * middle, middle, indexing="ij")
        rows, plain = (
            rebar_gradient(f, logit, temperature=temperature, eta=eta, noise=noise)
            for eta in (1.0, 0.0)
        )
        s = bit - logit.sigmoid()
        # Midpoints of a bounded integrand with logarithmic derivatives: error ~ 1/GRID.
        torch.testing.assert_close(
            (rows - plain).mean(), -2.25 * s, atol=5 / GRID, rtol=0
        )


def test_rebar_cannot_help_where_f_of_one_half_is_zero(rng):
    """Eq. (rebar): one bit, f(b) = (b - 1/2)^2; the variance rises with the weight."""
    logit = torch.tensor(0.3, dtype=torch.float64).logit()
    noise = tuple(
        open_uniform(100_000, dtype=torch.float64, generator=rng(s)) for s in (1, 2)
    )
    f = lambda b: (b - 0.5).square()  # noqa: E731
    variances = [
        rebar_gradient(f, logit, temperature=0.5, eta=eta, noise=noise).var().item()
        for eta in (0.0, 0.5, 1.0, 2.0)
    ]
    assert variances == sorted(variances)
    assert variances[0] == pytest.approx(0.25**2 * 0.3 * 0.7, rel=0.02)


def test_rebar_helps_where_one_half_is_a_good_baseline(rng):
    """Eq. (rebar): f(b) = (b + 1)^2 at p = 0.3, from 2.02 to 0.45."""
    logit = torch.tensor(0.3, dtype=torch.float64).logit()
    noise = tuple(
        open_uniform(100_000, dtype=torch.float64, generator=rng(s)) for s in (1, 2)
    )
    f = lambda b: (b + 1).square()  # noqa: E731
    with_control = rebar_gradient(f, logit, temperature=0.5, noise=noise).var()
    without = rebar_gradient(f, logit, temperature=0.5, eta=0.0, noise=noise).var()
    # f s takes 2.8 and -0.3 with probabilities 0.3 and 0.7.
    assert without == pytest.approx(0.3 * 0.7 * 3.1**2, rel=0.02)
    assert with_control == pytest.approx(0.448, rel=0.05)


def conditional_mean(f, logits, bits, grid):
    """The mean of REBAR given two bits, over midpoints of all four noises."""
    middle = (torch.arange(grid, dtype=torch.float64) + 0.5) / grid
    p = logits.sigmoid()
    sides = [
        1 - p[i] + p[i] * middle if b else (1 - p[i]) * middle
        for i, b in enumerate(bits)
    ]
    noise = torch.cartesian_prod(*sides, middle, middle)  # (S, 4)
    rows = rebar_gradient(f, logits, temperature=2.0, noise=noise.split(2, dim=-1))
    return rows.mean(0), sides


@pytest.mark.parametrize("bits", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_averaged_rebar_of_two_bits_has_a_baseline_that_knows_the_other_bit(bits):
    """Eq. (rebar): for bit i, the mean of the control at z_i = 0 given the other."""
    logits = torch.tensor([0.4, -0.7], dtype=torch.float64)
    f = lambda b: (b[..., 0] - 2 * b[..., 1] + 0.3).square()  # noqa: E731
    grid = 24
    mean, sides = conditional_mean(f, logits, bits, grid)
    fallen = torch.tensor(bits, dtype=torch.float64)
    for i in (0, 1):
        other = 1 - i
        relaxed = torch.full((grid, 2), 0.5, dtype=torch.float64)
        z = logits[other] + sides[other].logit()
        relaxed[:, other] = (z / 2).sigmoid()
        baseline = f(relaxed).mean()
        score = fallen[i] - logits[i].sigmoid()
        # Midpoints of bounded integrands with logarithmic slopes: error ~ 1 / grid.
        expected = (f(fallen) - baseline) * score
        assert mean[i].item() == pytest.approx(expected.item(), abs=0.1 / grid)
