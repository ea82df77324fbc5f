"""Checks of dlnotes.receptive_field.states: where the axes of the input are."""

import pytest

from dlnotes.receptive_field.fields import PIXEL, Field
from dlnotes.receptive_field.states import (
    UnsupportedLayer,
    collapsed,
    fixed,
    initial,
    joined,
    reshaped,
    widened,
    windowed,
    with_dim,
)
from dlnotes.receptive_field.windows import Window

IMAGE = initial((2, 3, 8, 6), (2, 3))
HALVE = Window(((0, 1),), 2)


def test_the_input_sees_itself():
    assert IMAGE.shape == (2, 3, 8, 6)
    assert IMAGE.dims == (((None, 2),), ((None, 3),), ((0, 8),), ((1, 6),))
    assert IMAGE.fields == (PIXEL, PIXEL)
    assert [IMAGE.length(axis) for axis in (0, 1)] == [8, 6]
    assert IMAGE.local(IMAGE.dims[2]) == [0]


def test_axes_survive_flattening_and_come_back():
    flat = reshaped(IMAGE, (2, 3, 48))
    assert flat.dims[2] == ((0, 8), (1, 6))
    assert reshaped(flat, (2, 3, 8, 6)) == IMAGE
    rows = reshaped(IMAGE, (6, 8, 6))
    assert rows.dims == (((None, 6),), ((0, 8),), ((1, 6),))
    assert reshaped(rows, (2, 3, 8, 6)) == IMAGE
    assert reshaped(IMAGE, (288,)).dims == (((None, 6), (0, 8), (1, 6)),)


def test_an_axis_is_not_cut():
    with pytest.raises(UnsupportedLayer, match="cuts an axis of 8 positions"):
        reshaped(IMAGE, (2, 3, 4, 2, 6))
    lost = collapsed(IMAGE, [0, 1])
    assert reshaped(lost, (2, 3, 4, 2, 6)).shape == (2, 3, 4, 2, 6)


def test_single_positions_may_come_and_go():
    small = initial((1, 3, 1, 1), (2, 3))
    assert reshaped(small, (1, 3)).shape == (1, 3)
    assert reshaped(small, (1, 3, 1, 1)).shape == (1, 3, 1, 1)
    assert reshaped(IMAGE, (2, 1, 3, 8, 1, 6)).shape == (2, 1, 3, 8, 1, 6)


def test_a_window_moves_the_field_of_its_axis():
    half = windowed(IMAGE, 2, HALVE, 4)
    assert half.fields == (Field(((0, 1),), 2), PIXEL)
    assert half.shape == (2, 3, 4, 6)
    assert windowed(IMAGE, 1, HALVE, 1).fields == IMAGE.fields
    flat = reshaped(IMAGE, (2, 3, 48))
    assert windowed(flat, 2, Window(((0,),), 1), 48) == flat
    with pytest.raises(UnsupportedLayer, match="mixes positions"):
        windowed(flat, 2, HALVE, 24)


def test_a_picked_position_stays_where_it_was():
    column = fixed(IMAGE, 3, 4)
    assert column.shape == (2, 3, 8)
    assert column.fields[1].region(9) == (4, 4)
    assert fixed(IMAGE, 0, 1).fields == IMAGE.fields


def test_what_is_combined_sees_all():
    lost = collapsed(IMAGE, [1])
    assert lost.fields == (PIXEL, Field(((0, 5),), 0))
    assert (lost.whole, lost.entire) == ((False, True), (False, True))
    assert lost.length(1) == 1
    assert widened(IMAGE, [0]).whole == (True, False)
    assert widened(IMAGE, [0]).fields == IMAGE.fields


def test_sums_take_the_hull():
    one = windowed(IMAGE, 2, Window(((-1, 0),), 1), 8)
    other = windowed(IMAGE, 2, Window(((0, 2),), 1), 8)
    assert joined([one, other], IMAGE.shape).fields[0] == Field(((-1, 2),), 1)


def test_a_gate_lets_every_position_see_all():
    gate = with_dim(collapsed(IMAGE, [0, 1]), 2, ((None, 1),))
    gate = with_dim(gate, 3, ((None, 1),))
    gated = joined([IMAGE, gate], IMAGE.shape)
    assert gated.fields == IMAGE.fields
    assert gated.whole == (True, True)
    assert gated.entire == (False, False)


def test_one_position_for_all_counts_as_all():
    first = reshaped(fixed(fixed(IMAGE, 3, 0), 2, 0), (2, 3, 1, 1))
    assert joined([IMAGE, first], IMAGE.shape).whole == (True, True)


def test_branches_must_fit():
    half = windowed(IMAGE, 2, HALVE, 8)
    with pytest.raises(
        UnsupportedLayer, match=r"joins branches: .*same jump, got 1 and 2"
    ):
        joined([IMAGE, half], IMAGE.shape)
    square = initial((1, 1, 8, 8), (2, 3))
    turned = with_dim(with_dim(square, 2, square.dims[3]), 3, square.dims[2])
    with pytest.raises(UnsupportedLayer, match="joins different axes"):
        joined([square, turned], square.shape)
    line = initial((5, 1), (0,))
    row = with_dim(with_dim(line, 0, ((None, 1),)), 1, line.dims[0])
    with pytest.raises(UnsupportedLayer, match="pairs every position"):
        joined([line, row], (5, 5))
