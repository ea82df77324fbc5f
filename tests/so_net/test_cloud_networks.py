"""Checks of dlnotes.so_net.cloud_networks."""

import pytest
import torch
from torch import nn

from dlnotes.blocks.dropout import Dropout
from dlnotes.so_net.cloud_networks import (
    SoNetClassifier,
    SoNetSegmenter,
    middle_fusion,
)
from dlnotes.so_net.node_encoder import PUBLISHED, NodeEncoder
from dlnotes.so_net.node_windows import nearest_window
from dlnotes.so_net.overlap import group_points
from dlnotes.so_net.som import batch_som
from dlnotes.so_net.start import ball_nodes
from tests.so_net.test_node_encoder import encoder, scene
from tests.so_net.test_som import sphere
from tests.weights import enliven

CATEGORY = torch.eye(4, dtype=torch.float64)[[2, 0]]


def segmenter(rng, **changes):
    made = SoNetSegmenter(
        *(5, encoder(rng, **changes)), before=(8, 6), after=(7,), categories=4
    )
    enliven(made, rng(8))
    return made.double().eval()


def segment(made, points, nodes, features, k=3, mask=None):
    groups = group_points(points, nodes, k, mask=mask)
    return made(points, groups, nearest_window(nodes, 4), features, CATEGORY)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_copies_of_a_point_become_their_mean(k, rng):
    """Eq. (fusion) for any number of copies."""
    features = torch.randn(2, k, 7, 3, dtype=torch.float64, generator=rng())
    real = torch.rand(2, k, 7, generator=rng(1)) < 0.6
    found, some = middle_fusion(features), middle_fusion(features, real=real)
    for b in range(2):
        for n in range(7):
            torch.testing.assert_close(found[b, n], sum(features[b, :, n]) / k)
            rows = [features[b, i, n] for i in range(k) if real[b, i, n]]
            wanted = sum(rows) / len(rows) if rows else torch.zeros(3).double()
            torch.testing.assert_close(some[b, n], wanted)


def test_a_classifier_maps_the_whole_by_its_head(rng):
    points, nodes, features = scene(rng)
    made = SoNetClassifier(6, encoder(rng), head=(5, 4)).double()
    enliven(made, rng(8))
    given = group_points(points, nodes, 3), nearest_window(nodes, 4), features
    x = made.eval().encoder(*given).whole
    for layer in made.head:
        if not isinstance(layer, Dropout):
            x = layer(x)
    torch.testing.assert_close(made(*given), x)
    assert x.shape == (2, 6)
    rates = [layer.rate for layer in made.head if isinstance(layer, Dropout)]
    assert rates == [0.7, 0.7]


def test_the_whole_network_does_not_see_the_order_of_points(rng):
    """Invariance to permutations from the points to the scores, map and all."""
    points = sphere(rng)
    start = ball_nodes(generator=rng()).double()
    order = torch.randperm(200, generator=rng(4))
    made = SoNetClassifier(6, encoder(rng, channels=0), head=(5,)).double()
    enliven(made, rng(8))
    made.eval()

    def score(cloud):
        nodes = batch_som(cloud, start)
        return made(group_points(cloud, nodes, 3), nearest_window(nodes))

    found, wanted = score(points[:, order]), score(points)
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)
    single, again = (score(p.float().double()) for p in (points, points[:, order]))
    torch.testing.assert_close(again, single, rtol=1e-9, atol=1e-9)


def test_parts_follow_their_points(rng):
    """Equivariance to permutations."""
    points, nodes, features = scene(rng)
    order = torch.randperm(14, generator=rng(4))
    made = segmenter(rng)
    wanted = segment(made, points, nodes, features)
    found = segment(made, points[:, order], nodes, features[:, order])
    torch.testing.assert_close(found, wanted[:, order], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("near_widths", [(), (5, 4)])
def test_a_copy_knows_all_levels(near_widths, rng):
    points, nodes, features = scene(rng)
    made = segmenter(rng, near_widths=near_widths)
    groups = group_points(points, nodes, 2)
    encoded = made.encoder(groups, nearest_window(nodes, 4), features)
    given = []
    made.before.register_forward_pre_hook(lambda _, args: given.extend(args))
    segment(made, points, nodes, features, k=2)
    rows = given[0]
    assert rows.shape[-1] == made.before.layers[0][0].in_features
    b, k, n = 1, 0, 3
    j = groups.indices[b, k, n]
    near = [encoded.near[b, j]] if near_widths else []
    wanted = [groups.offsets[b, k, n], points[b, n], groups.centers[b, j]]
    wanted += [features[b, n], encoded.copies[b, k, n], encoded.nodes[b, j], *near]
    wanted += [encoded.last[b, j], encoded.whole[b], CATEGORY[b]]
    # In any order, which only permutes the columns of a weight.
    assert torch.equal(rows[b, k, n].sort()[0], torch.cat(wanted).sort()[0])


def test_every_parameter_of_a_segmenter_learns(rng):
    made = segmenter(rng).train()
    scores = segment(made, *scene(rng))
    assert scores.shape == (2, 14, 5)
    slope = torch.randn(scores.shape, dtype=torch.float64, generator=rng(2))
    scores.backward(slope)
    assert all((p.grad != 0).any() for p in made.parameters())


def test_points_that_are_not_real_do_not_matter_to_parts_of_others(rng):
    points, nodes, features = scene(rng)
    made = segmenter(rng)
    mask = (torch.arange(19) < 14).expand(2, -1)
    padded = torch.cat([points, 3 * points[:, :5]], 1)
    more = torch.cat([features, features[:, :5]], 1)
    found = segment(made, padded, nodes, more, mask=mask)[:, :14]
    wanted = segment(made, points, nodes, features)
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-12)


def test_the_published_sizes_of_the_head_and_of_the_segmenter():
    with torch.device("meta"):
        encode = NodeEncoder(**PUBLISHED, channels=3, norm=nn.BatchNorm1d)
        classify, segment = (
            SoNetClassifier(40, encode),
            SoNetSegmenter(50, encode, categories=16),
        )
    head = [m for m in classify.head.modules() if isinstance(m, nn.Linear)]
    assert [(m.in_features, m.out_features) for m in head] == [
        *((1024, 512), (512, 256), (256, 40)),
    ]
    theirs = 3 + 3 + 3 + 3 + 16 + 384 + 384 + 512 + 1024 * 2
    assert segment.before.layers[0][0].in_features == theirs


def test_a_category_that_is_missing_is_refused(rng):
    points, nodes, features = scene(rng)
    groups = group_points(points, nodes, 2)
    with pytest.raises(ValueError, match="categories must be 4, got None"):
        segmenter(rng)(points, groups, nearest_window(nodes, 4), features)
