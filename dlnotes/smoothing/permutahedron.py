"""Soft ranks, soft sorting and soft top-k by one projection."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import Parameter, check_count, check_positive
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.smoothing._pools import pool_deviation, pool_mean, pools
from dlnotes.smoothing._rows import check_possible, check_row
from dlnotes.smoothing.checks import check_same_shape, check_values


@widen_half
def project(point: Tensor, vertex: Tensor) -> Tensor:
    """Project onto all mixtures of permutations of a vector, Eq. (permutahedron).

    Args:
        point: What is projected, shape `(..., K)`.
        vertex: Shape of `point`; its permutations are the corners.

    Returns:
        The closest points of the permutahedron, shape `(..., K)`, computed in double
        precision. Derivatives by both arguments are exact wherever they exist.
    """
    check_values("point", point)
    check_values("vertex", vertex)
    check_same_shape("vertex", vertex, "point", point)
    high, order = point.double().sort(dim=-1, descending=True)
    corner = vertex.double().sort(-1, descending=True).values
    pool = pools(high - corner)
    sorted_result = pool_deviation(high, pool) + pool_mean(corner, pool)
    return sorted_result.gather(-1, order.argsort(-1)).to(point.dtype)


@half_to_single
def soft_rank(values: Tensor, sharpness: Parameter) -> Tensor:
    """Rank values, the largest first, with a slope, Eq. (soft-rank).

    Args:
        values: Shape `(..., K)`; entries of minus infinity share the last ranks.
        sharpness: Positive; the ranks are exact where it is at least the inverse of
            the smallest gap, and tend to the mean rank at 0.

    Returns:
        Numbers from 1 to K that sum to K (K + 1) / 2, shape `(..., K)`.

    Examples:
        >>> soft_rank(torch.tensor([0.2, 3.0, 1.0]), 1.0)
        tensor([2.9000, 1.0000, 2.1000])
    """
    check_row("values", values, sharpness)
    possible = values > -torch.inf
    point = -sharpness * torch.where(possible, values, 0).double()
    top = torch.where(possible, point, -torch.inf).amax(-1, keepdim=True).detach()
    behind = 2 * top.abs() + values.shape[-1]  # too far away to be pooled
    point = torch.where(possible, point, behind)
    return project(point, _ranks(point)).to(values.dtype)


@widen_half
def soft_sort(values: Tensor, sharpness: Parameter) -> Tensor:
    """Sort values, the largest first, with a smooth mixture, Eq. (soft-sort).

    Args:
        values: Shape `(..., K)`.
        sharpness: Positive; the order is exact where it is at least the largest gap
            of neighbors, and all tend to the mean at 0.

    Returns:
        Non-increasing numbers with the sum of the values, shape `(..., K)`.
    """
    check_values("values", values)
    check_positive("sharpness", sharpness, like=values, row=True)
    exact = values.double()
    point = sharpness * _ranks(exact).flip(-1)
    return project(point, exact.expand_as(point)).to(values.dtype)


@widen_half
def soft_top_k(values: Tensor, k: int, sharpness: Parameter) -> Tensor:
    """Mark the k largest values by a mask without entries above 1, Eq. (soft-top-k).

    Args:
        values: Shape `(..., K)`; minus infinity masks an entry.
        k: How many to mark, from 1 to the number of entries that are not masked.
        sharpness: Positive; the mask is exact where it is at least the inverse of the
            gap between the last one in and the first one out.

    Returns:
        Numbers from 0 to 1 that sum to `k`, shape `(..., K)`.
    """
    check_row("values", values, sharpness)
    check_count("k", k, most=values.shape[-1])
    check_possible("k", k, values)
    possible = values > -torch.inf
    point = sharpness * torch.where(possible, values, 0).double()
    low = torch.where(possible, point, torch.inf).amin(-1, keepdim=True).detach()
    point = torch.where(possible, point, -2 * low.abs() - 1)  # too far to be pooled
    mask = (_ranks(point) <= k).double()
    return project(point, mask).to(values.dtype)


def _ranks(like: Tensor) -> Tensor:
    """1, 2, …, K along the last axis, in the shape of a tensor."""
    ranks = torch.arange(1, like.shape[-1] + 1, dtype=like.dtype, device=like.device)
    return ranks.expand_as(like)
