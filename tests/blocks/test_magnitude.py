"""Checks of dlnotes.blocks.magnitude."""

import math

import pytest
import torch

from dlnotes.blocks.magnitude import near_one, power_of_two


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_the_power_is_the_largest_not_above_the_number(dtype):
    """Python's own exponents are the other way to find it, subnormal numbers too."""
    limits = torch.finfo(dtype)
    edges = [limits.max, limits.tiny, limits.tiny / 8, 1.0, 1 - limits.eps, 0.3, 48.0]
    sizes = torch.tensor(edges, dtype=dtype)
    powers = [math.ldexp(1.0, math.frexp(size)[1] - 1) for size in sizes.tolist()]
    assert power_of_two(sizes).tolist() == powers
    assert power_of_two(torch.zeros(1, dtype=dtype)).item() == 1


def test_what_has_no_size_is_refused():
    with pytest.raises(ValueError, match="size must not be negative, got -2"):
        power_of_two(torch.tensor([1.0, -2.0]))
    with pytest.raises(ValueError, match="size must be finite, got inf"):
        power_of_two(torch.tensor([math.inf]))


@pytest.mark.parametrize("dims", [-1, (-2, -1)])
def test_no_digit_changes_and_the_largest_entry_is_from_1_to_2(dims, rng):
    exponents = torch.arange(-30, 30, 6.0).view(-1, 1, 1)
    vectors = 10**exponents * torch.randn(10, 4, 3, generator=rng())
    found = near_one(vectors, dims)
    largest = found.abs().amax(dims)
    assert ((largest >= 1) & (largest < 2)).all()
    torch.testing.assert_close(
        found.frexp().mantissa, vectors.frexp().mantissa, rtol=0, atol=0
    )


def test_nothing_and_zeros_stay():
    assert near_one(torch.zeros(2, 0)).shape == (2, 0)
    assert near_one(torch.zeros(0, 3), (0, 1)).shape == (0, 3)
    assert near_one(torch.zeros(2, 3)).tolist() == [[0.0] * 3] * 2


def test_the_divisor_is_a_constant_for_gradients():
    vectors = torch.tensor([[3.0, -4.0]], requires_grad=True)
    near_one(vectors)[0, 1].backward()
    assert vectors.grad.tolist() == [[0, 0.25]]
