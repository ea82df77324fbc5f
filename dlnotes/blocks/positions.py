"""Codes of positions by sines and cosines."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_finite
from dlnotes.blocks.precision import half_to_single


@half_to_single
def sincos_1d(positions: Tensor, dim: int) -> Tensor:
    """Code positions by sines and cosines of geometrically spaced frequencies.

    Args:
        positions: Any shape `(...)`; they need not be whole.
        dim: Length `D` of a code, even.

    Returns:
        Shape `(..., D)`: the sines of all frequencies, then the cosines. The first
        frequency is 1 radian a position, and the last would be 1 in 10,000. Angles are
        computed in float64.

    Examples:
        >>> import torch
        >>> sincos_1d(torch.tensor([0.0, torch.pi / 6]), 2).round(decimals=2)
        tensor([[0.0000, 1.0000],
                [0.5000, 0.8700]])
    """
    check_finite("positions", positions)
    check_count("dim", dim, least=2)
    if dim % 2:
        raise ValueError(f"dim must be even, got {dim}")
    steps = torch.arange(dim // 2, dtype=torch.float64, device=positions.device)
    angles = positions.double().unsqueeze(-1) * 10_000.0 ** (-2 * steps / dim)
    return torch.cat([angles.sin(), angles.cos()], dim=-1).to(positions.dtype)


@half_to_single
def sincos_2d(rows: Tensor, columns: Tensor, dim: int) -> Tensor:
    """Code places in an image, half of the code for each axis.

    Args:
        rows: Any shape `(...)`.
        columns: The same shape.
        dim: Length `D` of a code, a multiple of 4.

    Returns:
        Shape `(..., D)`: the code of the column, then that of the row. This is the
        order of the published masked autoencoders, whose program calls the column's
        part the one of the height.
    """
    check_finite("rows", rows)
    check_finite("columns", columns)
    if rows.shape != columns.shape:
        shapes = tuple(rows.shape), tuple(columns.shape)
        raise ValueError(f"rows and columns must have one shape, got {shapes}")
    check_count("dim", dim, least=4)
    if dim % 4:
        raise ValueError(f"dim must be a multiple of 4, got {dim}")
    halves = [sincos_1d(columns, dim // 2), sincos_1d(rows, dim // 2)]
    return torch.cat(halves, dim=-1)
