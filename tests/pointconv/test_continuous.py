"""Checks of dlnotes.pointconv.continuous."""

import itertools

import pytest
import torch
from torch.nn import functional as F

from dlnotes.pointconv.continuous import grid_convolution, point_convolution


@pytest.mark.parametrize("size", [1, 3, 5])
def test_a_weight_function_that_knows_a_kernel_gives_its_convolution(size, rng):
    """Eq. (grid-conv): the function is asked at the offsets of the window alone."""
    images = torch.randn(2, 3, 6, 7, dtype=torch.float64, generator=rng())
    kernel = torch.randn(4, 3, size, size, dtype=torch.float64, generator=rng(1))

    def weight(offsets):
        rows, columns = (offsets + size // 2).long().unbind(1)
        return kernel[:, :, rows, columns].permute(2, 1, 0)

    expected = F.conv2d(images, kernel, padding=size // 2)
    torch.testing.assert_close(
        grid_convolution(images, weight, size), expected, rtol=1e-12, atol=1e-12
    )


def test_the_offset_is_added_not_subtracted():
    """Eq. (grid-conv): a cross-correlation. Weight 1 at the offset (0, 1)."""
    images = torch.tensor([[[[0.0, 2.0, 5.0]]]])
    right = grid_convolution(
        images, lambda o: ((o[:, 0] == 0) & (o[:, 1] == 1)).float()[:, None, None]
    )
    assert right.flatten().tolist() == [2, 5, 0]


@pytest.mark.parametrize("scaled", [False, True])
def test_neighbors_and_channels_are_added_up(scaled, rng):
    """Eq. (point-conv), by loops."""
    features = torch.randn(2, 3, 4, dtype=torch.float64, generator=rng())
    weights = torch.randn(2, 3, 4, 5, dtype=torch.float64, generator=rng(1))
    scale = torch.rand(2, 3, dtype=torch.float64, generator=rng(2))
    found = point_convolution(features, weights, scale=scale if scaled else None)
    for n, o in itertools.product(range(2), range(5)):
        expected = 0.0
        for k, c in itertools.product(range(3), range(4)):
            factor = scale[n, k].item() if scaled else 1
            expected += factor * weights[n, k, c, o].item() * features[n, k, c].item()
        assert found[n, o].item() == pytest.approx(expected, rel=1e-12)


def test_a_scale_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"scale must have shape \(2, 3\)"):
        point_convolution(
            torch.ones(2, 3, 4), torch.ones(2, 3, 4, 5), scale=torch.ones(3)
        )
