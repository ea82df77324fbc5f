"""Checks of dlnotes.so_net.map_heads."""

import pytest
import torch
from torch.nn import functional as F

from dlnotes.blocks.grouping import Selection
from dlnotes.blocks.supervised import find_classes, learn_classes
from dlnotes.so_net.map_heads import (
    MapClassifier,
    PooledHead,
    SharedHead,
    WindowHead,
    hidden_width,
)
from dlnotes.so_net.node_windows import (
    draw_orders,
    grid_window,
    nearest_window,
    shuffled_window,
)
from dlnotes.so_net.overlap import group_points
from tests.weights import enliven

SIDES = (3, 3)
HEADS = {SharedHead: 1, WindowHead: 9, PooledHead: 1}  # nodes joined before a layer
any_head = pytest.mark.parametrize("head", list(HEADS))


def scene(rng, clouds=2):
    points = torch.randn(clouds, 20, 3, dtype=torch.float64, generator=rng())
    nodes = torch.randn(clouds, 9, 3, dtype=torch.float64, generator=rng(1))
    return group_points(points, nodes, 2), nodes


def lively(made, rng):
    enliven(made, rng(5))
    return made.double().eval()


@any_head
def test_heads_have_as_many_parameters_as_each_other(head):
    """Within half a unit of the hidden layer, which is the best that is possible."""
    target = 9000
    joined = HEADS[head] * 19
    width = hidden_width(joined, 16, target)
    made = sum(p.numel() for p in head(19, width, 16).parameters())
    assert abs(made - target) <= (joined + 16 + 2) / 2
    assert abs(made - target) < 0.02 * target


def test_a_head_on_the_grid_is_two_layers_of_a_convolution(rng):
    made = lively(WindowHead(4, 6, 5), rng)
    features = torch.randn(2, 9, 4, dtype=torch.float64, generator=rng(2))
    first, second = made.layers.layers
    weights = first[0].weight.unflatten(1, (3, 3, 4)).permute(0, 3, 1, 2)
    image = F.conv2d(features.mT.unflatten(2, SIDES), weights, padding=1)
    hidden = first[1](image.flatten(2)).relu().mT
    wanted = second[1](second[0](hidden).mT).relu().mT
    found = made(features, grid_window(SIDES, clouds=2))
    torch.testing.assert_close(found, wanted)


def test_a_pooled_head_keeps_the_largest_in_any_order(rng):
    made = lively(PooledHead(4, 6, 5), rng)
    _, nodes = scene(rng)
    features = torch.randn(2, 9, 4, dtype=torch.float64, generator=rng(2))
    window = nearest_window(nodes, 4)
    found = made(features, window)
    for b in range(2):
        for j in range(9):
            rows = made.before(features[b, window.indices[b, j]])
            torch.testing.assert_close(found[b, j], made.after(rows.max(0)[0][None])[0])
    mixed = Selection(*(x.flip(-1) for x in window))
    assert torch.equal(made(features, mixed), found)


def test_a_shared_head_does_not_look_around(rng):
    made = lively(SharedHead(4, 6, 5), rng)
    features = torch.randn(2, 9, 4, dtype=torch.float64, generator=rng(2))
    window = grid_window(SIDES, clouds=2)
    other = shuffled_window(window, draw_orders(2, 9, same=False, generator=rng(3)))
    assert torch.equal(made(features, window), made(features, other))
    changed = features.clone()
    changed[:, 4] += 1
    moved = (made(changed, window) != made(features, window)).any(-1)
    assert moved.nonzero()[:, 1].tolist() == [4, 4]


@any_head
@pytest.mark.parametrize("coordinates", [0, 3])
def test_all_parameters_learn_and_places_count_only_if_they_are_told(
    head, coordinates, rng
):
    groups, _ = scene(rng)
    made = MapClassifier(3, (4, 5), 6, 7, head=head, coordinates=coordinates)
    lively(made, rng)
    window = grid_window(SIDES, clouds=2)
    scores = made(groups, window)
    assert scores.shape == (2, 3)
    slope = torch.randn(scores.shape, dtype=torch.float64, generator=rng(2))
    scores.backward(slope)
    assert all((p.grad != 0).any() for p in made.parameters())
    moved = groups._replace(centers=groups.centers + 1)
    assert torch.equal(made(moved, window), scores) == (not coordinates)


def test_a_head_for_nine_nodes_refuses_four(rng):
    features = torch.randn(2, 9, 4, generator=rng())
    window = Selection(*(x[..., :4] for x in grid_window(SIDES, clouds=2)))
    with pytest.raises(ValueError, match=r"window.indices must be .B, M, 9., got"):
        WindowHead(4, 6, 5)(features, window)
    with pytest.raises(ValueError, match=r"window.indices must have shape .1, 9, K."):
        SharedHead(4, 6, 5)(features[:1], window)


def test_two_kinds_of_clouds_are_learned(rng):
    """Long ones and flat ones, by arguments as `learn_classes` takes them."""
    labels = torch.arange(32) % 2
    stretch = torch.tensor([[3.0, 0.3, 0.3], [2.0, 2.0, 0.1]])[labels]
    points = torch.randn(32, 40, 3, generator=rng()) * stretch[:, None]
    groups = group_points(points, points[:, :9], 2)
    inputs = groups, grid_window(SIDES, clouds=32)
    made = MapClassifier(2, (8, 8), 8, 8)
    enliven(made, rng(5))
    learn_classes(made, inputs, labels, steps=60, batch=16, generator=rng(6))
    assert (find_classes(made, inputs, 32) == labels).float().mean() > 0.9
