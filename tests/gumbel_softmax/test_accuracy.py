"""The functions of the note beside the same formulas in forty digits.

Inputs are numbers of the tested dtype, so the reference sees exactly what the function
sees. Allowed are some rounding errors of the result, and of the numbers it is made of:
a reference returns both, the value and the size of its largest part.
"""

import itertools

import mpmath
import pytest
import torch
from mpmath import mpf

from dlnotes.gumbel_softmax.binary import (
    binary_gradient_variance,
    relaxed_bernoulli,
    straight_through_limit,
)
from dlnotes.gumbel_softmax.curvature import log_prob_curvature
from dlnotes.gumbel_softmax.density import log_ratio_log_prob, relaxed_log_prob
from dlnotes.gumbel_softmax.enumeration import exact_expectation
from dlnotes.gumbel_softmax.gumbel import (
    EULER_GAMMA,
    GUMBEL_VARIANCE,
    gumbel_cdf,
    gumbel_icdf,
    gumbel_log_prob,
)
from dlnotes.gumbel_softmax.maximum import (
    expected_max,
    max_argmax_cdf,
    noise_given_argmax,
)
from dlnotes.gumbel_softmax.relaxation import gumbel_softmax, log_gumbel_softmax
from dlnotes.gumbel_softmax.top_k import plackett_luce_log_prob
from dlnotes.gumbel_softmax.vae import categorical_kl, relaxed_kl_estimate

both_precisions = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
LOGITS = [
    [0.0, 0.0, 0.0],
    [0.5, -1.25, 2.0],
    [1e-6, -1e-6, 0.0],
    [40.0, 0.0, -40.0],
    [1e4, 0.5, 0.25],
    [3e8, 3e8, 0.0],
    [-3e8, -3e8, -3e8],
]
NOISE = [[0.25, -1.5, 0.5], [3.0, 0.5, -2.0], [16.0, -2.5, 0.0]]
TEMPERATURES = [1e-3, 0.25, 1.0, 30.0, 1e4]


@pytest.fixture(autouse=True)
def forty_digits():
    with mpmath.workdps(40):
        yield


def lse(numbers):
    top = max(numbers)
    return top + mpmath.log(mpmath.fsum(mpmath.exp(n - top) for n in numbers))


def log_softmax(numbers):
    return [n - lse(numbers) for n in numbers]


def exactly(tensor):
    """The numbers of a row, without rounding."""
    return [mpf(number) for number in tensor.double().tolist()]


def assert_accurate(got, expected, sizes, *, roundings=8):
    """Off by at most so many rounding errors of the largest part of each number."""
    eps = mpf(torch.finfo(got.dtype).eps)
    tiny = mpf(torch.finfo(got.dtype).tiny)
    for number, exact, size in zip(exactly(got), expected, sizes, strict=True):
        allowed = roundings * eps * max(abs(exact), abs(size)) + tiny
        assert abs(number - exact) <= allowed, (number, exact)


def test_constants_are_right_to_the_last_digit():
    """Eq. (gumbel-density): mean and variance of the standard Gumbel distribution."""
    assert float(mpmath.euler) == EULER_GAMMA
    assert float(mpmath.pi**2 / 6) == GUMBEL_VARIANCE


@both_precisions
def test_gumbel_law(dtype):
    """Eq. (gumbel-cdf), Eq. (gumbel-density): from one tail to the other."""
    x = torch.tensor([-6.0, -3.0, -1.0, 0.0, 1e-4, 0.5, 3.0, 15.0, 80.0], dtype=dtype)
    falls = [mpmath.exp(-v) for v in exactly(x)]
    cdf = [mpmath.exp(-f) for f in falls]
    sizes = [c * f for c, f in zip(cdf, falls, strict=True)]
    assert_accurate(gumbel_cdf(x), cdf, sizes)
    log_prob = [-v - f for v, f in zip(exactly(x), falls, strict=True)]
    assert_accurate(gumbel_log_prob(x), log_prob, exactly(x))


@both_precisions
def test_gumbel_quantiles(dtype):
    """Eq. (gumbel-quantile): near 0, near 1 and around the mode."""
    near_1 = 1 - 4 * torch.finfo(dtype).eps
    u = torch.tensor([1e-30, 1e-5, 0.3678, 0.3679, 0.5, 0.99, near_1], dtype=dtype)
    expected = [-mpmath.log(-mpmath.log(v)) for v in exactly(u)]
    assert_accurate(gumbel_icdf(u), expected, [1] * len(u))


