"""Checks of dlnotes.representations_3d.covering."""

from itertools import combinations

import torch

from dlnotes.blocks.sampling import farthest_points
from dlnotes.representations_3d.covering import covering_radius
from tests.representations_3d.by_loops import distance


def test_it_is_the_radius_by_loops(rng):
    """Eq. (covering-radius), with masked points and one that was chosen twice."""
    points = torch.randn(4, 15, 3, dtype=torch.float64, generator=rng())
    mask = torch.arange(15) < torch.tensor([[15], [9], [6], [4]])
    chosen = torch.tensor([[0, 7, 14], [2, 8, 2], [5, 1, 0], [3, 3, 3]])
    expected = [
        max(min(distance(p, cloud[c]) for c in some) for p in cloud[real])
        for cloud, real, some in zip(points, mask, chosen.tolist(), strict=True)
    ]
    found = covering_radius(points, chosen, mask=mask)
    torch.testing.assert_close(found, found.new_tensor(expected))


def test_farthest_points_are_at_most_twice_as_far_as_the_best(rng):
    """Eq. (covering-radius): all choices of 3 and 4 of 12 points, from every start."""
    points = torch.randn(20, 12, 2, dtype=torch.float64, generator=rng())
    ratios = []
    for count in (3, 4):
        every = torch.tensor(list(combinations(range(12), count)))
        many = points.repeat_interleave(len(every), 0)
        radii = covering_radius(many, every.repeat(20, 1)).view(20, -1)
        best = radii.amin(1)
        for start in range(12):
            chosen = farthest_points(points, count, start=start).indices
            ratios.append(covering_radius(points, chosen) / best)
    found = torch.stack(ratios)
    assert (found >= 1).all()
    assert (found <= 2).all()
    assert found.max() > 1.5  # the bound is no idle one


def test_the_bound_of_two_is_reached():
    """Eq. (covering-radius): on a line, from the middle of three."""
    line = torch.tensor([[[0.0], [1.0], [2.0], [3.0], [4.0]]])
    greedy = farthest_points(line, 2, start=2).indices
    assert covering_radius(line, greedy) == 2
    assert covering_radius(line, torch.tensor([[1, 3]])) == 1


def test_all_points_chosen_leave_nothing(rng):
    """Eq. (covering-radius): 0, and a gradient of 0."""
    points = torch.randn(2, 6, 3, generator=rng()).requires_grad_()
    radius = covering_radius(points, torch.arange(6).expand(2, -1))
    assert torch.equal(radius, torch.zeros(2))
    radius.sum().backward()
    assert torch.equal(points.grad, torch.zeros_like(points))
