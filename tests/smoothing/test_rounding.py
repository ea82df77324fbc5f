"""Every function against eighty digits, over the whole range of its arguments.

A result may be off by what some roundings of the arguments and of the result would
change: `ROUNDINGS` units times the value and its condition, which mpmath finds too.
"""

import math

import mpmath
import pytest
import torch
from mpmath import mpf

from dlnotes.smoothing import (
    accuracy,
    activations,
    f_score,
    floor,
    kernels,
    means,
    top_k,
)
from tests.smoothing.oracles import (
    NUMBERS,
    OF_ROWS,
    errors,
    exactly,
    lorentz_floor,
    normal_cdf,
    of_row,
    sigmoid,
    softplus,
    staircase,
)

ROUNDINGS = 4
PLACES = [1e-30, 1e-9, 1e-4, 0.01, 0.3, 0.5, 0.99, 1.0, 2.7, 6.0, 12.0, 25.0, 1e3, 1e9]
SHARPNESS = [1e-30, 1e-3, 0.7, 2.0, 100.0, 1e20]
ROWS = [
    [0.0, 0.0, 0.0],
    [1.0, 1.0, -3.0],
    [0.3, -1.2, 2.0, 1.9],
    [-7.0, 5e-4, 1e-7, 0.0, -1e-30],
    [1e4, 9990.0, -1e4],
    [1e-20, -1e-20, 3e-20],
    [-0.25],
]
each_dtype = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


@each_dtype
@pytest.mark.parametrize("function", NUMBERS, ids=lambda f: f.__name__)
def test_functions_of_a_number_and_a_sharpness(function, dtype):
    """All that is pointwise, both signs: every scale of both arguments."""
    for place in [0.0, *PLACES, *(-x for x in PLACES)]:
        for sharpness in SHARPNESS:
            pair = torch.tensor([place, sharpness], dtype=dtype)
            off = errors(function(*pair), NUMBERS[function], *exactly(pair))
            assert all(share < ROUNDINGS for share in off), (place, sharpness, off)


@each_dtype
@pytest.mark.parametrize("function", OF_ROWS, ids=lambda f: f.__name__)
def test_functions_of_a_row_and_a_sharpness(function, dtype):
    """All that goes along rows: ties, equal values, clear leaders, one entry."""
    for row in ROWS:
        for sharpness in SHARPNESS:
            all_ = torch.tensor([*row, sharpness], dtype=dtype)
            actual = function(all_[:-1], all_[-1])
            off = errors(actual, of_row(OF_ROWS[function]), *exactly(all_))
            assert all(share < ROUNDINGS for share in off), (row, sharpness, off)


@each_dtype
def test_the_maximum_of_two_and_the_gelu(dtype):
    """Eq. (smu), Eq. (gelu): also where the smaller one has the sign."""
    for one in [*PLACES, *(-x for x in PLACES), 0.0]:
        x = torch.tensor(one, dtype=dtype)
        off = errors(activations.gelu(x), lambda z: z * normal_cdf(z), mpf(x.item()))
        assert max(off, default=0) < ROUNDINGS, (one, off)
        for other in (0.0, 1.0, -2.5):
            three = torch.tensor([one, other, 1.7], dtype=dtype)
            off = errors(
                activations.smu(*three),
                lambda a, b, k: (
                    max(a, b) - abs(a - b) * mpmath.erfc(k * abs(a - b)) / 2
                ),
                *exactly(three),
            )
            assert max(off, default=0) < ROUNDINGS, (one, other, off)


@each_dtype
@pytest.mark.parametrize(
    ("step", "oracle"),
    [(kernels.gaussian_step, normal_cdf), (kernels.logistic_step, sigmoid)],
)
@pytest.mark.parametrize("width", [1e-30, 1e-3, 0.05, 0.25, 0.26, 1.0])
def test_the_floor(step, oracle, width, dtype):
    """Eq. (smooth-floor): stairs and waves, on both sides of the switch at 1/4."""
    for place in (0.0, 1e-9, 0.3, 0.49, 0.51, 0.97, 1.0, 7.2, -0.3, -2.5, -1e-9):
        pair = torch.tensor([place, width], dtype=dtype)
        off = errors(
            floor.smooth_floor(*pair, step=step), staircase(oracle), *exactly(pair)
        )
        assert max(off, default=0) < ROUNDINGS, (place, off)
        alone = floor.smooth_floor(pair[0], pair[1].item(), step=step)
        torch.testing.assert_close(alone, floor.smooth_floor(*pair, step=step))


