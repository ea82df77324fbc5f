"""Checks of dlnotes.so_net.som."""

import math

import pytest
import torch

from dlnotes.so_net import som
from dlnotes.so_net.grid import grid_squares, neighborhood_weights, schedule
from dlnotes.so_net.kohonen import kohonen_step
from dlnotes.so_net.som import batch_som, batch_step, online_som, winners, won_means
from dlnotes.so_net.start import ball_nodes

SIDES = (2, 3)


def sphere(rng, clouds=2, count=200, dtype=torch.float64):
    points = torch.randn(clouds, count, 3, dtype=dtype, generator=rng(1))
    return points / points.norm(dim=-1, keepdim=True)


def small(rng):
    """Clouds of eight points, six nodes of which one is far from all of them."""
    points = torch.randn(2, 8, 3, dtype=torch.float64, generator=rng(2))
    nodes = torch.randn(2, 6, 3, dtype=torch.float64, generator=rng(3))
    nodes[:, 4] += 50
    return points, nodes


def weight(one, other, sigma, columns=3):
    """Of two nodes, by the places of their cells."""
    cells = [(node // columns, node % columns) for node in (one, other)]
    return math.exp(-(math.dist(*cells) ** 2) / (2 * math.pi * sigma**2))


def nearest(point, nodes):
    return min(range(len(nodes)), key=lambda j: math.dist(point, nodes[j]))


def step_by_loops(points, nodes, rate, sigma):
    """The batch rule, one node and one coordinate after the other."""
    won = [[] for _ in nodes]
    for point in points:
        won[nearest(point, nodes)].append(point)
    moved = []
    for j, node in enumerate(nodes):
        new = list(node)
        for i, group in enumerate(won):
            for axis in range(3) if group else ():
                mean = sum(point[axis] for point in group) / len(group)
                new[axis] += rate * weight(i, j, sigma) * (mean - node[axis])
        moved.append(new)
    return moved


def test_points_one_by_one_move_their_winner_and_its_neighbors(rng):
    """Eq. (online-som), the rule of MiniSom but for the divisor, by loops."""
    points, start = small(rng)
    found = online_som(points, start, sides=SIDES)
    for cloud, nodes, got in zip(points.tolist(), start.tolist(), found, strict=True):
        for time, point in enumerate(cloud):
            fall = 1 + 2 * time / len(cloud)
            winner = nearest(point, nodes)
            for j, node in enumerate(nodes):
                scale = 0.5 / fall * weight(winner, j, 0.4 / fall)
                nodes[j] = [
                    s + scale * (p - s) for p, s in zip(point, node, strict=True)
                ]
        torch.testing.assert_close(got, got.new_tensor(nodes), rtol=1e-12, atol=1e-12)


def test_all_points_at_once_move_nodes_by_the_means_of_winners(rng):
    """Eq. (batch-som), several steps by loops; a node without points moves no other."""
    points, start = small(rng)
    mask = torch.arange(8) < torch.tensor([[8], [5]])
    plan = [(0.5, 0.4), (0.4, 0.6), (0.3, 0.3)]
    found = batch_som(points, start, sides=SIDES, plan=plan, mask=mask)
    for b, count in enumerate((8, 5)):
        nodes = start[b].tolist()
        for rate, sigma in plan:
            nodes = step_by_loops(points[b, :count].tolist(), nodes, rate, sigma)
        wanted = found.new_tensor(nodes)
        torch.testing.assert_close(found[b], wanted, rtol=1e-12, atol=1e-12)


def test_an_empty_node_is_pulled_and_pulls_nobody(rng):
    points, nodes = small(rng)
    counts = won_means(points, nodes)[1]
    assert counts[:, 4].tolist() == [0, 0]
    assert counts.sum(1).tolist() == [8, 8]
    weights = 0.5 * neighborhood_weights(grid_squares(SIDES, like=points), 0.4)
    moved = batch_step(points, nodes, weights)
    elsewhere = nodes.clone()
    elsewhere[:, 4] -= 200
    others = [0, 1, 2, 3, 5]
    again = batch_step(points, elsewhere, weights)
    assert torch.equal(moved[:, others], again[:, others])
    assert (moved[:, 4].norm(dim=-1) < nodes[:, 4].norm(dim=-1)).all()


@pytest.mark.parametrize(
    ("dtype", "most"), [(torch.float32, 1e-6), (torch.float64, 1e-12)]
)
def test_the_order_of_points_matters_one_by_one_and_not_at_once(dtype, most, rng):
    """Invariance to permutations, and its counterexample."""
    points, start = sphere(rng, dtype=dtype), ball_nodes(generator=rng()).to(dtype)
    mixed = points[:, torch.randperm(200, generator=rng(4))]
    assert (batch_som(mixed, start) - batch_som(points, start)).abs().max() <= most
    assert (online_som(mixed, start) - online_som(points, start)).abs().max() > 0.1


def test_steps_are_single_precision_in_result_only(rng):
    points, start = sphere(rng, dtype=torch.float32), ball_nodes(generator=rng())
    exact = batch_som(points.double(), start.double())
    assert torch.equal(batch_som(points, start), exact.float())


def test_each_cloud_has_a_map_of_its_own(rng):
    points, start = sphere(rng, clouds=3), ball_nodes(generator=rng()).double()
    together = batch_som(points, start)
    for cloud, nodes in zip(points, together, strict=True):
        torch.testing.assert_close(batch_som(cloud[None], start[None])[0], nodes)


def test_points_that_are_not_real_do_not_matter(rng):
    points, start = sphere(rng), ball_nodes(generator=rng()).double()
    mask = (torch.arange(230) < 200).expand(2, -1)
    padded = torch.cat([points, 9 * points[:, :30]], 1)
    assert torch.equal(batch_som(padded, start, mask=mask), batch_som(points, start))


def test_a_step_multiplies_the_gap_from_where_it_ends_by_one_less_the_weights(rng):
    """So it overshoots where weights sum to more than 1, and diverges beyond 2."""
    points = sphere(rng, clouds=1, count=4000)
    nodes = ball_nodes(generator=rng()).double()[None]
    means, counts = won_means(points, nodes)
    squares = grid_squares((8, 8), like=points)
    weights = 0.5 * neighborhood_weights(squares, 0.4)
    won = (counts[0] > 0).double()
    total = won @ weights
    end = torch.einsum("ij,id->jd", weights, means[0]) / total[:, None]
    gaps = (1 - total)[:, None] * (nodes[0] - end)
    moved = batch_step(points, nodes, weights)[0]
    torch.testing.assert_close(moved, end + gaps, rtol=1e-12, atol=1e-12)
    # One direction: the node itself, two beside it, and what is farther away.
    line = 1 + 2 * sum(
        math.exp(-(step**2) / (2 * math.pi * 0.16)) for step in range(1, 8)
    )
    assert weights.sum(0).max() == pytest.approx(0.5 * line**2, rel=1e-3)
    assert 1.5 < 0.5 * line**2 < 2


def test_no_gradient_reaches_the_weights_of_a_step(rng):
    points, nodes = torch.rand(2, 1, 6, 3, generator=rng())
    weights = torch.rand(6, 6, generator=rng(1)).requires_grad_()
    for step in (batch_step, kohonen_step):
        assert not step(points, nodes, weights).requires_grad


def test_winners_are_nearest_wherever_the_cloud_lies(monkeypatch, rng):
    points, nodes = small(rng)
    wanted = torch.cdist(points, nodes).argmin(-1)
    assert torch.equal(winners(points, nodes), wanted)
    # Coordinates near 1e4 are given to 2e-12; the product of matrices is as exact.
    assert torch.equal(winners(points + 1e4, nodes + 1e4), wanted)
    monkeypatch.setattr(som, "ENTRIES", 24)  # two points of each cloud at a time
    assert torch.equal(winners(points, nodes), wanted)


def test_a_default_map_takes_the_published_plan(rng):
    points, start = sphere(rng, clouds=1), ball_nodes(generator=rng()).double()
    explicit = batch_som(points, start, plan=schedule(60), divisor=2 * math.pi)
    assert torch.equal(batch_som(points, start), explicit)


def test_a_map_of_the_wrong_size_is_refused(rng):
    points, nodes = small(rng)
    with pytest.raises(ValueError, match="nodes must be 8 x 8 as sides say, got 6"):
        batch_som(points, nodes)
    with pytest.raises(
        ValueError, match=r"weights must have shape \(6, 6\), got \(5, 6\)"
    ):
        batch_step(points, nodes, torch.ones(5, 6))
