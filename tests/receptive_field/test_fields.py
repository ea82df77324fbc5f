"""Checks of dlnotes.receptive_field.fields against docs/notes/receptive_field.md."""

import math
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlnotes.receptive_field.chains import center, closed_form, jump, region
from dlnotes.receptive_field.fields import (
    PIXEL,
    Field,
    clip,
    hull,
    merge,
    misalignment,
    shortest,
    through,
)
from dlnotes.receptive_field.layers import Layer, Transposed
from dlnotes.receptive_field.windows import Window, convolution, nearest, transposed

LAYERS = st.lists(
    st.builds(Layer, st.integers(1, 5), st.integers(1, 3), st.integers(0, 3)),
    max_size=5,
)
WINDOWS = st.lists(
    st.one_of(
        st.builds(nearest, st.integers(1, 4), st.integers(1, 4)),
        st.builds(convolution, st.builds(Layer, st.integers(1, 3), st.integers(1, 3))),
        st.builds(
            transposed, st.builds(Transposed, st.integers(1, 4), st.integers(1, 3))
        ),
    ),
    max_size=4,
)


def followed(windows):
    field = PIXEL
    for window in windows:
        field = through(field, window)
    return field


def read_by(windows, output):
    """Pixels that an output reads, tap by tap."""
    places = {output}
    for window in reversed(windows):
        places = {tap for place in places for tap in window.reads(place)}
    return places


@given(layers=LAYERS, output=st.integers(-3, 9))
def test_a_field_of_plain_layers_is_what_the_formulas_say(layers, output):
    """Eq. (field), Eq. (through), Eq. (center): size, jump, start and center."""
    field = followed(convolution(layer) for layer in layers)
    assert field.size == closed_form(layers)
    assert field.jump == jump(layers)
    assert field.start == region(layers, 0)[0]
    assert field.region(output) == region(layers, output)
    assert field.center(output) == center(layers, output)


@given(windows=WINDOWS, output=st.integers(-5, 20))
def test_a_field_reaches_as_far_as_its_pixels(windows, output):
    """Eq. (through): the hull of all pixels, for layers that take turns as well."""
    places = read_by(windows, output)
    hull = (min(places), max(places)) if places else None
    assert followed(windows).region(output) == hull


def test_the_period_is_that_of_the_proof():
    """Eq. (through): a_W a / gcd(a, b_W) regions, for all small periods and shifts."""
    for a, b, a_w, b_w in product(range(1, 6), repeat=4):
        field = Field(tuple((7 * i * i, 7 * i * i + i) for i in range(a)), b)
        window = Window(tuple((i,) for i in range(a_w)), b_w)
        seen = through(field, window)
        assert len(seen.regions) == a_w * a // math.gcd(a, b_w)
        assert seen.shift == b * (b_w // math.gcd(a, b_w))
        for o in range(-3, 9):
            assert seen.region(o) == field.region(window.reads(o)[0])


@given(windows=WINDOWS, times=st.integers(1, 3))
def test_the_shortest_period_is_found(windows, times):
    """Eq. (field): of a field that is written down several times over."""
    field = shortest(followed(windows))
    count = len(field.regions)
    long = Field(
        tuple(field.region(i) for i in range(times * count)), times * field.shift
    )
    assert shortest(long) == field
    assert [field.region(i) for i in range(-3, 9)] == [
        followed(windows).region(i) for i in range(-3, 9)
    ]


def test_a_period_needs_a_whole_shift():
    """Eq. (field): three units for two pixels have no shorter period than three."""
    thirds = Field(((0, 0), (0, 1), (1, 1)), 2)
    assert shortest(thirds) == thirds
    still = Field(((0, 3), (0, 3)), 0)
    assert shortest(still) == Field(((0, 3),), 0)


def test_a_hull_leaves_out_what_sees_nothing():
    """Eq. (through): from the first pixel to the last."""
    assert hull([(3, 4), None, (-1, 0)]) == (-1, 4)
    assert hull([None]) is hull([]) is None


@given(windows=WINDOWS, more=WINDOWS, output=st.integers(-5, 20))
def test_branches_reach_as_far_as_the_farther_one(windows, more, output):
    """Eq. (branches): the hull of both, or a refusal if the jumps differ."""
    one, other = followed(windows), followed(more)
    if one.jump != other.jump:
        with pytest.raises(ValueError, match="branches must have the same jump, got"):
            merge([one, other])
        return
    places = read_by(windows, output) | read_by(more, output)
    hull = (min(places), max(places)) if places else None
    assert merge([one, other]).region(output) == hull


def test_upsampling_has_a_jump_below_a_pixel():
    """Eq. (field): two units see the same pixel, so the jump is one half."""
    field = through(PIXEL, nearest(1, 2))
    assert field == Field(((0, 0), (0, 0)), 1)
    assert field.jump == Fraction(1, 2)
    assert [field.center(o) for o in range(4)] == [0.5, 0.5, 1.5, 1.5]


def test_a_short_transposed_kernel_leaves_units_that_see_nothing():
    """Eq. (field): kernel 1, stride 2, then a mean of three."""
    field = through(PIXEL, transposed(Transposed(1, 2)))
    assert field.regions == ((0, 0), None)
    assert field.size == 1
    assert math.isnan(field.center(1))
    assert field.region(3) is None
    wider = through(field, convolution(Layer(3)))
    assert wider.regions == ((0, 1), (1, 1))


def test_branches_that_are_off_center_say_by_how_much():
    """Eq. (misalignment): a kernel of 3 without padding beside the identity."""
    three = through(PIXEL, convolution(Layer(3)))
    padded = through(PIXEL, convolution(Layer(3, padding=1)))
    assert misalignment([PIXEL, three]) == 1.0
    assert misalignment([PIXEL, padded]) == 0.0
    assert merge([PIXEL, three]).size == 3
    assert merge([PIXEL, through(PIXEL, Window(((5,),), 1))]).size == 6


def test_branches_with_other_jumps_are_named():
    """Eq. (branches): the message gives both jumps."""
    half = through(PIXEL, convolution(Layer(1, 2)))
    with pytest.raises(ValueError, match="the same jump, got 1 and 2 pixels"):
        merge([half, PIXEL])
    with pytest.raises(ValueError, match="at least one branch, got none"):
        merge([])


def test_padding_can_be_cut_off():
    assert clip((-3, 5), 4) == (0, 3)
    assert clip((1, 2), 4) == (1, 2)
    assert clip((3, 9), 4) == (3, 3)
    assert clip((-2, 0), 4) == (0, 0)
    assert clip((4, 9), 4) is None
    assert clip((-3, -1), 4) is None
    assert clip(None, 4) is None


def test_what_is_no_field_is_refused():
    with pytest.raises(ValueError, match="at least one unit, got none"):
        Field((), 1)
    with pytest.raises(ValueError, match=r"must not end before it starts: \(2, 1\)"):
        Field(((2, 1),), 1)
