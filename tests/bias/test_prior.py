"""Checks of dlnotes.bias.prior against the note."""

import math

import mpmath
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch.nn import functional as F

from dlnotes.bias.prior import log_prior, prior_bias, prior_entropy, shift_prior

F64 = torch.float64


def test_the_bias_of_one_percent():
    """Eq. (prior-bias): -4.595, and a sigmoid gives the probability back."""
    assert prior_bias(0.01).item() == pytest.approx(-math.log(99), rel=1e-12)
    p = torch.logspace(-12, -0.01, 50, dtype=F64)
    torch.testing.assert_close(prior_bias(p).sigmoid(), p)
    torch.testing.assert_close(prior_bias(1 - p), -prior_bias(p), rtol=1e-3, atol=1e-8)


@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_no_probability_costs_digits(dtype):
    """Eq. (prior-bias): against sixty digits, near 0, near 1/2 and near 1.

    Near 1/2 the log-odds are nearly 0 and two logarithms would cancel.
    """
    eps = torch.finfo(dtype).eps
    near = (1e-30, 1e-5, 0.1, 0.25 - eps, 0.25, 0.3, 0.499, 0.5, 0.5 + eps, 0.7)
    p = torch.tensor([*near, 1 - 1e-3, 1 - eps / 2], dtype=dtype)
    with mpmath.workdps(60):
        exact = [mpmath.log(mpmath.mpf(v) / (1 - mpmath.mpf(v))) for v in p.tolist()]
    wanted = torch.tensor([float(v) for v in exact], dtype=F64)
    torch.testing.assert_close(prior_bias(p).double(), wanted, rtol=3 * eps, atol=0)
    p.requires_grad_()
    (slope,) = torch.autograd.grad(prior_bias(p).sum(), p)
    torch.testing.assert_close(slope, 1 / (p * (1 - p)), rtol=8 * eps, atol=0)


def test_the_bias_is_the_best_constant_logit():
    """Eq. (prior-bias): there the derivative of the mean loss vanishes."""
    y = torch.tensor([1.0, 0, 0, 0, 0, 1, 0, 0], dtype=F64)
    bias = prior_bias(y.mean()).requires_grad_()
    loss = F.binary_cross_entropy_with_logits(bias.expand(8), y)
    loss.backward()
    assert abs(bias.grad) < 1e-15


def test_the_log_prior_is_the_best_constant_vector():
    """Eq. (log-prior): zero gradient, and the softmax is the frequencies."""
    counts = torch.tensor([50, 30, 15, 5])
    labels = torch.repeat_interleave(torch.arange(4), counts)
    bias = log_prior(counts.double()).requires_grad_()
    loss = F.cross_entropy(bias.expand(100, 4), labels)
    loss.backward()
    assert bias.grad.abs().amax() < 1e-15
    torch.testing.assert_close(bias.softmax(0), counts / 100, check_dtype=False)


@pytest.mark.parametrize("dtype", [torch.float32, F64])
@pytest.mark.parametrize(
    "counts", [(1.0,), (1.0, 1.0), (1.0, 2.0**60), (3.0, 5.0, 1e7), (1e-30, 1e30)]
)
def test_no_count_costs_digits(dtype, counts):
    """Eq. (log-prior): against sixty digits; one class alone has the bias 0."""
    given = torch.tensor(counts, dtype=dtype)
    with mpmath.workdps(60):
        values = [mpmath.mpf(v) for v in given.tolist()]
        wanted = [float(mpmath.log(v / mpmath.fsum(values))) for v in values]
    # Double precision has nothing wider: logarithms up to 140 are rounded.
    atol = 4 * 140 * 2.0**-53
    rtol = torch.finfo(dtype).eps
    got = log_prior(given).double()
    torch.testing.assert_close(
        got, torch.tensor(wanted, dtype=F64), rtol=rtol, atol=atol
    )


@given(st.lists(st.integers(0, 9), min_size=1, max_size=5).filter(sum), st.data())
def test_no_constant_beats_the_frequencies(counts, data):
    """Eq. (prior-entropy): the loss of p is H + KL(pi || p), least at pi alone.

    In fractions but for the logarithms; classes of frequency 0 included.
    """
    total = sum(counts)
    pi = torch.tensor(counts, dtype=F64) / total
    weights = [data.draw(st.integers(1, 9)) for _ in counts]
    p = torch.tensor(weights, dtype=F64) / sum(weights)
    loss = -(pi * p.log()).sum()
    divergence = torch.where(pi > 0, pi * (pi.clamp(min=1e-9) / p).log(), 0.0).sum()
    entropy = prior_entropy(pi)
    torch.testing.assert_close(loss, entropy + divergence, rtol=1e-13, atol=1e-14)
    equal = all(
        c * sum(weights) == w * total for c, w in zip(counts, weights, strict=True)
    )
    assert (loss - entropy > 1e-4) == (not equal)
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    torch.testing.assert_close(F.cross_entropy(p.log().expand(total, -1), labels), loss)


