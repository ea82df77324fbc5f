"""How far two clouds are from each other, by way of the nearest points."""

from torch import Tensor

from dlnotes.blocks.checks import check_real
from dlnotes.blocks.grouping import check_cloud, check_truth, gather_points
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.precision import half_to_single

EPS = 1e-8  # below the root in the authors' program of SO-Net


@half_to_single
def chamfer_distance(
    one: Tensor,
    other: Tensor,
    *,
    squared: bool = False,
    eps: float = EPS,
    one_mask: Tensor | None = None,
    other_mask: Tensor | None = None,
) -> Tensor:
    """Mean distance to the nearest point of the other cloud, both ways added.

    Either way alone may be 0 for clouds that differ: that of a single point to any
    cloud that holds it.

    Args:
        one: Shape `(B, M, D)`, one point or more.
        other: Shape `(B, N, D)`, one point or more.
        squared: As in `gaps_to_nearest`.
        eps: As in `gaps_to_nearest`.
        one_mask: Which points are real, truth values `(B, M)`; by default all are.
        other_mask: The same for the other cloud, `(B, N)`.

    Returns:
        Shape `(B,)`; the way from a cloud, or to one, without a real point counts 0.

    Examples:
        >>> import torch
        >>> cloud = torch.tensor([[[0.0], [3.0]]])
        >>> chamfer_distance(cloud, cloud[:, :1], squared=True)
        tensor([4.5000])
    """
    there = gaps_to_nearest(one, other, squared=squared, eps=eps, mask=other_mask)
    back = gaps_to_nearest(other, one, squared=squared, eps=eps, mask=one_mask)
    return _mean(there, one_mask) + _mean(back, other_mask)


@half_to_single
def gaps_to_nearest(
    queries: Tensor,
    points: Tensor,
    *,
    squared: bool = False,
    eps: float = EPS,
    mask: Tensor | None = None,
) -> Tensor:
    """Distance of each query from the nearest point.

    Which point that is, is found without a table of all distances where
    `nearest_points` can; gradients reach both points of each pair.

    Args:
        queries: Shape `(B, M, D)`.
        points: Shape `(B, N, D)`, one point or more.
        squared: Whether distances are squared.
        eps: Added to the square below the root, at least 0. With 0 the gradient of
            points that coincide is 0.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Shape `(B, M)`; 0 where no point is real.
    """
    check_cloud("queries", queries)
    check_cloud("points", points, like=queries)
    check_truth("mask", mask, points.shape[:2])
    check_real("eps", eps, like=points)
    if eps < 0:
        raise ValueError(f"eps must be at least 0, got {eps}")
    indices, real = nearest_points(points, queries, 1, mask=mask)
    nearest = gather_points(points, indices[..., 0])
    squares = (queries - nearest).square().sum(-1)
    gaps = squares if squared else _root(squares + eps)
    return gaps.where(real[..., 0], 0)


def _root(squares: Tensor) -> Tensor:
    """Root with slope 0 at 0."""
    positive = squares > 0
    return squares.where(positive, 1).sqrt().where(positive, 0)


def _mean(gaps: Tensor, mask: Tensor | None) -> Tensor:
    """Mean of each row over what is real, 0 of nothing."""
    if mask is None:
        return gaps.mean(1)
    check_truth("mask", mask, gaps.shape)
    return gaps.where(mask, 0).sum(1) / mask.sum(1).clamp_min(1)
