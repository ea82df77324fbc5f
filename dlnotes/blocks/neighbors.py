"""Nearest points of clouds, by number.

Which of two ways finds them follows from the arguments alone. A k-d tree (SciPy's) is
used on the CPU for points of up to eight coordinates, if a cloud has more than 8,192
pairs of a point and a query. All distances are compared, in chunks, for fewer pairs, on
other devices, for points of more coordinates, and where values cannot be known: under
`torch.func`, `torch.compile`, `torch.export`, and on meta tensors. Both give the same
numbers, but for ties, and for distances that rounding makes equal or puts in another
order; the tree computes in double precision.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor

from dlnotes.blocks.checks import (
    check_count,
    check_positive,
    known_values,
)
from dlnotes.blocks.distances import FEW, in_parts, squared_distances
from dlnotes.blocks.grouping import (
    Selection,
    check_cloud,
    check_truth,
    offsets,
)
from dlnotes.blocks.precision import half_to_single

ENTRIES = 2**21  # of the table of distances that is held at one time
PAIRS = 2**13  # of a point and a query of a cloud up to which a tree takes longer
QUERIES = 4096  # from which on it pays to start threads


@half_to_single
def nearest_points(
    points: Tensor, queries: Tensor, k: int, *, mask: Tensor | None = None
) -> Selection:
    """Find the nearest points of each query, a query itself if it is a point.

    But for ties, for rounding, and for points that are not real.

    Args:
        points: Shape `(B, N, D)`, one point or more.
        queries: Shape `(B, M, D)`.
        k: How many are wanted, `K`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Index and truth values `(B, M, K)`, nearest first. In a cloud of fewer than `K`
        real points the places that are left repeat the nearest one and are not real;
        in a cloud without a real point all are 0 and none is real.

    Examples:
        >>> import torch
        >>> line = torch.tensor([[[0.0], [1.0], [3.0]]])
        >>> nearest_points(line, line, 2).indices
        tensor([[[0, 1],
                 [1, 0],
                 [2, 1]]])
    """
    _check(points, queries, k, mask)
    points, queries = points.detach(), queries.detach()
    count = min(k, points.shape[1])
    index = _by_tree(points, queries, count, mask)
    if index is None:

        def distances(some: Tensor) -> Tensor:
            table = squared_distances(some, points)
            if mask is None:
                return table
            most = torch.finfo(table.dtype).max  # so that padding is behind all points
            return table.clamp(max=most).where(mask[:, None], torch.inf)

        index = _smallest(distances, points, queries, count)[1]
    return _fill(index, k, points, mask)


@half_to_single
def points_within(
    points: Tensor,
    queries: Tensor,
    radius: float,
    k: int,
    *,
    mask: Tensor | None = None,
) -> Selection:
    """Find the points in a ball around each query, the nearest ones if too many.

    The result does not depend on the order of the points, but for ties.

    Args:
        points: Shape `(B, N, D)`, one point or more.
        queries: Shape `(B, M, D)`.
        radius: Of the ball, whose surface belongs to it, up to rounding.
        k: How many are wanted at most, `K`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Index and truth values `(B, M, K)`, nearest first. Where there are fewer, the
        places that are left repeat the nearest point and are not real; so it is in all
        places if that one is outside of the ball.
    """
    check_positive("radius", radius)
    index, real = nearest_points(points, queries, k, mask=mask)
    squares = offsets(points.detach(), queries.detach(), index).square().sum(-1)
    real = real & (squares <= radius**2)
    return Selection(index.where(real, index[..., :1]), real)


@half_to_single
def first_within(
    points: Tensor,
    queries: Tensor,
    radius: float,
    k: int,
    *,
    mask: Tensor | None = None,
) -> Selection:
    """Find the points in a ball around each query, the first in order if too many.

    This is the rule of PointNet++ (Qi et al. 2017), as published; it depends on the
    order of the points. All distances are compared.

    Args:
        points: Shape `(B, N, D)`, one point or more.
        queries: Shape `(B, M, D)`.
        radius: Of the ball, whose surface belongs to it, up to rounding.
        k: How many are wanted at most, `K`.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Index and truth values `(B, M, K)`, lowest index first. Where there are fewer,
        the places that are left repeat the first and are not real; in an empty ball all
        are 0.
    """
    check_positive("radius", radius)
    _check(points, queries, k, mask)
    points, queries = points.detach(), queries.detach()
    total = points.shape[1]
    numbers = torch.arange(total, device=points.device)

    def order(some: Tensor) -> Tensor:
        inside = squared_distances(some, points) <= radius**2
        inside = inside if mask is None else inside & mask[:, None]
        return numbers.where(inside, total)

    index = _smallest(order, points, queries, min(k, total))[0]
    index = _pad(index, k, total)
    real = index < total
    first = index[..., :1]
    return Selection(index.where(real, first.where(first < total, 0)), real)


def _check(points: Tensor, queries: Tensor, k: int, mask: Tensor | None) -> None:
    check_cloud("points", points)
    if not points.shape[1]:
        raise ValueError(f"points must be one or more, got {tuple(points.shape)}")
    check_cloud("queries", queries, like=points)
    check_count("k", k)
    check_truth("mask", mask, points.shape[:2])


def _by_tree(
    points: Tensor, queries: Tensor, k: int, mask: Tensor | None
) -> Tensor | None:
    """The nearest of each cloud, `(B, M, k)`; `None` where a tree is of no use."""
    if points.shape[-1] > FEW or points.shape[1] * queries.shape[1] <= PAIRS:
        return None
    arrays = [known_values(tensor) for tensor in (points, queries)]
    masks = [None] * len(points) if mask is None else known_values(mask)
    if masks is None or any(array is None for array in arrays):
        return None
    index = torch.empty(*queries.shape[:2], k, dtype=torch.int64)
    asked = queries.shape[0] * queries.shape[1]
    threads = torch.get_num_threads() if asked >= QUERIES else 1
    clouds = max(1, min(threads, len(points)))  # at the same time

    def answer(rows: Any, cloud: Any, some: Any, real: Any) -> None:
        numbers = None if real is None or real.all() else real.nonzero()[0]
        kept = cloud if numbers is None else cloud[numbers]
        rows[:, len(kept) :] = 0
        if len(kept) and len(some):
            found = _ask_tree(kept, some, min(k, len(kept)), threads // clouds)
            rows[:, : found.shape[1]] = found if numbers is None else numbers[found]

    parts = (index.numpy(), *arrays, masks)
    if clouds == 1:
        for part in zip(*parts, strict=True):
            answer(*part)
    else:
        with ThreadPoolExecutor(clouds) as pool:
            list(pool.map(answer, *parts))  # raises what went wrong
    return index


def _ask_tree(cloud: Any, queries: Any, k: int, threads: int) -> Any:
    """Numbers of the nearest, `(M, k)`; queries near each other are asked in turn."""
    from scipy.spatial import cKDTree

    tree = cKDTree(cloud, leafsize=20, balanced_tree=False)  # the fastest of several
    if cloud.shape != queries.shape or (cloud != queries).any():
        return tree.query(queries, k, workers=threads)[1].reshape(-1, k)
    found = tree.query(queries[tree.indices], k, workers=threads)[1].reshape(-1, k)
    ordered = found.copy()
    ordered[tree.indices] = found
    return ordered


def _smallest(
    table: Callable[[Tensor], Tensor], points: Tensor, queries: Tensor, k: int
) -> tuple[Tensor, Tensor]:
    """The smallest of each row of a table and their places, some queries at a time."""
    size = max(1, ENTRIES // max(1, len(points) * points.shape[1]))
    values, index = in_parts(
        lambda some: table(some).topk(k, -1, largest=False), queries, size=size
    )
    return values, index


def _fill(index: Tensor, k: int, points: Tensor, mask: Tensor | None) -> Selection:
    """Let the nearest stand where there is no other, 0 where there is none."""
    if mask is None and index.shape[-1] == k:
        return Selection(
            index, index.new_ones((), dtype=torch.bool).expand(index.shape)
        )
    index = _pad(index, k, 0)
    if mask is None:
        counts = torch.full(points.shape[:1], points.shape[1], device=points.device)
    else:
        counts = mask.sum(1)
    real = torch.arange(k, device=points.device) < counts[:, None, None]
    first = index[..., :1].where(counts[:, None, None] > 0, 0)
    return Selection(index.where(real, first), real.expand(index.shape))


def _pad(index: Tensor, k: int, value: int) -> Tensor:
    return torch.nn.functional.pad(index, (0, k - index.shape[-1]), value=value)
