"""Checks of dlnotes.receptive_field.gridding against docs/notes/receptive_field.md."""

import math
from itertools import combinations_with_replacement

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlnotes.receptive_field.chains import region
from dlnotes.receptive_field.gridding import coverage, has_gaps, touches
from dlnotes.receptive_field.layers import Layer, Transposed

DILATED = st.builds(
    Layer, st.integers(1, 4), padding=st.integers(0, 2), dilation=st.integers(1, 9)
)
STACK = st.lists(
    st.builds(
        Layer,
        st.integers(1, 4),
        st.integers(1, 3),
        st.integers(0, 2),
        st.integers(1, 3),
    ),
    max_size=4,
)


@given(layers=STACK)
def test_paths_are_counted_by_convolutions(layers):
    """Eq. (touches): kernels of ones, convolved by torch, count the same."""
    counts = torch.ones(1, 1, 1, dtype=torch.float64)
    for layer in reversed(layers):  # the gradient of a sum over all taps
        kernel = torch.ones(1, 1, layer.kernel, dtype=torch.float64)
        counts = torch.nn.functional.conv_transpose1d(
            counts, kernel, stride=layer.stride, dilation=layer.dilation
        )
    first, last = region(layers, 0)
    found = touches(layers)
    spread = [found.get(place, 0) for place in range(first, last + 1)]
    assert spread == counts.flatten().tolist()
    assert sum(spread) == math.prod(layer.kernel for layer in layers)


@settings(max_examples=500)
@given(layers=st.lists(DILATED, max_size=5))
def test_gaps_are_foretold(layers):
    """Eq. (gap-free), Eq. (coverage): met if and only if all pixels are read."""
    assert has_gaps(layers) == (coverage(layers) < 1)


def test_gaps_are_foretold_for_every_small_stack():
    """Eq. (gap-free): all stacks of up to three layers, equality of the bound too."""
    kinds = [Layer(k, dilation=d) for k in (1, 2, 3, 4) for d in range(1, 6)]
    for depth in range(4):
        for layers in combinations_with_replacement(kinds, depth):
            assert has_gaps(layers) == (coverage(layers) < 1), layers


def test_equal_dilations_read_a_grid():
    """Eq. (touches), Eq. (coverage): three kernels of 3 at dilation 2 read 7 of 13."""
    layers = [Layer(3, dilation=2)] * 3
    assert list(touches(layers)) == [0, 2, 4, 6, 8, 10, 12]
    assert coverage(layers) == 7 / 13
    assert coverage([Layer(3, dilation=d) for d in (1, 2, 4)]) == 1


def test_a_stride_that_is_too_long_leaves_gaps_too():
    """Eq. (coverage): stride 3 below a kernel of 2."""
    assert list(touches([Layer(2, 3), Layer(2)])) == [0, 1, 3, 4]


def test_what_the_criterion_is_not_for_is_refused():
    with pytest.raises(ValueError, match="strides must be 1, got a jump of 2"):
        has_gaps([Layer(3, 2)])
    with pytest.raises(TypeError, match="a chain is made of Layer"):
        touches([Layer(3), Transposed(2, 2)])
