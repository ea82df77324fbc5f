"""Checks of dlnotes.representations_3d.symmetric."""

import math
from functools import partial
from itertools import combinations

import pytest
import torch
from scipy.spatial.distance import directed_hausdorff

from dlnotes.blocks.neighbors import nearest_points
from dlnotes.representations_3d.symmetric import (
    cell_centers,
    cell_indicators,
    directed_distance,
    hats,
    hausdorff,
    max_network,
    sum_network,
)


def draw(rng, *shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=rng(seed))


def unit(rng, *shape, seed=0):
    return torch.rand(shape, dtype=torch.float64, generator=rng(seed))


def line(*values):
    return torch.tensor(values, dtype=torch.float64).view(1, -1, 1)


@pytest.mark.parametrize("coordinates", [1, 3, 9])
def test_distances_of_clouds_are_those_of_scipy(rng, coordinates):
    """Eq. (hausdorff) and its halves, with masks; 9 coordinates need no tree."""
    one, other = draw(rng, 3, 20, coordinates), draw(rng, 3, 13, coordinates, seed=1)
    mask = torch.arange(20) < torch.tensor([[20], [4], [1]])
    other_mask = torch.arange(13) < torch.tensor([[2], [13], [1]])
    masks = {"mask": mask, "other_mask": other_mask}
    there, whole = (
        directed_distance(one, other, **masks),
        hausdorff(one, other, **masks),
    )
    for i in range(3):
        pair = one[i, mask[i]].numpy(), other[i, other_mask[i]].numpy()
        expected = directed_hausdorff(*pair)[0], directed_hausdorff(*pair[::-1])[0]
        assert there[i] == pytest.approx(expected[0], rel=1e-9)
        assert whole[i] == pytest.approx(max(expected), rel=1e-9)


def test_the_gradient_of_the_distance_is_that_of_a_table(rng):
    """Eq. (hausdorff), against autograd through all distances."""
    one, other = draw(rng, 2, 7, 3), draw(rng, 2, 9, 3, seed=1)
    inputs = one.requires_grad_(), other.requires_grad_()
    table = (one[:, :, None] - other[:, None]).square().sum(-1).sqrt()
    wanted = torch.maximum(table.amin(2).amax(1), table.amin(1).amax(1))
    found = torch.autograd.grad(hausdorff(one, other).sum(), inputs)
    for got, want in zip(found, torch.autograd.grad(wanted.sum(), inputs), strict=True):
        torch.testing.assert_close(got, want)


def test_the_distance_is_one_of_sets(rng):
    """Eq. (hausdorff): order and copies do not matter, and the triangle is no lie."""
    a, b, c = (draw(rng, 50, 4, 2, seed=seed) for seed in range(3))
    mixed = torch.cat([a[:, torch.tensor([2, 0, 3, 1])], a[:, :2]], 1)
    assert torch.equal(hausdorff(a, mixed), torch.zeros(50).double())
    assert torch.equal(hausdorff(a, b), hausdorff(b, a))
    assert (hausdorff(a, c) <= hausdorff(a, b) + hausdorff(b, c) + 1e-12).all()


@pytest.mark.parametrize("t", [1 / 4, 1 / 16, 1 / 1024])
def test_clouds_come_near_and_their_means_do_not(t):
    """Eq. (hausdorff): the counterexample; powers of 2 make the distances exact."""
    one, other = line(0, t, 1), line(0, 1 - t, 1)
    assert hausdorff(one, other) == t
    gap = other.mean() - one.mean()
    assert float(gap) == pytest.approx((1 - 2 * t) / 3, rel=1e-14)


def test_what_is_made_of_largest_values_follows_the_distance(rng):
    """Eq. (max-network): with steep hats it changes by the slope times the distance."""
    centers = unit(rng, 30, 2, seed=9)
    one, other = unit(rng, 200, 6, 2), unit(rng, 200, 5, 2, seed=1)
    inner = partial(hats, centers=centers, radius=0.1)
    seen = [max_network(s, inner, torch.clone) for s in (one, other)]
    change = (seen[0] - seen[1]).abs().amax(1)
    assert (change <= hausdorff(one, other) / 0.2 + 1e-12).all()
    assert change.max() > 0.5


def test_networks_of_sets_are_loops_over_points(rng):
    """Eq. (max-network) and Eq. (sum-network), with a mask."""
    points, matrix = draw(rng, 3, 6, 2), draw(rng, 2, 4, seed=1)
    mask = torch.arange(6) < torch.tensor([[6], [3], [1]])
    for network, combine in ((max_network, max), (sum_network, sum)):
        found = network(points, lambda x: (x @ matrix).sin(), torch.cos, mask=mask)
        for cloud, real, got in zip(points, mask, found, strict=True):
            features = [(p @ matrix).sin().tolist() for p in cloud[real]]
            expected = [
                math.cos(combine(column)) for column in zip(*features, strict=True)
            ]
            torch.testing.assert_close(got, got.new_tensor(expected))


