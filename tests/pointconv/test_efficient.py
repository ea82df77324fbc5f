"""Checks of dlnotes.pointconv.efficient."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.profiler import ProfilerActivity, profile

from dlnotes.pointconv.continuous import point_convolution
from dlnotes.pointconv.efficient import efficient_convolution, factorized_kernel
from dlnotes.pointconv.memory import efficient_bytes, naive_bytes, operand_bytes

SMALL = st.integers(1, 6)


def parts(k, c, m, o, dtype=torch.float64):
    rng = torch.Generator().manual_seed(k + 7 * c + 49 * m + 343 * o)
    shapes = (2, 3, k, c), (2, 3, k, m), (m, c, o), (2, 3, k)
    return [torch.randn(shape, dtype=dtype, generator=rng) for shape in shapes]


def naive(features, hidden, last, scale):
    weights = factorized_kernel(hidden, last)
    return point_convolution(features, weights, scale=scale)


def efficient(features, hidden, last, scale):
    return efficient_convolution(features, hidden, last, scale=scale)


@settings(max_examples=40)
@given(*[SMALL] * 4)
def test_both_forms_and_their_gradients_are_equal(k, c, m, o):
    """Eq. (efficient): the sums over neighbors and over M are exchanged.

    Sums of at most 216 products of numbers below 5 each, with rounding errors of 2e-16
    of the largest.
    """
    inputs = [x.requires_grad_() for x in parts(k, c, m, o)]
    results = [form(*inputs) for form in (naive, efficient)]
    torch.testing.assert_close(*results, rtol=1e-10, atol=1e-10)
    slope = torch.randn(results[0].shape, dtype=torch.float64)
    one, other = (torch.autograd.grad(r, inputs, slope) for r in results)
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-9)


def test_the_kernel_is_a_sum_over_the_hidden_values():
    """Eq. (factorized), entry by entry."""
    _, hidden, last, _ = parts(3, 4, 2, 5)
    found = factorized_kernel(hidden, last)
    for k, c, o in ((0, 0, 0), (2, 3, 4), (1, 2, 3)):
        expected = sum(hidden[1, 2, k, m] * last[m, c, o] for m in range(2))
        torch.testing.assert_close(found[1, 2, k, c, o], expected)


def test_in_single_precision_the_gap_is_small_relative_to_the_values():
    """Eq. (efficient): sums of 32 * 64 * 32 products; the absolute gap looks large."""
    inputs = parts(32, 64, 32, 8, torch.float32)
    exact = naive(*[x.double() for x in inputs])
    for form in (naive, efficient):
        gap = (form(*inputs) - exact).abs().max()
        assert gap < 1e-5 * exact.abs().max()


def peak(step):
    """Bytes of the tensors made in a step that were alive at one time."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        step()
    events = [
        e for e in seen.profiler.kineto_results.events() if e.name() == "[memory]"
    ]
    alive = most = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        alive += event.nbytes()
        most = max(most, alive)
    return most


def test_memory_is_what_the_formulas_say():
    """Eq. (efficient-memory), Eq. (naive-memory): what a forward pass makes.

    Beside the named tensors there are the result and, where it has to be copied, the
    input, which is given.
    """
    b, n, k, c, o, m = 2, 64, 32, 64, 64, 32
    rng = torch.Generator().manual_seed(0)
    features = torch.randn(b, n, k, c, generator=rng)
    hidden = torch.randn(b, n, k, m, generator=rng)
    last = torch.randn(m, c, o, generator=rng)
    small = 4 * b * n * o + operand_bytes(b, n, neighbors=k, channels=c, middle=m)
    sizes = {"channels": c, "outputs": o}
    wanted = {
        naive: naive_bytes(b, n, neighbors=k, **sizes),
        efficient: efficient_bytes(b, n, middle=m, **sizes),
    }
    for form, size in wanted.items():
        measured = peak(lambda form=form: form(features, hidden, last, None))
        assert size <= measured <= size + small


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_factors_of_two_dtypes_are_refused(dtype):
    if dtype == torch.float16:  # computed in single precision, as float32 is
        factorized_kernel(torch.ones(2, 3), torch.ones(3, 1, 1, dtype=dtype))
        return
    with pytest.raises(TypeError, match="one dtype"):
        factorized_kernel(torch.ones(2, 3), torch.ones(3, 1, 1, dtype=dtype))
