"""Checks of dlnotes.so_net.map_arms."""

import pytest
import torch

from dlnotes.blocks.grouping import gather_points
from dlnotes.so_net.grid import schedule
from dlnotes.so_net.kohonen import kohonen_som, shrinking_widths
from dlnotes.so_net.map_arms import HEADS, arm_inputs, arm_network
from dlnotes.so_net.node_windows import CENTER, draw_orders
from dlnotes.so_net.overlap import group_points
from dlnotes.so_net.som import batch_som


@pytest.fixture
def scene(rng):
    points = torch.rand(3, 40, 3, dtype=torch.float64, generator=rng()) - 0.5
    start = torch.rand(16, 3, dtype=torch.float64, generator=rng(1)) - 0.5
    fixed = draw_orders(1, 16, same=True, generator=rng(2))
    own = draw_orders(3, 16, same=False, generator=rng(3))
    inputs = arm_inputs(points, start, fixed, own, sides=(4, 4))
    return points, start, (fixed, own), dict(zip(HEADS, inputs, strict=True))


def test_all_arms_but_the_ordered_one_see_the_published_map(scene):
    points, start, _, given = scene
    wanted = group_points(points, batch_som(points, start, sides=(4, 4)))
    better = group_points(points, kohonen_som(points, start, sides=(4, 4)))
    for arm, (groups, _) in given.items():
        right = better if arm == "ordered" else wanted
        assert torch.equal(groups.centers, right.centers)
        assert torch.equal(groups.offsets, right.offsets)


def test_the_two_maps_take_the_steps_that_are_given(scene):
    points, start, orders, _ = scene
    inputs = arm_inputs(points, start, *orders, sides=(4, 4), steps=(3, 2))
    given = dict(zip(HEADS, inputs, strict=True))
    few = batch_som(points, start, sides=(4, 4), plan=schedule(3))
    more = kohonen_som(points, start, sides=(4, 4), widths=shrinking_widths(2))
    for arm, nodes in (("grid", few), ("ordered", more)):
        wanted = group_points(points, nodes).centers
        assert torch.equal(given[arm][0].centers, wanted)


def test_windows_are_those_that_the_names_say(scene):
    """Beside an inner cell of the grid lie eight others, in space the eight nearest."""
    points, start, (fixed, own), given = scene
    grid = torch.tensor([0, 1, 2, 4, 5, 6, 8, 9, 10])  # around cell 5
    for arm in ("shared", "grid", "ordered"):
        assert torch.equal(given[arm][1].indices[:, 5], grid.expand(3, -1))
    for arm, orders in (("shuffled", fixed.expand(3, -1)), ("shuffled-each", own)):
        seen = given[arm][1].indices
        for b in range(3):
            node = int(orders[b, 5])  # has been put into cell 5
            assert torch.equal(seen[b, node], orders[b, grid])
            assert seen[b, node, CENTER] == node
    nodes = batch_som(points, start, sides=(4, 4))
    for arm in ("near-joined", "near-largest"):
        around = gather_points(nodes, given[arm][1].indices)
        far = (around - nodes[:, :, None]).norm(dim=-1)
        wanted = torch.cdist(nodes, nodes).sort(-1).values[..., :9]
        torch.testing.assert_close(far, wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize("coordinates", [0, 3])
def test_networks_score_and_are_about_equally_large(scene, coordinates):
    """Heads are equal within half a unit of the hidden layer; networks below 2 %."""
    sizes = []
    for arm, (groups, window) in scene[3].items():
        network = arm_network(arm, 5, coordinates=coordinates).double()
        assert network(groups, window).shape == (3, 5)
        sizes.append(sum(p.numel() for p in network.parameters()))
    assert max(sizes) < 1.02 * min(sizes)


def test_another_arm_is_refused():
    with pytest.raises(ValueError, match="got 'column'"):
        arm_network("column", 5)