@both_precisions
@pytest.mark.parametrize("logits", LOGITS)
def test_maximum(dtype, logits):
    """Eq. (max-and-argmax), Eq. (expected-max): also for huge logits."""
    logits = torch.tensor(logits, dtype=dtype)
    a = exactly(logits)
    assert_accurate(expected_max(logits)[None], [lse(a) + mpmath.euler], [1])
    value = logits.logsumexp(-1) + 0.5
    fall = mpmath.exp(lse(a) - exactly(value[None])[0])
    expected = [mpmath.exp(p - fall) for p in log_softmax(a)]
    # Difference of two numbers that share their size, in an exponent.
    size = 1 + abs(exactly(value[None])[0])
    assert_accurate(max_argmax_cdf(value, logits), expected, [size] * 3)


@both_precisions
@pytest.mark.parametrize("logits", LOGITS)
@pytest.mark.parametrize("noise", NOISE)
def test_noise_behind_a_winner(dtype, logits, noise):
    """Eq. (noise-given-argmax): the page's formula, in which large terms cancel."""
    logits, noise = torch.tensor(logits, dtype=dtype), torch.tensor(noise, dtype=dtype)
    a, g = exactly(logits), exactly(noise)
    for b in range(3):
        height = lse(a) + g[b]
        expected = [-lse([x - height, -h]) for x, h in zip(a, g, strict=True)]
        expected[b] = height - a[b]
        got = noise_given_argmax(logits, torch.tensor(b), noise=noise)
        sizes = [1 + max(abs(p) for p in log_softmax(a)) + abs(g[b])] * 3
        assert_accurate(got, expected, sizes)


@both_precisions
@pytest.mark.parametrize("logits", LOGITS)
def test_rankings(dtype, logits):
    """Eq. (plackett-luce): every ranking, also after a dominant category is gone."""
    logits = torch.tensor(logits, dtype=dtype)
    a = exactly(logits)
    for k in (1, 2, 3):
        for order in itertools.permutations(range(3), k):
            rest, expected = set(range(3)), mpf(0)
            for i in order:
                expected += a[i] - lse([a[j] for j in rest])
                rest -= {i}
            got = plackett_luce_log_prob(torch.tensor(order), logits)
            assert_accurate(got[None], [expected], [1])


@both_precisions
@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("logits", LOGITS)
def test_relaxed_samples(dtype, logits, temperature):
    """Eq. (gumbel-softmax), Eq. (log-gumbel-softmax): from cold to hot."""
    logits = torch.tensor(logits, dtype=dtype)
    for row in NOISE:
        noise = torch.tensor(row, dtype=dtype)
        pairs = zip(exactly(logits), exactly(noise), strict=True)
        x = [(a + g) / mpf(temperature) for a, g in pairs]
        logs = log_softmax(x)
        # An error of a rounding in a + g is divided by the temperature.
        spread = max(exactly(logits)) - min(exactly(logits)) + 20
        size = spread / mpf(temperature)
        got = log_gumbel_softmax(logits, temperature, noise=noise)
        assert_accurate(got, logs, [size] * 3)
        relaxed = [mpmath.exp(y) for y in logs]
        got = gumbel_softmax(logits, temperature, noise=noise)
        assert_accurate(got, relaxed, [y * (1 + size) for y in relaxed], roundings=16)


@both_precisions
@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("logits", LOGITS[:5])
def test_densities(dtype, logits, temperature):
    """Eq. (density), Eq. (log-ratio-density), Eq. (relaxed-kl), Eq. (curvature)."""
    logits = torch.tensor(logits, dtype=dtype)
    points = torch.tensor(
        [[0.5, 0.25, 0.25], [1 - 2**-20, 2**-21, 2**-21]], dtype=dtype
    )
    direction = torch.tensor([2**-22, -(2**-21), 2**-22], dtype=dtype)
    t = mpf(temperature)
    a = exactly(logits)
    for point in points:
        y = exactly(point)
        tilted = [x - t * mpmath.log(p) for x, p in zip(a, y, strict=True)]
        logs = log_softmax(tilted)
        size = 3 * (max(map(abs, tilted)) + 1)
        by_ratio = mpmath.log(2) + 2 * mpmath.log(t) + mpmath.fsum(logs)
        by_point = by_ratio - mpmath.fsum(map(mpmath.log, y))
        got = relaxed_log_prob(point, logits, temperature)
        assert_accurate(got[None], [by_point], [size])

        r = [d / p for d, p in zip(exactly(direction), y, strict=True)]
        w = [mpmath.exp(v) for v in logs]
        square = mpmath.fsum(v * v for v in r)
        bend = (1 + t) * mpmath.fsum(q * v * v for q, v in zip(w, r, strict=True))
        bend -= t * mpmath.fsum(q * v for q, v in zip(w, r, strict=True)) ** 2
        curvature = (1 + t) * square - 3 * t * bend
        got = log_prob_curvature(point, logits, temperature, direction)
        part = 3 * (1 + t) ** 2 * square * (1 + max(map(abs, tilted)))
        assert_accurate(got[None], [curvature], [part])


