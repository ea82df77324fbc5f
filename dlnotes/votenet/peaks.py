"""Peaks of a table of votes: the largest counts, none beside a larger one."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_floating,
    check_members,
    check_real,
)
from dlnotes.blocks.precision import half_to_single


class Peaks(NamedTuple):
    """Cells of a table, the one with most votes first.

    Attributes:
        votes: What is counted there, shape `(B, K)`; 0 where there is no peak.
        rows: Integers, shape `(B, K)`.
        columns: Integers, shape `(B, K)`.
        real: Which of them are peaks, truth values `(B, K)`.
    """

    votes: Tensor
    rows: Tensor
    columns: Tensor
    real: Tensor


@half_to_single
def find_peaks(
    votes: Tensor,
    count: int,
    *,
    window: tuple[int, int] = (9, 10),
    threshold: float | None = None,
    twins: bool = False,
) -> Peaks:
    """Find cells that are the largest within a window and above a threshold.

    A peak takes the cells of its window out of the race; of equal ones the first wins.

    Args:
        votes: Shape `(B, H, W)`.
        count: How many are wanted, `K`.
        window: How many rows and columns a window reaches to each side.
        threshold: What a peak exceeds; by default half of the table's largest count.
        twins: Whether columns are angles over half a turn, and rows distances from
            `-R` to `R`. Then the first and the last column are neighbors, upside
            down, by Eq. (line-twins).

    Returns:
        The peaks; places that are left have row and column 0 and are not real.
    """
    _check(votes, count, window, threshold)
    votes = votes.detach()
    floor = votes.flatten(1).amax(1)[:, None, None] / 2
    floor = floor if threshold is None else torch.full_like(floor, threshold)
    top = (votes == _largest_around(votes, window, twins)) & (votes > floor)
    left, found = votes.masked_fill(~top, -math.inf), []
    for _ in range(count):
        most, cell = left.flatten(1).max(1)
        row, column = cell // votes.shape[2], cell % votes.shape[2]
        left = left.masked_fill(_near(votes, row, column, window, twins), -math.inf)
        real = most > -math.inf
        found.append((most.where(real, 0), row * real, column * real, real))
    return Peaks(*(torch.stack(each, 1) for each in zip(*found, strict=True)))


@half_to_single
def peak_lines(peaks: Peaks, angles: Tensor, *, reach: int) -> Tensor:
    """Read lines off the peaks of `line_votes`.

    Args:
        peaks: Shape `(B, K)`.
        angles: Angles of the columns, shape `(A,)`.
        reach: The row of distance 0.

    Returns:
        Distance and angle of the normal, shape `(B, K, 2)`.
    """
    check_members("peaks", peaks)
    check_floating("votes of peaks", peaks.votes)
    check_finite("angles", angles)
    check_count("reach", reach)
    if angles.ndim != 1 or not len(angles):
        raise ValueError(f"angles must have shape (A,), got {tuple(angles.shape)}")
    distance = (peaks.rows - reach).to(angles.dtype)
    return torch.stack([distance, angles[peaks.columns]], -1)


def _largest_around(votes: Tensor, window: tuple[int, int], twins: bool) -> Tensor:
    """The largest vote in the window of each cell, `(B, H, W)`."""
    down, right = window
    if twins:
        ends = votes[..., votes.shape[2] - right :], votes[..., :right]
        votes = torch.cat([ends[0].flip(1), votes, ends[1].flip(1)], 2)
    padded = functional.pad(votes, (0 if twins else right,) * 2, value=-math.inf)
    padded = functional.pad(padded, (0, 0, down, down), value=-math.inf)
    # The window is a product: along the rows, then along the columns.
    return _running_max(_running_max(padded, 2 * down + 1, 1), 2 * right + 1, 2)


def _running_max(values: Tensor, size: int, dim: int) -> Tensor:
    """The largest of each `size` entries that follow each other, by doubling."""
    span, wanted = 1, values.shape[dim] - size + 1
    while span < size:
        step = min(span, size - span)
        count = values.shape[dim] - step
        one, other = values.narrow(dim, 0, count), values.narrow(dim, step, count)
        values, span = torch.maximum(one, other), span + step
    return values.narrow(dim, 0, wanted)


def _near(
    votes: Tensor, row: Tensor, column: Tensor, window: tuple[int, int], twins: bool
) -> Tensor:
    """Which cells lie in the windows around some cells, truth values `(B, H, W)`."""
    height, width = votes.shape[1:]
    rows = torch.arange(height, device=votes.device)[:, None]
    aside = (torch.arange(width, device=votes.device) - column[:, None, None]).abs()
    row = row[:, None, None]
    near = ((rows - row).abs() <= window[0]) & (aside <= window[1])
    if twins:
        beyond = width - aside <= window[1]
        near = near | (((height - 1 - rows - row).abs() <= window[0]) & beyond)
    return near


def _check(
    votes: Tensor, count: int, window: tuple[int, int], threshold: float | None
) -> None:
    check_finite("votes", votes)
    if votes.ndim != 3 or not votes.shape[1] * votes.shape[2]:
        raise ValueError(f"votes must have shape (B, H, W), got {tuple(votes.shape)}")
    check_count("count", count)
    if len(window) != 2:
        raise ValueError(f"window must be rows and columns, got {window}")
    for name, size, most in zip(
        ("rows", "columns"), window, votes.shape[1:], strict=True
    ):
        check_count(f"{name} of window", size, least=0, most=most)
    if threshold is not None:
        check_real("threshold", threshold, like=votes)
