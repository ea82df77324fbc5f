"""What is proved of maps on the page: turned clouds, energies, overlap, even balls."""

import pytest
import torch

from dlnotes.so_net.grid import grid_squares, neighborhood_weights
from dlnotes.so_net.overlap import group_points
from dlnotes.so_net.som import batch_som, batch_step, won_means
from dlnotes.so_net.start import ball_nodes, repel
from dlnotes.toy.distortions import draw_rotations, turn_clouds


def sphere(rng, count=300):
    points = torch.randn(1, count, 3, dtype=torch.float64, generator=rng(5))
    return points / points.norm(dim=-1, keepdim=True)


def test_a_turned_start_gives_the_turned_map_and_a_fixed_one_does_not(rng):
    points, start = sphere(rng), ball_nodes(generator=rng()).double()[None]
    turn = draw_rotations("so3", 1, generator=rng(1)).double()
    turned, nodes = turn_clouds(points, turn), batch_som(points, start)
    along = batch_som(turned, turn_clouds(start, turn))
    # 80 steps, each with a rounding of some 1e-16.
    torch.testing.assert_close(along, turn_clouds(nodes, turn), rtol=0, atol=1e-12)
    fixed = batch_som(turned, start)
    gaps = (fixed - turn_clouds(nodes, turn)).norm(dim=-1)
    assert gaps.mean() > 0.5
    # Nor is it the same nodes with other numbers.
    assert torch.cdist(fixed, along).amin(-1).max() > 0.01


def energy(points, nodes, weights):
    """Of nodes and the means of what each of them won."""
    means, counts = won_means(points, nodes)
    squares = torch.cdist(means, nodes).square() * weights
    return squares[counts > 0].sum()


def test_the_energy_falls_while_winners_stay_and_may_rise_when_they_change(rng):
    points = sphere(rng, 1024)
    nodes = ball_nodes(generator=rng()).double()[None]
    weights = neighborhood_weights(grid_squares((8, 8), like=points), 0.4)
    rises = 0
    for _ in range(60):
        means, counts = won_means(points, nodes)
        moved = batch_step(points, nodes, 0.5 * weights)
        kept = torch.cdist(means, moved).square() * weights
        before = energy(points, nodes, weights)
        assert kept[counts > 0].sum() <= before * (1 + 1e-12)
        rises += int(energy(points, moved, weights) > before * (1 + 1e-9))
        nodes = moved
    assert rises > 0


@pytest.mark.parametrize("k", [1, 3, 64])
def test_each_point_is_in_so_many_regions_and_a_region_has_its_share(k, rng):
    points, nodes = sphere(rng), ball_nodes(generator=rng()).double()[None]
    indices = group_points(points, batch_som(points, nodes), k).indices[0]
    each = indices.sort(0).values
    assert each.shape == (k, 300)
    assert (each[1:] > each[:-1]).all()  # k different nodes for each point
    held = torch.bincount(indices.flatten(), minlength=64)
    assert held.sum() == k * 300
    assert held.double().mean() == k * 300 / 64


def test_many_nodes_fill_a_ball_evenly(rng):
    """Of a ball, the share within a radius grows with its third power."""
    count, radius = 400, 1.5 ** (1 / 3)
    nodes = 2 * torch.rand(count, 3, dtype=torch.float64, generator=rng()) - 1
    nodes = repel(nodes, steps=300, rate=5e-4)
    # Each node has a cube of this side for itself, and may lie half of it off.
    side = (2 * torch.pi / count) ** (1 / 3)
    radii = nodes.norm(dim=-1).sort().values
    for share in (0.2, 0.4, 0.6, 0.8, 1.0):
        reached = float(radii[int(share * count) - 1])
        assert abs(reached - radius * share ** (1 / 3)) < side / 2
