"""Checks of what networks of clouds are given: points, features, numbers of points."""

from collections.abc import Sequence

from torch import Tensor, nn

from dlnotes.blocks.checks import check_finite
from dlnotes.blocks.inputs import (
    Size,
    check_input,
    check_kind,
    check_selection,
    check_sequence,
)
from dlnotes.representations_3d.groups import Groups


def check_points(
    name: str, points: Tensor, sizes: Sequence[Size], *, like: nn.Module
) -> None:
    """Refuse what are not finite coordinates of some points, as precise as the weights.

    Args:
        name: What the caller calls the tensor, for the message.
        points: The tensor to check, float32 or float64.
        sizes: Those of the tensor, as for `check_input`.
        like: The module that has the weights.
    """
    check_input(name, points, sizes, like=like, half=False)
    check_some(name, points)
    check_finite(name, points)


def check_some(name: str, tensor: Tensor) -> None:
    """Refuse sets that have nothing in them.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: Sets of points, or of views, shape `(B, N, ...)`.
    """
    if not tensor.shape[1]:
        given = tuple(tensor.shape)
        raise ValueError(f"{name} must be (B, N, ...), N at least 1, got {given}")


def check_groups(name: str, groups: Groups, shape: Sequence[int], radii: int) -> None:
    """Refuse what are not groups of some points.

    Args:
        name: What the caller calls the groups, for the message.
        groups: What to check.
        shape: Clouds, and points of each.
        radii: For how many radii there are balls.
    """
    check_kind(name, groups, Groups)
    check_selection(f"{name}.centers", groups.centers, (shape[0], "M"), shape[1])
    centers = groups.centers.indices.shape
    check_sequence(f"{name}.balls", groups.balls)
    for i, ball in enumerate(groups.balls):
        check_selection(f"{name}.balls[{i}]", ball, (*centers, "K"), shape[1])
    if len(groups.balls) != radii:
        given = len(groups.balls)
        raise ValueError(f"{name} must have {radii} radii, got {given}")
    if groups.back is not None:
        check_selection(f"{name}.back", groups.back, (*shape, "K"), centers[1])


def check_levels(
    name: str, levels: Sequence[Groups], shape: Sequence[int], radii: Sequence[int]
) -> None:
    """Refuse what are not the groups of some points, then of their centers, and so on.

    Args:
        name: What the caller calls all groups, for the message.
        levels: What to check.
        shape: Clouds, and points of each.
        radii: For how many radii each level has balls.
    """
    check_sequence(name, levels)
    for i, groups in enumerate(levels):
        check_kind(f"{name}[{i}]", groups, Groups)
    if len(levels) != len(radii):
        wanted, given = len(radii), len(levels)
        raise ValueError(f"{name} must be {wanted}, one a level, got {given}")
    for i, (groups, number) in enumerate(zip(levels, radii, strict=True)):
        check_groups(f"{name}[{i}]", groups, shape, number)
        shape = groups.centers.indices.shape
