"""Checks of dlnotes.receptive_field.states: where the axes of the input are."""

from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlnotes.receptive_field.fields import PIXEL, Field
from dlnotes.receptive_field.states import (
    Piece,
    State,
    UnsupportedLayer,
    free,
    initial,
    reordered,
    reshaped,
    with_shape,
)

IMAGE = initial((2, 3, 8, 6), (2, 3))
ROWS, COLUMNS = Piece(0, 1, 8), Piece(1, 1, 6)


def places(state, axis):
    """Place on an axis of each entry of a tensor, in the order of memory."""
    pieces = [piece for dim in state.dims for piece in dim]
    digits = product(*(range(piece.length) for piece in pieces))
    return [
        sum(p.step * d for p, d in zip(pieces, row, strict=True) if p.axis == axis)
        for row in digits
    ]


def test_the_input_sees_itself():
    assert IMAGE.shape == (2, 3, 8, 6)
    assert IMAGE.dims == ((free(2),), (free(3),), (ROWS,), (COLUMNS,))
    assert IMAGE.fields == (PIXEL, PIXEL)
    assert [IMAGE.length(axis) for axis in (0, 1)] == [8, 6]
    assert IMAGE.has_places
    assert (IMAGE.whole, IMAGE.entire) == ((False, False), (False, False))


def test_axes_survive_flattening_and_come_back():
    flat = reshaped(IMAGE, (2, 3, 48))
    assert flat.dims[2] == (ROWS, COLUMNS)
    assert reshaped(flat, (2, 3, 8, 6)) == IMAGE
    rows = reshaped(IMAGE, (6, 8, 6))
    assert rows.dims == ((free(6),), (ROWS,), (COLUMNS,))
    assert reshaped(rows, (2, 3, 8, 6)) == IMAGE
    assert reshaped(IMAGE, (288,)).dims == ((free(6), ROWS, COLUMNS),)


def test_an_axis_is_cut_into_digits_and_put_together_again():
    """A block of 4 x 3 rows and columns: the outer digit steps over the inner ones."""
    blocks = reshaped(IMAGE, (2, 3, 2, 4, 2, 3))
    assert blocks.dims[2:4] == ((Piece(0, 4, 2),), (Piece(0, 1, 4),))
    windows = reordered(blocks, [0, 2, 4, 3, 5, 1])
    assert reshaped(windows, (8, 12, 3)).dims[1] == (Piece(0, 1, 4), Piece(1, 1, 3))
    back = reordered(reshaped(windows, (2, 2, 2, 4, 3, 3)), [0, 5, 1, 3, 2, 4])
    assert reshaped(back, IMAGE.shape) == IMAGE


SHAPES = [(2, 2, 4, 6), (4, 2, 2, 6), (2, 2, 8, 3), (2, 4, 4, 3), (8, 12), (96,)]


@given(
    moves=st.lists(
        st.tuples(st.permutations(range(4)), st.sampled_from(SHAPES)), max_size=4
    )
)
def test_no_view_changes_what_is_where(moves):
    """Eq. (place): against torch, which moves the numbers of the pixels themselves."""
    state = initial((2, 2, 4, 6), (2, 3))
    grids = torch.meshgrid(torch.arange(4), torch.arange(6), indexing="ij")
    images = torch.stack(grids).view(2, 1, 1, 4, 6).expand(2, 2, 2, 4, 6)
    for order, shape in moves:
        if len(state.dims) == 4:
            images = images.permute(0, *(1 + dim for dim in order))
            state = reordered(state, order)
        try:
            state = reshaped(state, shape)
        except UnsupportedLayer:
            continue
        images = images.reshape(2, *shape)
        assert state.shape == shape
        for axis in (0, 1):
            assert places(state, axis) == images[axis].flatten().tolist()


def test_digits_are_not_cut_unevenly():
    with pytest.raises(UnsupportedLayer, match="splits 8 positions or channels"):
        reshaped(IMAGE, (2, 3, 3, 16))
    with pytest.raises(UnsupportedLayer, match="unevenly, for a dimension of 12"):
        reshaped(IMAGE, (2, 3, 12, 4))


def test_single_positions_may_come_and_go():
    small = initial((1, 3, 1, 1), (2, 3))
    assert reshaped(small, (1, 3)).shape == (1, 3)
    assert reshaped(small, (1, 3, 1, 1)).dims == small.dims
    assert not small.has_places
    assert reshaped(IMAGE, (2, 1, 3, 8, 1, 6)).shape == (2, 1, 3, 8, 1, 6)


def test_only_what_stays_in_place_is_the_whole_axis():
    """A moving field, or one that is a pixel short, is not."""
    lengths = (8, 6)

    def state(field, common=None):
        return State(((free(1),),), (field, PIXEL), (common, None), lengths)

    everything = Field(((0, 7),), 0)
    assert state(everything).entire == (True, False)
    assert state(Field(((-1, 9),), 0)).whole == (True, False)
    assert state(Field(((0, 7),), 1)).whole == (False, False)
    for short in ((0, 6), (1, 7)):
        assert state(Field((short,), 0)).entire == (False, False)
    assert state(Field(((0, 7), None), 0)).entire == (False, False)
    assert state(PIXEL, everything).whole == (True, False)
    assert state(PIXEL, everything).entire == (False, False)


def test_lengths_are_corrected():
    assert with_shape(IMAGE, (2, 7, 8, 6)).shape == (2, 7, 8, 6)
    assert with_shape(IMAGE, IMAGE.shape) == IMAGE
