"""Convolution at the full cells of a grid alone."""

from collections.abc import Iterator
from itertools import product

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_finite, first_where, holds
from dlnotes.blocks.precision import half_to_single, widen_half


@half_to_single
def occupied_share(grids: Tensor) -> Tensor:
    """Find the share of cells that are not 0.

    Args:
        grids: Shape `(B, R, R, R)`, one cell or more.

    Returns:
        Shape `(B,)`.

    Examples:
        >>> import torch
        >>> occupied_share(torch.eye(2).expand(1, 2, 2, 2))
        tensor([0.5000])
    """
    check_finite("grids", grids)
    if grids.ndim != 4 or 0 in grids.shape[1:]:
        raise ValueError(f"grids must be (B, R, R, R), got {tuple(grids.shape)}")
    return (grids != 0).to(grids.dtype).flatten(1).mean(1)


@widen_half
def submanifold_convolution(
    features: Tensor, cells: Tensor, weight: Tensor, resolution: int
) -> Tensor:
    """Convolve the features of full cells, and ask for results at these alone.

    It is the convolution of the grid that is 0 elsewhere, with zeros at the border,
    less all results in empty cells: what is empty stays empty (Graham et al. 2018).

    Args:
        features: Of each full cell, shape `(M, C)`.
        cells: Number of the grid in the batch, then x, y and z of each, int64, shape
            `(M, 4)`; no two are equal.
        weight: As in `torch.nn.functional.conv3d`, `(O, C, S, S, S)`, `S` odd.
        resolution: Cells along a side, `R`.

    Returns:
        Shape `(M, O)`.
    """
    check_finite("features", features)
    check_finite("weight", weight)
    _check_shapes(features, cells, weight, resolution)
    result = features.new_zeros(len(features), len(weight))
    matrices = weight.flatten(2).permute(2, 1, 0)
    for matrix, (found, place) in zip(
        matrices, _neighbors(cells, weight.shape[-1], resolution), strict=True
    ):
        taken = features[place].where(found[:, None], 0)
        result = result + taken @ matrix
    return result


def submanifold_pairs(cells: Tensor, size: int, resolution: int) -> Tensor:
    """Count the pairs of full cells of which a kernel sees one from the other.

    Each costs as many multiplications as a matrix of the kernel has entries; a dense
    convolution has `(size * R)**3` pairs for each grid, those at the border included.

    Args:
        cells: As in `submanifold_convolution`.
        size: Side of the kernel, odd.
        resolution: Cells along a side, `R`.

    Returns:
        One number, int64.
    """
    _check_cells(cells, size, resolution)
    total = torch.zeros((), dtype=torch.int64, device=cells.device)
    for found, _ in _neighbors(cells, size, resolution):
        total = total + found.sum()
    return total


def _neighbors(
    cells: Tensor, size: int, resolution: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """For each place in a kernel: whether the cell there is full, and its row."""
    pad = size // 2
    side = resolution + 2 * pad  # so that cells beyond the border have numbers too
    grid, x, y, z = cells.unbind(1)
    numbers = ((grid * side + x + pad) * side + y + pad) * side + z + pad
    ordered, rows = numbers.sort()
    for a, b, c in product(range(-pad, pad + 1), repeat=3):
        wanted = numbers + (a * side + b) * side + c
        at = torch.searchsorted(ordered, wanted).clamp(0, max(len(cells) - 1, 0))
        yield ordered[at] == wanted, rows[at]


def _check_shapes(
    features: Tensor, cells: Tensor, weight: Tensor, resolution: int
) -> None:
    if weight.ndim != 5 or len(set(weight.shape[2:])) != 1:
        shape = tuple(weight.shape)
        raise ValueError(f"weight must be (O, C, S, S, S), got {shape}")
    _check_cells(cells, weight.shape[-1], resolution)
    if features.shape != (len(cells), weight.shape[1]):
        shapes = tuple(features.shape), tuple(weight.shape)
        raise ValueError(f"must be (M, C) and (O, C, S, S, S), got {shapes}")


def _check_cells(cells: Tensor, size: int, resolution: int) -> None:
    check_count("size", size)
    check_count("resolution", resolution)
    if not size % 2:
        raise ValueError(f"size must be odd, got {size}")
    if not isinstance(cells, Tensor) or cells.dtype != torch.int64:
        raise TypeError(f"cells must be an int64 tensor, got {cells}")
    if cells.ndim != 2 or cells.shape[1] != 4:
        raise ValueError(f"cells must be (M, 4), got {tuple(cells.shape)}")
    beyond = torch.where(torch.arange(4, device=cells.device) > 0, resolution, 2**31)
    good = (cells >= 0) & (cells < beyond)
    if not holds(good):
        odd = int(first_where(cells, ~good))
        raise ValueError(f"cells must be from 0 to {resolution - 1}, got {odd}")
    grid, x, y, z = cells.unbind(1)
    ordered = (((grid * resolution + x) * resolution + y) * resolution + z).sort()[0]
    if not holds(ordered[1:] != ordered[:-1]):
        raise ValueError("cells must be different, got two equal ones")
