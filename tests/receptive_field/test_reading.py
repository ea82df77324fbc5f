"""Checks of dlnotes.receptive_field._reading and _sliding: what is seen then."""

import pytest

from dlnotes.receptive_field._reading import (
    as_map,
    cut,
    mixed,
    picked,
    straightened,
    windowed,
)
from dlnotes.receptive_field.fields import PIXEL, Field
from dlnotes.receptive_field.states import (
    Piece,
    UnsupportedLayer,
    free,
    initial,
    reordered,
    reshaped,
    with_dim,
)
from dlnotes.receptive_field.windows import Window

LINE = initial((1, 3, 12), (2,))
IMAGE = initial((2, 3, 8, 6), (2, 3))
HALVE = Window(((0, 1),), 2)
THREE = Window(((-1, 0, 1),), 1)  # kernel 3, padding 1


def seen(state, axis=0):
    return [state.fields[axis].region(place) for place in range(state.length(axis))]


def test_a_window_moves_the_field_of_its_axis():
    """Eq. (through): the other axis stays as it was."""
    half = windowed(IMAGE, 2, HALVE, 4)
    assert half.fields == (Field(((0, 1),), 2), PIXEL)
    assert half.shape == (2, 3, 4, 6)
    assert windowed(IMAGE, 1, HALVE, 1).fields == IMAGE.fields


def test_a_window_within_a_block_does_not_see_the_next_block():
    """Eq. (through): three blocks of four, each padded on its own."""
    blocks = reshaped(LINE, (1, 3, 3, 4))
    assert seen(windowed(blocks, 3, THREE, 4))[3:6] == [(2, 3), (4, 5), (4, 6)]
    half = windowed(blocks, 3, HALVE, 2)
    assert half.dims[2:] == ((Piece(0, 2, 3),), (Piece(0, 1, 2),))
    assert seen(half) == [(2 * i, 2 * i + 1) for i in range(6)]


def test_a_window_over_blocks_keeps_each_pixel_of_a_block_apart():
    """Eq. (through): the same pixel of neighboring blocks, as a dilated kernel."""
    blocks = reshaped(LINE, (1, 3, 3, 4))
    assert windowed(blocks, 2, THREE, 3).fields[0].region(5) == (1, 9)


def test_what_goes_on_beyond_a_cut_is_padding():
    """Eq. (through): a part of the image, and a map that was rolled."""
    part = windowed(cut(LINE, 2, 4, 5), 2, THREE, 5)
    assert seen(part) == [(4, 5), (4, 6), (5, 7), (6, 8), (7, 8)]
    assert part.fields[0].jump == 1
    order = Window(tuple(((i - 2) % 12,) for i in range(12)), 12)
    rolled = windowed(windowed(LINE, 2, order, 12), 2, THREE, 12)
    assert seen(rolled)[:4] == [(10, 11), (0, 11), (0, 11), (0, 2)]
    assert rolled.fields[0].jump == 1
    padded = windowed(LINE, 2, THREE, 12)
    assert seen(padded)[0] == (-1, 1), "padding counts, where the image ends"


@pytest.mark.parametrize("outputs", [1, 2, 5, 6])
def test_the_jump_is_that_of_the_window_where_borders_are_cut_off(outputs):
    """Eq. (field): also if three outputs are two pixels apart."""
    part = cut(LINE, 2, 3, 6)
    up = windowed(part, 2, Window(((0,), (0, 1), (1,)), 2), outputs)
    assert up.fields[0].jump * 3 == 2
    assert seen(up)[:2] == [(3, 3), (3, 4)][:outputs]


def test_blocks_are_cut_off_and_picked_whole():
    tokens = reshaped(IMAGE, (2, 3, 48))
    assert cut(tokens, 2, 12, 18).fields[0].region(0) == (2, 2)
    assert cut(tokens, 2, 12, 18).shape == (2, 3, 18)
    with pytest.raises(UnsupportedLayer, match="mixes positions"):
        cut(tokens, 2, 1, 18)
    one = picked(tokens, 2, 2 * 6 + 5)
    assert (one.fields[0].region(7), one.fields[1].region(7)) == ((2, 2), (5, 5))
    assert not one.has_places


def test_a_picked_position_stays_where_it_was():
    column = picked(IMAGE, 3, 4)
    assert column.shape == (2, 3, 8)
    assert column.fields[1].region(9) == (4, 4)
    assert picked(IMAGE, 0, 1).fields == IMAGE.fields


