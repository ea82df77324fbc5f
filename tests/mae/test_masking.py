"""Checks of dlnotes.mae.masking."""

from itertools import combinations

import pytest
import torch
from scipy.stats import chisquare

from dlnotes.mae.masking import (
    block_noise,
    draw_noise,
    grid_noise,
    hidden,
    kept_count,
    put_back,
    shuffle,
    visible,
)


@pytest.mark.parametrize(
    ("tokens", "ratio", "kept"),
    [(196, 0.75, 49), (196, 0.0, 196), (49, 0.75, 12), (10, 0.5, 5), (3, 0.5, 1)],
)
def test_the_count_is_rounded_down(tokens, ratio, kept):
    """Eq. (kept)."""
    assert kept_count(tokens, ratio) == kept


def test_nine_tenths_of_ten_leave_nothing_in_floating_point():
    """Eq. (kept) as the published programs compute it; exactly it would be 1."""
    with pytest.raises(ValueError, match=r"leave some of 10 patches, got 0\.9"):
        kept_count(10, 0.9)


def test_an_order_and_its_inverse_undo_each_other(rng):
    """Eq. (shuffle): every patch once, and back at its place."""
    order = shuffle(torch.rand(20, 7, generator=rng()))
    there_and_back = order.argsort(-1).gather(1, order)
    assert torch.equal(there_and_back, torch.arange(7).expand(20, 7))


def test_exactly_so_many_are_hidden_and_these_have_the_larger_noise(rng):
    """Eq. (mask)."""
    noise = torch.rand(20, 7, generator=rng())
    for kept in range(1, 8):
        mask = hidden(shuffle(noise), kept)
        assert (mask.sum(1) == 7 - kept).all()
        largest = torch.where(mask, -1, noise).amax(1)
        smallest = torch.where(mask, noise, 2).amin(1)
        assert (largest < smallest).all()


def test_every_set_of_patches_is_equally_likely(rng):
    """Eq. (shuffle) with uniform noise: chi-square over the 20 sets of 3 out of 6."""
    noise = draw_noise(20_000, 6, generator=rng())
    masks = hidden(shuffle(noise), 3)
    codes = (masks * 2 ** torch.arange(6)).sum(1)
    sets = [sum(2**i for i in chosen) for chosen in combinations(range(6), 3)]
    counts = [int((codes == code).sum()) for code in sets]
    assert sum(counts) == 20_000
    assert chisquare(counts).pvalue > 1e-4


def test_what_is_visible_comes_back_to_its_place(rng):
    """Eq. (put-back) undoes Eq. (visible); hidden places get the mask token."""
    tokens = torch.randn(4, 9, 5, dtype=torch.float64, generator=rng())
    token = torch.full((5,), 7.0, dtype=torch.float64)
    order = shuffle(torch.rand(4, 9, generator=rng(1)))
    seen = visible(tokens, order, 4)
    for b in range(4):
        assert torch.equal(seen[b], tokens[b][order[b, :4]])
    back = put_back(seen, token, order)
    mask = hidden(order, 4)[:, :, None]
    assert torch.equal(back, torch.where(mask, token, tokens))


def test_a_grid_keeps_one_of_four():
    noise = grid_noise((4, 6), like=torch.zeros(()))
    mask = hidden(shuffle(noise), 6).view(4, 6)
    assert not mask[::2, ::2].any()
    assert mask.sum() == 18


def test_a_block_is_one_square_and_its_places_are_equally_likely(rng):
    corner = torch.rand(9000, 2, generator=rng())
    blocks = block_noise(corner, (4, 5), 3).view(-1, 4, 5)
    assert (blocks.sum((1, 2)) == 9).all()
    at = blocks.flatten(1).argmax(1)
    counts = [int((at == 5 * r + c).sum()) for r in range(2) for c in range(3)]
    assert sum(counts) == 9000
    assert chisquare(counts).pvalue > 1e-4
    rows = blocks.amax(2).sum(1)
    assert (rows == 3).all()


def test_an_order_of_another_kind_is_refused():
    for wrong, error in ((torch.rand(3), TypeError), ([0, 1], TypeError)):
        with pytest.raises(error, match="order must"):
            hidden(wrong, 1)
    with pytest.raises(ValueError, match="kept must be from 1 to 3, got 4"):
        hidden(torch.tensor([2, 0, 1]), 4)


@pytest.mark.parametrize("odd", [-0.25, 1.0])
def test_a_corner_outside_of_the_room_is_refused(odd):
    corner = torch.tensor([[0.5, odd]])
    with pytest.raises(ValueError, match=f"corner must be at least 0.*got {odd}"):
        block_noise(corner, (4, 5), 3)
