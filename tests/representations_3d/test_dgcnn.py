"""Checks of dlnotes.representations_3d.dgcnn."""

import pytest
import torch

from dlnotes.blocks.grouping import gather_points
from dlnotes.representations_3d.dgcnn import DGCNN
from dlnotes.representations_3d.edges import find_edges
from tests.representations_3d.by_loops import distance, largest, row, rows, score
from tests.weights import enliven


def scene(rng, count=14):
    model = DGCNN(4, k=5, widths=(6, 10, 7), joined=12, head=(9, 8))
    enliven(model, rng(7))
    points = torch.randn(2, count, 3, dtype=torch.float64, generator=rng())
    return model.double().eval(), points


def by_loops(model, points):
    """Eq. (edge-conv) in each layer, with neighbors found anew, over all points."""
    levels = [points]
    for layer in model.convolutions:
        before, after = levels[-1], []
        for own in before:
            gaps = [distance(own, other) for other in before]
            near = sorted(range(len(before)), key=gaps.__getitem__)[: model.k]
            seen = [torch.cat([before[n] - own, own]) for n in near]
            after.append(largest(rows(layer.network, seen)))
        levels.append(torch.stack(after))
    joined = [row(model.join, f) for f in torch.cat(levels[1:], -1)]
    pooled = torch.cat([largest(joined), sum(joined) / len(joined)])
    return score(model.head, pooled)


def test_the_network_is_its_formula_with_copied_weights(rng):
    """Eq. (edge-conv) three times, forward and every gradient."""
    model, points = scene(rng)
    inputs = [points.requires_grad_(), *model.parameters()]
    results = model(points), torch.stack([by_loops(model, p) for p in points])
    torch.testing.assert_close(*results, rtol=1e-9, atol=1e-11)
    slope = torch.randn(2, 4, dtype=torch.float64, generator=rng(5))
    one, other = (torch.autograd.grad(r, inputs, slope) for r in results)
    for a, b in zip(one, other, strict=True):
        assert (a != 0).any()
        torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-10)


def test_the_published_sizes_have_1_809_576_parameters():
    """Counted by hand: before a normalization the head's second layer has a bias."""
    with torch.device("meta"):
        model = DGCNN(40)
    pairs = ((6, 64), (128, 64), (128, 128), (256, 256), (512, 1024), (2048, 512))
    expected = sum((a + 2) * b for a, b in pairs)
    expected += (512 + 3) * 256 + (256 + 1) * 40
    assert sum(p.numel() for p in model.parameters()) == expected == 1_809_576


def test_edges_may_be_given_for_each_layer_or_for_all(rng):
    model, points = scene(rng)
    first = find_edges(points, 5)
    hidden = model.convolutions[0](points, first)
    second = find_edges(hidden, 5)
    third = find_edges(model.convolutions[1](hidden, second), 5)
    assert torch.equal(model(points, [first, second, third]), model(points))
    static = model(points, first)
    assert torch.equal(static, model(points, [first] * 3))
    assert (static - model(points)).abs().max() > 1e-3  # the graph had changed


def test_the_order_of_points_does_not_matter(rng):
    model, points = scene(rng)
    order = torch.randperm(14, generator=rng(2)).expand(2, -1)
    found = model(gather_points(points, order))
    torch.testing.assert_close(found, model(points), rtol=1e-9, atol=1e-11)


def test_padding_does_not_matter(rng):
    model, points = scene(rng)
    mask = torch.arange(14) < torch.tensor([[14], [8]])
    found = model(points, None, mask)
    torch.testing.assert_close(found[:1], model(points[:1]), rtol=1e-9, atol=1e-11)
    torch.testing.assert_close(found[1:], model(points[1:, :8]), rtol=1e-9, atol=1e-11)


def test_edges_or_points_that_do_not_fit_are_refused(rng):
    model, points = scene(rng)
    edges = find_edges(points, 5)
    with pytest.raises(ValueError, match="edges must be 3, one a layer, got 2"):
        model(points, [edges, edges])
    with pytest.raises(ValueError, match=r"points must have shape \(B, N, 3\), got"):
        model(points[..., :2])
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        DGCNN(4, k=0)
    with pytest.raises(ValueError, match="number of widths must be at least 1"):
        DGCNN(4, widths=())
