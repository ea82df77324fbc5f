"""Convolution of the edges between each point and its neighbors."""

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from dlnotes.blocks.checks import check_count, check_floating
from dlnotes.blocks.grouping import Selection, check_cloud, check_index, gather_points
from dlnotes.blocks.inputs import check_input, check_selection
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.pooling import masked_max
from dlnotes.blocks.precision import widen_half
from dlnotes.representations_3d.layers import Layers


@widen_half
def edge_features(features: Tensor, index: Tensor) -> Tensor:
    """Join for each edge the difference of its ends and the point itself.

    This is the order of the authors' program in PyTorch; torch_geometric has the point
    first.

    Args:
        features: Of the points, `(B, N, C)`.
        index: Numbers of the neighbors of each, integers `(B, N, K)`.

    Returns:
        Neighbor less point, then point, shape `(B, N, K, 2 C)`.

    Examples:
        >>> import torch
        >>> edge_features(torch.tensor([[[1.0], [5.0]]]), torch.tensor([[[1], [0]]]))
        tensor([[[[ 4.,  1.]],
        <BLANKLINE>
                 [[-4.,  5.]]]])
    """
    _check_edges(features, index)
    own = features[:, :, None].expand(*index.shape, -1)
    return torch.cat([gather_points(features, index) - own, own], -1)


@widen_half
def edge_convolution(
    features: Tensor, index: Tensor, offset_weight: Tensor, own_weight: Tensor
) -> Tensor:
    """Take the largest over all edges of a point, Eq. (edge-conv).

    Args:
        features: Of the points, `(B, N, C)`.
        index: Numbers of the neighbors of each, integers `(B, N, K)`.
        offset_weight: For the difference of an edge's ends, `(O, C)`.
        own_weight: For the point itself, `(O, C)`.

    Returns:
        Shape `(B, N, O)`, at least 0.
    """
    _check_weights(features, index, offset_weight, own_weight)
    weight = torch.cat([offset_weight, own_weight], 1)
    return (edge_features(features, index) @ weight.mT).relu().amax(2)


@widen_half
def exchanged_edge_convolution(
    features: Tensor, index: Tensor, offset_weight: Tensor, own_weight: Tensor
) -> Tensor:
    """Compute the same with one product for each point instead of each edge.

    Args:
        features: Of the points, `(B, N, C)`.
        index: Numbers of the neighbors of each, integers `(B, N, K)`.
        offset_weight: For the difference of an edge's ends, `(O, C)`.
        own_weight: For the point itself, `(O, C)`.

    Returns:
        Shape `(B, N, O)`, at least 0.
    """
    _check_weights(features, index, offset_weight, own_weight)
    neighbors = gather_points(features @ offset_weight.mT, index).amax(2)
    return (neighbors + features @ (own_weight - offset_weight).mT).relu()


class EdgeConv(nn.Module):
    """Map all edges of a point by the same layers, and take the largest of each.

    The first linear map is that of difference and point; it is computed for each point,
    as in `exchanged_edge_convolution`, not for each edge.

    Args:
        channels: Of the features, `C`.
        widths: Of the layers, one or more.
        layers: Makes them.
    """

    def __init__(self, channels: int, widths: Sequence[int], *, layers: Layers) -> None:
        super().__init__()
        check_count("channels", channels)
        check_count("number of widths", len(widths))
        self.channels, self.width = channels, widths[-1]
        self.network = layers([2 * channels, *widths])

    def forward(self, features: Tensor, edges: Selection) -> Tensor:
        """Map features `(B, N, C)` to `(B, N, width)`.

        Args:
            features: Of the points.
            edges: Numbers of the neighbors of each, `(B, N, K)`, of `find_edges`.
        """
        check_input("features", features, ("B", "N", self.channels), like=self)
        shape = features.shape[:2]
        check_selection("edges", edges, (*shape, "K"), shape[1])
        first, *others = cast(Iterable[nn.Sequential], self.network.layers)
        linear = cast(nn.Linear, first[0])
        toward, own = (
            linear.weight[:, : self.channels],
            linear.weight[:, self.channels :],
        )
        alone = functional.linear(features, own - toward, linear.bias)
        neighbors = gather_points(features @ toward.mT, edges.indices)
        rows = first[1:]((neighbors + alone[:, :, None]).flatten(0, 2))
        for layer in others:
            rows = layer(rows)
        return masked_max(rows.view(*edges.indices.shape, self.width))


def find_edges(features: Tensor, k: int, *, mask: Tensor | None = None) -> Selection:
    """Join each point with the nearest ones, itself the first of them.

    It is not where points lie at one place, where rounding makes another one nearer,
    and where the point is not real.

    Args:
        features: Of the points, or where they lie, `(B, N, C)`.
        k: How many neighbors a point has, `K`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Index and truth values `(B, N, K)`.
    """
    check_cloud("features", features)
    return nearest_points(features, features, k, mask=mask)


def _check_edges(features: Tensor, index: Tensor) -> None:
    check_floating("features", features)
    check_index("index", index, features)
    if index.ndim != 3 or index.shape[1] != features.shape[1] or not index.shape[2]:
        shapes = tuple(features.shape), tuple(index.shape)
        raise ValueError(f"must be (B, N, C) and (B, N, K), got {shapes}")


def _check_weights(features: Tensor, index: Tensor, one: Tensor, other: Tensor) -> None:
    _check_edges(features, index)
    check_floating("offset_weight", one)
    check_floating("own_weight", other)
    wanted = (*one.shape[:1], features.shape[2])
    if one.ndim != 2 or tuple(one.shape) != wanted or other.shape != one.shape:
        shapes = tuple(one.shape), tuple(other.shape)
        raise ValueError(f"weights must be (O, {features.shape[2]}), got {shapes}")
