"""Rotary codes of rows and columns."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_finite, check_positive
from dlnotes.blocks.precision import widen_half


@widen_half
def rotate_places(
    x: Tensor, rows: Tensor, columns: Tensor, *, base: float = 10_000.0
) -> Tensor:
    """Turn queries or keys by their place, Eq. (rotary).

    Args:
        x: Queries or keys of one head, `(..., N, d)`; 4 divides `d`.
        rows: Row of each token, floating-point, `(N,)`.
        columns: Column of each token, floating-point, `(N,)`.
        base: Ratio of the fastest to the slowest frequency, nearly.

    Returns:
        The shape of `x`. Entry `i` turns with entry `i + d / 2`; the first half of
        these pairs turns by the row, the second by the column.
    """
    check_finite("x", x)
    check_finite("rows", rows)
    check_finite("columns", columns)
    check_positive("base", base)
    if x.ndim < 2 or x.shape[-1] % 4 or not x.shape[-1]:
        raise ValueError(f"x must be (..., N, d), 4 | d, got shape {tuple(x.shape)}")
    if not rows.shape == columns.shape == x.shape[-2:-1]:
        shapes = tuple(rows.shape), tuple(columns.shape)
        raise ValueError(
            f"rows and columns must be {x.shape[-2]} numbers, got {shapes}"
        )
    dim = x.shape[-1]
    steps = torch.arange(0, dim, 2, dtype=torch.float64, device=x.device)
    speed = base ** (-steps / dim)
    by_row = rows.double().unsqueeze(-1) * speed[::2]
    by_column = columns.double().unsqueeze(-1) * speed[1::2]
    angle = torch.cat([by_row, by_column], -1)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    one, other = x.chunk(2, -1)
    return torch.cat([one * cos - other * sin, other * cos + one * sin], -1)
