"""Checks of dlnotes.blocks.pointwise."""

from functools import partial

import pytest
import torch
from torch import nn

from dlnotes.blocks.pointwise import Pointwise
from tests.blocks.test_attention import fill


def test_each_point_is_mapped_alone_by_the_same_layers(rng):
    network = Pointwise([3, 5, 2], norm=None).double()
    fill(network, rng())
    points = torch.randn(2, 4, 3, dtype=torch.float64, generator=rng(1))
    found = network(points)
    (one, _), (other, _) = network.layers
    for b in range(2):
        for n in range(4):
            middle = (one.weight @ points[b, n] + one.bias).clamp_min(0)
            expected = (other.weight @ middle + other.bias).clamp_min(0)
            torch.testing.assert_close(found[b, n], expected, rtol=1e-12, atol=1e-12)


def test_channels_are_normalized_over_all_points(rng):
    network = Pointwise([3, 4]).double()
    points = torch.randn(2, 50, 3, dtype=torch.float64, generator=rng())
    linear, norm, _ = network.layers[0]
    rows = points.flatten(0, 1) @ linear.weight.T
    scaled = (rows - rows.mean(0)) / (rows.var(0, unbiased=False) + norm.eps).sqrt()
    expected = scaled.clamp_min(0).view(2, 50, 4)
    torch.testing.assert_close(network(points), expected, rtol=1e-10, atol=1e-10)
    assert linear.bias is None  # it would be taken away again


def test_one_size_leaves_points_as_they_are(rng):
    points = torch.randn(2, 4, 3, generator=rng())
    assert torch.equal(Pointwise([3])(points), points)
    assert torch.equal(Pointwise([3, 3], norm=nn.LayerNorm)(points[:0]), points[:0])


@pytest.mark.parametrize("sizes", [[], [0], [3, 0]])
def test_no_size_or_one_of_nothing_is_refused(sizes):
    with pytest.raises(ValueError, match="size"):
        Pointwise(sizes)


def test_activation_and_bias_can_be_chosen(rng):
    leaky = partial(nn.LeakyReLU, 0.5)
    network = Pointwise([3, 4], activation=leaky, bias=True).double().eval()
    fill(network, rng())
    points = torch.randn(2, 4, 3, dtype=torch.float64, generator=rng(1))
    linear, norm, _ = network.layers[0]
    rows = norm((points @ linear.weight.T + linear.bias).flatten(0, 1)).view(2, 4, 4)
    torch.testing.assert_close(network(points), torch.where(rows > 0, rows, rows / 2))
    assert linear.bias.any()
    assert Pointwise([3, 4], norm=None, bias=False).layers[0][0].bias is None
