"""Soft ranks, soft sorting and soft top-k by one projection."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_positive
from dlnotes.smoothing.checks import check_same_shape, check_values
from dlnotes.smoothing.isotonic import pool_deviation, pool_mean, pools


def project(point: Tensor, vertex: Tensor) -> Tensor:
    """Project onto all mixtures of permutations of a vector, Eq. (permutahedron).

    Args:
        point: What is projected, finite, shape `(..., K)`.
        vertex: Finite, of the dtype and shape of `point`; its permutations are the
            corners.

    Returns:
        The closest points of the permutahedron, shape `(..., K)`, computed in double
        precision. Derivatives by both arguments are exact wherever they exist.

    Raises:
        TypeError: If a tensor is not floating-point.
        ValueError: If an entry is not finite, or the shapes differ.
    """
    check_values("point", point)
    check_values("vertex", vertex)
    check_same_shape("vertex", vertex, "point", point)
    high, order = point.double().sort(dim=-1, descending=True)
    corner = vertex.double().sort(-1, descending=True).values
    pool = pools(high - corner)
    sorted_result = pool_deviation(high, pool) + pool_mean(corner, pool)
    return sorted_result.gather(-1, order.argsort(-1)).to(point.dtype)


def soft_rank(values: Tensor, sharpness: float) -> Tensor:
    """Rank values, the largest first, with a slope, Eq. (soft-rank).

    Args:
        values: Finite numbers, shape `(..., K)`.
        sharpness: Positive; the ranks are exact where it is at least the inverse of
            the smallest gap, and tend to the mean rank at 0.

    Returns:
        Numbers from 1 to K that sum to K (K + 1) / 2, shape `(..., K)`.

    Raises:
        TypeError: If the values are not floating-point.
        ValueError: If a value is not finite, or the sharpness is not positive.
    """
    check_values("values", values)
    check_positive("sharpness", sharpness)
    exact = values.double()
    ranks = _ranks(exact)
    return project(-sharpness * exact, ranks).to(values.dtype)


def soft_sort(values: Tensor, sharpness: float) -> Tensor:
    """Sort values, the largest first, with a smooth mixture, Eq. (soft-sort).

    Args:
        values: Finite numbers, shape `(..., K)`.
        sharpness: Positive; the order is exact where it is at least the largest gap
            of neighbors, and all tend to the mean at 0.

    Returns:
        Non-increasing numbers with the sum of the values, shape `(..., K)`.

    Raises:
        TypeError: If the values are not floating-point.
        ValueError: If a value is not finite, or the sharpness is not positive.
    """
    check_values("values", values)
    check_positive("sharpness", sharpness)
    exact = values.double()
    falling = _ranks(exact).flip(-1)
    return project(sharpness * falling, exact).to(values.dtype)


def soft_top_k(values: Tensor, k: int, sharpness: float) -> Tensor:
    """Mark the k largest values by a mask without entries above 1, Eq. (soft-top-k).

    Args:
        values: Finite numbers, shape `(..., K)`.
        k: How many to mark, from 1 to K.
        sharpness: Positive; the mask is exact where it is at least the inverse of the
            gap between the last one in and the first one out.

    Returns:
        Numbers from 0 to 1 that sum to `k`, shape `(..., K)`.

    Raises:
        TypeError: If the values are not floating-point or `k` is not an integer.
        ValueError: If a value is not finite, `k` does not fit, or the sharpness is not
            positive.
    """
    check_values("values", values)
    check_count("k", k, most=values.shape[-1])
    check_positive("sharpness", sharpness)
    exact = values.double()
    mask = (_ranks(exact) <= k).double()
    return project(sharpness * exact, mask).to(values.dtype)


def _ranks(like: Tensor) -> Tensor:
    """1, 2, …, K along the last axis, in the shape of a tensor."""
    ranks = torch.arange(1, like.shape[-1] + 1, dtype=like.dtype, device=like.device)
    return ranks.expand_as(like)
