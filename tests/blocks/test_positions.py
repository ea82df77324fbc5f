"""Checks of dlnotes.blocks.positions."""

import math

import pytest
import torch
from transformers.models.vit_mae.modeling_vit_mae import (
    build_2d_sinusoidal_position_embedding,
)

from dlnotes.blocks.positions import sincos_1d, sincos_2d


def test_a_code_holds_sines_then_cosines_of_each_frequency():
    code = sincos_1d(torch.tensor([2.5], dtype=torch.float64), 6)[0]
    angles = [2.5 / 10_000 ** (k / 3) for k in range(3)]
    expected = [*map(math.sin, angles), *map(math.cos, angles)]
    assert code.tolist() == pytest.approx(expected, abs=1e-15)


def test_the_inner_product_of_codes_depends_on_the_distance_alone():
    code = sincos_1d(torch.arange(20, dtype=torch.float64), 16)
    products = code @ code.T
    for shift in (1, 7):
        along = products.diagonal(shift)
        torch.testing.assert_close(along, along[:1].expand_as(along))


def test_codes_of_a_grid_are_those_of_masked_autoencoders():
    rows, columns = torch.meshgrid(torch.arange(5.0), torch.arange(4.0), indexing="ij")
    codes = sincos_2d(rows.flatten().double(), columns.flatten().double(), 24)
    peer = build_2d_sinusoidal_position_embedding(5, 4, 24, dtype=torch.float64)
    swapped = torch.cat([peer[:, 12:], peer[:, :12]], dim=1)  # as their weights are
    torch.testing.assert_close(codes, swapped, rtol=0, atol=1e-13)


@pytest.mark.parametrize("dim", [0, 2, 6])
def test_codes_that_cannot_be_shared_by_two_axes_are_refused(dim):
    with pytest.raises(ValueError, match="dim must be"):
        sincos_2d(torch.zeros(3), torch.zeros(3), dim)
    with pytest.raises(ValueError, match="one shape"):
        sincos_2d(torch.zeros(3), torch.zeros(2), 8)
