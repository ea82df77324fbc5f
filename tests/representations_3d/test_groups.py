"""Checks of dlnotes.representations_3d.groups."""

import pytest
import torch

from dlnotes.blocks.grouping import gather_points
from dlnotes.blocks.neighbors import points_within
from dlnotes.blocks.supervised import take_rows
from dlnotes.representations_3d.groups import choose_groups, choose_levels
from tests.representations_3d.by_loops import ball, distance, farthest


def clouds(rng, count=20):
    return torch.randn(2, count, 3, dtype=torch.float64, generator=rng())


def test_groups_are_what_loops_find(rng):
    points = clouds(rng)
    groups = choose_groups(points, 6, (0.8, 1.5), (3, 5), start=2, back=True)
    for b, cloud in enumerate(points.tolist()):
        centers = farthest(cloud, 6, 2)
        assert groups.centers.indices[b].tolist() == centers
        for found, radius, most in zip(groups.balls, (0.8, 1.5), (3, 5), strict=True):
            for m, center in enumerate(centers):
                wanted = ball(cloud, cloud[center], radius, most)
                real = found.real[b, m]
                assert found.indices[b, m, real].tolist() == wanted
        for n, point in enumerate(cloud):
            gaps = [distance(point, cloud[center]) for center in centers]
            order = sorted(range(6), key=gaps.__getitem__)
            assert groups.back.indices[b, n].tolist() == order[:3]


def test_each_level_is_chosen_from_the_one_before(rng):
    points = clouds(rng)
    mask = torch.arange(20) < torch.tensor([[20], [5]])
    sizes = ((8, 4), ((0.8,), (1.5,)), ((4,), (6,)))
    levels = choose_levels(points, *sizes, mask=mask, start=3, back=True)
    first = choose_groups(points, 8, (0.8,), (4,), mask=mask, start=3, back=True)
    assert torch.equal(levels[0].centers.indices, first.centers.indices)
    assert torch.equal(levels[0].balls[0].indices, first.balls[0].indices)
    centers = gather_points(points, first.centers.indices)
    real = first.centers.real
    assert real.sum(1).tolist() == [8, 5]
    second = choose_groups(centers, 4, (1.5,), (6,), mask=real, start=0)
    assert torch.equal(levels[1].centers.indices, second.centers.indices)
    assert torch.equal(levels[1].balls[0].real, second.balls[0].real)
    assert second.back is None
    back = levels[0].back.indices[1, :5]  # of five centers, some repeated
    assert all(len(set(row)) == 3 for row in back.tolist())
    assert back.max() < 5


def test_groups_of_some_clouds_are_rows_of_those_of_all(rng):
    """So that a training can find them once."""
    points = clouds(rng)
    sizes = ((8, 4), ((0.8,), (1.5,)), ((4,), (6,)))
    levels = choose_levels(points, *sizes, start=3, back=True)
    rows = torch.tensor([1])
    some, again = take_rows(levels, rows), choose_levels(points[rows], *sizes, start=3)
    for one, other in zip(some, again, strict=True):
        assert torch.equal(one.centers.indices, other.centers.indices)
        assert torch.equal(one.balls[0].indices, other.balls[0].indices)


def test_groups_hold_after_a_turn_and_a_shift(rng):
    points = clouds(rng)
    turn = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64, generator=rng(1)))[0]
    find = {"ball": points_within, "start": 0}
    one = choose_groups(points, 6, (0.9,), (30,), **find)
    other = choose_groups(points @ turn + 3, 6, (0.9,), (30,), **find)
    assert torch.equal(one.centers.indices, other.centers.indices)
    assert torch.equal(one.balls[0].indices, other.balls[0].indices)


def test_the_first_center_is_drawn_by_a_generator(rng):
    points = clouds(rng)
    find = [choose_groups(points, 2, (1.0,), (3,), generator=rng(s)) for s in range(4)]
    assert len({int(groups.centers.indices[0, 0]) for groups in find}) > 1
    one, other = (
        choose_groups(points, 2, (1.0,), (3,), generator=rng(1)) for _ in range(2)
    )
    assert torch.equal(one.centers.indices, other.centers.indices)


def test_sizes_that_do_not_fit_are_refused(rng):
    points = clouds(rng)
    with pytest.raises(ValueError, match=r"as many, and one at least: \(2, 1\)"):
        choose_groups(points, 4, (0.5, 1.0), (3,))
    with pytest.raises(ValueError, match=r"must have all sizes, got \(2, 1, 2\)"):
        choose_levels(points, (4, 2), ((0.5,),), ((3,), (3,)))
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        choose_levels(points, (0,), ((0.5,),), ((3,),))
