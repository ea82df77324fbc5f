"""Checks of dlnotes.representations_3d.edges."""

import itertools

import pytest
import torch
from torch import nn

from dlnotes.blocks.grouping import Selection, gather_points
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.representations_3d.dgcnn import LEAKY
from dlnotes.representations_3d.edges import (
    EdgeConv,
    edge_convolution,
    edge_features,
    exchanged_edge_convolution,
    find_edges,
)
from tests.representations_3d.by_loops import distance, largest, rows
from tests.weights import enliven


def scene(rng, k=4):
    make = {"dtype": torch.float64}
    features = torch.randn(2, 9, 3, **make, generator=rng())
    weights = torch.randn(2, 5, 3, **make, generator=rng(1))
    return features, find_edges(features, k), *weights


def alive(rng, widths=(6, 5)):
    made = EdgeConv(3, widths, layers=LEAKY)
    enliven(made, rng(7))
    return made.double().eval()


def compare(inputs, *results, rng):
    """Equal results, and equal gradients by all inputs."""
    torch.testing.assert_close(*results, rtol=1e-10, atol=1e-12)
    slope = torch.randn(results[0].shape, dtype=torch.float64, generator=rng(5))
    one, other = (torch.autograd.grad(r, inputs, slope) for r in results)
    for a, b in zip(one, other, strict=True):
        assert (a != 0).any()
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-11)


def test_edges_lead_to_the_nearest_and_to_the_point_itself(rng):
    features, edges, *_ = scene(rng)
    for b, n in itertools.product(range(2), range(9)):
        gaps = [distance(features[b, n], other) for other in features[b]]
        nearest = sorted(range(9), key=gaps.__getitem__)[:4]
        assert edges.indices[b, n].tolist() == nearest
        assert nearest[0] == n


def test_edge_convolution_is_its_formula(rng):
    """Eq. (edge-conv), forward and every gradient, by loops over all edges."""
    features, edges, theta, phi = scene(rng)
    inputs = [t.requires_grad_() for t in (features, theta, phi)]
    expected = []
    for b, n in itertools.product(range(2), range(9)):
        own = features[b, n]
        neighbors = features[b, edges.indices[b, n]]
        seen = [(theta @ (x - own) + phi @ own).relu() for x in neighbors]
        expected.append(largest(seen))
    found = edge_convolution(features, edges.indices, theta, phi)
    compare(inputs, found, torch.stack(expected).view(2, 9, 5), rng=rng)


def test_a_product_for_each_point_is_enough(rng):
    """Eq. (edge-conv): ReLU and what is added can be exchanged with the maximum."""
    features, edges, theta, phi = scene(rng)
    inputs = [t.requires_grad_() for t in (features, theta, phi)]
    given = features, edges.indices, theta, phi
    results = edge_convolution(*given), exchanged_edge_convolution(*given)
    compare(inputs, *results, rng=rng)


def test_with_a_negative_factor_the_smallest_takes_the_place_of_the_largest(rng):
    """What a normalization does to the exchange: s z + t, of either sign of s."""
    features, edges, theta, phi = scene(rng)
    scale = torch.tensor([1.5, -0.5, 2.0, -1.0, 0.0]).double()
    shift = torch.tensor([0.1, 0.2, -0.3, 0.4, 0.5]).double()
    weight = torch.cat([theta, phi], 1)
    every = edge_features(features, edges.indices) @ weight.T
    expected = (scale * every + shift).relu().amax(2)
    neighbors = gather_points(features @ theta.T, edges.indices)
    best = torch.where(scale > 0, neighbors.amax(2), neighbors.amin(2))
    found = (scale * (best + features @ (phi - theta).T) + shift).relu()
    torch.testing.assert_close(found, expected)
    wrong = scale * (neighbors.amax(2) + features @ (phi - theta).T) + shift
    assert (wrong.relu() - expected).abs().max() > 0.1


def test_pointnet_and_others_are_special_cases(rng):
    """Eq. (edge-conv) with one of the weights 0, or both equal."""
    features, edges, theta, _ = scene(rng)
    none, index = torch.zeros_like(theta), edges.indices
    alone = edge_convolution(features, index, none, theta)
    torch.testing.assert_close(alone, (features @ theta.T).relu())
    offsets = edge_convolution(features, index, theta, none)
    moved = edge_convolution(features + 7, index, theta, none)
    torch.testing.assert_close(moved, offsets, rtol=0, atol=1e-12)
    around = edge_convolution(features, index, theta, theta)
    mapped = gather_points((features @ theta.T).relu(), index)
    torch.testing.assert_close(around, mapped.amax(2))
    everyone = torch.arange(9).expand(2, 9, 9)
    whole = edge_convolution(features, everyone, theta, theta)
    cloud = (features @ theta.T).relu().amax(1, keepdim=True).expand(-1, 9, -1)
    torch.testing.assert_close(whole, cloud)


def test_the_layer_is_its_formula_with_copied_weights(rng):
    """Eq. (edge-conv) with two layers, normalized and with a slope, and a mask."""
    made, (features, *_) = alive(rng), scene(rng)
    mask = torch.arange(9) < torch.tensor([[9], [3]])
    edges = find_edges(features, 4, mask=mask)
    inputs = [features.requires_grad_(), *made.parameters()]
    expected = []
    for b, n in itertools.product(range(2), range(9)):
        own = features[b, n]
        neighbors = features[b, edges.indices[b, n, edges.real[b, n]]]
        seen = [torch.cat([x - own, own]) for x in neighbors]
        expected.append(largest(rows(made.network, seen)))
    found = made(features, edges)
    compare(inputs, found, torch.stack(expected).view(2, 9, 5), rng=rng)


def test_the_layer_is_that_of_torch_geometric(rng):
    """Eq. (edge-conv), forward and gradient, with the same edges and weights.

    There the point comes first, then the difference: columns change places.
    """
    from tests.representations_3d.peers import EdgeConv as Theirs

    made, (features, edges, *_) = alive(rng), scene(rng)
    inputs = [features.requires_grad_(), *made.parameters()]
    (linear, *rest), second = made.network.layers

    def mapped(seen):
        swapped = torch.cat([linear.weight[:, 3:], linear.weight[:, :3]], 1)
        return second(nn.Sequential(*rest)(nn.functional.linear(seen, swapped)))

    clouds = []
    for b in range(2):
        ends = torch.arange(9).repeat_interleave(4)
        layer = Theirs(mapped)
        starts = edges.indices[b].flatten()
        clouds.append(layer(features[b], torch.stack([starts, ends])))
    compare(inputs, made(features, edges), torch.stack(clouds), rng=rng)


def test_what_does_not_fit_is_refused(rng):
    features, edges, theta, phi = scene(rng)
    with pytest.raises(ValueError, match=r"weights must be \(O, 3\), got"):
        edge_convolution(features, edges.indices, theta[:, :2], phi[:, :2])
    with pytest.raises(ValueError, match="index must be from 0 to 8, got 9"):
        edge_features(features, edges.indices * 0 + 9)
    with pytest.raises(TypeError, match="own_weight must be a tensor"):
        edge_convolution(features, edges.indices, theta, None)
    layer = EdgeConv(3, (5,), layers=Pointwise).double()
    with pytest.raises(ValueError, match=r"features must have shape \(B, N, 3\), got"):
        layer(features[..., :2], edges)
    with pytest.raises(
        ValueError, match=r"edges.indices must have shape \(2, 9, K\), got"
    ):
        layer(features, Selection(edges.indices[:, :4], edges.real[:, :4]))
