"""Checks of dlnotes.representations_3d.costs."""

import pytest
import torch
from torch import nn

from dlnotes.representations_3d.costs import (
    chebnet_macs,
    counted_macs,
    dgcnn_macs,
    pointnet_macs,
    pointnet_parameters,
)
from dlnotes.representations_3d.dgcnn import DGCNN
from dlnotes.representations_3d.edges import edge_features, find_edges
from dlnotes.representations_3d.ordering import OrderingNetwork
from dlnotes.representations_3d.pointnet import PointEncoder, PointNet
from dlnotes.representations_3d.spectral import ChebNet

SMALL = {"local": (5,), "widths": (6, 7)}


def by_hooks(model, *inputs):
    """Rows times weights of each linear layer, as they are called."""
    calls = []

    def count(layer, given, _):
        calls.append(given[0].numel() * layer.out_features)

    for part in model.modules():
        if isinstance(part, nn.Linear):
            part.register_forward_hook(count)
    model.eval()(*inputs)
    return sum(calls)


def small_pointnet():
    sizes = {"point_alignment": ((4,), (3,)), "feature_alignment": ((4,), (3,))}
    return PointNet(9, encoder=PointEncoder(**SMALL, **sizes), head=(8,))


def test_pointnet_has_the_published_number_of_parameters():
    """3.5 million in the paper; 3,480,049 by a count of each of its layers."""
    with torch.device("meta"):
        model = PointNet(40)
    assert sum(p.numel() for p in model.parameters()) == 3_480_049
    assert pointnet_parameters(40) == 3_480_049
    biased = [p for p in model.modules() if hasattr(p, "num_features")]
    before = sum(part.num_features for part in biased)  # a bias before each of these
    assert pointnet_parameters(40) - before == 3_473_969


def test_without_two_layers_it_has_the_parameters_of_another_program():
    """The program of yanx27, of the published sizes but for two layers of 64."""
    counted = pointnet_parameters(40, local=(64,), widths=(128, 1024))
    assert counted == 3_471_473
    with torch.device("meta"):
        encoder = PointEncoder(local=(64,), widths=(128, 1024))
        model = PointNet(40, encoder=encoder)
    assert sum(p.numel() for p in model.parameters()) == counted


def test_the_closed_forms_of_pointnet_are_what_runs():
    """Products of points and features with their matrices come on top of layers."""
    model = small_pointnet()
    points = torch.zeros(1, 10, 3)
    given = {**SMALL, "head": (8,), "alignment": ((4,), (3,))}
    counted = sum(p.numel() for p in model.parameters())
    assert pointnet_parameters(9, **given) == counted
    macs = pointnet_macs(10, 9, **given)
    assert macs == counted_macs(model, points)
    assert macs == by_hooks(model, points) + 10 * (3**2 + 5**2)


def test_the_published_sizes_multiply_448_million_times():
    """440 million in the paper."""
    with torch.device("meta"):
        model, points = PointNet(40).eval(), torch.empty(1, 1024, 3)
    assert counted_macs(model, points) == pointnet_macs(1024, 40)
    assert round(pointnet_macs(1024, 40) / 1e6) == 448


def test_the_closed_form_of_dgcnn_is_what_runs(rng):
    """And with the edges of each point multiplied one by one, it is what that takes."""
    sizes = {"widths": (5, 6), "joined": 7, "head": (8, 9)}
    model = DGCNN(3, k=4, **sizes)
    points = torch.randn(1, 12, 3, generator=rng())
    edges = find_edges(points, 4)
    macs = dgcnn_macs(12, 3, **sizes)
    assert macs == counted_macs(model, points, edges)
    each = by_hooks(model, points, edges)  # it does not see products with split weights
    for layer, channels in zip(model.convolutions, (3, 5), strict=True):
        features = torch.zeros(1, 12, channels)
        each += by_hooks(layer.network, edge_features(features, edges.indices))
    assert dgcnn_macs(12, 3, times=4, **sizes) == each


@pytest.mark.parametrize("order", [1, 2, 4])
def test_the_closed_form_of_chebnet_is_what_runs(order, rng):
    """Without an entry of the Laplacian, only the linear layers are left."""
    sizes = {"order": order, "widths": (5, 6), "head": (7,)}
    model = ChebNet(3, **sizes)
    points = torch.randn(1, 12, 3, generator=rng())
    given = points, torch.eye(12)[None]
    assert chebnet_macs(12, 3, **sizes) == counted_macs(model, *given)
    assert chebnet_macs(12, 3, entries=0, **sizes) == by_hooks(model, *given)
    each = (order - 1) * (3 + 5)  # products of one entry, of all channels
    some = chebnet_macs(12, 3, entries=30, **sizes)
    assert some == by_hooks(model, *given) + 30 * each


def test_counting_leaves_the_mode_as_it_was():
    model = small_pointnet().train()
    counted_macs(model, torch.zeros(1, 4, 3))
    assert model.training
    with pytest.raises(ValueError, match="points must have shape"):
        counted_macs(model, torch.zeros(1, 4, 2))
    assert model.training


@pytest.mark.parametrize(
    ("model", "where"),
    [
        (OrderingNetwork(3, "lstm", widths=(4,)), "LSTM 'combiner.reader'"),
        (nn.TransformerEncoderLayer(4, 2, 8), "MultiheadAttention 'self_attn'"),
        (nn.Bilinear(2, 2, 2), "Bilinear ''"),
    ],
)
def test_what_would_count_for_nothing_is_refused(model, where):
    """Its products are one step in torch, of which the counter knows nothing."""
    with pytest.raises(ValueError, match=f"model must have products .* got {where}"):
        counted_macs(model, torch.zeros(1, 4, 3))


def test_sizes_that_are_no_counts_are_refused():
    with pytest.raises(ValueError, match="every size must be at least 1, got 0"):
        pointnet_parameters(40, widths=(0,))
    with pytest.raises(ValueError, match="points must be at least 1, got 0"):
        pointnet_macs(0, 40)
    with pytest.raises(ValueError, match="times must be at least 1, got 0"):
        dgcnn_macs(1, 40, times=0)
    with pytest.raises(ValueError, match="entries must be from 0 to 4, got 5"):
        chebnet_macs(2, 40, entries=5)
    with pytest.raises(TypeError, match="model must be a module"):
        counted_macs(3)
