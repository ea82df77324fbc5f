"""Checks of dlnotes.receptive_field.windows: which inputs torch's layers read."""

from fractions import Fraction
from functools import partial
from itertools import product

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.nn import functional as F

from dlnotes.receptive_field.layers import Layer, Transposed
from dlnotes.receptive_field.windows import (
    Window,
    adaptive,
    antialiased,
    convolution,
    cubic,
    linear,
    nearest,
    nearest_exact,
    transposed,
)

SIZES = {"inputs": st.integers(1, 12), "outputs": st.integers(1, 30)}


def read(layer, inputs):
    """For each output of a layer the inputs with a derivative that is not 0."""
    image = torch.linspace(1, 2, inputs, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(
        lambda x: layer(x[None, None]).flatten(), image
    )
    # Where a cubic weight is 0 in theory, rounding may leave 1e-17.
    return [row.abs().gt(1e-12).nonzero().flatten().tolist() for row in jacobian]


def inside(window, output, inputs):
    return [tap for tap in window.reads(output) if 0 <= tap < inputs]


@given(
    layer=st.builds(
        Layer,
        kernel=st.integers(1, 4),
        stride=st.integers(1, 3),
        padding=st.integers(0, 3),
        dilation=st.integers(1, 3),
    ),
    inputs=st.integers(1, 15),
)
def test_a_convolution_reads_its_window(layer, inputs):
    """Eq. (convolution-window): every output of torch's convolution."""
    assume(inputs + 2 * layer.padding > layer.dilation * (layer.kernel - 1))
    weight = torch.ones(1, 1, layer.kernel, dtype=torch.float64)
    args = (None, layer.stride, layer.padding, layer.dilation)
    found = read(lambda x: F.conv1d(x, weight, *args), inputs)
    window = convolution(layer)
    assert found == [inside(window, o, inputs) for o in range(len(found))]


@given(
    layer=st.builds(
        Transposed,
        kernel=st.integers(1, 5),
        stride=st.integers(1, 4),
        padding=st.integers(0, 2),
        dilation=st.integers(1, 3),
    ),
    inputs=st.integers(1, 8),
)
def test_a_transposed_convolution_reads_its_window(layer, inputs):
    """Eq. (transposed-window): every output of torch's, those that read nothing too."""
    span = layer.dilation * (layer.kernel - 1) + (inputs - 1) * layer.stride
    assume(span >= 2 * layer.padding)
    weight = torch.ones(1, 1, layer.kernel, dtype=torch.float64)
    args = (None, layer.stride, layer.padding, 0, 1, layer.dilation)
    found = read(lambda x: F.conv_transpose1d(x, weight, *args), inputs)
    window = transposed(layer)
    assert found == [inside(window, o, inputs) for o in range(len(found))]


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
def test_nearest_reads_one_pixel(mode):
    """Eq. (nearest-window), Eq. (nearest-exact-window): all small sizes.

    torch multiplies in single precision: where the product is a whole number it may
    come out just below.
    """
    half = 0 if mode == "nearest" else 1
    for inputs, outputs in product(range(1, 33), range(1, 65)):
        image = torch.arange(inputs, dtype=torch.float32).view(1, 1, -1)
        found = F.interpolate(image, outputs, mode=mode).flatten().tolist()
        window = (nearest, nearest_exact)[half](inputs, outputs)
        for output, pixel in enumerate(found):
            (tap,) = window.reads(output)
            whole = (2 * output + half) * inputs % (2 * outputs) == 0
            assert pixel == tap or (whole and pixel == tap - 1)


@given(aligned=st.booleans(), **SIZES)
def test_linear_reads_two_neighbors_or_one(aligned, inputs, outputs):
    """Eq. (linear-window): every output, moved inside at the border."""
    window = linear(inputs, outputs)
    if aligned:
        assume(inputs > 1 and outputs > 1)  # one corner has no step to the next
        window = linear(inputs - 1, outputs - 1, offset=Fraction(0))
    found = read(
        lambda x: F.interpolate(x, outputs, mode="linear", align_corners=aligned),
        inputs,
    )
    for output, taps in enumerate(found):
        moved = {min(max(tap, 0), inputs - 1) for tap in window.reads(output)}
        assert set(taps) == moved


@given(aligned=st.booleans(), **SIZES)
def test_cubic_reads_four_pixels_or_one(aligned, inputs, outputs):
    """Eq. (cubic-window): every output away from the border."""
    window = cubic(inputs, outputs)
    if aligned:
        assume(inputs > 1 and outputs > 1)
        window = cubic(inputs - 1, outputs - 1, offset=Fraction(0))

    def resize(x):
        plane = x[..., None].expand(1, 1, inputs, 2)
        size = (outputs, 2)
        wide = F.interpolate(plane, size, mode="bicubic", align_corners=aligned)
        return wide[..., 0]

    for output, taps in enumerate(read(resize, inputs)):
        reads = list(window.reads(output))
        if reads == inside(window, output, inputs):
            assert taps == reads


@pytest.mark.parametrize("reach", [1, 2])
def test_antialiasing_reads_what_its_filter_does_not_make_zero(reach):
    """Eq. (antialiased-window): all small sizes, to within rounding of the weights."""
    mode = {1: "bilinear", 2: "bicubic"}[reach]

    def resize(x, outputs):
        plane = x.expand(1, 1, 1, -1)
        size = (1, outputs)
        return F.interpolate(plane, size, mode=mode, antialias=True).flatten()

    for inputs, outputs in product(range(1, 13), range(1, 15)):
        found = read(partial(resize, outputs=outputs), inputs)
        window = antialiased(inputs, outputs, reach=reach)
        for output, taps in enumerate(found):
            assert taps == inside(window, output, inputs), (inputs, outputs, output)


@given(**SIZES)
def test_adaptive_pooling_reads_a_stretch(inputs, outputs):
    """Eq. (adaptive-window): every output, of shrinking and of enlarging."""
    found = read(lambda x: F.adaptive_avg_pool1d(x, outputs), inputs)
    window = adaptive(inputs, outputs)
    assert found == [list(window.reads(o)) for o in range(outputs)]


def test_windows_repeat_with_a_shift():
    """Eq. (nearest-window): 3 pixels for 2, again and again, also before the start."""
    window = nearest(3, 2)
    assert [window.reads(o) for o in range(-2, 4)] == [
        (-3,),
        (-2,),
        (0,),
        (1,),
        (3,),
        (4,),
    ]
    assert window == Window(((0,), (1,)), 3)


def test_what_is_no_window_is_refused():
    with pytest.raises(ValueError, match="taps must hold at least one output"):
        Window((), 1)
    for resize in (nearest, nearest_exact, linear, cubic, adaptive):
        with pytest.raises(ValueError, match="sizes must be 1 or more, got 0 and 2"):
            resize(0, 2)
    with pytest.raises(ValueError, match="sizes must be 1 or more, got 2 and 0"):
        antialiased(2, 0, reach=1)
