"""PointNet++: networks on neighborhoods of neighborhoods."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from dlnotes.representations_3d.abstraction import FeaturePropagation
from dlnotes.representations_3d.groups import Groups
from dlnotes.representations_3d.hierarchy import HierarchicalEncoder
from dlnotes.representations_3d.layers import BIASED, Head, Layers


class PointNet2(nn.Module):
    """Classify clouds by neighborhoods of neighborhoods.

    Args:
        classes: How many there are.
        encoder: What finds the features; by default a `HierarchicalEncoder` of the
            sizes in `SINGLE_SCALE`.
        head: Widths of the hidden layers after that.
        dropout: Share of the entries dropped after each of these in train mode.
        layers: Makes the layers of the head.
    """

    def __init__(
        self,
        classes: int,
        *,
        encoder: HierarchicalEncoder | None = None,
        head: Sequence[int] = (512, 256),
        dropout: float = 0.5,
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        self.encoder = HierarchicalEncoder() if encoder is None else encoder
        sizes, rates = [self.encoder.top.width, *head], [dropout] * len(head)
        self.head = Head(sizes, classes, dropout=rates, layers=layers)

    def forward(
        self,
        points: Tensor,
        groups: Sequence[Groups] | None = None,
        features: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Score the classes of clouds, `(B, classes)`.

        Args:
            points: Shape `(B, N, 3)`, one or more of each cloud.
            groups: Of `encoder.group`, found before; by default they are found here,
                from the first real point on.
            features: Of the points, `(B, N, channels)`, or `None` if they have none.
            mask: Which points are real, truth values `(B, N)`; by default all are.
        """
        seen = self.encoder(points, groups, features, mask)
        return cast(Tensor, self.head(seen.pooled))


class PointNet2Segmenter(nn.Module):
    """Classify each point: levels up, and as many steps back.

    Args:
        parts: How many classes of points there are.
        encoder: What finds the features; by default a `HierarchicalEncoder` of the
            sizes in `SINGLE_SCALE`.
        widths: Of the layers of each step back, from the top on: one step to the last
            centers, then one for each level.
        head: Widths of the hidden layers after that.
        dropout: Share of the entries dropped after each of these in train mode.
        layers: Makes layers.
    """

    def __init__(
        self,
        parts: int,
        *,
        encoder: HierarchicalEncoder | None = None,
        widths: Sequence[Sequence[int]] = ((256, 256), (256, 128), (128, 128, 128)),
        head: Sequence[int] = (128,),
        dropout: float = 0.5,
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        self.encoder = HierarchicalEncoder() if encoder is None else encoder
        lengths = self.encoder.lengths
        if len(widths) != len(lengths):
            wanted, given = len(lengths), len(widths)
            raise ValueError(f"widths must be of {wanted} steps back, got {given}")
        self.first = layers([self.encoder.top.width + lengths[-1], *widths[0]])
        self.steps = nn.ModuleList()
        length = [self.encoder.top.width + lengths[-1], *widths[0]][-1]
        for skipped, some in zip(lengths[-2::-1], widths[1:], strict=True):
            step = FeaturePropagation(length, skipped, some, layers=layers)
            self.steps.append(step)
            length = step.width
        rates = [dropout] * len(head)
        self.head = Head([length, *head], parts, dropout=rates, layers=layers)

    def forward(
        self,
        points: Tensor,
        groups: Sequence[Groups] | None = None,
        features: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Score the classes of points, `(B, N, parts)`.

        Args:
            points: Shape `(B, N, 3)`, one or more of each cloud.
            groups: Of `encoder.group` with `back=True`; by default they are found here,
                from the first real point on.
            features: Of the points, `(B, N, channels)`, or `None` if they have none.
            mask: Which points are real, truth values `(B, N)`; by default all are.
        """
        self.encoder.check(points, groups, features, mask, back=True)
        if groups is None:
            groups = self.encoder.group(points, back=True, mask=mask)
        seen = self.encoder(points, groups, features, mask)
        everywhere = seen.pooled[:, None].expand(-1, seen.points[-1].shape[1], -1)
        parts = [everywhere, *[f for f in seen.features[-1:] if f is not None]]
        current = self.first(torch.cat(parts, -1))
        for i, step in enumerate(self.steps):
            level = len(groups) - 1 - i
            current = step(
                current,
                seen.features[level],
                centers=seen.points[level + 1],
                points=seen.points[level],
                back=groups[level].back,
            )
        return cast(Tensor, self.head(current))
