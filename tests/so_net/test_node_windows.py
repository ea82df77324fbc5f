"""Checks of dlnotes.so_net.node_windows."""

import pytest
import torch
from torch.nn import functional as F

from dlnotes.so_net.node_windows import (
    CENTER,
    draw_orders,
    grid_window,
    nearest_window,
    shuffled_window,
    take_window,
)

SIDES = (3, 4)


def features_of(rng):
    return torch.randn(2, 12, 5, dtype=torch.float64, generator=rng())


def weights_of(rng):
    return torch.randn(6, 5, 3, 3, dtype=torch.float64, generator=rng(1))


def as_layer(weights):
    """Of a convolution, for features that are joined window by window."""
    return weights.permute(0, 2, 3, 1).flatten(1)


def convolve(features, weights):
    """Of nodes that lie in their cells."""
    image = features.mT.unflatten(2, SIDES)
    return F.conv2d(image, weights, padding=1).flatten(2).mT


def test_a_layer_on_windows_of_the_grid_is_a_convolution(rng):
    features, weights = features_of(rng), weights_of(rng)
    taken = take_window(features, grid_window(SIDES, clouds=2))
    torch.testing.assert_close(
        taken.flatten(2) @ as_layer(weights).T, convolve(features, weights)
    )
    window = grid_window(SIDES)
    assert torch.equal(window.indices[0, :, CENTER], torch.arange(12))
    assert window.real.sum() == 7 * 10  # three less two borders, in both directions


@pytest.mark.parametrize("same", [True, False])
def test_on_a_shuffled_map_it_is_the_convolution_of_the_shuffled_nodes(same, rng):
    features, weights = features_of(rng), weights_of(rng)
    orders = draw_orders(2, 12, same=same, generator=rng(2))
    assert torch.equal(orders.sort(1)[0], torch.arange(12).expand(2, -1))
    assert torch.equal(orders[0], orders[1]) == same
    window = shuffled_window(grid_window(SIDES, clouds=2), orders)
    found = take_window(features, window).flatten(2) @ as_layer(weights).T
    for b, order in enumerate(orders):
        wanted = convolve(features[b, order][None], weights)[0]
        torch.testing.assert_close(found[b, order], wanted)
    assert torch.equal(window.indices[:, :, CENTER], torch.arange(12).expand(2, -1))


def test_nodes_that_are_nearest_come_by_distance(rng):
    nodes = torch.randn(2, 12, 3, dtype=torch.float64, generator=rng())
    found = nearest_window(nodes)
    assert torch.equal(found.indices, torch.cdist(nodes, nodes).argsort(-1)[..., :9])
    assert found.real.all()


def test_nothing_is_taken_where_there_is_no_node(rng):
    features = features_of(rng).requires_grad_()
    window = grid_window(SIDES, clouds=2)
    taken = take_window(features, window)
    assert (taken[~window.real] == 0).all()
    assert torch.equal(
        taken[window.real],
        features[torch.arange(2)[:, None, None], window.indices][window.real],
    )
    (slope,) = torch.autograd.grad(taken.sum(), features)
    # A node is in as many windows as it has cells beside it, and in its own.
    counts = grid_window(SIDES).real.sum(-1).double()
    assert torch.equal(slope, counts[..., None].expand_as(slope))


def test_orders_of_another_map_are_refused(rng):
    window = grid_window(SIDES, clouds=2)
    with pytest.raises(ValueError, match=r"orders must be \(B, M\), windows"):
        shuffled_window(window, torch.zeros(2, 5, dtype=torch.int64))
    with pytest.raises(ValueError, match="orders must be from 0 to 11, got 12"):
        shuffled_window(window, torch.full((2, 12), 12))
