"""Checks of dlnotes.so_net.node_encoder."""

from itertools import pairwise

import pytest
import torch

from dlnotes.blocks.grouping import Selection
from dlnotes.so_net.node_encoder import PUBLISHED, NodeEncoder, OpenChain
from dlnotes.so_net.node_windows import nearest_window
from dlnotes.so_net.overlap import group_points
from tests.weights import enliven, perceptron

SIZES = {"point_widths": (5, 4, 6), "near_widths": (5, 4), "last_widths": (7, 6)}


def scene(rng, count=14):
    """Clouds, eight nodes of which one has no point, and a feature of each point."""
    points = torch.randn(2, count, 3, dtype=torch.float64, generator=rng())
    nodes = torch.randn(2, 8, 3, dtype=torch.float64, generator=rng(1))
    nodes[:, 7] += 30
    features = torch.randn(2, count, 2, dtype=torch.float64, generator=rng(2))
    return points, nodes, features


def encoder(rng, **changes):
    made = NodeEncoder(**{**SIZES, "channels": 2, **changes}).double()
    enliven(made, rng(7))
    return made.eval()


def affine(linear, vector):
    rows = zip(linear.weight, linear.bias, strict=True)
    return [
        sum(w * x for w, x in zip(row, vector, strict=True)) + bias
        for row, bias in rows
    ]


def chain(made, vector):
    """An open chain, one number after the other."""
    first = perceptron(made.first, vector)
    middle = perceptron(made.middle, first)
    return affine(made.last, (first if made.skip else []) + middle)


def largest(vectors, length):
    """Channel by channel; 0 of nothing."""
    if not vectors:
        return [torch.zeros((), dtype=torch.float64)] * length
    return [torch.stack(channel).max() for channel in zip(*vectors, strict=True)]


def by_loops(made, points, nodes, features, k, window):
    """The encoder as the paper tells it, one cloud, one number after the other."""
    members = [[] for _ in nodes]
    for n, point in enumerate(points):
        order = sorted(range(len(nodes)), key=lambda j: (point - nodes[j]).norm())
        for j in order[:k]:
            members[j].append(n)
    centers = [
        torch.stack([points[n] for n in group]).mean(0) if group else nodes[j]
        for j, group in enumerate(members)
    ]
    found = []
    for j, group in enumerate(members):
        rows = [list(points[n] - centers[j]) + list(features[n]) for n in group]
        found.append(largest([chain(made.points, row) for row in rows], 6))
    last = []
    for j in range(len(nodes)):
        around = sorted(
            range(len(nodes)), key=lambda i, j=j: (nodes[i] - nodes[j]).norm()
        )
        around = around[:window]
        mean = torch.stack([centers[i] for i in around]).mean(0)
        middle = mean if made.around_mean else centers[j]
        rows = [list(centers[i] - middle) + found[i] for i in around]
        near = largest([perceptron(made.near, row) for row in rows], 4)
        last.append(chain(made.last, list(middle) + near))
    return torch.stack(largest(last, 6))


@pytest.mark.parametrize("around_mean", [True, False])
def test_the_encoder_is_that_of_loops_with_the_same_parameters(around_mean, rng):
    """Eq. (second-stage) and Eq. (global-feature), forward and gradients."""
    points, nodes, features = scene(rng)
    made = encoder(rng, around_mean=around_mean)
    whole = made(
        group_points(points, nodes, 3), nearest_window(nodes, 4), features
    ).whole
    wanted = torch.stack(
        [
            by_loops(made, *cloud, 3, 4)
            for cloud in zip(points, nodes, features, strict=True)
        ]
    )
    torch.testing.assert_close(whole, wanted, rtol=1e-10, atol=1e-10)
    slope = torch.randn(whole.shape, dtype=torch.float64, generator=rng(3))
    parameters = [p for p in made.parameters() if p.requires_grad]
    got = torch.autograd.grad(whole, parameters, slope)
    other = torch.autograd.grad(wanted, parameters, slope)
    for one, two in zip(got, other, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-9, atol=1e-9)


def test_the_order_of_points_does_not_matter_to_the_whole(rng):
    """Invariance to permutations, also where a node is empty."""
    points, nodes, features = scene(rng)
    made = encoder(rng)
    order = torch.randperm(14, generator=rng(4))
    window = nearest_window(nodes, 4)
    groups = group_points(points, nodes, 3)
    assert not groups.filled[:, 7].any()
    wanted = made(groups, window, features).whole
    mixed = group_points(points[:, order], nodes, 3)
    found = made(mixed, window, features[:, order]).whole
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-12)


