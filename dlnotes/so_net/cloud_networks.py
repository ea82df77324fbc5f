"""Networks on the encoder: a classifier of clouds, and one of their points."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_count, check_floating
from dlnotes.blocks.dropout import Dropout
from dlnotes.blocks.grouping import Selection, check_truth, gather_points
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.blocks.pooling import masked_mean
from dlnotes.blocks.precision import widen_half
from dlnotes.so_net._inputs import validate_node_groups
from dlnotes.so_net.node_encoder import Encoded, NodeEncoder
from dlnotes.so_net.overlap import NodeGroups

Norm = Callable[[int], nn.Module]


class SoNetClassifier(nn.Module):
    """Classify clouds by the feature of the whole.

    Args:
        classes: How many there are.
        encoder: Encodes a cloud.
        head: Widths of the hidden layers after that.
        dropout: Share of the entries dropped after each of these in train mode.
        norm: Makes the normalization of so many channels; `None` for none.
    """

    def __init__(
        self,
        classes: int,
        encoder: NodeEncoder,
        *,
        head: Sequence[int] = (512, 256),
        dropout: float = 0.7,
        norm: Norm | None = nn.BatchNorm1d,
    ) -> None:
        super().__init__()
        check_count("classes", classes)
        self.encoder = encoder
        sizes = [encoder.lengths[-1], *head]
        parts: list[nn.Module] = []
        for pair in pairwise(sizes):
            parts += [Pointwise(pair, norm=norm), Dropout(dropout)]
        self.head = nn.Sequential(*parts, nn.Linear(sizes[-1], classes))

    def forward(
        self, groups: NodeGroups, window: Selection, features: Tensor | None = None
    ) -> Tensor:
        """Score the classes of clouds, `(B, classes)`; arguments as in the encoder."""
        encoded = self.encoder(groups, window, features)
        return cast(Tensor, self.head(encoded.whole))


@widen_half
def middle_fusion(features: Tensor, *, real: Tensor | None = None) -> Tensor:
    """Make one of the copies of each point, by their mean, Eq. (fusion).

    The published program does this for two and for three copies.

    Args:
        features: Of points in groups, shape `(B, K, N, C)`, one copy or more.
        real: Which of these count, truth values `(B, K, N)`; by default all do.

    Returns:
        Shape `(B, N, C)`; 0 where no copy counts.
    """
    check_floating("features", features)
    if features.ndim != 4 or not features.shape[1]:
        shape = tuple(features.shape)
        raise ValueError(f"features must have shape (B, K, N, C), got {shape}")
    check_truth("real", real, features.shape[:3])
    return masked_mean(features.movedim(1, 2), None if real is None else real.mT)


class SoNetSegmenter(nn.Module):
    """Classify each point by all that is known around each of its copies.

    A copy gets the point, its group's center, the point seen from there, and the
    features of all levels; after some layers copies become one point again.

    Args:
        parts: How many classes of points there are.
        encoder: Encodes a cloud.
        before: Widths of the layers for the copies.
        after: Of those for the points, after `middle_fusion`.
        categories: Of clouds, of which the segmenter is told; 0 if it is not.
        dropout: Share of the entries dropped after these in train mode.
        norm: Makes the normalization of so many channels; `None` for none.
    """

    def __init__(
        self,
        parts: int,
        encoder: NodeEncoder,
        *,
        before: Sequence[int] = (1024, 512, 256),
        after: Sequence[int] = (128,),
        categories: int = 0,
        dropout: float = 0.6,
        norm: Norm | None = nn.BatchNorm1d,
    ) -> None:
        super().__init__()
        check_count("parts", parts)
        check_count("categories", categories, least=0)
        check_count("number of layers before", len(before))
        self.encoder, self.categories = encoder, categories
        point, near, last = encoder.lengths
        levels = 2 * point + (0 if encoder.near is None else near) + 2 * last
        length = 9 + encoder.channels + categories + levels
        self.before = Pointwise([length, *before], norm=norm)
        self.after = Pointwise([before[-1], *after], norm=norm)
        self.dropout = Dropout(dropout)
        self.output = nn.Linear([*before, *after][-1], parts)

    def forward(
        self,
        points: Tensor,
        groups: NodeGroups,
        window: Selection,
        features: Tensor | None = None,
        categories: Tensor | None = None,
    ) -> Tensor:
        """Score the classes of points, `(B, N, parts)`.

        Args:
            points: Shape `(B, N, 3)`.
            groups: Of the points around the nodes of the map.
            window: The nodes around each node, `(B, M, 9)`.
            features: Of the points, `(B, N, channels)`, or `None`.
            categories: One-hot, `(B, categories)`, or `None`.
        """
        validate_node_groups(groups, like=self, half=False)
        batch, _, count = groups.indices.shape
        check_input("points", points, (batch, count, 3), like=self, half=False)
        if categories is not None:
            sizes = (batch, self.categories)
            check_input("categories", categories, sizes, like=self)
        elif self.categories:
            raise ValueError(f"categories must be {self.categories}, got None")
        encoded = self.encoder(groups, window, features)
        rows = self.before(self._joined(points, groups, encoded, features, categories))
        fused = middle_fusion(rows, real=groups.real)
        return cast(Tensor, self.output(self.dropout(self.after(fused))))

    def _joined(
        self,
        points: Tensor,
        groups: NodeGroups,
        encoded: Encoded,
        features: Tensor | None,
        categories: Tensor | None,
    ) -> Tensor:
        """All that is known of each copy, `(B, K, N, ...)`."""
        shape = groups.indices.shape
        near = [] if self.encoder.near is None else [encoded.near]
        of_nodes = [groups.centers, encoded.nodes, *near, encoded.last]
        of_points = [points, *([] if features is None else [features])]
        of_cloud = [encoded.whole, *([] if categories is None else [categories])]
        return torch.cat(
            [
                groups.offsets,
                encoded.copies,
                gather_points(torch.cat(of_nodes, -1), groups.indices),
                *(part[:, None].expand(*shape, -1) for part in of_points),
                *(part[:, None, None].expand(*shape, -1) for part in of_cloud),
            ],
            -1,
        )
