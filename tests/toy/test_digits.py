"""Checks of dlnotes.toy.digits."""

import sys

import pytest
import torch

from dlnotes.toy.digits import load_digits


def test_digits_are_images_with_17_levels_of_grey():
    images, _ = load_digits()
    assert images.shape == (1797, 64)
    assert images.dtype == torch.float32
    assert torch.equal((images * 16).round() / 16, images)
    assert images.unique().tolist() == [level / 16 for level in range(17)]


def test_digits_come_with_their_labels_in_the_order_of_the_collection():
    _, labels = load_digits()
    assert labels.shape == (1797,)
    assert labels.dtype == torch.int64
    # The collection's first writer wrote 0 to 9 three times over.
    assert labels[:30].tolist() == [*range(10)] * 3
    # Counts of the collection's description, file optdigits.tes.
    counts = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert labels.bincount().tolist() == counts


def test_an_image_lies_nearer_to_the_mean_of_its_digit_than_to_others():
    """Images and labels belong together: chance would give one in ten."""
    images, labels = load_digits()
    means = torch.stack([images[labels == digit].mean(0) for digit in range(10)])
    nearest = torch.cdist(images, means).argmin(1)
    assert (nearest == labels).float().mean() > 0.8


def test_two_calls_share_no_memory():
    first, labels = load_digits()
    first.zero_()
    labels.zero_()
    again, fresh = load_digits()
    assert again.any()
    assert fresh.any()


def test_digits_say_what_they_need(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match="scikit-learn"):
        load_digits()