def test_a_class_that_never_occurs_adds_nothing():
    """Eq. (prior-entropy): and has no gradient, where the logarithm has no value."""
    frequencies = torch.tensor([0.5, 0.0, 0.5], dtype=F64, requires_grad=True)
    entropy = prior_entropy(frequencies)
    assert entropy.item() == pytest.approx(math.log(2))
    (slope,) = torch.autograd.grad(entropy, frequencies)
    torch.testing.assert_close(
        slope, torch.tensor([math.log(2) - 1, 0.0, math.log(2) - 1], dtype=F64)
    )


@pytest.mark.parametrize("dtype", [torch.float32, F64])
@pytest.mark.parametrize("classes", [1, 2, 1000])
def test_frequencies_sum_to_1_up_to_rounding(dtype, classes):
    """Eq. (prior-entropy): half a unit in the last place, twice a class."""
    uniform = torch.full((classes,), 1 / classes, dtype=dtype)
    entropy = prior_entropy(uniform)
    assert entropy.item() == pytest.approx(math.log(classes), rel=1e-4, abs=1e-6)
    above = torch.ones(1, dtype=dtype) + torch.finfo(dtype).eps
    assert prior_entropy(above) == -(above * above.log())
    beyond = uniform.clone()
    beyond[0] += 3 * classes * torch.finfo(dtype).eps
    with pytest.raises(ValueError, match="nonnegative with sum 1"):
        prior_entropy(beyond)


def test_the_first_loss_is_the_entropy():
    """Eq. (prior-entropy): against scipy, and against the loss of that constant."""
    counts = torch.tensor([50, 30, 15, 5])
    labels = torch.repeat_interleave(torch.arange(4), counts)
    entropy = prior_entropy(counts.double() / 100)
    assert entropy.item() == pytest.approx(stats.entropy(counts.numpy()))
    loss = F.cross_entropy(log_prior(counts.double()).expand(100, 4), labels)
    torch.testing.assert_close(entropy, loss)
    assert prior_entropy(torch.tensor([1.0, 0.0])) == 0


def test_two_classes_differ_by_the_log_odds():
    """Eq. (log-prior): only differences of softmax biases count."""
    two = log_prior(torch.tensor([99.0, 1.0], dtype=F64))
    torch.testing.assert_close(two[1] - two[0], prior_bias(0.01))


def test_moving_the_prior_gives_bayes_posterior(rng):
    """Eq. (prior-shift): normal classes, whose posteriors are known for any prior."""
    old = torch.tensor([0.9, 0.08, 0.02], dtype=F64)
    new = torch.tensor([0.2, 0.3, 0.5], dtype=F64)
    means = torch.randn(3, 2, dtype=F64, generator=rng())
    x = torch.randn(50, 2, dtype=F64, generator=rng(1))
    density = torch.exp(-0.5 * (x[:, None] - means).square().sum(-1))  # (50, 3)
    bias = old.log() - 0.5 * means.square().sum(-1)
    logits = x @ means.T + bias
    posterior = density * old / (density * old).sum(1, keepdim=True)
    torch.testing.assert_close(logits.softmax(1), posterior)
    moved = x @ means.T + shift_prior(bias, old, new)
    posterior = density * new / (density * new).sum(1, keepdim=True)
    torch.testing.assert_close(moved.softmax(1), posterior)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_bias_in_half_precision_is_rounded_once(dtype):
    """Eq. (prior-shift): the frequencies are not."""
    bias = torch.tensor([0.1, -3.0], dtype=dtype)
    old, new = torch.tensor([0.9, 0.1]), torch.tensor([0.999, 0.001])
    moved = shift_prior(bias, old, new)
    exact = bias.double() + new.double().log() - old.double().log()
    assert torch.equal(moved, exact.to(dtype))
    with pytest.raises(TypeError, match=f"old must be float32 or float64, got {dtype}"):
        shift_prior(bias, old.to(dtype), new)


def test_moving_there_and_back_changes_nothing():
    """Eq. (prior-shift): equal frequencies move nothing."""
    bias = torch.tensor([0.5, -1.0, 2.0], dtype=F64)
    old = torch.tensor([0.5, 0.25, 0.25], dtype=F64)
    new = torch.tensor([0.125, 0.125, 0.75], dtype=F64)
    assert torch.equal(shift_prior(bias, old, old), bias)
    torch.testing.assert_close(shift_prior(shift_prior(bias, old, new), new, old), bias)


def test_arguments_are_checked():
    for odd in (0.0, 1.0, -0.5, 2.0):
        with pytest.raises(ValueError, match=f"between 0 and 1, got {odd}"):
            prior_bias(odd)
    with pytest.raises(ValueError, match="probability must be finite, got nan"):
        prior_bias(math.nan)
    with pytest.raises(TypeError, match="probability must be a real number, got a str"):
        prior_bias("0.5")
    with pytest.raises(ValueError, match=r"classes \[1, 3\] have none"):
        log_prior(torch.tensor([5.0, 0.0, 1.0, 0.0]))
    half = torch.tensor([0.5, 0.5])
    with pytest.raises(ValueError, match=r"old must have the shape of bias, \(3,\)"):
        shift_prior(torch.zeros(3), half, half)
    with pytest.raises(ValueError, match=r"new must be positive, got 0\.0"):
        shift_prior(torch.zeros(2), half, torch.tensor([0.0, 1.0]))
