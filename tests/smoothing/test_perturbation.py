"""Checks of dlnotes.smoothing.perturbation against docs/notes/smoothing.md."""

import pytest
import torch

from dlnotes.gumbel_softmax.gumbel import sample_gumbel
from dlnotes.gumbel_softmax.maximum import expected_max
from dlnotes.smoothing.argmax import soft_onehot
from dlnotes.smoothing.maximum import smooth_max
from dlnotes.smoothing.perturbation import perturbed_max
from tests.statistics import within

VALUES = torch.tensor([0.5, -1.0, 0.2, 0.4], dtype=torch.float64)
DRAWS = 200_000


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 4.0])
def test_mean_of_the_perturbed_maximum_is_the_smooth_maximum(rng, sharpness):
    """Eq. (perturbed-max): unbiased, within five standard errors."""
    draws = perturbed_max(VALUES.expand(DRAWS, -1), sharpness, generator=rng())
    assert within(draws, smooth_max(VALUES, sharpness))


def test_it_is_the_same_as_the_theorem_of_the_other_note():
    """Eq. (perturbed-max): its mean is the expected maximum less the mean noise."""
    gamma = expected_max(torch.zeros(1, dtype=torch.float64)).item()  # log 1 + γ
    expected = (expected_max(3 * VALUES) - gamma) / 3
    torch.testing.assert_close(smooth_max(VALUES, 3.0), expected)


def test_gradient_is_the_winner_and_its_mean_the_softmax(rng):
    """Eq. (perturbed-max): each draw has a one-hot gradient."""
    values = VALUES.expand(DRAWS, -1).clone().requires_grad_()
    total = perturbed_max(values, 2.0, generator=rng()).sum()
    onehot = torch.autograd.grad(total, values)[0]
    assert ((onehot == 0) | (onehot == 1)).all()
    assert (onehot.sum(-1) == 1).all()
    assert within(onehot, soft_onehot(VALUES, 2.0))


def test_given_noise_is_used(rng):
    """Eq. (perturbed-max): the formula term by term."""
    noise = sample_gumbel(VALUES.expand(10, -1), generator=rng())
    expected = (VALUES + (noise - 0.5772156649015329) / 2).amax(-1)
    torch.testing.assert_close(perturbed_max(VALUES, 2.0, noise=noise), expected)
