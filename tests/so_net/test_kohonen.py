"""Checks of dlnotes.so_net.kohonen."""

import itertools
import math

import pytest
import torch

from dlnotes.so_net.grid import grid_squares, neighborhood_weights
from dlnotes.so_net.kohonen import kohonen_som, kohonen_step, shrinking_widths
from dlnotes.so_net.som import batch_som
from dlnotes.so_net.start import ball_nodes
from dlnotes.so_net.topology import topographic_error, window_share
from tests.so_net.test_som import nearest, small, sphere

SIDES = (2, 3)


def test_a_node_comes_to_a_weighted_mean_of_all_points(rng):
    """Eq. (kohonen), one point after the other."""
    points, nodes = small(rng)
    mask = torch.arange(8) < torch.tensor([[8], [5]])
    squares = grid_squares(SIDES, like=points)
    weights = neighborhood_weights(squares, 1.5, divisor=2)
    found = kohonen_step(points, nodes, weights, mask=mask)
    for b, count in enumerate((8, 5)):
        for j in range(6):
            top, bottom = torch.zeros(3, dtype=torch.float64), 0.0
            for point in points[b, :count]:
                winner = nearest(point.tolist(), nodes[b].tolist())
                cells = [(node // 3, node % 3) for node in (winner, j)]
                scale = math.exp(-(math.dist(*cells) ** 2) / (2 * 1.5**2))
                top, bottom = top + scale * point, bottom + scale
            torch.testing.assert_close(found[b, j], top / bottom)


def test_a_node_that_no_weight_reaches_stays(rng):
    points, nodes = small(rng)
    alone = torch.eye(6, dtype=torch.float64)
    moved = kohonen_step(points, nodes, alone)
    assert torch.equal(moved[:, 4], nodes[:, 4])  # it won no point
    assert not torch.equal(moved[:, 0], nodes[:, 0])


def test_widths_fall_by_one_factor_to_the_last():
    widths = shrinking_widths(5, 2.5, 0.3)
    factors = [after / before for before, after in itertools.pairwise(widths)]
    assert factors == [pytest.approx((0.3 / 2.5) ** 0.25)] * 4
    assert (widths[0], widths[-1]) == pytest.approx((2.5, 0.3))


def test_the_order_of_points_does_not_matter(rng):
    """Invariance to permutations."""
    points, start = sphere(rng), ball_nodes(generator=rng()).double()
    mixed = points[:, torch.randperm(200, generator=rng(4))]
    gap = (kohonen_som(mixed, start) - kohonen_som(points, start)).abs().max()
    assert gap <= 1e-12
    single = kohonen_som(mixed.float(), start.float())
    assert (single - kohonen_som(points.float(), start.float())).abs().max() <= 1e-6


def test_spheres_are_less_torn_than_by_the_published_map(rng):
    """By more than five standard errors of the eight clouds, which share a start."""
    points, start = sphere(rng, clouds=8, count=512), ball_nodes(generator=rng())
    start = start.double()
    better, published = kohonen_som(points, start), batch_som(points, start)
    for gaps in (
        topographic_error(points, published) - topographic_error(points, better),
        window_share(better) - window_share(published),
    ):
        assert gaps.mean() > 5 * gaps.std() / 8**0.5
