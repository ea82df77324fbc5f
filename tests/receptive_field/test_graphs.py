"""Checks of dlnotes.receptive_field.graphs against docs/notes/receptive_field.md."""

import pytest

from dlnotes.receptive_field.chains import bottom_up, closed_form
from dlnotes.receptive_field.fields import PIXEL, misalignment
from dlnotes.receptive_field.graphs import Parallel, follow, in_series, paths
from dlnotes.receptive_field.layers import Layer, Transposed
from dlnotes.receptive_field.networks import googlenet, resnet
from dlnotes.receptive_field.windows import Window, nearest

BLOCK = Parallel(((Layer(3, 1, 1), Layer(3, 1, 1)), ()))


def test_a_residual_block_sees_what_its_longer_branch_sees():
    """Eq. (branches): two kernels of 3 beside the identity."""
    assert follow([BLOCK]).size == 5
    assert follow([BLOCK, BLOCK]).size == 9


@pytest.mark.parametrize(
    "network",
    [
        [BLOCK, BLOCK, Layer(5)],
        resnet((1, 1, 1, 1), bottleneck=False),
        resnet((1, 2, 1, 1), bottleneck=True),
        googlenet()[:7],
    ],
)
def test_aligned_branches_make_the_maximum_over_all_paths(network):
    """Eq. (path-maximum): every path is a chain, with its own closed form."""
    ways = paths(network)
    assert len(ways) > 1
    assert follow(network).size == max(closed_form(way) for way in ways)


def test_branches_off_center_see_more_than_the_longest_path():
    """Eq. (path-maximum): the hull of both, which is why alignment is a condition."""
    lopsided = [Parallel(((Layer(3, 1, 2),), (Layer(3),)))]
    assert max(closed_form(way) for way in paths(lopsided)) == 3
    assert follow(lopsided).size == 5


def test_branches_that_take_turns_see_more_than_any_path():
    """Eq. (path-maximum): common centers are not enough if lengths differ by unit."""
    one = Window(((-1, 0, 1), (1,)), 2)  # long at even units
    other = Window(((0,), (0, 1, 2)), 2)  # long at odd ones
    branches = Parallel(((one,), (other,)))
    assert misalignment([follow([one]), follow([other])]) == 0
    network = [branches, Layer(2)]
    assert max(follow(way).size for way in paths(network)) == 3
    assert follow(network).size == 4


def test_a_walk_in_order_of_registration_takes_branches_for_layers():
    """Eq. (branches): the published wrong numbers come out of that slip."""
    eighteen = resnet((2, 2, 2, 2), bottleneck=False)
    fifty = resnet((3, 4, 6, 3), bottleneck=True)
    assert bottom_up(in_series(eighteen)) == 1891  # instead of 435
    assert bottom_up(in_series(fifty)) == 1963  # instead of 427
    assert follow(in_series(fifty)).jump == 256  # instead of 32
    assert bottom_up(in_series([BLOCK, Layer(3)])) == 7


def test_parts_of_every_kind_can_be_followed():
    """Eq. (branches): up again by a transposed convolution and by a resize."""
    up = follow([Layer(2, 2), Transposed(2, 2)])
    assert (up.size, up.jump) == (2, 1)
    assert [up.region(o) for o in range(3)] == [(0, 1), (0, 1), (2, 3)]
    assert follow([Layer(2, 2), nearest(1, 2)]) == up
    assert follow([]) == PIXEL
    assert follow([Layer(3)], up).size == 4


def test_branches_that_cannot_meet_are_refused():
    with pytest.raises(ValueError, match="branches must have the same jump"):
        follow([Parallel(((Layer(3, 2),), ()))])
    with pytest.raises(TypeError, match="no part of a network: 'conv'"):
        follow(["conv"])
