"""Checks of dlnotes.representations_3d.voxnet."""

import math

import pytest
import torch
from torch.nn.functional import leaky_relu

from dlnotes.representations_3d.costs import counted_macs
from dlnotes.representations_3d.voxnet import (
    VoxNet,
    occupancy,
    voxnet_macs,
    voxnet_parameters,
)
from tests.weights import enliven

SMALL = {"resolution": 15, "widths": (3, 4), "hidden": 6}


def windows(grids, layer, size, stride):
    """A convolution as a product of all windows with the kernel."""
    for axis in (2, 3, 4):
        grids = grids.unfold(axis, size, stride)
    found = torch.einsum("bcxyzijk,ocijk->boxyz", grids, layer.weight)
    return found + layer.bias[:, None, None, None]


def by_windows(model, grids):
    """VoxNet from its sizes in words."""
    first, second = model.features[0], model.features[3]
    seen = leaky_relu(windows(grids[:, None], first, 5, 2), 0.1)
    seen = leaky_relu(windows(seen, second, 3, 1), 0.1)
    for axis in (2, 3, 4):
        seen = seen.unfold(axis, 2, 2).amax(-1)
    hidden, last = model.head[0], model.head[3]
    vector = (seen.flatten(1) @ hidden.weight.T + hidden.bias).clamp_min(0)
    return vector @ last.weight.T + last.bias


def test_a_cell_is_full_if_a_point_lies_in_it(rng):
    """Eq. (occupancy), point by point, with masked and outer points."""
    points = 1.2 * (2 * torch.rand(2, 40, 3, generator=rng()) - 1)
    mask = torch.rand(2, 40, generator=rng(1)) < 0.7
    expected = torch.zeros(2, 5, 5, 5)
    for cloud, real, grid in zip(points.tolist(), mask.tolist(), expected, strict=True):
        for point, counts in zip(cloud, real, strict=True):
            cell = [math.floor((x + 1) / 2 * 5) for x in point]
            if counts and all(0 <= c < 5 for c in cell):
                grid[tuple(cell)] = 1
    assert 0 < expected.sum() < mask.sum()
    assert torch.equal(occupancy(points, 5, mask=mask), expected)


def test_a_shift_by_whole_cells_shifts_the_grid(rng):
    """Eq. (occupancy): with cells of side 1/4 the sums are exact."""
    points = torch.randint(-60, 30, (3, 20, 3), generator=rng()) / 64
    grid, moved = occupancy(points, 8), occupancy(points + 0.25, 8)
    assert torch.equal(moved, grid.roll((1, 1, 1), (1, 2, 3)))


def test_a_point_on_a_face_of_the_cube_fills_the_last_cell():
    """Eq. (occupancy): faces, edges and corners belong to the cube."""
    points = torch.tensor([[[1.0, 0, 0], [1, 1, 1], [0, -1, 1], [1.1, 0, 0]]])
    full = occupancy(points, 5).nonzero()[:, 1:].tolist()
    assert full == [[2, 0, 4], [4, 2, 2], [4, 4, 4]]


@pytest.mark.parametrize("resolution", [16, 32, 64])
def test_a_sphere_fills_cells_in_proportion_to_the_square_of_the_resolution(
    resolution,
):
    """Eq. (occupancy): about 3/2 pi of the squares of radius and resolution.

    A cell lies between its corner nearest to the middle and the opposite one. The
    sphere enters it if and only if it crosses this diagonal, and there is a point.
    """
    radius = 0.9
    steps = torch.arange(resolution, dtype=torch.float64)
    low = 2 * torch.cartesian_prod(steps, steps, steps) / resolution - 1
    near = torch.where(low < 0, low + 2 / resolution, low)
    across = torch.where(low < 0, -2 / resolution, 2 / resolution).double()
    cut = (near.norm(dim=1) < radius) & (radius < (near + across).norm(dim=1))
    near, across = near[cut], across[cut]
    a, b = across.square().sum(1), (near * across).sum(1)
    c = near.square().sum(1) - radius**2
    way = ((b.square() - a * c).sqrt() - b) / a
    found = occupancy((near + way[:, None] * across)[None], resolution)
    assert torch.equal(found.flatten().bool(), cut)
    expected = 1.5 * math.pi * radius**2 * resolution**2
    assert abs(cut.sum() / expected - 1) < 1 / resolution


def test_voxnet_is_its_formula_by_windows(rng):
    """Forward and every gradient, in float64: only the order of sums differs."""
    model = VoxNet(5, **SMALL)
    enliven(model, rng(7))
    model = model.double().eval()
    grids = torch.rand(2, 15, 15, 15, dtype=torch.float64, generator=rng())
    inputs = [grids.requires_grad_(), *model.parameters()]
    results = model(grids), by_windows(model, grids)
    torch.testing.assert_close(*results, rtol=1e-11, atol=1e-12)
    slope = torch.randn(2, 5, dtype=torch.float64, generator=rng(5))
    one, other = (torch.autograd.grad(r, inputs, slope) for r in results)
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-12)


def test_a_shift_by_a_cell_changes_scores(rng):
    """Nothing leaves the grid; all scores change by a share of their spread."""
    model = VoxNet(5, **SMALL)
    enliven(model, rng(7))
    grids = torch.zeros(4, 15, 15, 15)
    grids[:, 2:12, 2:12, 2:12] = torch.rand(4, 10, 10, 10, generator=rng())
    one, other = (model.eval()(grids.roll(shift, 1)) for shift in (0, 1))
    assert (one - other).abs().max() > 0.01 * one.std()


def test_voxnet_has_the_published_number_of_parameters():
    """921,736 for 40 classes, most of them in the first full layer."""
    with torch.device("meta"):
        model = VoxNet(40)
    assert sum(p.numel() for p in model.parameters()) == 921_736
    assert voxnet_parameters(40) == 921_736
    assert model.head[0].weight.numel() == 32 * 6**3 * 128


@pytest.mark.parametrize("sizes", [{}, SMALL, {"resolution": 11, "widths": (2, 3)}])
def test_parameters_and_products_are_those_of_the_layers(sizes):
    model = VoxNet(7, **sizes)
    side = model.resolution
    assert voxnet_parameters(7, **sizes) == sum(p.numel() for p in model.parameters())
    counted = counted_macs(model, torch.zeros(1, side, side, side))
    assert voxnet_macs(7, **sizes) == counted


def test_dropout_acts_in_train_mode_alone(rng):
    model, grids = VoxNet(3, **SMALL), torch.rand(2, 15, 15, 15, generator=rng())
    assert not torch.equal(model(grids), model(grids))
    model.eval()
    assert torch.equal(model(grids), model(grids))


@pytest.mark.parametrize(
    "sizes", [{"resolution": 10}, {"widths": (3,)}, {"hidden": 0}, {"dropout": (0.1,)}]
)
def test_sizes_that_make_no_network_are_refused(sizes):
    with pytest.raises(ValueError, match="must be"):
        VoxNet(3, **sizes)


def test_another_grid_is_refused():
    with pytest.raises(ValueError, match="15, 15, 15"):
        VoxNet(3, **SMALL)(torch.zeros(2, 15, 15, 14))
    with pytest.raises(TypeError, match="bool"):
        VoxNet(3, **SMALL)(torch.zeros(2, 15, 15, 15).bool())
