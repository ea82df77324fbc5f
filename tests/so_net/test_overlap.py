"""Checks of dlnotes.so_net.overlap."""

import math

import pytest
import torch

from dlnotes.blocks.grouping import gather_points
from dlnotes.so_net.overlap import group_maxima, group_means, group_points


def scene(rng):
    """Clouds of nine points, five nodes, the last of them far from all points."""
    points = torch.randn(2, 9, 3, dtype=torch.float64, generator=rng())
    nodes = points[:, :5] + 0.1
    nodes[:, 4] += 40
    return points, nodes, torch.arange(9) < torch.tensor([[9], [6]])


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_points_are_seen_from_the_means_of_their_nearest_nodes(k, rng):
    """Eq. (centering) and Eq. (group-mean), one copy after the other."""
    points, nodes, mask = scene(rng)
    groups = group_points(points, nodes, k, mask=mask)
    assert groups.indices.shape == (2, k, 9)
    for b, count in enumerate((9, 6)):
        members = [[] for _ in range(5)]
        for n in range(9):
            gaps = [math.dist(points[b, n], node) for node in nodes[b]]
            order = sorted(range(5), key=gaps.__getitem__)[:k]
            assert groups.indices[b, :, n].tolist() == order  # the nearest one first
            for j in order if n < count else ():
                members[j].append(points[b, n])
        for j, group in enumerate(members):
            center = torch.stack(group).mean(0) if group else nodes[b, j]
            torch.testing.assert_close(groups.centers[b, j], center)
            assert groups.filled[b, j] == bool(group)
    seen = points[:, None] - gather_points(groups.centers, groups.indices)
    assert torch.equal(groups.offsets, seen)
    assert torch.equal(groups.real, mask[:, None].expand(2, k, 9))


def test_without_new_centers_points_are_seen_from_the_nodes(rng):
    points, nodes, _ = scene(rng)
    groups = group_points(points, nodes, 2, recenter=False)
    assert torch.equal(groups.centers, nodes)
    seen = points[:, None] - gather_points(nodes, groups.indices)
    assert torch.equal(groups.offsets, seen)
    assert groups.real is None
    assert groups.filled.tolist() == [[True] * 4 + [False]] * 2


def features_of(rng, k=2):
    """Whole numbers, so that several points of a group have the largest."""
    shape = (2, k, 9, 4)
    drawn = torch.randint(-1, 2, shape, generator=rng(2))
    return drawn.double().requires_grad_()


def test_a_group_has_the_largest_features_of_its_points(rng):
    """Eq. (node-feature) by loops; equal ones share the gradient."""
    points, nodes, mask = scene(rng)
    groups = group_points(points, nodes, 2, mask=mask)
    features = features_of(rng)
    found = group_maxima(features, groups.indices, 5, real=groups.real)
    slope = torch.randn(found.shape, dtype=torch.float64, generator=rng(3))
    (gradient,) = torch.autograd.grad(found, features, slope)
    wanted = torch.zeros_like(gradient)
    ties = 0
    given = features.tolist()
    for b, count in enumerate((9, 6)):
        for j in range(5):
            where = (groups.indices[b, :, :count] == j).nonzero().tolist()
            for c in range(4):
                values = [given[b][k][n][c] for k, n in where]
                assert found[b, j, c] == max(values, default=0)
                best = [
                    at for at, v in zip(where, values, strict=True) if v == max(values)
                ]
                ties += len(best) > 1
                for k, n in best:
                    wanted[b, k, n, c] += slope[b, j, c] / len(best)
    assert ties > 5
    torch.testing.assert_close(gradient, wanted)


def test_an_empty_group_has_no_feature_in_any_order_of_points(rng):
    """The published program gives it the feature of the point that comes first."""
    points, nodes, _ = scene(rng)
    features = features_of(rng).detach() - 9  # all below 0
    order = torch.randperm(9, generator=rng(4))
    for some in (torch.arange(9), order):
        groups = group_points(points[:, some], nodes, 2)
        found = group_maxima(features[:, :, some], groups.indices, 5)
        assert (found[:, 4] == 0).all()
        assert (found[:, :4] < 0).all()
        assert torch.equal(groups.centers[:, 4], nodes[:, 4])


def test_the_order_of_points_does_not_matter_to_groups(rng):
    """Invariance to permutations of centers and of maxima."""
    points, nodes, mask = scene(rng)
    features = features_of(rng).detach()
    order = torch.randperm(9, generator=rng(4))
    groups = group_points(points, nodes, 2, mask=mask)
    mixed = group_points(points[:, order], nodes, 2, mask=mask[:, order])
    torch.testing.assert_close(mixed.centers, groups.centers)
    found = group_maxima(features[:, :, order], mixed.indices, 5, real=mixed.real)
    wanted = group_maxima(features, groups.indices, 5, real=groups.real)
    assert torch.equal(found, wanted)
    torch.testing.assert_close(mixed.offsets, groups.offsets[:, :, order])


def test_means_have_the_slope_of_means(rng):
    points, nodes, mask = scene(rng)
    groups = group_points(points, nodes, 3, mask=mask)
    torch.autograd.gradcheck(
        lambda p, s: group_means(p, s, groups.indices, real=groups.real)[0],
        (points.requires_grad_(), nodes.requires_grad_()),
    )


def test_shapes_that_do_not_fit_are_refused(rng):
    points, nodes, _ = scene(rng)
    with pytest.raises(ValueError, match="k must be from 1 to 5, got 6"):
        group_points(points, nodes, 6)
    with pytest.raises(ValueError, match="index must be from 0 to 4, got 5"):
        group_maxima(features_of(rng), torch.full((2, 2, 9), 5), 5)


def test_what_is_no_number_stays_in_the_largest_of_its_group():
    features = torch.tensor([[[[torch.nan, 1.0], [2.0, 3.0]]]])
    found = group_maxima(features, torch.zeros(1, 1, 2, dtype=torch.int64), 2)
    assert found[0, 0].isnan().tolist() == [True, False]
    assert found[0, 1].tolist() == [0, 0]  # an empty group
