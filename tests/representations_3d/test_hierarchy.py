"""Checks of dlnotes.representations_3d.hierarchy."""

import pytest
import torch

from dlnotes.blocks.grouping import gather_points
from dlnotes.blocks.neighbors import points_within
from dlnotes.representations_3d.hierarchy import HierarchicalEncoder
from tests.representations_3d.by_loops import ball, farthest, largest, rows
from tests.weights import enliven

SIZES = {
    "counts": (8, 4),
    "radii": ((0.8, 1.5), (2.0,)),
    "sizes": ((3, 5), (4,)),
    "widths": (((5, 4), (3,)), ((6,),)),
    "top": (7, 9),
}


def scene(rng, count=20, channels=0, **options):
    made = HierarchicalEncoder(**{**SIZES, **options}, channels=channels)
    enliven(made, rng(7))
    points = torch.randn(2, count, 3, dtype=torch.float64, generator=rng())
    return made.double().eval(), points


def by_loops(made, points, features):
    """Eq. (set-abstraction) at each level and over the whole cloud, for one cloud."""
    for level, count, radii, sizes in zip(
        made.levels, made.counts, made.radii, made.sizes, strict=True
    ):
        centers, after = farthest(points.tolist(), count), []
        for center in centers:
            parts = []
            for network, radius, most in zip(level.networks, radii, sizes, strict=True):
                near = ball(points.tolist(), points[center].tolist(), radius, most)
                seen = [
                    torch.cat([points[n] - points[center], *features[n : n + 1]])
                    for n in near
                ]
                parts.append(largest(rows(network, seen)))
            after.append(torch.cat(parts))
        points, features = points[centers], torch.stack(after)
    seen = torch.cat([points, features], -1)
    return largest(rows(made.top.network, seen))


@pytest.mark.parametrize("channels", [0, 2])
def test_the_levels_are_their_formula_with_copied_weights(channels, rng):
    """Eq. (set-abstraction), forward and every gradient; centers and balls by loops."""
    made, points = scene(rng, channels=channels)
    features = torch.randn(2, 20, channels, dtype=torch.float64, generator=rng(1))
    points.requires_grad_()
    pooled = made(points, None, features if channels else None).pooled
    pairs = zip(points, features if channels else [[], []], strict=True)
    expected = torch.stack([by_loops(made, *pair) for pair in pairs])
    torch.testing.assert_close(pooled, expected, rtol=1e-10, atol=1e-12)
    slope = torch.randn(pooled.shape, dtype=torch.float64, generator=rng(5))
    inputs = [points, *made.parameters()]
    one, other = (torch.autograd.grad(r, inputs, slope) for r in (pooled, expected))
    for a, b in zip(one, other, strict=True):
        assert (a != 0).any()
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-11)


def test_groups_may_be_found_before(rng):
    made, points = scene(rng)
    groups = made.group(points, start=0)
    assert torch.equal(made(points, groups).pooled, made(points).pooled)
    other = made(points, made.group(points, start=5)).pooled
    assert (other - made(points).pooled).abs().max() > 1e-6


def test_the_order_of_points_does_not_matter_from_one_start(rng):
    """With the nearest of each ball; a start by number is another point then."""
    made, points = scene(rng, ball=points_within)
    order = torch.randperm(20, generator=rng(2)).expand(2, -1)
    mixed, start = gather_points(points, order), int((order[0] == 0).nonzero())
    found = made(mixed, made.group(mixed, start=start)).pooled
    expected = made(points).pooled
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    assert (made(mixed).pooled - expected).abs().max() > 1e-6


def test_padding_does_not_matter(rng):
    made, points = scene(rng)
    mask = torch.arange(20) < torch.tensor([[20], [12]])
    found = made(points, mask=mask).pooled
    torch.testing.assert_close(found[:1], made(points[:1]).pooled)
    torch.testing.assert_close(found[1:], made(points[1:, :12]).pooled)
    none = made(points, mask=mask & False).pooled
    assert torch.equal(none, torch.zeros_like(none))


def test_the_first_points_may_be_left_out(rng):
    """With the first point that is real; none is drawn."""
    made, points = scene(rng)
    mask = torch.rand(2, 20, generator=rng(2)) < 0.7
    mask[:, :2] = torch.tensor([[False, False], [False, True]])
    found = made(points, mask=mask).pooled
    for b in range(2):
        alone = made(points[b : b + 1, mask[b]]).pooled
        torch.testing.assert_close(found[b : b + 1], alone)
    first = made.group(points, mask=mask, start=0)[0].centers.indices[:, 0]
    assert first.tolist() == [row.index(True) for row in mask.tolist()]
    with pytest.raises(ValueError, match="start must be a real point"):
        made.group(points, mask=mask & False | (torch.arange(20) == 5), start=3)


def test_sizes_that_do_not_fit_are_refused(rng):
    made, points = scene(rng)
    with pytest.raises(ValueError, match=r"must have all sizes, got \(1, 2, 2, 2\)"):
        scene(rng, counts=(8,))
    with pytest.raises(ValueError, match="groups must be 2, one a level, got 1"):
        made(points, made.group(points)[:1])
    with pytest.raises(ValueError, match="features must have 0 channels, got 3"):
        made(points, None, points)
