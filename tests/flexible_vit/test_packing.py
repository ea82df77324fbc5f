"""Checks of dlnotes.flexible_vit.packing."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlnotes.blocks.encoder import Encoder
from dlnotes.flexible_vit.packing import (
    attention_share,
    block_mask,
    first_fit,
    padding_share,
    pool_images,
)

LENGTHS = [5, 2, 4]
OWNERS = torch.tensor([0] * 5 + [1] * 2 + [2] * 4 + [-1] * 3)


@given(st.lists(st.integers(1, 20), max_size=40))
def test_every_image_is_in_one_row_and_no_row_is_too_long(lengths):
    """Eq. (first-fit): and at most one row is less than half full."""
    rows = first_fit(lengths, 20)
    assert sorted(image for row in rows for image in row) == list(range(len(lengths)))
    filled = [sum(lengths[image] for image in row) for row in rows]
    assert all(tokens <= 20 for tokens in filled)
    assert sum(tokens <= 10 for tokens in filled) <= 1


def test_each_image_takes_the_first_row_with_room():
    """Eq. (first-fit) and Eq. (padding)."""
    assert first_fit([5, 4, 3, 2, 4], 8) == [[0, 2], [1, 3], [4]]
    assert padding_share([5, 4, 3, 2, 4], 3, 8) == 0.25
    with pytest.raises(ValueError, match="lengths"):
        first_fit([9], 8)


def test_padding_sees_nothing_and_is_not_seen():
    """Eq. (block-mask)."""
    mask = block_mask(torch.tensor([0, 0, 1, -1, -1]))
    rows = [[1, 1, 0, 0, 0]] * 2 + [[0, 0, 1, 0, 0]] + [[0] * 5] * 2
    assert mask.int().tolist() == rows


def test_packed_images_come_out_as_alone(rng):
    """Eq. (block-mask) and Eq. (masked-pool): and not so without the mask."""
    encoder = Encoder(16, 2, 4).double()
    tokens = torch.randn(14, 16, dtype=torch.float64, generator=rng())
    alone = [encoder(part[None]).mean(1) for part in tokens[:11].split(LENGTHS)]
    mask = block_mask(OWNERS)
    packed = pool_images(encoder(tokens[None], mask=mask), OWNERS[None], 3)[0]
    torch.testing.assert_close(packed, torch.cat(alone), rtol=0, atol=1e-10)
    mixed = pool_images(encoder(tokens[None]), OWNERS[None], 3)[0]
    assert (mixed - packed).abs().max() > 1e-3


def test_no_gradient_passes_between_images(rng):
    """Eq. (block-mask): what an image makes depends on its own tokens alone."""
    encoder = Encoder(16, 2, 4)
    tokens = torch.randn(1, 14, 16, generator=rng(), requires_grad=True)
    pooled = pool_images(encoder(tokens, mask=block_mask(OWNERS)), OWNERS[None], 3)
    (slope,) = torch.autograd.grad(pooled[0, 1].square().sum(), tokens)
    reached = slope[0].abs().sum(-1) > 0
    assert torch.equal(reached, OWNERS == 1)
    assert slope.isfinite().all()


def test_the_quadratic_share_is_that_of_the_multiplications():
    """Eq. (attention-share): two products of N by N, beside 12 of D by D."""
    for tokens, dim in ((196, 768), (1024, 64)):
        quadratic, linear = 2 * tokens**2 * dim, 12 * tokens * dim**2
        share = quadratic / (quadratic + linear)
        assert attention_share(tokens, dim) == pytest.approx(share, rel=1e-12)


def test_images_that_rows_cannot_hold_have_no_padding():
    """Eq. (padding): a share below 0 is none."""
    with pytest.raises(ValueError, match="lengths must be from 1 to 256, got 300"):
        padding_share([300], 1, 256)
    with pytest.raises(ValueError, match="lengths must sum to 256 at most, got 400"):
        padding_share([200, 200], 1, 256)
    assert padding_share([256], 1, 256) == 0


def test_an_image_that_would_be_dropped_is_refused():
    """Eq. (masked-pool)."""
    with pytest.raises(ValueError, match="owners must be below images, 2, got 2"):
        pool_images(torch.ones(14, 3), OWNERS, 2)
