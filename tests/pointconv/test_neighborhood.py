"""Checks of dlnotes.pointconv.neighborhood."""

import pytest
import torch
from torch.utils._pytree import tree_leaves

from dlnotes.blocks.grouping import gather_points
from dlnotes.blocks.supervised import take_rows
from dlnotes.pointconv.density import kernel_density
from dlnotes.pointconv.neighborhood import (
    neighborhood,
    pyramid,
    steps_back,
    whole_cloud,
)


def clouds(rng):
    points = torch.randn(2, 20, 3, dtype=torch.float64, generator=rng())
    return points, torch.arange(20) < torch.tensor([[20], [8]])


def test_the_density_is_that_of_the_points_at_the_neighbors(rng):
    points, mask = clouds(rng)
    around = neighborhood(points, points[:, :4], 5, bandwidth=0.5, mask=mask)
    every = kernel_density(points, 0.5, mask=mask)
    for b in range(2):
        for m in range(4):
            numbers = around.indices[b, m]
            assert torch.equal(around.density[b, m], every[b, numbers])
            gaps = points[b, numbers] - points[b, m]
            assert torch.equal(around.offsets[b, m], gaps)
    assert neighborhood(points, points, 5).density is None


def test_a_whole_cloud_is_seen_from_its_mean(rng):
    points, mask = clouds(rng)
    level = whole_cloud(points, bandwidth=0.5, mask=mask)
    for b, count in enumerate((20, 8)):
        mean = points[b, :count].mean(0)
        torch.testing.assert_close(level.points[b, 0], mean)
        torch.testing.assert_close(level.around.offsets[b, 0], points[b] - mean)
    assert torch.equal(level.around.real[:, 0], mask)
    assert level.real.all()


def test_a_cloud_of_one_point_among_padding_is_seen_from_that_point():
    points = torch.tensor([[[1.0, 2.0, 3.0], [9.0, 9.0, 9.0]]])
    level = whole_cloud(points, mask=torch.tensor([[True, False]]))
    assert torch.equal(level.points, points[:, :1])


def test_each_level_is_chosen_from_the_one_before(rng):
    points, mask = clouds(rng)
    start = torch.tensor([3, 5])
    levels = pyramid(points, (10, 4), (6, 3), mask=mask, start=start)
    before = points
    for level, count, k in zip(levels, (10, 4), (6, 3), strict=True):
        assert level.points.shape == (2, count, 3)
        assert level.around.indices.shape == (2, count, k)
        found = gather_points(before, level.around.indices[..., 0])
        assert torch.equal(found, level.points)  # the nearest is the point itself
        assert torch.equal(level.points[:, 0], points[torch.arange(2), start])
        before = level.points
    assert levels[0].real.sum(1).tolist() == [10, 8]


def test_densities_are_those_of_the_level_that_is_summed_over(rng):
    points, mask = clouds(rng)
    first, second = pyramid(
        *(points, (10, 4), (6, 3)), bandwidths=(0.5, 1.0), mask=mask, start=0
    )
    for level, some, real, width in (
        (first, points, mask, 0.5),
        (second, first.points, first.real, 1.0),
    ):
        every = kernel_density(some, width, mask=real)
        expected = gather_points(every[..., None], level.around.indices)[..., 0]
        assert torch.equal(level.around.density, expected)


def test_steps_lead_back_from_the_top(rng):
    points, mask = clouds(rng)
    levels = pyramid(points, (10, 4), (6, 3), mask=mask, start=0)
    top, bottom = steps_back(points, levels, 5, bandwidths=(0.5, 1.0), mask=mask)
    assert top.upward.indices.shape == (2, 10, 3)
    assert top.beside.indices.shape == (2, 10, 5)
    assert bottom.upward.indices.shape == (2, 20, 3)
    assert bottom.beside.indices.shape == (2, 20, 5)
    middle = levels[0].points
    expected = neighborhood(middle, points, 3, mask=levels[0].real)
    assert torch.equal(bottom.upward.offsets, expected.offsets)
    density = kernel_density(points, 0.5, mask=mask)[..., None]
    expected = gather_points(density, bottom.beside.indices)[..., 0]
    assert torch.equal(bottom.beside.density, expected)


def test_rows_are_those_of_the_clouds_alone(rng):
    points, mask = clouds(rng)
    sizes = {"bandwidths": (0.5, 1.0), "start": 0}
    levels = pyramid(points, (10, 4), (6, 3), mask=mask, **sizes)
    other = torch.tensor([1])
    alone = pyramid(points[other], (10, 4), (6, 3), mask=mask[other], **sizes)
    pairs = zip(tree_leaves(take_rows(levels, other)), tree_leaves(alone), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)
    bare = neighborhood(points, points, 3)
    assert take_rows(bare, other).density is None


def test_levels_without_all_sizes_are_refused(rng):
    points, _ = clouds(rng)
    with pytest.raises(ValueError, match="all levels must have all sizes"):
        pyramid(points, (10, 4), (6,), start=0)
    levels = pyramid(points, (10,), (6,), start=0)
    with pytest.raises(ValueError, match="bandwidths must be 1, got 2"):
        steps_back(points, levels, 5, bandwidths=(1.0, 2.0))
