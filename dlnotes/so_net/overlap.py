"""Points in the groups of their nearest nodes, and what a group has in common.

Each point belongs to its `k` nearest nodes. What belongs to a point in a group has
shape `(B, K, N, ...)`: the copies of all points for the nearest node come first.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_floating
from dlnotes.blocks.grouping import check_cloud, check_index, check_truth, gather_points
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.precision import half_to_single, widen_half


class NodeGroups(NamedTuple):
    """Points in overlapping groups, one for each node of a map.

    Attributes:
        offsets: Points seen from the center of their group, `(B, K, N, D)`.
        indices: Numbers of the nodes, int64, `(B, K, N)`.
        real: Which of these count, truth values `(B, K, N)`; `None` if all do.
        centers: Of the groups, `(B, M, D)`.
        filled: Which groups have a point, truth values `(B, M)`.
    """

    offsets: Tensor
    indices: Tensor
    real: Tensor | None
    centers: Tensor
    filled: Tensor


@half_to_single
def group_points(
    points: Tensor,
    nodes: Tensor,
    k: int = 3,
    *,
    recenter: bool = True,
    mask: Tensor | None = None,
) -> NodeGroups:
    """See each point from the centers of its nearest nodes, Eq. (centering).

    Args:
        points: Shape `(B, N, D)`.
        nodes: Of the map, shape `(B, M, D)`.
        k: How many groups a point belongs to, `K`, at most `M`.
        recenter: Whether a group's center is the mean of its points, as published, or
            its node.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        The groups.
    """
    check_cloud("points", points)
    check_cloud("nodes", nodes, like=points)
    check_count("k", k, most=nodes.shape[1])
    check_truth("mask", mask, points.shape[:2])
    index = nearest_points(nodes, points, k).indices.mT.contiguous()
    real = None if mask is None else mask[:, None].expand_as(index)
    centers, filled = group_means(points, nodes, index, real=real)
    centers = centers if recenter else nodes
    seen = points[:, None] - gather_points(centers, index)
    return NodeGroups(seen, index, real, centers, filled)


@half_to_single
def group_means(
    points: Tensor, nodes: Tensor, index: Tensor, *, real: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Mean of the points of each group, Eq. (group-mean).

    Args:
        points: Shape `(B, N, D)`.
        nodes: Shape `(B, M, D)`.
        index: Numbers of the nodes of each point, int64, `(B, K, N)`.
        real: Which of these count, truth values `(B, K, N)`; by default all do.

    Returns:
        Shape `(B, M, D)`, where an empty group keeps its node, which the published
        program moves to the origin; and which groups have a point, `(B, M)`.
    """
    check_cloud("points", points)
    check_cloud("nodes", nodes, like=points)
    check_index("index", index, nodes)
    check_truth("real", real, index.shape)
    copies = points[:, None].expand(*index.shape, -1)
    ones = torch.ones_like(index, dtype=points.dtype)
    counted = ones if real is None else ones * real
    rows = torch.cat([copies * counted[..., None], counted[..., None]], -1).flatten(
        1, 2
    )
    places = index.flatten(1)[..., None].expand_as(rows)
    zeros = rows.new_zeros(*nodes.shape[:2], rows.shape[-1])
    *sums, counts = zeros.scatter_add(1, places, rows).unbind(-1)
    filled = counts > 0
    means = torch.stack(sums, -1) / counts.clamp_min(1)[..., None]
    return means.where(filled[..., None], nodes), filled


@widen_half
def group_maxima(
    features: Tensor, index: Tensor, count: int, *, real: Tensor | None = None
) -> Tensor:
    """Largest feature of each group, channel by channel, Eq. (node-feature).

    Args:
        features: Of points in groups, shape `(B, K, N, C)`.
        index: Numbers of the groups, int64, `(B, K, N)`.
        count: How many groups there are, `M`.
        real: Which of these count, truth values `(B, K, N)`; by default all do.

    Returns:
        Shape `(B, M, C)`; 0 in an empty group, which is where the published program
        puts the feature of the first point, whichever that is.
    """
    check_floating("features", features)
    check_count("count", count)
    check_index("index", index, features.new_empty(len(features), count, 1))
    if features.ndim != 4 or features.shape[:3] != index.shape:
        shapes = tuple(features.shape), tuple(index.shape)
        raise ValueError(f"must be (B, K, N, C) and (B, K, N), got {shapes}")
    check_truth("real", real, index.shape)
    rows = features if real is None else features.where(real[..., None], -torch.inf)
    rows = rows.flatten(1, 2)
    places = index.flatten(1)[..., None].expand_as(rows)
    least = rows.new_full((len(rows), count, rows.shape[-1]), -torch.inf)
    maxima = least.scatter_reduce(1, places, rows, "amax")
    return maxima.where(maxima != -torch.inf, 0)
