"""Six ways to deal with the order of points, which means nothing."""

from collections.abc import Sequence
from typing import Literal, cast, get_args

from torch import Tensor, nn

from dlnotes.blocks.checks import check_count
from dlnotes.blocks.grouping import check_cloud, gather_points
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.blocks.pooling import masked_max, masked_mean
from dlnotes.blocks.precision import widen_half
from dlnotes.representations_3d.inputs import check_points, check_some
from dlnotes.representations_3d.layers import BIASED, Head, Layers

Handling = Literal["unsorted", "sorted", "lstm", "attention", "mean", "max"]


@widen_half
def sort_points(points: Tensor) -> Tensor:
    """Sort each cloud by the first coordinate, equal ones by the second, and so on.

    Args:
        points: Shape `(B, N, D)`.

    Returns:
        Shape `(B, N, D)`.

    Examples:
        >>> import torch
        >>> sort_points(torch.tensor([[[2.0, 0.0], [1.0, 5.0], [1.0, 3.0]]]))
        tensor([[[1., 3.],
                 [1., 5.],
                 [2., 0.]]])
    """
    check_cloud("points", points)
    for axis in reversed(range(points.shape[-1])):
        order = points[..., axis].detach().argsort(dim=1, stable=True)
        points = gather_points(points, order)
    return points


class AttentionSum(nn.Module):
    """Sum features of points with weights that a linear map gives, positive, sum 1.

    Args:
        size: Features of a point, `D`.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        check_count("size", size)
        self.score = nn.Linear(size, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Map features `(B, N, D)` to `(B, D)`."""
        size = self.score.in_features
        check_input("features", features, ("B", "N", size), like=self)
        weights: Tensor = self.score(features).softmax(1)
        return (weights * features).sum(1)


class LastState(nn.Module):
    """Read features of points one after the other, and keep the last state.

    Args:
        size: Features of a point, and numbers of the state, `D`.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        check_count("size", size)
        self.reader = nn.LSTM(size, size, batch_first=True)

    def forward(self, features: Tensor) -> Tensor:
        """Map features `(B, N, D)` to `(B, D)`."""
        size = self.reader.input_size
        check_input("features", features, ("B", "N", size), like=self)
        check_some("features", features)
        return cast(Tensor, self.reader(features)[0][:, -1])


class OrderingNetwork(nn.Module):
    """Classify clouds by one of six ways to deal with the order of their points.

    They are those of Qi et al. 2017a, section 5.2. For "unsorted" and "sorted" all
    coordinates enter the first layer as one vector, as they come or by `sort_points`.
    For the others each point is mapped alone, by layers of the same widths; then "lstm"
    reads the features as they come, and the rest combines them in a way that has no
    order. Networks for "unsorted" and "lstm" need points in random order.

    Args:
        classes: How many there are.
        handling: Which way.
        count: Points of a cloud, `N`; "lstm", "attention", "mean" and "max" take any.
        channels: Numbers of a point.
        widths: Of the layers before points are combined.
        head: Widths of the hidden layers after that.
        dropout: Share of the entries dropped after the last of these in train mode.
        layers: Makes layers.
    """

    def __init__(
        self,
        classes: int,
        handling: Handling,
        *,
        count: int = 256,
        channels: int = 3,
        widths: Sequence[int] = (64, 64, 128),
        head: Sequence[int] = (64,),
        dropout: float = 0.3,
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        if handling not in get_args(Handling):
            known = get_args(Handling)
            raise ValueError(f"handling must be one of {known}, got {handling!r}")
        check_count("count", count)
        check_count("channels", channels)
        self.handling, self.count, self.channels = handling, count, channels
        self.flat = handling in ("unsorted", "sorted")
        first = count * channels if self.flat else channels
        self.local: Pointwise = layers([first, *widths])
        width = [first, *widths][-1]
        combiners = {"lstm": LastState, "attention": AttentionSum}
        made = combiners.get(handling)
        self.combiner = nn.Identity() if made is None else made(width)
        rates = [0.0] * (len(head) - 1) + [dropout] * bool(head)
        self.head = Head([width, *head], classes, dropout=rates, layers=layers)

    def forward(self, points: Tensor) -> Tensor:
        """Score the classes of clouds `(B, N, channels)`, `(B, classes)`."""
        count = self.count if self.flat else "N"
        check_points("points", points, ("B", count, self.channels), like=self)
        return cast(Tensor, self.head(self._combine(points)))

    def _combine(self, points: Tensor) -> Tensor:
        if self.flat:
            points = sort_points(points) if self.handling == "sorted" else points
            return cast(Tensor, self.local(points.flatten(1)))
        features = self.local(points)
        if self.handling == "max":
            return masked_max(features)
        if self.handling == "mean":
            return masked_mean(features)
        return cast(Tensor, self.combiner(features))
