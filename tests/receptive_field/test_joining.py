"""Checks of dlnotes.receptive_field._joining: tensors that meet unit by unit."""

import pytest

from dlnotes.receptive_field._joining import joined
from dlnotes.receptive_field._reading import mixed, picked, windowed
from dlnotes.receptive_field.fields import PIXEL, Field
from dlnotes.receptive_field.states import (
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
BLOCKS = reshaped(LINE, (1, 3, 3, 4))
WHOLE = Field(((0, 11),), 0)


def test_sums_take_the_hull():
    """Eq. (branches): from the first pixel of any to the last."""
    one = windowed(IMAGE, 2, Window(((-1, 0),), 1), 8)
    other = windowed(IMAGE, 2, Window(((0, 2),), 1), 8)
    assert joined([one, other], IMAGE.shape).fields[0] == Field(((-1, 2),), 1)


def test_a_gate_is_seen_by_every_position():
    gate = mixed(mixed(IMAGE, 2), 3)
    gated = joined([IMAGE, gate], IMAGE.shape)
    assert gated.fields == IMAGE.fields
    assert gated.whole == (True, True)
    assert gated.entire == (False, False)


def test_one_position_for_all_is_seen_by_all_and_is_no_more_than_it_is():
    first = reshaped(picked(picked(IMAGE, 3, 2), 2, 0), (2, 3, 1, 1))
    both = joined([IMAGE, first], IMAGE.shape)
    assert both.common == (Field(((0, 0),), 0), Field(((2, 2),), 0))
    assert both.whole == (False, False)


def test_a_mean_over_blocks_moves_along_with_the_block():
    """Eq. (branches): each unit sees its own block."""
    both = joined([BLOCKS, mixed(BLOCKS, 3)], (1, 3, 3, 4))
    assert [both.fields[0].region(i) for i in (3, 4)] == [(0, 3), (4, 7)]
    assert both.common == (None,)
    assert both.fields[0].jump == 1


def test_a_mean_over_the_same_pixel_of_all_blocks_stays_in_place():
    both = joined([BLOCKS, mixed(BLOCKS, 2)], (1, 3, 3, 4))
    assert both.fields == LINE.fields
    assert [both.common[0].region(i) for i in (0, 3, 4)] == [(0, 8), (3, 11), (0, 8)]


def test_digits_that_are_grouped_in_another_way_are_split():
    """Eq. (branches): four times three meets two times six."""
    rows = initial((2, 12), (1,))
    one = with_dim(reshaped(rows, (2, 4, 3)), 0, free(1))
    one = reshaped(one, (12,))
    other = reshaped(with_dim(reshaped(rows, (2, 2, 6)), 0, free(1)), (12,))
    assert joined([one, other], (12,)).fields == (PIXEL,)


def test_positions_in_another_order_are_looked_up_one_by_one():
    """Eq. (branches): a unit of the sum sees where both are."""
    line = initial((1, 1, 6), (2,))
    turned = reordered(reshaped(line, (1, 1, 2, 3)), [0, 1, 3, 2])
    plain = reshaped(line, (1, 1, 3, 2))
    both = joined([plain, turned], (1, 1, 3, 2))
    seen = [both.fields[0].region(i) for i in range(6)]
    assert seen == [(0, 0), (1, 3), (1, 2), (3, 4), (2, 4), (5, 5)]


def test_single_units_are_joined_where_they_are():
    """Eq. (branches): jumps do not matter where there is one unit only."""
    one = windowed(LINE, 2, Window((tuple(range(12)),), 1), 1)
    other = windowed(LINE, 2, Window(((0, 1),), 2), 1)
    both = joined([one, other], (1, 3, 1))
    assert both.fields == (Field(((0, 11),), 0),)
    assert joined([one, mixed(LINE, 2)], (1, 3, 1)).common == (WHOLE,)
    assert joined([one, one], (1, 3, 1)).dims == one.dims
    assert joined([one, LINE], LINE.shape).fields == LINE.fields


def test_branches_must_fit():
    """Eq. (branches): the jumps are 1 and 2; an axis lies in two dimensions."""
    half = windowed(IMAGE, 2, Window(((0, 1),), 2), 8)
    with pytest.raises(
        UnsupportedLayer, match=r"joins branches: .*same jump, got 1 and 2"
    ):
        joined([IMAGE, half], IMAGE.shape)
    square = initial((1, 1, 8, 8), (2, 3))
    with pytest.raises(UnsupportedLayer, match="joins different axes"):
        joined([square, reordered(square, [0, 1, 3, 2])], square.shape)
    line = initial((5, 1), (0,))
    with pytest.raises(UnsupportedLayer, match="pairs every position"):
        joined([line, reordered(line, [1, 0])], (5, 5))
    uneven = with_dim(reshaped(initial((2, 12), (1,)), (2, 3, 4)), 0, free(1))
    three = reshaped(initial((3, 4), (1,)), (3, 4))
    two = reshaped(initial((2, 6), (0, 1)), (12,))
    assert three.shape == (3, 4)
    with pytest.raises(UnsupportedLayer, match="grouped in different ways"):
        joined([reshaped(reordered(uneven, [0, 2, 1]), (12,)), _three(two)], (12,))


def _three(state):
    """Three by four positions of two axes."""
    return reshaped(initial((3, 4), (0, 1)), (12,)) if state else state
