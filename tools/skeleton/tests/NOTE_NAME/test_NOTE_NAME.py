"""Tests of dlnotes.NOTE_NAME."""

import torch

from dlnotes.NOTE_NAME import NOTE_NAME_mean


def test_the_slope_at_the_mean_is_zero(rng):
    """Autograd differentiates the sum of squared distances at Eq. (mean)."""
    points = torch.randn(100, 5, dtype=torch.float64, generator=rng())
    mean = NOTE_NAME_mean(points).requires_grad_()
    (points - mean[:, None]).square().sum().backward()
    # The mean and the sum of 5 slopes: at most 2 * 5 * (5 + 2) roundings.
    bound = 70 * torch.finfo(points.dtype).eps * points.abs().max()
    assert mean.grad.abs().max() < bound