@each_dtype
@pytest.mark.parametrize("width", [1e-30, 1e-9, 1e-3, 0.05, 0.25, 0.7, 2.0, 50.0])
def test_the_floor_of_lorentz_steps(width, dtype):
    """Eq. (lorentz-floor): narrow steps close to a jump too."""
    for place in (0.0, 1e-9, 1e-4, 0.3, 0.5, 0.97, 0.99999, 7.2, -0.3, -2.5, -1e-9):
        pair = torch.tensor([place, width], dtype=dtype)
        off = errors(floor.lorentz_floor(*pair), lorentz_floor, *exactly(pair))
        assert max(off, default=0) < ROUNDINGS, (place, off)


@each_dtype
@pytest.mark.parametrize("order", [1.0, 1.5, 30.0, 1e5, 1e30])
def test_the_norm(order, dtype):
    """Eq. (p-norm-max): no scale of the values, no order overflows."""
    for row in ([0.0, 0.0], [1.0, 1.0, 0.3], [1e-30, 2e-30], [1e30, 9.9e29, 1.0]):
        all_ = torch.tensor([*row, order], dtype=dtype)

        def norm(*x):
            *x, p = x
            if not any(x):
                return mpf(0)
            return max(x) * sum((z / max(x)) ** p for z in x) ** (1 / p)

        off = errors(means.p_norm_max(all_[:-1], all_[-1]), norm, *exactly(all_))
        assert max(off, default=0) < ROUNDINGS, (row, off)


@each_dtype
def test_log1mexp_on_both_sides_of_its_switch(dtype):
    """Eq. (log1mexp): from 1e-30 to 80, close around log 2 and between 2 and 30."""
    near = [math.log(2) + d for d in (-0.1, -1e-6, 1e-6, 0.1)]
    for place in [*near, *PLACES[:-2], 2.0, 4.0, 8.0, 16.0, 20.0, 29.0, 35.0, 80.0]:
        x = torch.tensor(-place, dtype=dtype)
        off = errors(
            top_k.log1mexp(x), lambda z: mpmath.log1p(-mpmath.exp(z)), mpf(x.item())
        )
        assert max(off, default=0) < ROUNDINGS, (place, off)


@each_dtype
def test_losses_of_sure_and_of_hopeless_examples(dtype):
    """Eq. (power-loss), Eq. (accuracy-gradient): leads from -1000 to 1000."""
    label = torch.tensor([0])
    for lead in (0.0, 1e-9, 0.4, 9.0, -9.0, 60.0, -60.0, 1000.0, -1000.0):
        for power in (1e-30, 1e-3, 0.7, 1.0, 40.0):
            pair = torch.tensor([lead, power], dtype=dtype)
            logits = torch.stack([pair[0], pair[0] * 0]).unsqueeze(0)
            off = errors(
                accuracy.power_loss(logits, label, pair[1]),
                lambda a, q: -mpmath.expm1(-q * softplus(-a)) / q,
                *exactly(pair),
            )
            assert max(off, default=0) < ROUNDINGS, (lead, power, off)
        off = errors(
            accuracy.accuracy_gradient(logits, label)[0, 0],
            lambda a: sigmoid(a) * sigmoid(-a),
            mpf(pair[0].item()),
        )
        assert max(off, default=0) < ROUNDINGS, (lead, off)


@each_dtype
@pytest.mark.parametrize("beta", [1e-30, 1e-3, 0.5, 1.0, 2.0, 1e3, 1e30])
def test_the_f_score(beta, dtype):
    """Eq. (soft-f1): no β overflows."""
    for counts in (
        [3.0, 1.0, 5.0],
        [1e-20, 7.0, 1e9],
        [0.0, 1.0, 1.0],
        [2.0, 0.0, 3.0],
    ):
        all_ = torch.tensor([*counts, beta], dtype=dtype)
        off = errors(
            f_score.f_score(f_score.Counts(*all_[:3]), beta=all_[3]),
            lambda t, f, m, b: (1 + b**2) * t / ((1 + b**2) * t + b**2 * m + f),
            *exactly(all_),
        )
        # log β has an error of one unit of itself, at most 69 here.
        assert max(off, default=0) < ROUNDINGS + abs(math.log(beta)), (counts, off)