def test_a_picked_block_keeps_its_pixels_and_a_picked_pixel_its_blocks():
    blocks = reshaped(LINE, (1, 3, 3, 4))
    assert seen(picked(blocks, 2, 1)) == [(i, i) for i in (4, 5, 6, 7)]
    assert seen(picked(blocks, 3, 1)) == [(i, i) for i in (1, 5, 9)]
    assert picked(blocks, 3, 1).fields[0].jump == 4
    assert picked(blocks, 2, 1).fields[0].jump == 1


def test_what_is_combined_sees_all():
    lost = mixed(IMAGE, 3)
    assert lost.shape == (2, 3, 8, 1)
    assert lost.fields == (PIXEL, Field(((0, 5),), 0))
    assert (lost.whole, lost.entire) == ((False, True), (False, True))
    assert mixed(IMAGE, 1).entire == (False, False)


def test_what_is_combined_sees_no_more_than_its_units_saw():
    """Of half of the image the mean sees half; padding does not count."""
    half = cut(LINE, 2, 6, 6)
    assert mixed(half, 2).fields == (Field(((6, 11),), 0),)
    assert mixed(half, 2).entire == (False,)
    assert mixed(windowed(LINE, 2, THREE, 12), 2).fields == (Field(((0, 11),), 0),)


def test_combined_digits_leave_the_others():
    """Inner ones leave blocks, outer ones leave what is far apart."""
    blocks = reshaped(LINE, (1, 3, 3, 4))
    assert seen(mixed(blocks, 3)) == [(0, 3), (4, 7), (8, 11)]
    assert mixed(blocks, 3).fields[0].jump == 4
    assert seen(mixed(blocks, 2)) == [(0, 8), (1, 9), (2, 10), (3, 11)]
    assert mixed(blocks, 2).fields[0].jump == 1
    nothing = mixed(reshaped(LINE, (3, 12)), 1)
    assert nothing.entire == (True,)


def test_repeated_positions_are_counted_through():
    """Eq. (nearest-window): each twice in a row is a resize to the nearest."""
    twice = straightened(with_dim(LINE, 2, Piece(0, 1, 12), free(2)), 2)
    assert twice.dims[2] == (Piece(0, 1, 24),)
    assert twice.fields == (Field(((0, 0), (0, 0)), 1),)
    with pytest.raises(UnsupportedLayer, match="mixes positions"):
        straightened(with_dim(LINE, 2, free(2), Piece(0, 1, 12)), 2)


def test_interleaved_positions_are_counted_through():
    turned = reordered(reshaped(LINE, (1, 3, 3, 4)), [0, 1, 3, 2])
    turned = straightened(reshaped(turned, (1, 3, 12)), 2)
    assert seen(turned)[:4] == [(0, 0), (4, 4), (8, 8), (1, 1)]
    apart = reordered(reshaped(LINE, (1, 3, 2, 2, 3)), [0, 1, 3, 4, 2])
    with pytest.raises(UnsupportedLayer, match="a part of the positions"):
        straightened(reshaped(reordered(apart, [0, 1, 3, 2, 4]), (1, 3, 6, 2)), 2)


def test_positions_in_the_channels_count_as_channels_of_an_output():
    blocks = reordered(reshaped(LINE, (1, 3, 6, 2)), [0, 1, 3, 2])
    shallow = as_map(reshaped(blocks, (1, 6, 6)), [2])
    assert shallow.fields == (Field(((0, 1),), 2),)
    assert shallow.length(0) == 6
    finer = as_map(with_dim(LINE, 2, Piece(0, 1, 12), free(2)), [2])
    assert finer.length(0) == 24
    tokens = reshaped(IMAGE, (2, 3, 48))
    assert as_map(tokens, [2, 3]) == tokens


def test_an_output_is_read_where_the_input_had_its_positions():
    """Else along the outermost digit: of windows in the batch, the windows."""
    blocks = reordered(reshaped(LINE, (1, 3, 3, 4)), [0, 2, 1, 3])
    inner = as_map(reshaped(blocks, (3, 3, 4)), [2])
    assert seen(inner) == [(0, 8), (1, 9), (2, 10), (3, 11)]
    assert seen(as_map(reshaped(blocks, (3, 3, 4)), [4])) == [(0, 3), (4, 7), (8, 11)]
    assert as_map(picked(LINE, 2, 5), [2]).fields[0].region(0) == (5, 5)