@both_precisions
@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("logits", LOGITS)
def test_densities_of_logs(dtype, logits, temperature):
    """Eq. (log-ratio-density), Eq. (relaxed-kl): logs far below those of a corner."""
    logits = torch.tensor(logits, dtype=dtype)
    t, a = mpf(temperature), exactly(logits)
    for row in ([0.0, -30.0, -90.0], [0.0, -2000.0, -1000.0]):
        log_point = torch.tensor(row, dtype=dtype)
        tilted = [x - t * y for x, y in zip(a, exactly(log_point), strict=True)]
        prior = log_softmax([-t * y for y in exactly(log_point)])
        logs = log_softmax(tilted)
        expected = mpmath.log(2) + 2 * mpmath.log(t) + mpmath.fsum(logs)
        size = 3 * (max(tilted) - min(tilted) + max(map(abs, a)) + 1)
        got = log_ratio_log_prob(log_point, logits, temperature)
        assert_accurate(got[None], [expected], [size])
        expected = mpmath.fsum(logs) - mpmath.fsum(prior)
        spread = max(a) - min(a) + t * 2000 * abs(min(row)) / 2000
        got = relaxed_kl_estimate(log_point, logits, temperature)
        assert_accurate(got[None], [expected], [3 * (spread + 1)])


@both_precisions
@pytest.mark.parametrize("logits", LOGITS)
def test_divergence(dtype, logits):
    """Eq. (categorical-kl): absolute rounding errors, since near 0 terms cancel."""
    logits = torch.tensor(logits, dtype=dtype)
    logs = log_softmax(exactly(logits))
    expected = mpmath.fsum(mpmath.exp(v) * (v + mpmath.log(3)) for v in logs)
    assert_accurate(categorical_kl(logits)[None], [expected], [1])


@both_precisions
@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_coin_tosses(dtype, temperature):
    """Eq. (relaxed-bernoulli), Eq. (gradient-variance): at all odds."""
    logit = torch.tensor([-80.0, -3.0, 0.0, 1e-6, 0.5, 30.0], dtype=dtype)
    t = mpf(temperature)
    v = [(a + mpf(0.25)) / t for a in exactly(logit)]
    expected = [1 / (1 + mpmath.exp(-x)) for x in v]
    sizes = [y * (1 + abs(x)) for x, y in zip(v, expected, strict=True)]
    noise = torch.full_like(logit, 0.25)
    assert_accurate(relaxed_bernoulli(logit, temperature, noise=noise), expected, sizes)

    slope = [1 / (2 + mpmath.exp(a) + mpmath.exp(-a)) for a in exactly(logit)]
    expected = [h / (6 * t) - h**2 for h in slope]
    sizes = [h / (6 * t) + h**2 for h in slope]
    assert_accurate(binary_gradient_variance(logit, temperature), expected, sizes)
    expected = [3 * h / 2 for h in slope]
    assert_accurate(straight_through_limit(lambda z: z**3, logit), expected, [0] * 6)


@both_precisions
@pytest.mark.parametrize("logits", LOGITS)
def test_sums_over_all_codes(dtype, logits):
    """Eq. (enumeration): two variables, nine terms."""
    logits = torch.tensor([logits, [0.5, 0.0, -2.0]], dtype=dtype)
    worth = torch.tensor([1.0, -2.0, 0.5], dtype=dtype)
    one, other = ([mpmath.exp(v) for v in log_softmax(exactly(a))] for a in logits)
    expected = mpmath.fsum(
        one[i] * other[j] * (mpf(worth[i].item()) + 3 * mpf(worth[j].item())) ** 2
        for i in range(3)
        for j in range(3)
    )
    got = exact_expectation(
        lambda z: (z[:, 0] @ worth + 3 * z[:, 1] @ worth) ** 2, logits
    )
    assert_accurate(got[None], [expected], [0])
