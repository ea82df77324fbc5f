"""Checks of dlnotes.vit.positions."""

import pytest
import sympy as sp
import torch
from torch.nn import functional as F

from dlnotes.vit.positions import (
    code_similarity,
    places,
    ramp_error,
    relative_bias,
    resize_codes,
)

RAMP = torch.arange(8, dtype=torch.float64)


def test_a_relative_bias_depends_on_the_offset_of_two_places_alone(rng):
    """Eq. (relative-bias), by a loop over all pairs."""
    table = torch.randn(2, 3, 5, generator=rng())
    bias = relative_bias(table, (2, 3), extra=1)
    assert bias.shape == (2, 7, 7)
    assert not bias[:, 0].any()
    assert not bias[:, :, 0].any()
    for i in range(6):
        for j in range(6):
            down, right = i // 3 - j // 3, i % 3 - j % 3
            expected = table[:, down + 1, right + 2]
            assert torch.equal(bias[:, i + 1, j + 1], expected)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("new", [(5, 9), (16, 12), (8, 8)])
def test_a_constant_stays_and_so_does_the_code_of_the_class(mode, antialias, new):
    """Eq. (resize)."""
    codes = torch.tensor([[3.0, -1.0]], dtype=torch.float64).repeat(65, 1)
    codes[0] = 7
    resized = resize_codes(codes, (8, 8), new, extra=1, mode=mode, antialias=antialias)
    assert torch.equal(resized[0], codes[0])
    torch.testing.assert_close(resized[1:], codes[1:2].expand(len(resized) - 1, 2))


@pytest.mark.parametrize(
    ("mode", "antialias", "straight"),
    [("bilinear", False, True), ("bicubic", True, True), ("bicubic", False, False)],
)
def test_torchs_cubic_curve_bends_a_straight_line_by_its_formula(
    mode, antialias, straight
):
    """Eq. (ramp-error): -0.75 is off, -0.5 and bilinear interpolation are not."""
    codes = RAMP.repeat(8)[:, None]  # the column of each patch
    resized = resize_codes(codes, (8, 8), (24, 24), mode=mode, antialias=antialias)
    where = (torch.arange(24, dtype=torch.float64) + 0.5) / 3 - 0.5
    inside = (where >= 2) & (where <= 5)  # four neighbors on either side
    found = resized.reshape(24, 24)[12] - where
    expected = ramp_error(where.frac(), -0.75)
    if straight:
        expected = torch.zeros_like(expected)
    torch.testing.assert_close(found[inside], expected[inside], rtol=0, atol=1e-12)


def test_the_formula_of_the_bend_is_an_identity():
    """Eq. (ramp-error), from the four pieces of the curve, by computer algebra."""
    a, t = sp.symbols("a t")

    def near(x):
        return (a + 2) * x**3 - (a + 3) * x**2 + 1

    def far(x):
        return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a

    weights = {-1: far(1 + t), 0: near(t), 1: near(1 - t), 2: far(2 - t)}
    assert sp.expand(sum(weights.values()) - 1) == 0
    bend = sum(place * weight for place, weight in weights.items()) - t
    assert sp.expand(bend + (2 * a + 1) * t * (1 - t) * (1 - 2 * t)) == 0
    worst = sp.solve(sp.diff(t * (1 - t) * (1 - 2 * t), t), t)
    largest = max(abs((t * (1 - t) * (1 - 2 * t)).subs(t, root)) for root in worst)
    assert sp.simplify(largest - sp.sqrt(3) / 18) == 0


def test_the_largest_bend_is_that_of_the_note():
    """Eq. (ramp-error): half of the root of 3 over 18, at offsets 0.21 and 0.79."""
    offsets = torch.linspace(0, 1, 10_001, dtype=torch.float64)
    bend = ramp_error(offsets, -0.75).abs()
    assert bend.max().item() == pytest.approx(3**0.5 / 36, rel=1e-6)


def test_likeness_is_torchs_cosine(rng):
    """Eq. (similarity)."""
    codes = torch.randn(5, 4, dtype=torch.float64, generator=rng())
    expected = F.cosine_similarity(codes[:, None], codes, dim=-1)
    torch.testing.assert_close(code_similarity(codes), expected)
    codes[2] = 0
    assert not code_similarity(codes)[2].any()
    with pytest.raises(ValueError, match="codes must be finite, got inf"):
        code_similarity(torch.full_like(codes, torch.inf))


def test_places_go_row_by_row():
    found = places((2, 3), like=torch.zeros(1))
    assert found.tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]


def test_a_long_grid_has_its_offsets_in_half_precision_too():
    """Eq. (relative-bias): bfloat16 has no row 257."""
    table = torch.arange(515.0)[None, :, None]
    found = relative_bias(table.bfloat16(), (258, 1))
    assert torch.equal(found, relative_bias(table, (258, 1)).bfloat16())


@pytest.mark.parametrize("scale", [1e-44, 1e-30, 1e30, 3e38])
def test_likeness_does_not_depend_on_the_length_of_a_code(scale):
    """Eq. (similarity): squares must neither vanish nor overflow."""
    codes = torch.tensor([[1.0, 1.0], [1.0, -1.0], [0.0, 0.0]])
    expected = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    torch.testing.assert_close(code_similarity(codes * scale), expected)


def test_scaling_by_powers_of_two_changes_no_bit_of_likeness_or_slope(rng):
    """Eq. (similarity), against the formula as it stands."""
    codes = torch.randn(9, 7, generator=rng(), requires_grad=True)
    plain = codes / codes.square().sum(-1, keepdim=True).sqrt()
    pull = torch.randn(9, 9, generator=rng(1))
    both = code_similarity(codes), plain @ plain.mT
    assert torch.equal(*both)
    slopes = [torch.autograd.grad((x * pull).sum(), codes)[0] for x in both]
    assert torch.equal(*slopes)
