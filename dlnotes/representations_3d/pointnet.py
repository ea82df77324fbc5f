"""PointNet: align, map each point alone, take the largest of each feature."""

from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from einops import rearrange
from torch import Tensor, nn

from dlnotes.blocks.checks import check_count, check_finite
from dlnotes.blocks.grouping import check_truth
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.pooling import masked_max
from dlnotes.blocks.precision import widen_half
from dlnotes.representations_3d.inputs import check_points, check_some
from dlnotes.representations_3d.layers import BIASED, Head, Layers


class TNet(nn.Module):
    """Make a matrix from a cloud by a small PointNet, Eq. (alignment).

    The last layer begins at 0, so that the matrix begins as the identity. (Qi et al.
    2017a, appendix C.)

    Args:
        size: Numbers of a point, `D`.
        widths: Of the layers that see each point alone.
        head: Widths of the hidden layers after the largest values.
        layers: Makes all layers but the last.
    """

    def __init__(
        self,
        size: int,
        *,
        widths: Sequence[int] = (64, 128, 1024),
        head: Sequence[int] = (512, 256),
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        check_count("size", size)
        self.size = size
        self.local = layers([size, *widths])
        self.head = layers([[size, *widths][-1], *head])
        self.last = nn.Linear([size, *widths, *head][-1], size**2)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, points: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map a cloud `(B, N, D)` to a matrix `(B, D, D)`.

        Args:
            points: One or more of each cloud.
            mask: Which of them are real, truth values `(B, N)`; by default all are.
        """
        check_input("points", points, ("B", "N", self.size), like=self)
        check_some("points", points)
        check_truth("mask", mask, points.shape[:2])
        change = self.last(self.head(masked_max(self.local(points), mask)))
        identity = torch.eye(self.size, dtype=change.dtype, device=change.device)
        matrices: Tensor = rearrange(change, "b (i j) -> b i j", i=self.size)
        return identity + matrices


@widen_half
def orthogonality_penalty(matrices: Tensor) -> Tensor:
    """Measure how far matrices are from orthogonal ones, Eq. (orthogonality).

    PointNet adds 0.001 times the mean over a batch to its loss. Programs differ: the
    authors' takes half of the sum over the batch (`tf.nn.l2_loss`), and one in PyTorch
    (yanx27) the mean of the norm without the square.

    Args:
        matrices: Shape `(..., D, D)`.

    Returns:
        One number for each matrix, `(...)`.

    Examples:
        >>> import torch
        >>> orthogonality_penalty(torch.diag(torch.tensor([1.0, 2.0])))
        tensor(9.)
    """
    check_finite("matrices", matrices)
    shape = tuple(matrices.shape)
    if len(shape) < 2 or shape[-1] != shape[-2] or not shape[-1]:
        raise ValueError(f"matrices must be (..., D, D), got {shape}")
    identity = torch.eye(shape[-1], dtype=matrices.dtype, device=matrices.device)
    return (identity - matrices @ matrices.mT).square().sum((-2, -1))


class Encoding(NamedTuple):
    """What PointNet knows of a cloud.

    Attributes:
        local: Features of each point before the last layers, `(B, N, C)`.
        features: Features of each point, of which the largest are taken, `(B, N, D)`.
        pooled: The largest of each, `(B, D)`.
        point_matrices: What the points were multiplied by, `(B, 3, 3)`, or `None`.
        feature_matrices: What the local features were multiplied by, `(B, C, C)`, or
            `None`.
    """

    local: Tensor
    features: Tensor
    pooled: Tensor
    point_matrices: Tensor | None
    feature_matrices: Tensor | None


class PointEncoder(nn.Module):
    """Align points, map each, align features, map each, and take the largest.

    Args:
        channels: Numbers of a point.
        local: Widths of the layers before the features are aligned.
        widths: Widths of the layers after that.
        point_alignment: Widths of the `TNet` of the points, before and after its
            largest values; `None` for none.
        feature_alignment: The same for the local features.
        layers: Makes layers.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        local: Sequence[int] = (64, 64),
        widths: Sequence[int] = (64, 128, 1024),
        point_alignment: Sequence[Sequence[int]] | None = ((64, 128, 1024), (512, 256)),
        feature_alignment: Sequence[Sequence[int]] | None = (
            *((64, 128, 1024), (512, 256)),
        ),
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        self.channels, self.length = channels, [channels, *local][-1]
        self.width = [self.length, *widths][-1]
        self.point_alignment = _aligner(channels, point_alignment, layers)
        self.local = layers([channels, *local])
        self.feature_alignment = _aligner(self.length, feature_alignment, layers)
        self.deep = layers([self.length, *widths])

    def forward(self, points: Tensor, mask: Tensor | None = None) -> Encoding:
        """Encode clouds `(B, N, channels)`.

        Args:
            points: One or more of each cloud.
            mask: Which of them are real, truth values `(B, N)`; by default all are. The
                features of others are computed, and not taken; in train mode a
                normalization counts them.
        """
        check_points("points", points, ("B", "N", self.channels), like=self)
        check_truth("mask", mask, points.shape[:2])
        points, first = _align(self.point_alignment, points, mask)
        local, second = _align(self.feature_alignment, self.local(points), mask)
        features = self.deep(local)
        return Encoding(local, features, masked_max(features, mask), first, second)


class PointNet(nn.Module):
    """Classify clouds by the largest features of their points.

    In Eq. (max-network), `encoder` without alignment is the inner function, and `head`
    the outer one. By default it has the published sizes (Qi et al. 2017a, figure 2).

    Args:
        classes: How many there are.
        encoder: What finds the features; by default a `PointEncoder`.
        head: Widths of the hidden layers after that.
        dropout: Share of the entries dropped after the last of these in train mode.
        layers: Makes the layers of the head.
    """

    def __init__(
        self,
        classes: int,
        *,
        encoder: PointEncoder | None = None,
        head: Sequence[int] = (512, 256),
        dropout: float = 0.3,
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        self.encoder = PointEncoder() if encoder is None else encoder
        rates = [0.0] * (len(head) - 1) + [dropout] * bool(head)
        sizes = [self.encoder.width, *head]
        self.head = Head(sizes, classes, dropout=rates, layers=layers)

    def forward(self, points: Tensor, mask: Tensor | None = None) -> Tensor:
        """Score the classes of clouds `(B, N, channels)`, `(B, classes)`.

        For a loss with `orthogonality_penalty` call `encoder` and `head` yourself.
        """
        return cast(Tensor, self.head(self.encoder(points, mask).pooled))


class PointNetSegmenter(nn.Module):
    """Classify each point by its local features and the largest ones of its cloud.

    Args:
        parts: How many classes of points there are.
        encoder: What finds the features; by default a `PointEncoder`, and a point then
            has 64 + 1,024 of them.
        widths: Of the layers that see each point alone after that.
        layers: Makes them.
    """

    def __init__(
        self,
        parts: int,
        *,
        encoder: PointEncoder | None = None,
        widths: Sequence[int] = (512, 256, 128, 128),
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        self.encoder = PointEncoder() if encoder is None else encoder
        sizes = [self.encoder.length + self.encoder.width, *widths]
        self.head = Head(sizes, parts, dropout=[0.0] * len(widths), layers=layers)

    def forward(self, points: Tensor, mask: Tensor | None = None) -> Tensor:
        """Score the classes of points `(B, N, channels)`, `(B, N, parts)`."""
        encoding = self.encoder(points, mask)
        everywhere = encoding.pooled[:, None].expand(-1, points.shape[1], -1)
        return cast(Tensor, self.head(torch.cat([encoding.local, everywhere], -1)))


def _aligner(
    size: int, widths: Sequence[Sequence[int]] | None, layers: Layers
) -> TNet | None:
    if widths is None:
        return None
    local, head = widths
    return TNet(size, widths=local, head=head, layers=layers)


def _align(
    network: nn.Module | None, points: Tensor, mask: Tensor | None
) -> tuple[Tensor, Tensor | None]:
    if network is None:
        return points, None
    matrices = network(points, mask)
    return points @ matrices, matrices
