"""Checks of dlnotes.receptive_field.chains against docs/notes/receptive_field.md."""

import subprocess
import sys
from itertools import product

import pytest
import sympy
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dlnotes.receptive_field import chains
from dlnotes.receptive_field.building import build
from dlnotes.receptive_field.chains import (
    after_each,
    bottom_up,
    center,
    closed_form,
    closed_region,
    jump,
    region,
    seen,
    top_down,
    total_padding,
)
from dlnotes.receptive_field.layers import (
    Layer,
    Transposed,
    effective_kernel,
    output_size,
    per_axis,
)

ANY = st.builds(
    Layer,
    kernel=st.integers(1, 5),
    stride=st.integers(1, 3),
    padding=st.integers(0, 3),
    dilation=st.integers(1, 3),
)
STACK = st.lists(ANY, max_size=6)
GAP_FREE = st.integers(1, 3).flatmap(
    lambda stride: st.builds(
        Layer, st.integers(stride, 5), st.just(stride), st.integers(0, 3)
    )
)


def touched(layers, size, output):
    """Pixels with a gradient, of a real network whose weights are all positive."""
    image = torch.ones(1, 1, size, dtype=torch.float64, requires_grad=True)
    value = build(layers, axes=1).double()(image)[0, 0, output]
    (gradient,) = torch.autograd.grad(value, image)
    return gradient.flatten().nonzero().flatten().tolist()


@settings(max_examples=500)
@given(layers=STACK, output=st.integers(-5, 30))
def test_the_formulas_agree(layers, output):
    """Eq. (top-down), Eq. (bottom-up), Eq. (closed-form), Eq. (closed-region)."""
    assert top_down(layers) == bottom_up(layers) == closed_form(layers)
    first, last = region(layers, output)
    assert (first, last) == closed_region(layers, output)
    assert last - first + 1 == closed_form(layers)
    assert center(layers, output) == (first + last + 1) / 2


def test_the_formulas_are_one_polynomial():
    """Eq. (top-down), Eq. (bottom-up), Eq. (closed-form): in symbols, to six layers."""
    for depth in range(7):
        spans = sympy.symbols(f"e1:{depth + 1}")
        strides = sympy.symbols(f"s1:{depth + 1}")
        down = sympy.Integer(1)
        for span, stride in zip(reversed(spans), reversed(strides), strict=True):
            down = (down - 1) * stride + span
        up, step = sympy.Integer(1), sympy.Integer(1)
        for span, stride in zip(spans, strides, strict=True):
            up, step = up + (span - 1) * step, step * stride
        steps = [sympy.prod(strides[:i]) for i in range(depth)]
        total = 1 + sum((e - 1) * s for e, s in zip(spans, steps, strict=True))
        assert sympy.expand(down - up) == sympy.expand(up - total) == 0


@settings(max_examples=500)
@given(layers=st.lists(ANY, min_size=1, max_size=4))
def test_gradients_reach_from_end_to_end_of_the_region(layers):
    """Eq. (region): autograd on 500 stacks, at an output away from the border."""
    size, output = 4 * bottom_up(layers) + 8 * jump(layers), 0
    while region(layers, output)[0] < 0:
        output += 1
    assume(region(layers, output)[1] < size)
    places = touched(layers, size, output)
    assert (places[0], places[-1]) == region(layers, output)


@given(
    layers=st.lists(GAP_FREE, min_size=1, max_size=4),
    size=st.integers(5, 25),
    data=st.data(),
)
def test_gradients_at_the_border_stay_inside_of_the_image(layers, size, data):
    """Eq. (seen): autograd agrees at every output of stacks without gaps."""
    outputs = size
    for layer in layers:
        assume(outputs + 2 * layer.padding >= layer.kernel)
        outputs = output_size(outputs, layer)
    output = data.draw(st.integers(0, outputs - 1))
    places = touched(layers, size, output)
    ends = seen(size, layers, output)
    assert places == (list(range(ends[0], ends[1] + 1)) if ends else [])


def read(layers, sizes, output):
    """Pixels of the image that an output reads, tap by tap, map by map."""
    places = {output}
    for layer, size in zip(reversed(layers), reversed(sizes[:-1]), strict=True):
        starts = [layer.stride * place - layer.padding for place in places]
        steps = [layer.dilation * tap for tap in range(layer.kernel)]
        taps = {start + step for start in starts for step in steps}
        places = {tap for tap in taps if 0 <= tap < size}
    return places


@given(layers=st.lists(ANY, max_size=3), size=st.integers(1, 12), data=st.data())
def test_with_gaps_what_is_read_lies_within(layers, size, data):
    """Eq. (seen): a bound for strides above the kernel and for dilation."""
    sizes = [size]
    for layer in layers:
        ends = layer.padding if layer.end_padding is None else layer.end_padding
        assume(sizes[-1] + layer.padding + ends >= effective_kernel(layer))
        sizes.append(output_size(sizes[-1], layer))
    output = data.draw(st.sampled_from([0, sizes[-1] - 1]))
    places, ends = read(layers, sizes, output), seen(size, layers, output)
    assert not places or ends[0] <= min(places) <= max(places) <= ends[1]


def test_pixels_at_the_end_that_no_stride_reaches_are_not_seen():
    """Eq. (seen): cutting the region to the image would count pixel 4."""
    layers = [Layer(2, 2), Layer(3, 1, 1)]
    assert region(layers, 1) == (0, 5)
    assert seen(5, layers, 1) == (0, 3)


