"""Checks of what the networks, and those who measure them, are given."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_floating, check_members
from dlnotes.blocks.grouping import check_cloud
from dlnotes.blocks.inputs import check_input, check_kind
from dlnotes.votenet.proposals import Proposals


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
