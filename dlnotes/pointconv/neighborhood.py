"""What a layer has to know of the points, made once for each cloud."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from dlnotes.blocks.checks import Parameter, check_count, check_members
from dlnotes.blocks.grouping import (
    check_cloud,
    check_truth,
    gather_points,
    offsets,
)
from dlnotes.blocks.inputs import check_input, check_kind, check_sequence
from dlnotes.blocks.neighbors import nearest_points
from dlnotes.blocks.precision import half_to_single
from dlnotes.blocks.sampling import farthest_points
from dlnotes.pointconv.density import kernel_density


class Neighborhood(NamedTuple):
    """The neighbors of some places, among the points of a cloud.

    Attributes:
        indices: Numbers of the neighbors, integers `(B, M, K)`.
        real: Which of them count, truth values `(B, M, K)`.
        offsets: Where they lie, seen from the place, `(B, M, K, D)`.
        density: Of the points at the neighbors, `(B, M, K)`, or `None`.
    """

    indices: Tensor
    real: Tensor
    offsets: Tensor
    density: Tensor | None


class Level(NamedTuple):
    """Points chosen from those of the level before.

    Attributes:
        points: Shape `(B, M, D)`.
        real: Which of them are real, `(B, M)`.
        around: Their neighborhood among the points of the level before.
    """

    points: Tensor
    real: Tensor
    around: Neighborhood


class Step(NamedTuple):
    """What a step back from few points to more of them needs.

    Attributes:
        upward: The nearest of the few points, around each of the many.
        beside: The neighborhood of the many points among themselves.
    """

    upward: Neighborhood
    beside: Neighborhood


@half_to_single
def neighborhood(
    points: Tensor,
    queries: Tensor,
    k: int,
    *,
    bandwidth: Parameter | None = None,
    mask: Tensor | None = None,
) -> Neighborhood:
    """Find the nearest points of some places, and how densely they lie.

    Args:
        points: Shape `(B, N, D)`, one point or more.
        queries: The places, shape `(B, M, D)`.
        k: How many neighbors a place has, `K`.
        bandwidth: Of `kernel_density`; by default no density is computed.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        The neighborhood. Only differences of points enter, so that a common shift of
        points and queries changes nothing.
    """
    indices, real = nearest_points(points, queries, k, mask=mask)
    density = _density(points, bandwidth, mask)
    if density is not None:
        density = gather_points(density[..., None], indices)[..., 0]
    return Neighborhood(indices, real, offsets(points, queries, indices), density)


@half_to_single
def whole_cloud(
    points: Tensor, *, bandwidth: Parameter | None = None, mask: Tensor | None = None
) -> Level:
    """Make one neighborhood of a whole cloud, around the mean of its points.

    Args:
        points: Shape `(B, N, D)`, one point or more.
        bandwidth: Of `kernel_density`; by default no density is computed.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        A level of one point, whose neighbors are all points.
    """
    check_cloud("points", points)
    check_truth("mask", mask, points.shape[:2])
    batch, count, _ = points.shape
    check_count("number of points", count)
    if mask is None:
        mask = torch.ones(batch, count, dtype=torch.bool, device=points.device)
    total = (points * mask[..., None]).sum(1, keepdim=True)
    center = total / mask.sum(1).clamp_min(1)[:, None, None]
    indices = torch.arange(count, device=points.device).expand(batch, 1, count)
    density = _density(points, bandwidth, mask)
    around = Neighborhood(
        indices,
        mask[:, None],
        (points - center)[:, None],
        None if density is None else density[:, None],
    )
    return Level(center, mask.any(1, keepdim=True), around)


@half_to_single
def pyramid(
    points: Tensor,
    counts: Sequence[int],
    neighbors: Sequence[int],
    *,
    bandwidths: Sequence[float] | None = None,
    mask: Tensor | None = None,
    start: int | Tensor | None = None,
    generator: Generator | None = None,
) -> list[Level]:
    """Choose fewer and fewer points that are spread out, and find their neighbors.

    Args:
        points: Shape `(B, N, D)`, one point or more.
        counts: Points of each level.
        neighbors: Of each of them, among the points of the level before.
        bandwidths: Of `kernel_density` on the level before, for each level; by default
            no density is computed.
        mask: Which points are real, truth values `(B, N)`; by default all are.
        start: The first point chosen of `points`, as of `farthest_points`. Later levels
            begin with the first one of the level before, which is the same point.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        One level for each number of points.
    """
    widths = [None] * len(counts) if bandwidths is None else bandwidths
    if not len(counts) == len(neighbors) == len(widths):
        sizes = len(counts), len(neighbors), len(widths)
        raise ValueError(f"all levels must have all sizes, got {sizes} of them")
    levels: list[Level] = []
    for count, k, width in zip(counts, neighbors, widths, strict=True):
        index, real = farthest_points(
            points, count, start=start, mask=mask, generator=generator
        )
        chosen = gather_points(points, index)
        around = neighborhood(points, chosen, k, bandwidth=width, mask=mask)
        levels.append(Level(chosen, real, around))
        points, mask, start = chosen, real, 0
    return levels


@half_to_single
def steps_back(
    points: Tensor,
    levels: Sequence[Level],
    k: int,
    *,
    bandwidths: Sequence[float] | None = None,
    mask: Tensor | None = None,
) -> list[Step]:
    """Find what the way back through a pyramid needs, from its top on.

    Args:
        points: Of which the pyramid was made, shape `(B, N, D)`.
        levels: Of `pyramid`.
        k: How many neighbors a point has on its own level.
        bandwidths: Of `pyramid`; by default no density is computed.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        One step for each level, the last one to `points`; upward there are the three
        nearest points.
    """
    check_cloud("points", points)
    check_each("levels", levels, Level)
    widths = [None] * len(levels) if bandwidths is None else bandwidths
    if len(widths) != len(levels):
        raise ValueError(f"bandwidths must be {len(levels)}, got {len(widths)}")
    finer = [(points, mask), *((level.points, level.real) for level in levels)]
    steps = []
    for (some, real), level, width in zip(finer, levels, widths, strict=False):
        upward = neighborhood(level.points, some, 3, mask=level.real)
        beside = neighborhood(some, some, k, bandwidth=width, mask=real)
        steps.append(Step(upward, beside))
    return steps[::-1]


def check_each(name: str, given: Sequence[Level | Step], kind: type) -> None:
    """Refuse what is not a list of levels, or of steps back.

    Args:
        name: What the caller calls the list, for the message.
        given: The list to check.
        kind: `Level` or `Step`.
    """
    check_sequence(name, given)
    for i, one in enumerate(given):
        check_parts(f"{name}[{i}]", one, kind)


def check_parts(name: str, given: Neighborhood | Level | Step, kind: type) -> None:
    """Refuse what is not a named tuple of tensors of one kind.

    Args:
        name: What the caller calls the tuple, for the message.
        given: The tuple to check.
        kind: `Neighborhood`, `Level` or `Step`.
    """
    check_kind(name, given, kind)
    check_members(name, given, optional=("density",))
    for field in {"around", "upward", "beside"} & set(given._fields):
        check_kind(f"{name}.{field}", getattr(given, field), Neighborhood)


def check_neighborhood(
    name: str,
    around: Neighborhood,
    *,
    like: nn.Module,
    batch: int | None = None,
    coordinates: int | None = None,
) -> None:
    """Refuse a neighborhood that a module cannot be applied to.

    Args:
        name: What the caller calls the neighborhood, for the message.
        around: The neighborhood to check.
        like: The module, whose weights have the dtype that is wanted.
        batch: How many clouds there must be; by default any number.
        coordinates: How many a point must have; by default any number.
    """
    check_parts(name, around, Neighborhood)
    indices, shape = around.indices, tuple(around.indices.shape)
    if indices.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"{name}.indices must hold integers, got {indices.dtype}")
    if len(shape) != 3 or (batch is not None and shape[0] != batch):
        clouds = "B" if batch is None else batch
        raise ValueError(f"{name}.indices must be ({clouds}, M, K), got {shape}")
    check_truth(f"{name}.real", around.real, shape)
    last = "D" if coordinates is None else coordinates
    sizes = (*shape, last)
    check_input(f"{name}.offsets", around.offsets, sizes, like=like, half=False)
    if around.density is not None:
        check_input(f"{name}.density", around.density, shape, like=like, half=False)


def check_step(
    name: str, step: Step, *, like: nn.Module, batch: int | None = None
) -> None:
    """Refuse a step back that a module cannot be applied to.

    Args:
        name: What the caller calls the step, for the message.
        step: The step to check.
        like: The module, whose weights have the dtype that is wanted.
        batch: How many clouds there must be; by default any number.
    """
    check_parts(name, step, Step)
    check_neighborhood(f"{name}.upward", step.upward, like=like, batch=batch)
    check_neighborhood(f"{name}.beside", step.beside, like=like, batch=batch)
    wanted, given = (tuple(side.indices.shape[:2]) for side in step)
    if wanted != given:
        raise ValueError(f"{name}.beside must be of {wanted} points, got {given}")


def _density(
    points: Tensor, bandwidth: Parameter | None, mask: Tensor | None
) -> Tensor | None:
    if bandwidth is None:
        return None
    return kernel_density(points, bandwidth, mask=mask)
