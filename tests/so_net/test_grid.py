"""Checks of dlnotes.so_net.grid."""

import itertools
import math

import pytest
import torch

from dlnotes.so_net.grid import (
    GAUSSIAN,
    check_sides,
    grid_squares,
    neighborhood_weights,
    schedule,
)


def test_cells_lie_row_by_row_one_step_apart():
    cells = list(itertools.product(range(3), range(4)))
    wanted = [[math.dist(one, other) ** 2 for other in cells] for one in cells]
    like = torch.zeros((), dtype=torch.float64)
    # A root, squared, has a rounding error of 13 * 2e-16 at most.
    torch.testing.assert_close(grid_squares((3, 4), like=like), like.new_tensor(wanted))


def test_the_published_divisor_makes_neighbors_eight_times_as_heavy():
    """Eq. (neighborhood), in steps of one cell, as in the published program.

    Its weights are products of two Gaussians, one for each direction on the grid.
    """
    squares = grid_squares((3, 4), like=torch.zeros((), dtype=torch.float64))
    for divisor, beside in ((2 * math.pi, 0.370), (2.0, 0.044)):
        weights = neighborhood_weights(squares, 0.4, divisor=divisor)
        assert round(float(weights[0, 1]), 3) == beside
        for one, other in itertools.product(range(12), range(12)):
            steps = one // 4 - other // 4, one % 4 - other % 4
            parts = [math.exp(-(step**2) / (divisor * 0.4**2)) for step in steps]
            assert float(weights[one, other]) == pytest.approx(math.prod(parts))
    published = neighborhood_weights(squares[0, 1], 0.4)
    usual = neighborhood_weights(squares[0, 1], 0.4, divisor=GAUSSIAN)
    assert 8 < published / usual < 9


def test_rate_and_width_stay_for_twenty_steps_then_fall_to_a_third():
    """Eq. (schedule) with the published numbers."""
    plan = schedule(60)
    assert plan[:21] == [(0.5, 0.4)] * 21  # the first of the sixty has them, too
    assert len(plan) == 80
    for step, (rate, width) in enumerate(plan[20:]):
        assert rate == pytest.approx(0.5 / (1 + 2 * step / 60))
        assert width == pytest.approx(0.4 / (1 + 2 * step / 60))
    assert plan[-1][0] == pytest.approx(0.5 / 3, rel=0.02)
    assert schedule(3, 0.6, 1.0, warmup=0) == [
        pytest.approx((0.6 / x, 1 / x)) for x in (1, 5 / 3, 7 / 3)
    ]


def test_what_is_no_grid_is_refused():
    with pytest.raises(ValueError, match="sides must be rows and columns, got"):
        check_sides("sides", (2, 3, 4))
    with pytest.raises(ValueError, match="sides must be at least 1, got 0"):
        check_sides("sides", (2, 0))
    with pytest.raises(TypeError, match="sides must be an integer, got a float"):
        check_sides("sides", (2, 3.0))
