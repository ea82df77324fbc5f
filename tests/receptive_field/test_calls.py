"""Checks of dlnotes.receptive_field.calls."""

from dlnotes.receptive_field.calls import Call, mixed, spread, with_shape
from dlnotes.receptive_field.states import initial

IMAGE = initial((2, 3, 8, 6), (2, 3))


def test_a_call_knows_its_first_state():
    call = Call("mean", [None], [IMAGE], lambda _: None, (2, 3))
    assert call.first is IMAGE
    assert call.sizes == {}


def test_mixing_a_dimension_leaves_one_unit():
    column = mixed(IMAGE, -1)
    assert column.shape == (2, 3, 8, 1)
    assert column.entire == (False, True)
    assert mixed(IMAGE, 1).entire == (False, False)


def test_lengths_are_corrected():
    assert with_shape(IMAGE, (2, 7, 8, 6)).shape == (2, 7, 8, 6)
    assert with_shape(IMAGE, IMAGE.shape) == IMAGE


def test_arguments_are_spread_over_axes():
    assert spread(3, 2) == (3, 3)
    assert spread([3], 2) == (3, 3)
    assert spread((3, 5), 2) == (3, 5)
