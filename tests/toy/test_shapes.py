"""Checks of dlnotes.toy.shapes."""

import pytest
import torch
from scipy.stats import chi2, chisquare, kstest

from dlnotes.toy.shapes import (
    draw_biased_surface,
    draw_objects,
    draw_sizes,
    draw_surface,
    make_solids,
)
from dlnotes.toy.solids import KINDS
from tests.statistics import REJECT

ONE = torch.ones(1, dtype=torch.float64)
MANY = 20000


def test_sizes_are_in_their_ranges_vary_and_repeat(rng):
    sizes = draw_sizes("lamp", 500, generator=rng())
    for name, (least, most) in KINDS["lamp"].ranges.items():
        assert least <= sizes[name].min() < least + 0.05 * (most - least)
        assert most - 0.05 * (most - least) < sizes[name].max() <= most
        assert sizes[name].dtype == torch.float32
    again = draw_sizes("lamp", 500, generator=rng())
    assert all(torch.equal(sizes[name], again[name]) for name in sizes)


@pytest.mark.parametrize("kind", KINDS)
def test_points_are_uniform_over_patches_of_equal_parameters(kind, rng):
    """Chi-square over 8 patches of each surface, against the areas of a fine mesh.

    The mesh takes no part in the drawing: it is made without the map that evens.
    """
    solids = make_solids(kind, draw_sizes(kind, 1, dtype=ONE.dtype, generator=rng()))
    line = torch.linspace(0, 1, 97, dtype=ONE.dtype)
    grid = torch.cartesian_prod(line, line)[None]
    counts, areas = [], []
    which = torch.multinomial(solids.areas[0], MANY, replacement=True, generator=rng(1))
    for number, surface in enumerate(solids.surfaces):
        corners = surface.place(grid)[0].view(97, 97, 3)
        across = torch.linalg.cross(
            corners[1:, 1:] - corners[:-1, :-1], corners[:-1, 1:] - corners[1:, :-1]
        )
        cells = across.norm(dim=-1) / 2  # of a quadrilateral, by its diagonals
        areas.append(cells.view(4, 24, 2, 48).sum((1, 3)).flatten())
        even = torch.rand(1, int((which == number).sum()), 2, generator=rng(number))
        u, v = surface.spread(even.double())[0].unbind(-1)
        patch = (4 * u).long().clamp_max(3) * 2 + (2 * v).long().clamp_max(1)
        counts.append(patch.bincount(minlength=8))
    expected = torch.cat(areas) / torch.cat(areas).sum() * MANY
    assert chisquare(torch.cat(counts), expected, sum_check=False).pvalue > REJECT


def test_points_on_a_sphere_are_uniform_by_octants_and_by_height(rng):
    ball = make_solids("sphere", {"radius": ONE})
    points = draw_surface(ball, MANY, generator=rng()).points[0]
    octant = ((points > 0).long() * torch.tensor([4, 2, 1])).sum(-1)
    assert chisquare(octant.bincount(minlength=8)).pvalue > REJECT
    assert kstest(points[:, 2].numpy(), "uniform", (-1, 2)).pvalue > REJECT


def test_parts_have_their_share_of_points(rng):
    sizes = {"ring": 0.7, "thread": 0.15, "rise": 0.5, "turns": 1.0}
    solids = make_solids("helix", {name: x * ONE for name, x in sizes.items()})
    parts = draw_surface(solids, MANY, generator=rng()).parts[0]
    areas = solids.areas[0]
    wanted = torch.stack([areas[0], areas[1:].sum()]) / areas.sum() * MANY
    assert chisquare(parts.bincount(), wanted).pvalue > REJECT


def test_a_biased_density_falls_exponentially_along_one_direction(rng):
    """On a sphere heights are uniform, so biased ones have a truncated exponential.

    The direction is estimated by the mean of the points, which lies along it; its error
    changes the heights by a share of a thousandth.
    """
    ball = make_solids("sphere", {"radius": torch.ones(3, dtype=ONE.dtype)})
    cloud = draw_biased_surface(ball, MANY, 16.0, generator=rng())
    rate = torch.tensor(16.0).log() / 2
    for points in cloud.points:
        toward = points.mean(0) / points.mean(0).norm()
        heights = (points @ toward).clamp(-1, 1)
        share = (((heights + 1) * rate).exp() - 1) / ((2 * rate).exp() - 1)
        assert kstest(share.numpy(), "uniform").pvalue > REJECT
    means = cloud.points.mean(1)
    assert (means[0] - means[1]).norm() > 0.1  # each solid has its direction


def test_a_ratio_of_one_is_uniform_and_less_is_refused(rng):
    ball = make_solids("sphere", {"radius": ONE})
    points = draw_biased_surface(ball, MANY, 1.0, generator=rng()).points[0]
    length = MANY / 3  # of the mean times MANY, squared: MANY times a third an axis
    total = points.sum(0).square().sum() / length
    assert chi2.sf(total.item(), 3) > REJECT
    with pytest.raises(ValueError, match=r"ratio .* got 0\.5"):
        draw_biased_surface(ball, 4, 0.5)


def test_a_data_set_has_each_kind_in_turn_and_repeats(rng):
    cloud, labels = draw_objects(["cone", "lamp"], 3, 50, generator=rng())
    assert cloud.points.shape == cloud.normals.shape == (6, 50, 3)
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert cloud.parts[:3].max() == 1
    assert cloud.parts[3:].max() == 2
    again, _ = draw_objects(["cone", "lamp"], 3, 50, generator=rng())
    assert all(torch.equal(*pair) for pair in zip(cloud, again, strict=True))
    biased, _ = draw_objects(["cone", "lamp"], 3, 50, ratio=9.0, generator=rng())
    assert biased.points.shape == (6, 50, 3)


def test_no_solids_have_no_points():
    solids = make_solids("cube", draw_sizes("cube", 0))
    assert draw_surface(solids, 5).points.shape == (0, 5, 3)
    assert draw_biased_surface(solids, 5, 4.0).parts.shape == (0, 5)


def test_what_is_no_solid_is_refused():
    with pytest.raises(ValueError, match="'ball'"):
        draw_sizes("ball", 1)
    with pytest.raises(ValueError, match="radius"):
        make_solids("sphere", {"width": ONE})
    with pytest.raises(ValueError, match="radius must be positive"):
        make_solids("sphere", {"radius": -ONE})
    with pytest.raises(ValueError, match="kinds must name some"):
        draw_objects([], 1, 1)
