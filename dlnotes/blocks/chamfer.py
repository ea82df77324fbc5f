"""How far two clouds are from each other, by way of the nearest points."""

from torch import Tensor

from dlnotes.blocks.checks import check_real
from dlnotes.blocks.distances import safe_root
from dlnotes.blocks.grouping import check_cloud, check_truth, gather_points
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.pooling import masked_mean
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
    check_cloud("one", one)
    check_cloud("other", other, like=one)
    check_truth("one_mask", one_mask, one.shape[:2])
    check_truth("other_mask", other_mask, other.shape[:2])
    there = gaps_to_nearest(one, other, squared=squared, eps=eps, mask=other_mask)
    back = gaps_to_nearest(other, one, squared=squared, eps=eps, mask=one_mask)
    ways = (there, one_mask), (back, other_mask)
    means = [masked_mean(gaps[..., None], mask)[..., 0] for gaps, mask in ways]
    return means[0] + means[1]


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
    gaps = squares if squared else safe_root(squares + eps)
    return gaps.where(real[..., 0], 0)
