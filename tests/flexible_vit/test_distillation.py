"""Checks of dlnotes.flexible_vit.distillation."""

import pytest
import torch
from torch.nn import functional as F

from dlnotes.flexible_vit.distillation import hard_distillation, soft_distillation


def draw(rng):
    logits, distilled, teacher = torch.randn(
        3, 6, 4, dtype=torch.float64, generator=rng()
    )
    return logits, distilled, torch.arange(6) % 4, teacher


def test_the_hard_loss_is_the_mean_of_two_cross_entropies(rng):
    """Eq. (hard)."""
    logits, distilled, labels, teacher = draw(rng)
    found = hard_distillation(logits, distilled, labels, teacher).mean()
    own = F.cross_entropy(logits, labels)
    copied = F.cross_entropy(distilled, teacher.argmax(-1))
    torch.testing.assert_close(found, (own + copied) / 2)


def test_the_soft_loss_is_a_divergence_beside_the_cross_entropy(rng):
    """Eq. (soft), by torch's Kullback-Leibler divergence."""
    logits, distilled, labels, teacher = draw(rng)
    found = soft_distillation(logits, distilled, labels, teacher).mean()
    both = [(x / 3).log_softmax(-1) for x in (distilled, teacher)]
    divergence = F.kl_div(*both, log_target=True, reduction="batchmean")
    wanted = 0.9 * F.cross_entropy(logits, labels) + 0.1 * 9 * divergence
    torch.testing.assert_close(found, wanted)
    same = soft_distillation(logits, teacher, labels, teacher, weight=1.0)
    assert same.abs().max() < 1e-12


@pytest.mark.parametrize("loss", [hard_distillation, soft_distillation])
def test_labels_that_are_no_classes_are_refused(loss, rng):
    """Eq. (hard) and Eq. (soft): torch skips -100 silently."""
    logits, distilled, labels, teacher = draw(rng)
    for odd in (-100, -1, 4):
        wrong = torch.where(torch.arange(6) == 2, odd, labels)
        with pytest.raises(ValueError, match=f"labels must be from 0 to 3, got {odd}"):
            loss(logits, distilled, wrong, teacher)
    with pytest.raises(TypeError, match="labels must hold integers of 64 bits"):
        loss(logits, distilled, labels.int(), teacher)
