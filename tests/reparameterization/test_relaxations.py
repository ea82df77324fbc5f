"""Checks of dlnotes.reparameterization.relaxations against the note."""

import pytest
import torch
from scipy import stats

from dlnotes.reparameterization.pathwise import open_uniform
from dlnotes.reparameterization.relaxations import (
    conditional_relaxation,
    logistic_relaxation,
)

LOGITS = torch.tensor([-2.0, 0.0, 0.7, 3.0], dtype=torch.float64)


def test_relaxation_rounds_to_bits_of_the_right_probability():
    """Eq. (logistic-relaxation): z > 0 exactly where u > 1 - p."""
    uniform = torch.linspace(0.0005, 0.9995, 1000, dtype=torch.float64).unsqueeze(-1)
    bits = logistic_relaxation(LOGITS, uniform) > 0
    assert torch.equal(bits, uniform > 1 - LOGITS.sigmoid())


def test_relaxation_is_a_shifted_logistic_variable(rng):
    """Eq. (logistic-relaxation): a Kolmogorov-Smirnov test at level 1e-6."""
    uniform = open_uniform(5000, 4, dtype=torch.float64, generator=rng())
    z = logistic_relaxation(LOGITS, uniform)
    for column, logit in zip(z.T, LOGITS.tolist(), strict=True):
        assert stats.kstest(column, stats.logistic(loc=logit).cdf).pvalue > 1e-6


@pytest.mark.parametrize("bit", [0, 1])
def test_conditional_relaxation_by_hand(rng, bit):
    """Eq. (conditional): the uniform noise squeezed to one side of 1 - p."""
    v = open_uniform(1000, 4, dtype=torch.float64, generator=rng())
    p = LOGITS.sigmoid()
    squeezed = v * p + 1 - p if bit else v * (1 - p)
    actual = conditional_relaxation(LOGITS, torch.full_like(v, bit), v)
    torch.testing.assert_close(actual, LOGITS + squeezed.logit(), rtol=1e-9, atol=1e-9)


def test_conditional_relaxation_has_the_law_of_z_given_its_bits(rng):
    """Eq. (conditional): two-sample Kolmogorov-Smirnov tests at 1e-6."""
    u, v = (
        open_uniform(20_000, 4, dtype=torch.float64, generator=rng(s)) for s in (1, 2)
    )
    z = logistic_relaxation(LOGITS, u)
    again = conditional_relaxation(LOGITS, (z > 0).double(), v)
    assert torch.equal(again > 0, z > 0)
    for k in range(4):
        for side in (z[:, k] > 0, z[:, k] < 0):
            test = stats.ks_2samp(z[side, k], again[side, k])
            assert test.pvalue > 1e-6


def test_conditional_relaxation_gradient_is_that_of_finite_differences(rng):
    """Eq. (conditional): smooth in the logits, on both sides."""
    v = open_uniform(6, 4, dtype=torch.float64, generator=rng())
    bits = torch.arange(24).reshape(6, 4) % 2
    assert torch.autograd.gradcheck(
        lambda a: conditional_relaxation(a, bits, v), LOGITS.clone().requires_grad_()
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_extreme_logits_stay_finite_and_on_their_side(dtype):
    """Eq. (conditional): no rounding to an infinity or across 0."""
    logits = torch.tensor([-300.0, -40.0, 40.0, 300.0], dtype=dtype, requires_grad=True)
    tiny = torch.finfo(dtype).eps / 4
    for u in (tiny, 0.5, 1 - torch.finfo(dtype).eps / 2):
        v = torch.full((4,), u, dtype=dtype)
        for bit in (0, 1):
            z = conditional_relaxation(logits, torch.full((4,), bit), v)
            (slope,) = torch.autograd.grad(z.sum(), logits)
            assert z.isfinite().all()
            assert slope.isfinite().all()
            assert ((z > 0) == bool(bit)).all()


def test_arguments_are_checked():
    half = torch.full((4,), 0.5)
    for relax in (
        logistic_relaxation,
        lambda a, u: conditional_relaxation(a, half.round(), u),
    ):
        with pytest.raises(ValueError, match="uniform must lie strictly between"):
            relax(half, torch.zeros(4))
        with pytest.raises(ValueError, match="logits must be finite"):
            relax(half / 0, half)
        with pytest.raises(TypeError, match="logits must be floating-point"):
            relax(half.long(), half)
    with pytest.raises(ValueError, match="bits must be 0 or 1"):
        conditional_relaxation(half, half, half)
