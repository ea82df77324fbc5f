"""Checks of what the networks, and those who measure them, are given."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_count, check_floating, check_members
from dlnotes.blocks.grouping import Selection, check_cloud, check_index, check_truth
from dlnotes.blocks.inputs import check_input
from dlnotes.representations_3d.groups import Groups
from dlnotes.votenet.proposals import Proposals


def check_kind(name: str, value: object, kind: type) -> None:
    """Refuse what is not of a kind.

    Args:
        name: What the caller calls the value, for the message.
        value: What to check.
        kind: A class.
    """
    if not isinstance(value, kind):
        given = type(value).__name__
        raise TypeError(f"{name} must be {kind.__name__}, got {given}")


def check_numbers(name: str, index: Tensor, shape: Sequence[int]) -> None:
    """Refuse what are not whole numbers of some shape.

    Args:
        name: What the caller calls the tensor, for the message.
        index: The tensor to check.
        shape: That it should have.
    """
    if index.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"{name} must hold integers, got {index.dtype}")
    if index.shape != torch.Size(shape):
        wanted, given = tuple(shape), tuple(index.shape)
        raise ValueError(f"{name} must have shape {wanted}, got {given}")


def validate_rooms(points: Tensor) -> None:
    """Refuse what are not clouds of points in space, `(B, N, 3)`."""
    check_cloud("points", points)
    if points.shape[2] != 3:
        given = tuple(points.shape)
        raise ValueError(f"points must have shape (B, N, 3), got {given}")


def validate_levels(
    points: Tensor,
    groups: Sequence[Groups],
    levels: int,
    ways: int,
    *,
    like: nn.Module,
) -> None:
    """Refuse points in space, and groups of all levels, that do not go together.

    Args:
        points: Of the clouds.
        groups: What the levels look at.
        levels: How many there are.
        ways: How many of them, from the last on, need a way back.
        like: The module that they are given to.
    """
    if isinstance(groups, str) or not isinstance(groups, Sequence):
        given = type(groups).__name__
        raise TypeError(f"groups must be a sequence of Groups, got {given}")
    for i, some in enumerate(groups):
        _check_members(f"groups[{i}]", some)
    if len(groups) != levels:
        raise ValueError(f"groups must be {levels}, one a level, got {len(groups)}")
    clouds = len(groups[0].centers.indices)
    check_input("points", points, (clouds, "N", 3), like=like, half=False)
    validate_rooms(points)
    before = points.shape[1]
    for i, some in enumerate(groups):
        _check_level(f"groups[{i}]", some, points, before, back=i >= levels - ways)
        before = some.centers.indices.shape[1]


def validate_proposals(
    proposals: Proposals, bins: int, sizes: int, classes: int
) -> None:
    """Refuse proposals that do not go together.

    Args:
        proposals: What to check.
        bins: Of the heading.
        sizes: How many mean sizes there are.
        classes: How many there are.
    """
    check_kind("proposals", proposals, Proposals)
    check_members("proposals", proposals)
    check_input("centers", proposals.centers, ("B", "K", 3), like=nn.Identity())
    each = [(2,), (3,), (bins,), (bins,), (sizes,), (sizes, 3), (classes,)]
    for (name, part), last in zip(proposals._asdict().items(), each, strict=True):
        check_floating(name, part)
        wanted, given = (*proposals.centers.shape[:2], *last), tuple(part.shape)
        if given != wanted:
            raise ValueError(f"{name} must have shape {wanted}, got {given}")


def _check_members(name: str, groups: Groups) -> None:
    check_kind(name, groups, Groups)
    if isinstance(groups.balls, str) or not isinstance(groups.balls, Sequence):
        given = type(groups.balls).__name__
        raise TypeError(f"{name}.balls must be a sequence of Selection, got {given}")
    parts = {f"{name}.balls[{k}]": ball for k, ball in enumerate(groups.balls)}
    parts[f"{name}.centers"] = groups.centers
    if groups.back is not None:
        parts[f"{name}.back"] = groups.back
    for place, part in parts.items():
        check_kind(place, part, Selection)
        check_members(place, part)
    shape = tuple(groups.centers.indices.shape)
    if len(shape) != 2:
        raise ValueError(f"{name}.centers.indices must have shape (B, M), got {shape}")


def _check_level(
    name: str, groups: Groups, points: Tensor, before: int, *, back: bool
) -> None:
    """The numbers of a level, which looks at `before` points of each cloud."""
    count = groups.centers.indices.shape[1]
    if len(groups.balls) != 1:
        given = len(groups.balls)
        raise ValueError(f"{name}.balls must be 1, one a radius, got {given}")
    if back and groups.back is None:
        raise ValueError(f"{name}.back must be there for a way back, got None")
    parts = [("centers", groups.centers, before, (count,))]
    ball, way = groups.balls[0], groups.back
    parts.append(("balls[0]", ball, before, (count, *ball.indices.shape[-1:])))
    if way is not None:
        parts.append(("back", way, count, (before, *way.indices.shape[-1:])))
    for part, some, most, sizes in parts:
        shape, place = (len(points), *sizes), f"{name}.{part}"
        check_numbers(f"{place}.indices", some.indices, shape)
        check_count(f"last size of {place}.indices", shape[-1])
        cloud = points.new_empty(len(points), most, 1)
        check_index(f"{place}.indices", some.indices, cloud)
        check_truth(f"{place}.real", some.real, shape)
