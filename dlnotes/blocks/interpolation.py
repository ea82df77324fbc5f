"""Values of a cloud, carried to other places by their nearest points."""

from torch import Tensor

from dlnotes.blocks.attention import masked_softmax
from dlnotes.blocks.checks import (
    Parameter,
    check_finite,
    check_floating,
    check_positive,
    check_tensor,
    first_where,
    holds,
)
from dlnotes.blocks.grouping import check_truth, gather_points, offsets
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.precision import widen_half


@widen_half
def inverse_distance_weights(
    squares: Tensor,
    *,
    real: Tensor | None = None,
    power: Parameter = 2.0,
    eps: Parameter = 1e-8,
) -> Tensor:
    """Weigh by a negative power of the distance, with a sum of 1.

    Args:
        squares: Squared distances, at least 0, shape `(..., K)`.
        real: Which of them count, truth values of the same shape; by default all do.
        power: Of the distance, positive. PointNet++ has 2 in its paper; some programs
            use 1. A tensor has `(..., 1)`.
        eps: Added to the squared distance, positive; a tensor has `(..., 1)`. At a
            distance far below its root the other points count next to nothing.

    Returns:
        Weights of the same shape; 0 for what does not count, all 0 if nothing counts.

    Examples:
        >>> import torch
        >>> inverse_distance_weights(torch.tensor([1.0, 4.0])).round(decimals=3)
        tensor([0.8000, 0.2000])
    """
    check_finite("squares", squares)
    check_positive("power", power, like=squares, row=True)
    check_positive("eps", eps, like=squares, row=True)
    good = squares.detach() >= 0
    if not squares.ndim or not holds(good):
        odd = first_where(squares, ~good) if squares.ndim else "no axis"
        raise ValueError(f"squares must be (..., K), at least 0, got {odd}")
    check_truth("real", real, squares.shape)
    return masked_softmax(-power / 2 * (squares + eps).log(), real)


@widen_half
def interpolate_points(
    values: Tensor,
    points: Tensor,
    queries: Tensor,
    *,
    k: int = 3,
    mask: Tensor | None = None,
    power: Parameter = 2.0,
    eps: Parameter = 1e-8,
) -> Tensor:
    """Carry values from points to queries, weighted by inverse distance.

    Gradients reach values, points and queries.

    Args:
        values: Of the points, shape `(B, N, C)`.
        points: Shape `(B, N, D)`, one point or more.
        queries: Shape `(B, M, D)`.
        k: How many of the nearest points count.
        mask: Which points are real, truth values `(B, N)`; by default all are.
        power: As in `inverse_distance_weights`.
        eps: As in `inverse_distance_weights`.

    Returns:
        Shape `(B, M, C)`, between the values of the nearest points; 0 in a cloud
        without a real point.
    """
    check_floating("values", values)
    check_floating("points", points)
    if values.ndim != 3 or values.shape[:2] != points.shape[:2]:
        shapes = tuple(values.shape), tuple(points.shape)
        raise ValueError(f"must be (B, N, C) and (B, N, D), got {shapes}")
    index, real = nearest_points(points, queries, k, mask=mask)
    squares = offsets(points, queries, index).square().sum(-1)
    weights = inverse_distance_weights(squares, real=real, power=power, eps=eps)
    return mix_points(values, index, weights.to(values.dtype))


@widen_half
def mix_points(values: Tensor, index: Tensor, weights: Tensor) -> Tensor:
    """Add up the values of selected points, each times a weight.

    Args:
        values: Shape `(B, N, C)`.
        index: Integers from 0 to N - 1, shape `(B, M, K)`.
        weights: Shape `(B, M, K)`.

    Returns:
        Shape `(B, M, C)`.
    """
    check_tensor("index", index)
    check_floating("weights", weights)
    if index.ndim != 3 or weights.shape != index.shape:
        shapes = tuple(index.shape), tuple(weights.shape)
        raise ValueError(f"index and weights must be (B, M, K), got {shapes}")
    return (weights[..., None, :] @ gather_points(values, index)).squeeze(-2)
