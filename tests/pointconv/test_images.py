"""Checks of dlnotes.pointconv.images."""

from functools import partial

import pytest
import torch
from torch.nn import functional as F

from dlnotes.pointconv.continuous import grid_convolution
from dlnotes.pointconv.efficient import factorized_kernel
from dlnotes.pointconv.images import (
    convolve_as_points,
    layer_of_kernel,
    one_hot_offsets,
    pixel_cloud,
)


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize("ghosts", [True, False])
def test_a_one_hot_function_gives_conv2d_at_every_pixel(size, ghosts, rng):
    """Eq. (image-conv), Eq. (one-hot): with points of zeros around the image or not.

    Pixels of the window that lie in the image are among the nearest, and for others
    these weights are 0.
    """
    images = torch.randn(2, 3, 6, 7, dtype=torch.float64, generator=rng())
    kernel = torch.randn(4, 3, size, size, dtype=torch.float64, generator=rng(1))
    expected = F.conv2d(images, kernel, padding=size // 2)
    hidden, last = partial(one_hot_offsets, size=size), layer_of_kernel(kernel)
    found = convolve_as_points(images, hidden, last, size, ghosts=ghosts)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


def test_other_weights_need_the_ghosts_at_the_border(rng):
    """Eq. (image-conv): without them 36 of 8 by 8 pixels agree with Eq. (grid-conv).

    At the 28 others some of the nine nearest lie outside of the window.
    """
    images = torch.randn(1, 1, 8, 8, dtype=torch.float64, generator=rng())
    last = torch.randn(2, 1, 3, dtype=torch.float64, generator=rng(1))

    def hidden(offsets):
        return torch.stack([offsets[..., 0].cos(), offsets.sum(-1).sin()], -1)

    expected = grid_convolution(
        images, lambda offsets: factorized_kernel(hidden(offsets), last)
    )
    found = convolve_as_points(images, hidden, last)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    bare = convolve_as_points(images, hidden, last, ghosts=False)
    equal = ((bare - expected).abs() < 1e-12).all(1)[0]
    assert equal[1:-1, 1:-1].all()
    assert equal.sum() == 36


def test_an_offset_has_one_place_in_the_window():
    """Eq. (one-hot)."""
    offsets = torch.tensor([[-1.0, -1.0], [0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    found = one_hot_offsets(offsets)
    assert found.argmax(1)[:3].tolist() == [0, 4, 7]
    assert found.sum(1).tolist() == [1, 1, 1, 0]


def test_points_are_pixels_row_by_row():
    images = torch.arange(12.0).reshape(1, 2, 2, 3)
    points, features = pixel_cloud(images)
    assert points[0, 4].tolist() == [1, 1]
    assert features[0, 4].tolist() == [4, 10]
