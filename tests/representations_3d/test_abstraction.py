"""Checks of dlnotes.representations_3d.abstraction."""

import pytest
import torch
from torch import nn

from dlnotes.blocks.grouping import Selection, gather_points
from dlnotes.blocks.neighbors import first_within, nearest_points, points_within
from dlnotes.representations_3d.abstraction import (
    FeaturePropagation,
    GlobalAbstraction,
    SetAbstraction,
)
from dlnotes.representations_3d.groups import choose_groups
from tests.representations_3d.by_loops import distance, largest, row, rows
from tests.weights import enliven

RADII, SIZES = (0.8, 1.5), (4, 6)


def scene(rng, count=20, **options):
    make = {"dtype": torch.float64}
    points = torch.randn(2, count, 3, **make, generator=rng())
    features = torch.randn(2, count, 2, **make, generator=rng(1))
    options = {"start": 0, **options}
    return points, features, choose_groups(points, 6, RADII, SIZES, **options)


def alive(module, rng):
    enliven(module, rng(7))
    return module.double().eval()


def compare(inputs, *results, rng):
    """Equal results, and equal gradients by all inputs."""
    torch.testing.assert_close(*results, rtol=1e-10, atol=1e-12)
    slope = torch.randn(results[0].shape, dtype=torch.float64, generator=rng(5))
    one, other = (torch.autograd.grad(r, inputs, slope) for r in results)
    for a, b in zip(one, other, strict=True):
        assert (a != 0).any()
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-11)


def by_loops(network, points, features, centers, ball):
    result = []
    for m, center in enumerate(centers):
        numbers = ball.indices[m, ball.real[m]]
        seen = [torch.cat([points[n] - points[center], features[n]]) for n in numbers]
        result.append(largest(rows(network, seen)))
    return torch.stack(result)


def test_set_abstraction_is_its_formula_with_copied_weights(rng):
    """Eq. (set-abstraction), forward and every gradient, for two radii at once."""
    made = alive(SetAbstraction(2, ((5, 4), (3,))), rng)
    mask = torch.arange(20) < torch.tensor([[20], [9]])
    points, features, groups = scene(rng, mask=mask)
    inputs = [points.requires_grad_(), features.requires_grad_(), *made.parameters()]
    expected = []
    for b in range(2):
        parts = [
            by_loops(
                *(network, points[b], features[b], groups.centers.indices[b]),
                Selection(ball.indices[b], ball.real[b]),
            )
            for network, ball in zip(made.networks, groups.balls, strict=True)
        ]
        expected.append(torch.cat(parts, -1))
    assert made.width == 7
    found = made(points, features, groups)
    compare(inputs, found, torch.stack(expected), rng=rng)


def test_set_abstraction_is_that_of_torch_geometric(rng):
    """Eq. (set-abstraction), forward and gradient, with the same edges and weights.

    There the features come before the offset, as in the authors' several radii.
    """
    from tests.representations_3d.peers import PointNetConv

    made = alive(SetAbstraction(2, ((5, 4),)), rng)
    points, features, groups = scene(rng)
    groups = groups._replace(balls=groups.balls[:1])
    inputs = [points.requires_grad_(), features.requires_grad_(), *made.parameters()]
    (ball,) = groups.balls
    clouds = []
    for b in range(2):
        center, place = ball.real[b].nonzero().T
        edges = torch.stack([ball.indices[b][center, place], center])
        first, second = made.networks[0].layers
        linear, *rest = first

        def mapped(seen, linear=linear, rest=rest, second=second):
            swapped = torch.cat([linear.weight[:, 3:], linear.weight[:, :3]], 1)
            hidden = nn.functional.linear(seen, swapped, linear.bias)
            return second(nn.Sequential(*rest)(hidden))

        theirs = PointNetConv(local_nn=mapped, add_self_loops=False)
        centers = points[b][groups.centers.indices[b]]
        clouds.append(theirs((features[b], None), (points[b], centers), edges))
    compare(inputs, made(points, features, groups), torch.stack(clouds), rng=rng)


def test_a_whole_cloud_is_seen_from_the_origin(rng):
    """Eq. (set-abstraction) with the origin as center and all points around it."""
    made = alive(GlobalAbstraction(2, (5, 4)), rng)
    points, features, _ = scene(rng)
    mask = torch.arange(20) < torch.tensor([[20], [9]])
    found = made(points, features, mask)
    for b, count in enumerate((20, 9)):
        seen = torch.cat([points[b], features[b]], -1)[:count]
        torch.testing.assert_close(found[b], largest(rows(made.network, seen)))