def test_points_that_are_not_real_do_not_matter_in_eval_mode(rng):
    points, nodes, features = scene(rng)
    made, window = encoder(rng), nearest_window(nodes, 4)
    wanted = made(group_points(points, nodes, 3), window, features).whole
    padded = torch.cat([points, 3 * points[:, :5]], 1)
    mask = (torch.arange(19) < 14).expand(2, -1)
    groups = group_points(padded, nodes, 3, mask=mask)
    found = made(groups, window, torch.cat([features, features[:, :5]], 1)).whole
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-12)


def test_without_a_second_stage_nodes_are_all_that_is_near(rng):
    points, nodes, features = scene(rng)
    made = encoder(rng, near_widths=())
    groups = group_points(points, nodes, 3)
    encoded = made(groups, nearest_window(nodes, 4), features)
    assert torch.equal(encoded.near, encoded.nodes)
    joined = torch.cat([groups.centers, encoded.nodes], -1)
    torch.testing.assert_close(encoded.last, made.last(joined))
    torch.testing.assert_close(encoded.whole, encoded.last.max(1)[0])


def test_the_published_widths_make_the_published_encoder():
    """Counted by hand, without biases before normalizations."""

    def layers(*lengths):  # linear, and the two of the normalization
        return sum(a * b + 2 * b for a, b in pairwise(lengths))

    with torch.device("meta"):
        made = NodeEncoder(**PUBLISHED, channels=3)
    theirs = layers(6, 64, 128, 256) + (256 + 64) * 384 + 384
    theirs += layers(3 + 384, 512, 512)
    theirs += layers(3 + 512, 768) + 768 * 1024 + 1024
    assert sum(p.numel() for p in made.parameters()) == theirs
    assert made.lengths == (384, 512, 1024)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (tuple, "groups must be of type NodeGroups, got tuple"),
        (lambda g: g._replace(indices=g.indices[:, :1]), "groups.indices must have"),
        (lambda g: g._replace(indices=g.indices + 8), "must be from 0 to 7, got"),
        (lambda g: g._replace(offsets=g.offsets[:1]), "groups.offsets must have"),
        (lambda g: g._replace(offsets=g.offsets.float()), "must be torch.float64 like"),
        (lambda g: g._replace(centers=g.centers[..., :2]), "groups.centers must have"),
        (lambda g: g._replace(filled=g.filled.double()), "groups.filled must hold"),
        (lambda g: g._replace(real=g.filled), "groups.real must have shape"),
    ],
)
def test_groups_that_do_not_fit_are_refused_by_name(change, message, rng):
    points, nodes, features = scene(rng)
    groups, window = group_points(points, nodes, 3), nearest_window(nodes, 4)
    with pytest.raises((TypeError, ValueError), match=message):
        encoder(rng)(change(groups), window, features)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (lambda x: x[:1], "window.indices must have shape"),
        (lambda x: x[:, :5], "window.indices must have shape"),
        (lambda x: x[..., :0], "window.indices must have shape"),
        (lambda x: x[0], "window.indices must have shape"),
        (lambda x: x.long() + 7, "window.real must hold truth values"),
    ],
)
@pytest.mark.parametrize("near_widths", [(), (5, 4)])
def test_a_window_that_does_not_fit_is_refused_also_unused(
    rows, message, near_widths, rng
):
    points, nodes, features = scene(rng)
    groups, window = group_points(points, nodes, 3), nearest_window(nodes, 4)
    made = encoder(rng, near_widths=near_widths)
    with pytest.raises((TypeError, ValueError), match=message):
        made(groups, Selection(*map(rows, window)), features)
    with pytest.raises(TypeError, match="window must be of type Selection"):
        made(groups, groups, features)


def test_what_does_not_fit_is_refused(rng):
    points, nodes, features = scene(rng)
    groups, window = group_points(points, nodes, 3), nearest_window(nodes, 4)
    with pytest.raises(ValueError, match="features must have 2 channels, got 0"):
        encoder(rng)(groups, window)
    with pytest.raises(ValueError, match="features must have 0 channels, got 2"):
        encoder(rng, channels=0)(groups, window, features)
    with pytest.raises(ValueError, match="number of sizes must be at least 3, got 2"):
        OpenChain([3, 4], skip=True)


def test_nodes_of_a_window_that_are_not_real_do_not_matter(rng):
    """A small map has fewer than nine nodes, and its windows repeat some of them."""
    points, nodes, features = scene(rng)
    made, few = encoder(rng), nodes[:, :4]
    groups = group_points(points, few, 3)
    short, long = (made(groups, nearest_window(few, k), features).whole for k in (4, 9))
    torch.testing.assert_close(short, long, rtol=1e-12, atol=1e-12)
