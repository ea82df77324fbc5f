"""Points that were selected by number: their values, and where they lie."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.blocks.checks import (
    check_finite,
    check_floating,
    check_tensor,
    first_where,
    holds,
)
from dlnotes.blocks.precision import half_to_single


class Selection(NamedTuple):
    """Numbers of points, and which of them count.

    Attributes:
        indices: Integers from 0 to N - 1; a place without a point of its own repeats
            the first one.
        real: Truth values of the same shape, false at such places.
    """

    indices: Tensor
    real: Tensor


def gather_points(values: Tensor, index: Tensor) -> Tensor:
    """Take rows of each cloud by their numbers.

    Args:
        values: Shape `(B, N, C)`.
        index: Integers from 0 to N - 1, shape `(B, ...)`.

    Returns:
        Shape `(B, ..., C)`.

    Examples:
        >>> import torch
        >>> gather_points(torch.tensor([[[1.0], [2.0]]]), torch.tensor([[1, 1, 0]]))
        tensor([[[2.],
                 [2.],
                 [1.]]])
    """
    check_floating("values", values)
    check_index("index", index, values)
    batch, count, channels = values.shape
    shift = count * torch.arange(batch, device=index.device)
    rows = index + shift.view(-1, *[1] * (index.ndim - 1))
    taken = values.flatten(0, 1).index_select(0, rows.flatten())
    return taken.view(*index.shape, channels)


@half_to_single
def offsets(points: Tensor, queries: Tensor, index: Tensor) -> Tensor:
    """Where selected points lie, seen from the queries that they were selected for.

    Gradients reach points and queries; the sum of squares is the squared distance.

    Args:
        points: Shape `(B, N, D)`.
        queries: Shape `(B, M, D)`.
        index: Integers from 0 to N - 1, shape `(B, M, K)`.

    Returns:
        Shape `(B, M, K, D)`.
    """
    check_cloud("points", points)
    check_cloud("queries", queries, like=points)
    check_index("index", index, points)
    if index.ndim != 3 or index.shape[1] != queries.shape[1]:
        shapes = tuple(index.shape), tuple(queries.shape)
        raise ValueError(f"index must be (B, M, K), queries (B, M, D), got {shapes}")
    return gather_points(points, index) - queries[:, :, None]


def check_cloud(name: str, points: Tensor, *, like: Tensor | None = None) -> None:
    """Refuse what is not a batch of clouds of points with finite coordinates.

    Args:
        name: What the caller calls the tensor, for the message.
        points: The tensor to check.
        like: Another batch of clouds, of as many clouds and coordinates.
    """
    check_floating(name, points)
    shape = tuple(points.shape)
    if len(shape) != 3 or not shape[2]:
        raise ValueError(f"{name} must have shape (B, N, D), got {shape}")
    if like is not None and shape[::2] != tuple(like.shape[::2]):
        batch, coordinates = like.shape[::2]
        raise ValueError(f"{name} must be ({batch}, N, {coordinates}), got {shape}")
    check_finite(name, points)


def check_truth(name: str, truth: Tensor | None, shape: Sequence[int]) -> None:
    """Refuse what does not hold a truth value for each of some points.

    Args:
        name: What the caller calls the tensor, for the message.
        truth: The tensor to check; `None` is fine, and stands for all true.
        shape: That it should have.
    """
    if truth is None:
        return
    if not isinstance(truth, Tensor) or truth.dtype != torch.bool:
        kind = truth.dtype if isinstance(truth, Tensor) else type(truth).__name__
        raise TypeError(f"{name} must hold truth values, got {kind}")
    if truth.shape != torch.Size(shape):
        wanted, given = tuple(shape), tuple(truth.shape)
        raise ValueError(f"{name} must have shape {wanted}, got {given}")


def check_index(name: str, index: Tensor, points: Tensor) -> None:
    """Refuse what is not a tensor of numbers of points.

    Args:
        name: What the caller calls the tensor, for the message.
        index: The tensor to check, shape `(B, ...)`.
        points: The clouds, shape `(B, N, ...)`.
    """
    check_tensor(name, index)
    if index.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"{name} must hold integers, got {index.dtype}")
    if points.ndim != 3 or not index.ndim or len(index) != len(points):
        shapes = tuple(index.shape), tuple(points.shape)
        raise ValueError(f"{name} must be (B, ...) for (B, N, C), got {shapes}")
    good = (index >= 0) & (index < points.shape[1])
    if not holds(good):
        odd, most = int(first_where(index, ~good)), points.shape[1] - 1
        raise ValueError(f"{name} must be from 0 to {most}, got {odd}")