@pytest.mark.parametrize("ball", [points_within, first_within])
def test_the_order_of_points_matters_if_the_first_in_a_full_ball_are_taken(ball, rng):
    """The nearest of a ball are the same in any order; the first of the table are not.

    The centers are the same, since the first of them is the same point.
    """
    made = alive(SetAbstraction(2, ((5, 4), (3,))), rng)
    points, features, _ = scene(rng)
    radii = (1.5, 3.0)
    groups = choose_groups(points, 6, radii, SIZES, ball=ball, start=0)
    assert groups.balls[1].real.all()  # every ball is full
    order = torch.randperm(20, generator=rng(2)).expand(2, -1)
    start = int((order[0] == 0).nonzero())
    mixed = gather_points(points, order), gather_points(features, order)
    again = choose_groups(mixed[0], 6, radii, SIZES, ball=ball, start=start)
    gap = (made(*mixed, again) - made(points, features, groups)).abs().max()
    if ball is points_within:
        assert gap < 1e-12  # rounding of products in another order of rows
    else:
        assert gap > 1e-3


def test_a_shift_changes_nothing(rng):
    made = alive(SetAbstraction(2, ((5, 4), (3,))), rng)
    points, features, groups = scene(rng)
    moved = made(points + 4, features, groups)  # offsets are rounded at 1e-15
    torch.testing.assert_close(
        moved, made(points, features, groups), atol=1e-12, rtol=0
    )


@pytest.mark.parametrize("power", [2.0, 1.0])
def test_feature_propagation_is_its_formula(power, rng):
    """Eq. (feature-propagation): the nearest three, found and weighed by loops."""
    points, skip, _ = scene(rng)
    centers, coarse = points[:, 5:10] + 0.1, torch.cat([skip, -skip], -1)[:, 5:10]
    made = alive(FeaturePropagation(4, 2, (5,), power=power), rng)
    back = nearest_points(centers, points, 3)
    inputs = [coarse.requires_grad_(), skip.requires_grad_(), *made.parameters()]
    expected = []
    for b, n in ((b, n) for b in range(2) for n in range(20)):
        gaps = [distance(points[b, n], center) for center in centers[b]]
        near = sorted(range(5), key=gaps.__getitem__)[:3]
        weights = [(gaps[i] ** 2 + 1e-8) ** (-power / 2) for i in near]
        total = sum(w * coarse[b, i] for w, i in zip(weights, near, strict=True))
        joined = torch.cat([total / sum(weights), skip[b, n]])
        expected.append(row(made.network, joined))
    found = made(coarse, skip, centers=centers, points=points, back=back)
    compare(inputs, found, torch.stack(expected).view(2, 20, 5), rng=rng)


def test_a_point_on_a_center_gets_the_features_of_the_center(rng):
    """Eq. (feature-propagation) at distance 0, but for the 1e-8 that guards it."""
    points, features, _ = scene(rng)
    made = FeaturePropagation(2, 0, ()).double()
    back = nearest_points(points, points, 3)
    found = made(features, None, centers=points, points=points, back=back)
    torch.testing.assert_close(found, features, rtol=0, atol=1e-5)


def test_what_does_not_fit_is_refused(rng):
    points, features, groups = scene(rng)
    made = SetAbstraction(2, ((5,),)).double()
    with pytest.raises(ValueError, match="features must have 2 channels, got 0"):
        made(points, None, groups)
    with pytest.raises(ValueError, match=r"points must have shape \(B, N, 3\), got"):
        made(points[..., :2], features, groups)
    with pytest.raises(ValueError, match=r"features must have shape \(2, 20, C\), got"):
        made(points, features[:, :9], groups)
    back = FeaturePropagation(3, 0, ()).double()
    with pytest.raises(ValueError, match=r"features must have shape \(2, 20, 3\), got"):
        back(features, None, centers=points, points=points, back=groups.back)
    with pytest.raises(ValueError, match="groups must have 1 radii, got 2"):
        made(points, features, groups)
    with pytest.raises(ValueError, match="features must have 1 channels, got 2"):
        GlobalAbstraction(1, (5,)).double()(points, features)
    with pytest.raises(ValueError, match="channels must be at least 0, got -1"):
        SetAbstraction(-1, ((5,),))
    with pytest.raises(ValueError, match="number of radii must be at least 1"):
        SetAbstraction(2, ())
