"""Checks of dlnotes.mae.target."""

import pytest
import torch

from dlnotes.mae.target import error_sum, masked_error, normalize_patches


def test_the_variance_is_the_unbiased_one(rng):
    """Eq. (target) against torch's own mean and variance."""
    patches = torch.randn(3, 5, 8, dtype=torch.float64, generator=rng())
    spread = (patches.var(-1, keepdim=True) + 1e-6).sqrt()
    expected = (patches - patches.mean(-1, keepdim=True)) / spread
    torch.testing.assert_close(normalize_patches(patches), expected)
    squares = normalize_patches(patches, eps=1e-12).square().sum(-1)
    torch.testing.assert_close(squares, torch.full_like(squares, 7.0))


def test_the_loss_counts_hidden_patches_alone(rng):
    """Eq. (loss) against a loop."""
    predicted, target = torch.randn(2, 3, 4, 6, dtype=torch.float64, generator=rng())
    mask = torch.rand(3, 4, generator=rng(1)) < 0.5
    errors = [
        float((predicted[b, i] - target[b, i]).square().mean())
        for b in range(3)
        for i in range(4)
        if mask[b, i]
    ]
    loss = masked_error(predicted, target, mask)
    assert loss.item() == pytest.approx(sum(errors) / len(errors), abs=1e-14)
    changed = torch.where(mask[:, :, None], predicted, 1e6)
    assert masked_error(changed, target, mask) == loss


def test_sums_and_counts_of_parts_add_up(rng):
    """Eq. (loss) of a batch is no mean of the losses of its parts."""
    predicted, target = torch.randn(2, 4, 5, 6, dtype=torch.float64, generator=rng())
    mask = torch.rand(4, 5, generator=rng(1)) < 0.4
    parts = [error_sum(*(x[i::2] for x in (predicted, target, mask))) for i in (0, 1)]
    total = sum(error for error, _ in parts) / sum(count for _, count in parts)
    torch.testing.assert_close(total, masked_error(predicted, target, mask))


def test_a_mask_of_another_kind_is_refused():
    x = torch.zeros(1, 2, 3)
    with pytest.raises(
        TypeError, match=r"mask must hold truth values, got torch\.int64"
    ):
        error_sum(x, x, torch.ones(1, 2, dtype=torch.int64))
    with pytest.raises(TypeError, match="got list"):
        error_sum(x, x, [True])


def test_a_mean_over_nothing_hidden_is_refused_and_a_sum_is_not():
    x, mask = torch.ones(1, 2, 3), torch.zeros(1, 2, dtype=torch.bool)
    with pytest.raises(ValueError, match="mask must be true somewhere"):
        masked_error(x, x, mask)
    assert error_sum(x, x, mask) == (0, 0)