def test_copies_count_for_sums_alone(rng):
    """Eq. (sum-network) against Eq. (max-network)."""
    points = draw(rng, 2, 5, 3)
    copies = torch.cat([points, points[:, :1]], 1)
    same, other = (
        partial(f, inner=torch.sin, outer=torch.clone)
        for f in (max_network, sum_network)
    )
    assert torch.equal(same(points), same(copies))
    torch.testing.assert_close(other(copies) - other(points), points[:, 0].sin())


def test_largest_indicators_give_the_cloud_back_up_to_a_cell(rng):
    """Eq. (max-network) whose result tells the cloud: the centers of its full cells."""
    points = unit(rng, 40, 7, 3)
    inner = partial(cell_indicators, resolution=6)
    full = max_network(points, inner, torch.clone).bool()
    assert torch.equal(full.sum(1) <= 7, torch.ones(40).bool())
    centers = cell_centers(6).double().expand(40, -1, -1)
    distance = hausdorff(points, centers, other_mask=full)
    assert (distance <= math.sqrt(3) / 12 + 1e-7).all()


def test_a_point_is_in_the_cell_of_the_nearest_center(rng):
    points = unit(rng, 4, 50, 2)
    centers = cell_centers(5, 2).double().expand(4, -1, -1)
    nearest = nearest_points(centers, points, 1).indices[..., 0]
    found = cell_indicators(points, 5)
    assert torch.equal(found.argmax(-1), nearest)
    assert torch.equal(found.sum(-1), torch.ones(4, 50).double())
    with pytest.raises(ValueError, match=r"1\.5"):
        cell_indicators(points + 1.5 - points, 5)


def test_hats_that_differ_by_less_than_a_half_come_of_near_clouds(rng):
    """The first half of the proof: then the distance is below three radii."""
    radius = 0.15
    centers = cell_centers(5, 2).double()
    assert math.sqrt(2) / 10 <= radius
    one = unit(rng, 4000, 3, 2)
    other = (one + radius * draw(rng, 4000, 3, 2, seed=1)).clamp(0, 1)
    inner = partial(hats, centers=centers, radius=radius)
    seen = [max_network(s, inner, torch.clone) for s in (one, other)]
    near = (seen[0] - seen[1]).abs().amax(1) < 0.5
    distance = hausdorff(one, other)
    assert near.sum() > 100
    assert (distance[near] < 3 * radius).all()
    assert (distance[~near] >= 3 * radius).any()


def test_largest_values_come_near_to_a_continuous_function(rng):
    """Eq. (max-network): the whole proof, for clouds of two points of a line.

    The width of a cloud changes by at most 2 times the distance. An error of 0.3
    allows a distance of 0.15, for which 11 centers, 1/22 from any point, are enough.
    Clouds of at most two of 23 points are within 1/44 of all, and change hats by at
    most 1/44 times their slope of 11, which is a quarter.
    """
    centers, grid = cell_centers(11, 1).double(), torch.linspace(0, 1, 23).double()
    assert 1 / 22 < 0.15 / 3
    inner = partial(hats, centers=centers, radius=1 / 22)
    known = [*combinations(range(23), 2), *((i, i) for i in range(23))]
    net = grid[torch.tensor(known)][..., None]
    marks = max_network(net, inner, torch.clone)
    widths = net[:, :, 0].amax(1) - net[:, :, 0].amin(1)

    def outer(seen):
        gaps = (seen[:, None] - marks).abs().amax(2)
        weights = (0.5 - gaps).clamp_min(0)
        assert (weights.sum(1) >= 0.25 - 1e-9).all()
        return weights @ widths / weights.sum(1)

    clouds = unit(rng, 2000, 2, 1)
    wanted = (clouds[:, 0, 0] - clouds[:, 1, 0]).abs()
    errors = (max_network(clouds, inner, outer) - wanted).abs()
    assert errors.max() < 0.3


def test_sums_of_powers_tell_all_points_of_a_line(rng):
    """Eq. (sum-network): Newton's identities, then roots of a polynomial."""
    points = (torch.arange(5) + 0.8 * unit(rng, 20, 5))[..., None] / 5
    powers = torch.arange(1, 6)
    sums = sum_network(points, lambda x: x**powers, torch.clone)
    for cloud, p in zip(points[..., 0], sums.tolist(), strict=True):
        e = [1.0]
        for j in range(1, 6):
            e.append(
                sum((-1) ** (i - 1) * e[j - i] * p[i - 1] for i in range(1, j + 1)) / j
            )
        companion = torch.diag(torch.ones(4, dtype=torch.float64), -1)
        signed = [(-1) ** (j + 1) * e[j] for j in range(1, 6)]
        companion[0] = torch.tensor(signed, dtype=torch.float64)
        roots = torch.linalg.eigvals(companion).real.sort().values
        torch.testing.assert_close(roots, cloud.sort().values, rtol=0, atol=1e-8)
