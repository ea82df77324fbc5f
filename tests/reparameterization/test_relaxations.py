"""Checks of dlnotes.reparameterization.relaxations against the note."""

import mpmath
import pytest
import sympy
import torch
from scipy import stats

from dlnotes.reparameterization.pathwise import open_uniform
from dlnotes.reparameterization.relaxations import (
    conditional_relaxation,
    logistic_relaxation,
)
from tests.statistics import REJECT

LOGITS = torch.tensor([-2.0, 0.0, 0.7, 3.0], dtype=torch.float64)


def test_the_proof_of_relaxations_by_symbols():
    """Eq. (conditional): both squeezed uniform variables, through the logit."""
    p, v = sympy.symbols("p v", positive=True)
    odds = p / (1 - p)
    squeezed = {1: 1 - p * (1 - v), 0: (1 - p) * v}
    wanted = {1: (1 + v * odds) / (1 - v), 0: v / (1 + (1 - v) / odds)}
    for bit, u in squeezed.items():
        assert sympy.simplify(odds * u / (1 - u) - wanted[bit]) == 0


def test_relaxation_rounds_to_bits_of_the_right_probability():
    """Eq. (logistic-relaxation): z > 0 exactly where u > 1 - p, at u = 1 - p too."""
    uniform = torch.linspace(0.0005, 0.9995, 1000, dtype=torch.float64).unsqueeze(-1)
    bits = logistic_relaxation(LOGITS, noise=uniform.expand(1000, 4)) > 0
    assert torch.equal(bits, uniform > 1 - LOGITS.sigmoid())
    half = torch.full((4,), 0.5, dtype=torch.float64)
    assert logistic_relaxation(LOGITS, noise=half)[1] == 0  # no bit yet: not above 0


def test_relaxation_is_a_shifted_logistic_variable(rng):
    """Eq. (logistic-relaxation): a Kolmogorov-Smirnov test of each bit."""
    uniform = open_uniform(5000, 4, dtype=torch.float64, generator=rng())
    z = logistic_relaxation(LOGITS, noise=uniform)
    for column, logit in zip(z.T, LOGITS.tolist(), strict=True):
        assert stats.kstest(column, stats.logistic(loc=logit).cdf).pvalue > REJECT


@pytest.mark.parametrize("bit", [0, 1])
def test_conditional_relaxation_by_hand(rng, bit):
    """Eq. (conditional): the uniform noise squeezed to one side of 1 - p."""
    v = open_uniform(1000, 4, dtype=torch.float64, generator=rng())
    p = LOGITS.sigmoid()
    squeezed = v * p + 1 - p if bit else v * (1 - p)
    actual = conditional_relaxation(LOGITS, torch.full_like(v, bit), noise=v)
    torch.testing.assert_close(actual, LOGITS + squeezed.logit(), rtol=1e-9, atol=1e-9)


def test_conditional_relaxation_has_the_law_of_z_given_its_bits(rng):
    """Eq. (conditional): two-sample Kolmogorov-Smirnov tests."""
    u, v = (
        open_uniform(20_000, 4, dtype=torch.float64, generator=rng(s)) for s in (1, 2)
    )
    z = logistic_relaxation(LOGITS, noise=u)
    again = conditional_relaxation(LOGITS, z > 0, noise=v)
    assert torch.equal(again > 0, z > 0)
    for k in range(4):
        for side in (z[:, k] > 0, z[:, k] < 0):
            assert stats.ks_2samp(z[side, k], again[side, k]).pvalue > REJECT


def test_conditional_relaxation_gradient_is_that_of_finite_differences(rng):
    """Eq. (conditional): smooth in the logits, on both sides."""
    v = open_uniform(6, 4, dtype=torch.float64, generator=rng())
    bits = torch.arange(24).reshape(6, 4) % 2
    assert torch.autograd.gradcheck(
        lambda a: conditional_relaxation(a, bits, noise=v),
        LOGITS.clone().requires_grad_(),
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_extreme_logits_keep_their_digits_and_stay_on_their_side(dtype):
    """Eq. (conditional): against 60 digits, with noise up to both ends."""
    logits = torch.tensor([-80.0, -21.0, 0.3, 21.0, 80.0], dtype=dtype)
    logits = logits.requires_grad_()
    eps = torch.finfo(dtype).eps
    for u in (eps / 4, 0.1, 1 - eps / 2):
        v = torch.full((5,), u, dtype=dtype)
        for bit in (0, 1):
            z = conditional_relaxation(logits, torch.full((5,), bit), noise=v)
            (slope,) = torch.autograd.grad(z.sum(), logits)
            assert slope.isfinite().all()
            with mpmath.workdps(60):
                for got, a in zip(z.tolist(), logits.tolist(), strict=True):
                    x, sign = mpmath.mpf(v[0].item()), 2 * bit - 1
                    near, far = (x, 1 - x) if bit else (1 - x, x)
                    exact = sign * (
                        mpmath.log1p(near * mpmath.exp(sign * a)) - mpmath.log(far)
                    )
                    assert got * sign > 0
                    # An exponential of up to 100, rounded by as many eps.
                    assert abs(got - exact) < 100 * eps * abs(exact)


def test_messages_name_what_is_wrong():
    half = torch.full((4,), 0.5)
    with pytest.raises(ValueError, match=r"noise must lie strictly .* got 0\.0"):
        logistic_relaxation(half, noise=torch.zeros(4))
    with pytest.raises(ValueError, match="noise must have a shape that ends in"):
        logistic_relaxation(half, noise=half[:3])
    with pytest.raises(ValueError, match=r"bits must be 0 or 1, got 0\.5"):
        conditional_relaxation(half, half, noise=half)
    with pytest.raises(ValueError, match=r"bits must have a shape that ends in \(4,\)"):
        conditional_relaxation(half, torch.ones(2, 1), noise=torch.full((2, 1), 0.5))
    with pytest.raises(ValueError, match=r"noise must have shape \(2, 4\)"):
        conditional_relaxation(half, torch.ones(2, 4), noise=half)
