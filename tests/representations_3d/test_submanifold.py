"""Checks of dlnotes.representations_3d.submanifold."""

import pytest
import torch
from torch.nn.functional import conv3d

from dlnotes.representations_3d.submanifold import (
    occupied_share,
    submanifold_convolution,
    submanifold_pairs,
)


def full_cells(rng, share, side=6):
    cells = (torch.rand(2, side, side, side, generator=rng()) < share).nonzero()
    return cells[torch.randperm(len(cells), generator=rng(1))]


def dense(features, cells, side=6):
    """The grids that are 0 in empty cells, `(B, C, R, R, R)`."""
    grids = features.new_zeros(2, side, side, side, features.shape[1])
    return grids.index_put(tuple(cells.T), features).movedim(-1, 1)


@pytest.mark.parametrize("share", [0.03, 0.3, 1.0])
@pytest.mark.parametrize("size", [1, 3, 5])
def test_it_is_the_dense_convolution_at_full_cells(rng, share, size):
    """Forward and gradients, in float64: only the order of sums differs."""
    cells = full_cells(rng, share)
    options = {"dtype": torch.float64, "requires_grad": True}
    features = torch.randn(len(cells), 3, generator=rng(2), **options)
    weight = torch.randn(4, 3, size, size, size, generator=rng(3), **options)
    found = submanifold_convolution(features, cells, weight, 6)
    grids = conv3d(dense(features, cells), weight, padding=size // 2)
    wanted = grids.movedim(1, -1)[tuple(cells.T)]
    torch.testing.assert_close(found, wanted, rtol=1e-11, atol=1e-11)
    slope = torch.randn(found.shape, dtype=torch.float64, generator=rng(4))
    one, other = (
        torch.autograd.grad(r, (features, weight), slope) for r in (found, wanted)
    )
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("share", [0.03, 0.3, 1.0])
def test_pairs_are_counted_as_a_kernel_of_ones_does(rng, share):
    cells = full_cells(rng, share)
    ones = torch.ones(len(cells), 1)
    grids = conv3d(dense(ones, cells), torch.ones(1, 1, 3, 3, 3), padding=1)
    expected = grids.movedim(1, -1)[tuple(cells.T)].sum()
    assert submanifold_pairs(cells, 3, 6) == expected


def test_the_share_of_full_cells_is_that_of_the_list(rng):
    cells = full_cells(rng, 0.3)
    grids = dense(torch.ones(len(cells), 1), cells)[:, 0]
    counts = torch.bincount(cells[:, 0]) / 6**3
    torch.testing.assert_close(occupied_share(grids), counts)


def test_cells_are_whole_numbers():
    with pytest.raises(TypeError, match="int64"):
        submanifold_pairs(torch.zeros(2, 4), 3, 6)
