"""Checks of dlnotes.blocks.patches."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlnotes.blocks.patches import patchify, unpatchify

SMALL = st.integers(1, 4)


@given(*[SMALL] * 6)
def test_patches_put_together_are_the_image(b, c, rows, columns, p, q):
    images = torch.arange(b * c * rows * p * columns * q, dtype=torch.float64)
    images = images.reshape(b, c, rows * p, columns * q)
    patches = patchify(images, (p, q))
    assert patches.shape == (b, rows * columns, p * q * c)
    assert torch.equal(unpatchify(patches, (p, q), (rows, columns)), images)


def test_a_patch_is_the_rectangle_at_its_place_channel_last():
    images = torch.arange(2 * 3 * 4 * 6, dtype=torch.float32).reshape(2, 3, 4, 6)
    patches = patchify(images, 2)
    rectangle = images[1, :, 2:4, 4:6]  # second row of patches, third column
    assert torch.equal(patches[1, 5], rectangle.permute(1, 2, 0).flatten())


@pytest.mark.parametrize(
    ("shape", "size"), [((1, 1, 4, 5), 2), ((1, 4, 4), 2), ((1, 1, 4, 4), 0)]
)
def test_images_that_patches_do_not_tile_are_refused(shape, size):
    with pytest.raises(ValueError, match="must be"):
        patchify(torch.zeros(shape), size)


@pytest.mark.parametrize("grid", [(2, 3), 3])
def test_patches_that_do_not_fill_the_grid_are_refused(grid):
    with pytest.raises(ValueError, match="patches must be"):
        unpatchify(torch.zeros(1, 4, 12), 2, grid)
