"""Checks of dlnotes.representations_3d.mvcnn."""

import math

import pytest
import torch
from torch.nn.functional import pad

from dlnotes.representations_3d.costs import counted_macs
from dlnotes.representations_3d.mvcnn import (
    MVCNN,
    mvcnn_macs,
    mvcnn_parameters,
    view_pooling,
)
from dlnotes.toy.rendering import camera_views, render_depth
from tests.representations_3d.by_loops import largest, score
from tests.weights import enliven

SMALL = {"resolution": 9, "widths": (3, 4), "head": (5,)}


def alive(rng, **sizes):
    model = MVCNN(4, **{**SMALL, **sizes})
    enliven(model, rng(7))
    return model.double().eval()


def images(rng, views=3, side=9):
    shape = 2, views, side, side
    return torch.rand(shape, dtype=torch.float64, generator=rng())


def one_view(model, image):
    """The layers before the pooling, from windows of one image."""
    seen = image[None]
    for i in range(0, len(model.views), 3):
        conv, norm = model.views[i], model.views[i + 1]
        parts = pad(seen, (1, 1, 1, 1)).unfold(1, 3, 2).unfold(2, 3, 2)
        seen = torch.einsum("cxyij,ocij->oxy", parts, conv.weight)
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        seen = seen + (conv.bias - norm.running_mean)[:, None, None]
        seen = (seen * scale[:, None, None] + norm.bias[:, None, None]).clamp_min(0)
    return seen.flatten()


def by_loops(model, views):
    return score(model.head.parts, largest([one_view(model, v) for v in views]))


def test_mvcnn_is_its_formula_view_by_view(rng):
    """Eq. (view-pooling): forward and every gradient, in float64."""
    model, views = alive(rng), images(rng).requires_grad_()
    inputs = [views, *model.parameters()]
    results = model(views), torch.stack([by_loops(model, v) for v in views])
    torch.testing.assert_close(*results, rtol=1e-11, atol=1e-12)
    slope = torch.randn(2, 4, dtype=torch.float64, generator=rng(5))
    one, other = (torch.autograd.grad(r, inputs, slope) for r in results)
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-12)


def test_order_and_copies_of_views_do_not_matter(rng):
    """Eq. (view-pooling): the scores are the same numbers, to the last bit."""
    model, views = alive(rng), images(rng, views=6)
    for seed in range(5):
        order = torch.randperm(6, generator=rng(seed))
        assert torch.equal(model(views[:, order]), model(views))
    assert torch.equal(model(torch.cat([views, views[:, 2:3]], 1)), model(views))
    assert not torch.equal(model(views[:, 1:]), model(views))


@pytest.mark.parametrize("views", [3, 12])
def test_a_turn_by_one_camera_permutes_the_views(rng, views):
    """Eq. (view-pooling): no point is near enough to the border of a pixel."""
    points = (torch.rand(2, 60, 3, generator=rng()) - 0.5).double()
    angle = 2 * math.pi / views
    low, high = math.cos(angle), math.sin(angle)
    turn = torch.tensor([[low, high, 0], [-high, low, 0], [0, 0, 1]]).double()
    cameras = camera_views(views)
    one = render_depth(points, cameras, 9)
    other = render_depth(points @ turn, cameras, 9)
    torch.testing.assert_close(other, one.roll(1, 1), rtol=0, atol=1e-6)
    assert (other - one).abs().max() > 0.01
    model = alive(rng)
    torch.testing.assert_close(model(other), model(one), rtol=1e-5, atol=1e-5)


def test_pooling_takes_the_largest_of_each_number(rng):
    """Eq. (view-pooling) by NumPy."""
    features = torch.randn(2, 5, 3, 2, generator=rng())
    expected = torch.from_numpy(features.numpy().max(1))
    assert torch.equal(view_pooling(features), expected)


@pytest.mark.parametrize("sizes", [{}, SMALL, {"widths": (), "head": ()}])
def test_parameters_and_products_are_those_of_the_layers(sizes):
    model = MVCNN(7, **sizes)
    side = model.resolution
    assert mvcnn_parameters(7, **sizes) == sum(p.numel() for p in model.parameters())
    counted = counted_macs(model, torch.zeros(1, 5, side, side))
    assert mvcnn_macs(5, 7, **sizes) == counted


def test_without_a_normalization_there_is_none():
    model = MVCNN(4, **SMALL, norm=None)
    assert not any(isinstance(p, torch.nn.BatchNorm2d) for p in model.modules())
    assert model(torch.zeros(2, 3, 9, 9)).shape == (2, 4)


def test_what_is_no_set_of_views_is_refused():
    model = MVCNN(4, **SMALL)
    for shape in ((2, 0, 9, 9), (2, 3, 9, 8), (2, 9, 9)):
        with pytest.raises(ValueError, match="images must "):
            model(torch.zeros(shape))
    with pytest.raises(ValueError, match="at least 1"):
        MVCNN(4, widths=(3, 0))
