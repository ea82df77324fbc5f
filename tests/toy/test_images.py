"""Checks of dlnotes.toy.images."""

import sys

import pytest
import torch

from dlnotes.toy.digits import load_digits
from dlnotes.toy.images import (
    draw_crops,
    load_digit_images,
    load_photograph,
    split_digits,
    standardize_gray,
)


def test_digits_are_the_rows_of_pixels_in_two_dimensions():
    images, labels = load_digit_images()
    pixels, same = load_digits()
    assert images.shape == (1797, 1, 8, 8)
    assert torch.equal(images[:, 0, 3, 5], pixels[:, 3 * 8 + 5])
    assert torch.equal(labels, same)


def test_the_parts_of_the_digits_are_disjoint_and_complete():
    learn, test = split_digits(300)
    assert torch.equal(torch.cat([learn, test]), torch.arange(1797))
    assert len(test) == 300
    with pytest.raises(ValueError, match="held_out"):
        split_digits(0)


@pytest.mark.parametrize(
    ("name", "shape"), [("camera", (1, 512, 512)), ("chelsea", (3, 300, 451))]
)
def test_photographs_have_channels_first_and_values_up_to_one(name, shape):
    image = load_photograph(name)
    assert image.shape == shape
    assert image.dtype == torch.float32
    assert 0 <= image.min() < 0.1
    assert 0.8 < image.max() <= 1


@pytest.mark.parametrize("name", ["data_dir", "lfw_subset", "logo", "nothing"])
def test_what_is_no_photograph_is_refused(name):
    with pytest.raises(ValueError, match=f"name must be .* got '{name}'"):
        load_photograph(name)


def test_without_scikit_image_there_are_no_photographs(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(ImportError, match="scikit-image"):
        load_photograph("camera")


def test_a_gray_image_has_mean_zero_and_variance_one():
    gray = standardize_gray(load_photograph("astronaut"))
    assert gray.shape == (1, 512, 512)
    assert abs(gray.mean()) < 1e-4
    assert abs(gray.square().mean() - 1) < 1e-4
    assert not standardize_gray(torch.full((3, 4, 4), 0.5)).abs().max() > 1e-6
    weights = [standardize_gray(torch.eye(3)[:, :, None])[0, k, 0] for k in range(3)]
    assert weights[1] > weights[0] > weights[2]  # green is brightest, blue darkest


def test_crops_are_parts_of_the_images_in_turn_and_repeat(rng):
    """Each image holds every number once, so a crop tells where it is from."""
    images = [torch.arange(30.0).view(1, 5, 6), 100 + torch.arange(30.0).view(1, 6, 5)]
    crops = draw_crops(images, 400, 4, generator=rng())
    assert torch.equal(crops, draw_crops(images, 400, 4, generator=rng()))
    for number, (width, places) in enumerate(((6, {0, 1, 2, 6, 7, 8}), (5, {0, 1}))):
        corners = crops[number::2, 0, 0, 0] - 100 * number
        assert places <= set(corners.tolist())
        assert torch.equal(crops[number::2, 0, 1, 0] - 100 * number, corners + width)


def test_images_smaller_than_a_crop_are_refused():
    with pytest.raises(ValueError, match="images must be of 5 pixels"):
        draw_crops([torch.zeros(1, 4, 9)], 2, 5)


@pytest.mark.parametrize("shape", [(1, 48, 48), (3, 100, 101)])
def test_one_color_has_no_contrast_that_rounding_makes(shape):
    assert not standardize_gray(torch.full(shape, 0.1)).any()
