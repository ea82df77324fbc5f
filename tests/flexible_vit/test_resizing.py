"""Checks of dlnotes.flexible_vit.resizing."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.models.pix2struct.image_processing_pil_pix2struct import (
    Pix2StructImageProcessorPil,
)

from dlnotes.flexible_vit.resizing import (
    budget_grid,
    standardize_image,
    variable_patches,
)
from dlnotes.vit.positions import places

SIDES = st.integers(1, 3000)


@given(SIDES, SIDES, st.integers(1, 32), st.integers(1, 2048))
def test_the_grid_keeps_the_budget_and_nearly_the_shape(height, width, patch, budget):
    """Eq. (budget-grid): rounded down, a side lacks less than one patch."""
    rows, columns = budget_grid((height, width), patch, budget)
    assert rows >= 1
    assert columns >= 1
    assert rows * columns <= budget
    exact = (budget * height / width) ** 0.5, (budget * width / height) ** 0.5
    for found, wanted in zip((rows, columns), exact, strict=True):
        assert found <= max(1, wanted * (1 + 1e-9))
        assert found > min(wanted * (1 - 1e-9), budget) - 1


def test_known_grids_and_the_one_that_rounding_loses():
    """Eq. (budget-grid)."""
    assert budget_grid((480, 640), 16, 256) == (13, 18)
    assert budget_grid((100, 1000), 16, 256) == (5, 50)
    assert budget_grid((197, 197), 16, 256) == (15, 15)  # exactly 16 by 16


def test_patches_and_places_are_those_of_transformers(rng):
    """Eq. (budget-grid) and Eq. (standardize), with the biased deviation of both."""
    for height, width, patch, budget in ((33, 70, 8, 24), (90, 20, 6, 50)):
        image = torch.randint(256, (3, height, width), generator=rng())
        processor = Pix2StructImageProcessorPil(
            patch_size={"height": patch, "width": patch}, max_patches=budget
        )
        pixels = image.permute(1, 2, 0).numpy().astype(np.uint8)
        peer = processor(pixels, return_tensors="pt").flattened_patches[0]
        patches = variable_patches(image.float(), patch, budget)
        at = places(budget_grid((height, width), patch, budget), like=patches)
        assert not peer[len(patches) :].any()
        assert torch.equal(peer[: len(patches), :2], at + 1)
        found = peer[: len(patches), 2:]
        torch.testing.assert_close(patches, found, rtol=0, atol=1e-5)


def test_an_image_is_standardized_before_it_is_resized(rng):
    """Eq. (standardize)."""
    image = 5 + 3 * torch.randn(2, 6, 8, dtype=torch.float64, generator=rng())
    found = standardize_image(image)
    assert found.mean().abs() < 1e-12
    assert (found.var(correction=0) - 1).abs() < 1e-12
    assert not standardize_image(torch.full((1, 3, 3), 0.5)).any()
    faint = (image - image.mean()) * 1e-3  # its deviation is below the floor
    torch.testing.assert_close(standardize_image(faint), faint * 96**0.5)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -float("inf")])
def test_one_pixel_that_is_no_number_is_named(odd):
    image = torch.ones(3, 5, 7)
    image[1, 2, 3] = odd
    with pytest.raises(ValueError, match=f"image must be finite, got {odd}"):
        standardize_image(image)
    assert standardize_image(torch.full((1, 2, 2), 3e38)).shape == (1, 2, 2)
