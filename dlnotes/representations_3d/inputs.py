"""Checks of what networks of clouds are given: points, features, numbers of points."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_finite, check_members, first_where, holds
from dlnotes.blocks.grouping import Selection, check_truth
from dlnotes.blocks.inputs import Size, check_input
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


def check_features(
    name: str,
    features: Tensor | None,
    shape: Sequence[int],
    channels: int,
    *,
    like: nn.Module,
) -> None:
    """Refuse what are not the features of some points.

    Args:
        name: What the caller calls the tensor, for the message.
        features: The tensor to check; `None` is fine where there are no channels.
        shape: Clouds, and points of each.
        channels: How many numbers a point has.
        like: The module that has the weights.
    """
    given = 0
    if features is not None:
        check_input(name, features, (*shape, "C"), like=like)
        given = features.shape[-1]
    if given != channels:
        raise ValueError(f"{name} must have {channels} channels, got {given}")


def check_selection(
    name: str, selection: Selection, sizes: Sequence[Size], count: int
) -> None:
    """Refuse what are not numbers of points, with truth values for them.

    Args:
        name: What the caller calls the selection, for the message.
        selection: What to check.
        sizes: Those of both tensors; a letter stands for any size but 0.
        count: How many points there are to choose from.
    """
    if not isinstance(selection, Selection):
        kind = type(selection).__name__
        raise TypeError(f"{name} must be a Selection, got {kind}")
    check_members(name, selection)
    indices, real = selection
    if indices.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"{name}.indices must hold integers, got {indices.dtype}")
    given = tuple(indices.shape)
    fits = len(given) == len(sizes) and all(
        size > 0 if isinstance(wanted, str) else size == wanted
        for size, wanted in zip(given, sizes, strict=True)
    )
    if not fits:
        wanted = ", ".join(map(str, sizes))
        raise ValueError(f"indices must have shape ({wanted}) in {name}, got {given}")
    check_truth(f"{name}.real", real, given)
    good = (indices >= 0) & (indices < count)
    if not holds(good):
        odd, most = int(first_where(indices, ~good)), count - 1
        raise ValueError(f"{name}.indices must be from 0 to {most}, got {odd}")


def check_groups(name: str, groups: Groups, shape: Sequence[int], radii: int) -> None:
    """Refuse what are not groups of some points.

    Args:
        name: What the caller calls the groups, for the message.
        groups: What to check.
        shape: Clouds, and points of each.
        radii: For how many radii there are balls.
    """
    if not isinstance(groups, Groups):
        raise TypeError(f"{name} must be Groups, got {type(groups).__name__}")
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
        if not isinstance(groups, Groups):
            kind = type(groups).__name__
            raise TypeError(f"{name}[{i}] must be Groups, got {kind}")
    if len(levels) != len(radii):
        wanted, given = len(radii), len(levels)
        raise ValueError(f"{name} must be {wanted}, one a level, got {given}")
    for i, (groups, number) in enumerate(zip(levels, radii, strict=True)):
        check_groups(f"{name}[{i}]", groups, shape, number)
        shape = groups.centers.indices.shape


def check_sequence(name: str, values: Sequence[object]) -> None:
    """Refuse what is not a list, or a tuple without names.

    Args:
        name: What the caller calls the sequence, for the message.
        values: What to check.
    """
    if not isinstance(values, list | tuple) or hasattr(values, "_fields"):
        raise TypeError(f"{name} must be a sequence, got {type(values).__name__}")
