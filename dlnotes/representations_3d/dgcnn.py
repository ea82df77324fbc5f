"""DGCNN: a graph of nearest points, made anew among the features of each layer."""

from collections.abc import Sequence
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_count
from dlnotes.blocks.dropout import Dropout
from dlnotes.blocks.grouping import Selection, check_truth
from dlnotes.blocks.inputs import check_selection, check_sequence
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.blocks.pooling import masked_max, masked_mean
from dlnotes.representations_3d.edges import EdgeConv, find_edges
from dlnotes.representations_3d.inputs import check_points
from dlnotes.representations_3d.layers import Layers

SLOPE = partial(nn.LeakyReLU, 0.2)
LEAKY: Layers = partial(Pointwise, activation=SLOPE)
LEAKY_BIASED: Layers = partial(Pointwise, activation=SLOPE, bias=True)


class DGCNN(nn.Module):
    """Classify clouds by edges, first of the points, then among their features.

    The results of all layers are joined, and mapped once more; the largest and the mean
    of each feature over the points are classified. By default it has the sizes of the
    authors' program in PyTorch, where the first hidden layer of the head has no bias
    and the others have one (Wang et al. 2019, section 3 and its code).

    Args:
        classes: How many there are.
        k: Neighbors of a point, itself among them.
        channels: Numbers of a point.
        widths: Of the edge convolutions, one layer each.
        joined: Width of the layer after these.
        head: Widths of the hidden layers of the head.
        dropout: Share of the entries dropped after each of these in train mode.
        layers: Makes layers.
        later: Makes the hidden layers of the head but the first.
    """

    def __init__(
        self,
        classes: int,
        *,
        k: int = 20,
        channels: int = 3,
        widths: Sequence[int] = (64, 64, 128, 256),
        joined: int = 1024,
        head: Sequence[int] = (512, 256),
        dropout: float = 0.5,
        layers: Layers = LEAKY,
        later: Layers = LEAKY_BIASED,
    ) -> None:
        super().__init__()
        check_count("classes", classes)
        check_count("k", k)
        check_count("number of widths", len(widths))
        self.k, self.channels = k, channels
        before = [channels, *widths[:-1]]
        self.convolutions = nn.ModuleList(
            EdgeConv(c, [o], layers=layers) for c, o in zip(before, widths, strict=True)
        )
        self.join = layers([sum(widths), joined])
        parts: list[nn.Module] = []
        length = 2 * joined
        for i, width in enumerate(head):
            make = later if i else layers
            parts += [make([length, width]), Dropout(dropout)]
            length = width
        self.head = nn.Sequential(*parts, nn.Linear(length, classes))

    def forward(
        self,
        points: Tensor,
        edges: Selection | Sequence[Selection] | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Score the classes of clouds `(B, N, channels)`, `(B, classes)`.

        Args:
            points: One or more of each cloud.
            edges: Of `find_edges`, for all layers, or a list of them, one for each. By
                default they are found here, in each layer among its features.
            mask: Which points are real, truth values `(B, N)`; by default all are.
        """
        features = self.features(points, edges, mask)
        pooled = [masked_max(features, mask), masked_mean(features, mask)]
        return cast(Tensor, self.head(torch.cat(pooled, -1)))

    def features(
        self,
        points: Tensor,
        edges: Selection | Sequence[Selection] | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Features of each point before they are pooled, `(B, N, joined)`."""
        check_points("points", points, ("B", "N", self.channels), like=self)
        check_truth("mask", mask, points.shape[:2])
        given = self._edges(edges, points.shape[:2])
        found, current = [], points
        for layer, some in zip(self.convolutions, given, strict=True):
            if some is None:
                some = find_edges(current, self.k, mask=mask)
            current = layer(current, some)
            found.append(current)
        return cast(Tensor, self.join(torch.cat(found, -1)))

    def _edges(
        self, edges: Selection | Sequence[Selection] | None, shape: Sequence[int]
    ) -> Sequence[Selection | None]:
        """One for each layer; `None` where they have to be found."""
        count = len(self.convolutions)
        if edges is None:
            return [None] * count
        if isinstance(edges, Selection):
            check_selection("edges", edges, (*shape, "K"), shape[1])
            return [edges] * count
        check_sequence("edges", edges)
        for i, some in enumerate(edges):
            check_selection(f"edges[{i}]", some, (*shape, "K"), shape[1])
        if len(edges) != count:
            raise ValueError(f"edges must be {count}, one a layer, got {len(edges)}")
        return edges
