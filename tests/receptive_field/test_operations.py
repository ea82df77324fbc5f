"""Checks of dlnotes.receptive_field._operations."""

from dlnotes.receptive_field._operations import Call, for_each, found
from dlnotes.receptive_field.states import initial

IMAGE = initial((2, 3, 8, 6), (2, 3))


def test_a_call_knows_its_first_state():
    call = Call("mean", [None], [IMAGE], lambda _: None, (2, 3))
    assert call.first is IMAGE


def test_a_finding_has_no_sizes_unless_the_rule_says_so():
    assert found(IMAGE, note="why").note == "why"
    assert (found(IMAGE).states, found(IMAGE).sizes) == ((IMAGE,), {})


def test_arguments_are_written_down_for_each_axis():
    assert for_each(3, 2) == (3, 3)
    assert for_each([3], 2) == (3, 3)
    assert for_each((3, 5), 2) == (3, 5)