def test_every_small_stack_without_gaps_is_seen_as_a_stretch():
    """Eq. (seen): all stacks of two layers on six pixels, read tap by tap."""
    kinds = [
        Layer(k, s, p) for k in (1, 2, 3) for s in range(1, k + 1) for p in range(3)
    ]
    for stack in product(kinds, repeat=2):
        sizes = [6]
        for layer in stack:
            if sizes[-1] + 2 * layer.padding < layer.kernel:
                break
            sizes.append(output_size(sizes[-1], layer))
        for output in range(sizes[2] if len(sizes) == 3 else 0):
            places = read(stack, sizes, output)
            ends = seen(6, stack, output)
            assert places == (set(range(ends[0], ends[1] + 1)) if ends else set())


@given(layers=STACK, stride=st.integers(1, 9))
def test_the_last_stride_does_not_matter(layers, stride):
    """Eq. (bottom-up): strides count only for the layers above them."""
    top = Layer(3)
    other = Layer(3, stride)
    assert bottom_up([*layers, top]) == bottom_up([*layers, other])
    assert jump([*layers, other]) == stride * jump(layers)


@given(layers=STACK)
def test_padding_moves_but_never_enlarges(layers):
    """Eq. (total-padding), Eq. (jump): a region starts that many pixels earlier."""
    bare = [Layer(x.kernel, x.stride, 0, x.dilation) for x in layers]
    assert closed_form(bare) == closed_form(layers)
    assert region(bare, 2)[0] - region(layers, 2)[0] == total_padding(layers)
    assert region(layers, 3)[0] - region(layers, 2)[0] == jump(layers)


@pytest.mark.parametrize(
    ("layers", "sizes"),
    [
        ([Layer(3, 2, 1)] * 2, [3, 7]),
        ([Layer(3, 2), Layer(3, 2), Layer(3)], [3, 7, 15]),
        ([Layer(3)] * 4, [3, 5, 7, 9]),
        ([Layer(3, dilation=d) for d in (1, 2, 4)], [3, 7, 15]),
        (
            [*[Layer(3), Layer(2, 2)] * 2, Layer(3), Layer(3), Layer(3)],
            [3, 4, 8, 10, 18, 26, 34],
        ),
        ([], []),
    ],
)
def test_the_worked_examples(layers, sizes):
    """Eq. (bottom-up), Eq. (top-down): by hand, the first two are the article's."""
    assert after_each(layers) == sizes
    assert top_down(layers) == [1, *sizes][-1]


def test_the_slip_of_counting_the_last_layer_twice_is_not_made():
    """Eq. (top-down): the recursion starts from 1, not from the last kernel."""
    assert top_down([Layer(5)]) == 5


def test_axes_are_chains_of_their_own():
    """Eq. (closed-form): rows and columns of unequal kernels and strides."""
    layers = [per_axis(2, kernel=(3, 5), stride=(1, 2)), per_axis(2, kernel=(3, 1))]
    rows, columns = zip(*layers, strict=True)
    assert (closed_form(rows), closed_form(columns)) == (5, 5)
    assert (jump(rows), jump(columns)) == (1, 2)


def test_the_center_of_a_pixel_is_half_way():
    """Eq. (center): with no layer, with a centered one and with an even one."""
    assert center([], 0) == 0.5
    assert center([Layer(3, 1, 1)], 0) == 0.5
    assert center([Layer(2, 2)], 0) == 1.0
    assert center([Layer(3, 2, 1)] * 2, 1) == 4.5


def test_the_formulas_run_where_torch_does_not():
    """Eq. (closed-form): importing torch is made to fail, the formulas still work."""
    modules = ["chains", "effective", "fields", "graphs", "gridding", "layers"]
    modules += ["networks", "windows"]
    code = "import sys; sys.modules['torch'] = None\n"
    code += "\n".join(f"import dlnotes.receptive_field.{name}" for name in modules)
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "name",
    [
        *("top_down", "jump", "bottom_up", "after_each", "closed_form"),
        "total_padding",
    ],
)
def test_only_layers_make_a_chain(name):
    with pytest.raises(TypeError, match=r"a chain is made of Layer, got Transposed.*"):
        getattr(chains, name)([Transposed(2, 2)])


@pytest.mark.parametrize("name", ["region", "closed_region", "center"])
def test_only_layers_have_regions_by_formula(name):
    with pytest.raises(TypeError, match="a chain is made of Layer, got int"):
        getattr(chains, name)([3], 0)


def test_an_output_must_exist():
    with pytest.raises(ValueError, match="output must be from 0 to 2, got 3"):
        seen(5, [Layer(3, 2, 1)], 3)
    with pytest.raises(ValueError, match="output must be from 0 to 2, got -1"):
        seen(5, [Layer(3, 2, 1)], -1)
    assert seen(2, [Layer(1, 1, 3)], 0) is None
    assert seen(2, [Layer(1, 1, 3)], 3) == (0, 0)
    assert seen(7, [], 6) == (6, 6)


def test_unequal_paddings_move_a_field_by_the_first():
    """Eq. (seen), Eq. (region): TensorFlow's padding of an even size."""
    layers = [Layer(3, 2, 0, 1, 1)]
    assert region(layers, 1) == (2, 4)
    assert seen(4, layers, 1) == (2, 3)
