"""Checks of dlnotes.so_net.topology."""

import itertools
import math

import pytest
import torch

from dlnotes.so_net.som import batch_som
from dlnotes.so_net.start import ball_nodes
from dlnotes.so_net.topology import (
    empty_nodes,
    grid_distance,
    pair_distance,
    quantization_error,
    topographic_error,
    window_ceiling,
    window_share,
)
from tests.so_net.test_som import sphere

SIDES = (3, 4)


def scene(rng):
    make = {"dtype": torch.float64}
    points = torch.randn(2, 30, 3, **make, generator=rng())
    return points, torch.randn(2, 12, 3, **make, generator=rng(1))


def steps(one, other, columns=4):
    """Between two cells, the larger of both directions."""
    return max(
        abs(one // columns - other // columns), abs(one % columns - other % columns)
    )


def test_errors_are_those_of_a_search_of_all_nodes(rng):
    """Eq. (topographic) and Eq. (quantization), point by point."""
    points, nodes = scene(rng)
    mask = torch.arange(30) < torch.tensor([[30], [11]])
    torn = topographic_error(points, nodes, SIDES, mask=mask)
    gaps = quantization_error(points, nodes, mask=mask)
    for b, count in enumerate((30, 11)):
        errors, distances = [], []
        for point in points[b, :count].tolist():
            every = sorted(
                (math.dist(point, s), j) for j, s in enumerate(nodes[b].tolist())
            )
            errors.append(steps(every[0][1], every[1][1]) > 1)
            distances.append(every[0][0])
        assert float(torn[b]) == pytest.approx(sum(errors) / count)
        assert float(gaps[b]) == pytest.approx(sum(distances) / count)
    assert topographic_error(points[:, :0], nodes, SIDES).tolist() == [0, 0]


def test_statistics_of_nodes_are_those_of_all_pairs(rng):
    _, nodes = scene(rng)
    for b, cloud in enumerate(nodes.tolist()):
        pairs = list(itertools.permutations(range(12), 2))
        gaps = {pair: math.dist(cloud[pair[0]], cloud[pair[1]]) for pair in pairs}
        side = [
            g
            for (i, j), g in gaps.items()
            if abs(i // 4 - j // 4) + abs(i % 4 - j % 4) == 1
        ]
        inside = sum(
            steps(i, j) == 1
            for i in range(12)
            for j in sorted(
                (j for j in range(12) if j != i), key=lambda j, i=i: gaps[i, j]
            )[:8]
        )
        for got, wanted in (
            (grid_distance(nodes, SIDES), sum(side) / len(side)),
            (pair_distance(nodes, SIDES), sum(gaps.values()) / len(gaps)),
            (window_share(nodes, SIDES), inside / (12 * 8)),
        ):
            assert float(got[b]) == pytest.approx(wanted)


@pytest.mark.parametrize("sides", [(8, 8), (3, 3), (4, 9)])
def test_a_flat_lattice_reaches_the_ceiling(sides, rng):
    rows, columns = sides
    places = itertools.product(range(rows), range(columns))
    # A little longer in one direction, so that few distances are equal.
    nodes = torch.tensor([[(1.01 * x, y, 0) for x, y in places]], dtype=torch.float64)
    assert float(window_share(nodes, sides)) == pytest.approx(window_ceiling(sides))
    between = torch.rand(1, 99, 3, dtype=torch.float64, generator=rng())
    between = between * nodes.amax(1)
    assert topographic_error(between, nodes, sides) == 0
    assert float(grid_distance(nodes, (1, rows * columns))) > 1  # ends of rows are far


def test_the_ceiling_counts_cells_beside_cells():
    assert window_ceiling((8, 8)) == 420 / 512
    assert window_ceiling((3, 3)) == (8 + 4 * 5 + 4 * 3) / 72
    assert window_ceiling((1, 1)) == 0


def test_empty_nodes_win_no_point(rng):
    points, nodes = scene(rng)
    mask = torch.arange(30) < torch.tensor([[30], [4]])
    won = torch.cdist(points, nodes).argmin(-1)
    wanted = [12 - len(set(won[0].tolist())), 12 - len(set(won[1, :4].tolist()))]
    assert empty_nodes(points, nodes, mask=mask).tolist() == wanted


def test_a_square_keeps_neighborhoods_and_a_sphere_is_torn(rng):
    """The published statistics, of small clouds: 80 % and 0 %, 65 % and 21 %."""
    start = ball_nodes(generator=rng()).double()
    square = 2 * torch.rand(4, 500, 3, dtype=torch.float64, generator=rng()) - 1
    square[..., 2] = 0
    flat, ball = square, sphere(rng, clouds=4, count=500)
    on_flat, on_ball = batch_som(flat, start), batch_som(ball, start)
    assert topographic_error(flat, on_flat).mean() < 0.05
    assert 0.1 < topographic_error(ball, on_ball).mean() < 0.35
    assert window_share(on_flat).mean() > 0.75
    assert 0.5 < window_share(on_ball).mean() < 0.72
