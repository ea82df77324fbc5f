"""Half precision is computed in single precision and rounded once."""

from typing import NamedTuple

import pytest
import torch
from torch.utils._pytree import tree_leaves

from dlnotes.blocks.precision import HALF, half_to_single, widen_half


class Pair(NamedTuple):
    """A result of two tensors."""

    total: torch.Tensor
    count: torch.Tensor


def total_and_count(x, scales=(), *, scale=None):
    for factor in (*scales, *([] if scale is None else [scale])):
        assert factor.dtype == x.dtype
        x = x * factor
    return Pair(x.sum(), torch.tensor(len(x)))


@pytest.mark.parametrize("dtype", HALF)
def test_a_sum_is_rounded_once(dtype):
    """In half precision itself 4,096 ones in a row would end at 256 or 2,048."""
    x = torch.ones(4096, dtype=dtype)
    result = widen_half(total_and_count)(x)
    assert (result.total.dtype, result.total.item()) == (dtype, 4096)


@pytest.mark.parametrize("dtype", HALF)
def test_tensors_inside_of_tuples_and_keywords_are_widened_too(dtype):
    one = torch.ones((), dtype=dtype)
    x = torch.ones(3, dtype=dtype)
    result = widen_half(total_and_count)(x, (one, one), scale=one)
    assert isinstance(result, Pair)
    assert result.total.dtype == dtype


@pytest.mark.parametrize(
    "container", [tuple, list, lambda one: {"key": one}, lambda one: [({1: one},)]]
)
def test_a_tensor_in_any_container_is_widened(container):
    given = container([torch.ones(1, dtype=torch.float16)])
    (seen,) = half_to_single(tree_leaves)(given)
    assert seen.dtype == torch.float32


@pytest.mark.parametrize("dtype", HALF)
def test_a_count_comes_back_in_single_precision(dtype):
    """70,000 is beyond the largest number of float16."""
    result = half_to_single(total_and_count)(torch.ones(70_000, dtype=dtype))
    assert (result.total.dtype, result.total.item()) == (torch.float32, 70_000)


def test_the_first_tensor_decides_the_dtype_of_the_result():
    half, single = torch.ones(2, dtype=torch.float16), torch.ones(2)
    product = widen_half(torch.mul)
    assert product(half, single).dtype == torch.float16
    assert product(single, half).dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
def test_other_dtypes_pass_untouched(dtype):
    x = torch.ones(3, dtype=dtype)
    assert widen_half(lambda value: value)(x) is x


@pytest.mark.parametrize("dtype", HALF)
def test_integers_in_a_result_stay_integers(dtype):
    result = widen_half(total_and_count)(torch.ones(3, dtype=dtype))
    assert result.count.dtype == torch.int64


def test_a_gradient_comes_back_in_half_precision():
    x = torch.tensor([1.0, 2.0], dtype=torch.bfloat16, requires_grad=True)
    widen_half(torch.square)(x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2.0, 4.0]
    assert x.grad.dtype == torch.bfloat16
