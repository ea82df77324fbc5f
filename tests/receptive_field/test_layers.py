"""Checks of dlnotes.receptive_field.layers against docs/notes/receptive_field.md."""

from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from dlnotes.receptive_field.layers import (
    Layer,
    Transposed,
    effective_kernel,
    output_size,
    per_axis,
    transposed_size,
)

KERNELS = {"kernel": st.integers(1, 5), "dilation": st.integers(1, 3)}


@given(
    layer=st.builds(
        Layer, stride=st.integers(1, 4), padding=st.integers(0, 3), **KERNELS
    ),
    size=st.integers(1, 30),
)
def test_a_convolution_has_as_many_outputs_as_torch_says(layer, size):
    """Eq. (output-size), Eq. (dilation): torch computes the same or refuses too."""
    args = (layer.kernel, layer.stride, layer.padding, layer.dilation)
    convolution = nn.Conv1d(1, 1, *args, device="meta")
    image = torch.empty(1, 1, size, device="meta")
    if size + 2 * layer.padding < effective_kernel(layer):
        with pytest.raises(ValueError, match=f"size {size} is too small"):
            output_size(size, layer)
    else:
        assert output_size(size, layer) == convolution(image).shape[-1]


@given(
    layer=st.builds(
        Transposed, stride=st.integers(1, 4), padding=st.integers(0, 3), **KERNELS
    ),
    more=st.integers(0, 2),
    size=st.integers(1, 20),
)
def test_a_transposed_convolution_has_as_many_outputs_as_torch_says(layer, more, size):
    """Eq. (transposed-size): torch computes the same or refuses too."""
    more = min(more, max(layer.stride, layer.dilation) - 1)  # torch allows no more
    args = (layer.kernel, layer.stride, layer.padding)
    layer = Transposed(*args, layer.dilation, more)
    convolution = nn.ConvTranspose1d(1, 1, *args, more, dilation=layer.dilation)
    outputs = (size - 1) * layer.stride + effective_kernel(layer) + more
    if outputs <= 2 * layer.padding:
        with pytest.raises(ValueError, match=f"size {size} leaves no output"):
            transposed_size(size, layer)
    else:
        assert (
            transposed_size(size, layer) == convolution(torch.ones(1, 1, size)).numel()
        )


def test_one_output_padding_brings_each_size_back():
    """Eq. (transposed-size), Eq. (output-size): for each small layer and size."""
    for kernel, stride, padding, dilation in product(
        range(1, 5), range(1, 5), range(3), range(1, 3)
    ):
        layer = Layer(kernel, stride, padding, dilation)
        for size in range(1, 20):
            if size + 2 * padding < effective_kernel(layer):
                continue
            outputs = output_size(size, layer)
            back = [
                transposed_size(
                    outputs, Transposed(kernel, stride, padding, dilation, more)
                )
                for more in range(stride)
                if (outputs - 1) * stride + effective_kernel(layer) + more > 2 * padding
            ]
            assert back.count(size) == 1


def test_unequal_paddings_are_added_up():
    """Eq. (output-size): TensorFlow's padding of an even size, 0 before and 1 after."""
    assert output_size(224, Layer(3, 2, 0, 1, 1)) == 112
    assert output_size(224, Layer(3, 2, 0)) == 111


def test_sizes_of_the_article():
    """Eq. (output-size): 5 pixels, kernel 3, stride 2, padding 1, twice: 3, then 2."""
    layer = Layer(3, 2, 1)
    assert output_size(5, layer) == 3
    assert output_size(3, layer) == 2


@pytest.mark.parametrize(
    ("kernel", "dilation", "span"), [(3, 1, 3), (3, 4, 9), (1, 9, 1)]
)
def test_dilation_stretches_the_kernel(kernel, dilation, span):
    """Eq. (dilation): by hand."""
    assert effective_kernel(Layer(kernel, dilation=dilation)) == span


def test_a_layer_comes_apart_into_axes():
    """Eq. (output-size): unequal axes have unequal sizes, as in torch."""
    rows, columns = per_axis(2, kernel=(3, 5), stride=(2, 1), padding=2)
    assert (rows, columns) == (Layer(3, 2, 2), Layer(5, 1, 2))
    convolution = nn.Conv2d(1, 1, (3, 5), (2, 1), 2)
    shape = convolution(torch.ones(1, 1, 9, 9)).shape[2:]
    assert shape == (output_size(9, rows), output_size(9, columns))
    assert per_axis(3, kernel=2) == (Layer(2),) * 3


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Layer(0), ValueError, "kernel must be 1 or more, got 0"),
        (lambda: Layer(3, 0), ValueError, "stride must be 1 or more, got 0"),
        (lambda: Layer(3, 1, -1), ValueError, "padding must be 0 or more, got -1"),
        (lambda: Layer(3, dilation=0), ValueError, "dilation must be 1 or more"),
        (lambda: Layer(3, end_padding=-2), ValueError, "end_padding must be 0 or more"),
        (lambda: Layer(2.0), TypeError, "kernel must be an integer, got 2.0"),
        (lambda: Layer(True), TypeError, "kernel must be an integer, got True"),
        (lambda: Transposed(2, 0), ValueError, "stride must be 1 or more, got 0"),
        (
            lambda: per_axis(2, kernel=(3, 3, 3)),
            ValueError,
            "kernel must have 2 values",
        ),
        (lambda: output_size(0, Layer(1)), ValueError, "size must be 1 or more, got 0"),
        (lambda: output_size(1.5, Layer(1)), TypeError, "size must be an integer"),
        (
            lambda: transposed_size(0, Transposed(1)),
            ValueError,
            "size must be 1 or more",
        ),
    ],
)
def test_what_is_no_layer_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
