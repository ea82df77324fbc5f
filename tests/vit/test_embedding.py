"""Checks of dlnotes.vit.embedding."""

import pytest
import torch
from torch.nn import functional as F

from dlnotes.vit.embedding import add_positions, embed_patches, kernel_of, patch_grid


@pytest.mark.parametrize(
    ("image", "patch", "grid"),
    [(224, 16, (14, 14)), ((32, 48), 16, (2, 3)), ((6, 6), (3, 2), (2, 3))],
)
def test_patches_tile_the_image(image, patch, grid):
    """Eq. (patch-count)."""
    assert patch_grid(image, patch) == grid
    with pytest.raises(ValueError, match="patch must divide"):
        patch_grid(image, 5)


def test_each_token_is_a_sum_over_the_pixels_of_its_patch(rng):
    """Eq. (patch-embedding), by loops over rows, columns and channels."""
    images = torch.randn(1, 2, 4, 6, dtype=torch.float64, generator=rng())
    weight = torch.randn(3, 12, dtype=torch.float64, generator=rng(1))
    bias = torch.randn(3, dtype=torch.float64, generator=rng(2))
    tokens = embed_patches(images, weight, bias, (2, 3))
    for token, (top, left) in ((1, (0, 3)), (2, (2, 0))):
        for d in range(3):
            total, at = bias[d].clone(), 0
            for row in range(2):
                for column in range(3):
                    for channel in range(2):
                        pixel = images[0, channel, top + row, left + column]
                        total += weight[d, at] * pixel
                        at += 1
            torch.testing.assert_close(tokens[0, token, d], total)


@pytest.mark.parametrize("patch", [2, (3, 2), (4, 6)])
def test_the_embedding_is_a_convolution_whose_stride_is_its_kernel(rng, patch):
    """Eq. (patch-convolution): the same tokens, and the same gradients."""
    p, q = patch if isinstance(patch, tuple) else (patch, patch)
    images = torch.randn(2, 3, 12, 12, dtype=torch.float64, generator=rng())
    weight = torch.randn(5, p * q * 3, dtype=torch.float64, generator=rng(1))
    bias = torch.randn(5, dtype=torch.float64, generator=rng(2))
    weight.requires_grad_()
    maps = F.conv2d(images, kernel_of(weight, patch), bias, stride=(p, q))
    results = [embed_patches(images, weight, bias, patch), maps.flatten(2).mT]
    torch.testing.assert_close(*results, rtol=0, atol=1e-12)
    slopes = [torch.autograd.grad(r.square().sum(), weight) for r in results]
    torch.testing.assert_close(*slopes, rtol=0, atol=1e-10)


def test_the_class_token_stands_in_front_with_a_code_of_its_own(rng):
    """Eq. (tokens)."""
    patches = torch.randn(2, 3, 4, generator=rng())
    codes, first = torch.randn(5, 4, generator=rng(1)).split([4, 1])
    tokens = add_positions(patches, codes, first[0])
    assert torch.equal(tokens[1, 0], first[0] + codes[0])
    assert torch.equal(tokens[:, 1:], patches + codes[1:])
    assert torch.equal(add_positions(patches, codes[1:], None), patches + codes[1:])
