"""Checks of dlnotes.smoothing.argmax against docs/notes/smoothing.md."""

import math

import pytest
import torch

from dlnotes.smoothing.argmax import index_deviation, soft_argmax, soft_onehot
from dlnotes.smoothing.maximum import smooth_max

TWO_MODES = torch.tensor([0, 5, 0, 0, 0, 0, 0, 5, 0], dtype=torch.float64)


def test_soft_onehot_agrees_with_torch(rng):
    """Eq. (soft-onehot): the softmax of κx."""
    values = torch.randn(50, 6, dtype=torch.float64, generator=rng())
    torch.testing.assert_close(soft_onehot(values, 3.0), torch.softmax(3 * values, -1))


def test_soft_onehot_is_the_exponential_of_the_distance_to_the_smooth_max(rng):
    """Eq. (soft-onehot): exp(κ (x - smooth max)), as in its derivation."""
    values = torch.randn(50, 6, dtype=torch.float64, generator=rng())
    distance = values - smooth_max(values, 3.0).unsqueeze(-1)
    torch.testing.assert_close(soft_onehot(values, 3.0), torch.exp(3 * distance))


def test_soft_onehot_tends_to_the_onehot_vector(rng):
    """Eq. (soft-onehot): the error is at most (K - 1) exp(-κ gap) in each entry."""
    values = torch.randn(1000, 6, dtype=torch.float64, generator=rng())
    top = values.topk(2, -1).values
    bound = 5 * torch.exp(-20 * (top[:, 0] - top[:, 1]))
    hard = torch.nn.functional.one_hot(values.argmax(-1), 6)
    error = (soft_onehot(values, 20.0) - hard).abs().amax(-1)
    assert (error <= bound + 1e-15).all()


def test_soft_onehot_is_the_gradient_of_the_smooth_max():
    """Eq. (soft-onehot): finite differences of the smooth maximum agree."""
    values = torch.tensor([0.3, -0.2, 0.9], dtype=torch.float64)
    step = 1e-6 * torch.eye(3, dtype=torch.float64)
    above, below = smooth_max(values + step, 4.0), smooth_max(values - step, 4.0)
    slope = (above - below) / 2e-6
    torch.testing.assert_close(slope, soft_onehot(values, 4.0), atol=1e-9, rtol=1e-9)


def test_soft_argmax_is_the_mean_index(rng):
    """Eq. (soft-argmax): counted from 0, and the true index in the limit."""
    values = torch.randn(200, 9, dtype=torch.float64, generator=rng())
    mean = torch.softmax(values, -1) @ torch.arange(9.0, dtype=torch.float64)
    torch.testing.assert_close(soft_argmax(values, 1.0), mean)
    gap = values.topk(2, -1).values.diff(dim=-1).abs().squeeze(-1)
    clear = values[gap > 0.1]
    index = soft_argmax(clear, 1e3)  # off by at most 9 * 8 * exp(-100)
    torch.testing.assert_close(index, clear.argmax(-1).double())


def test_soft_argmax_fails_between_two_modes():
    """Eq. (soft-argmax): equal peaks at 1 and 7 give 4, at every sharpness."""
    for sharpness in (0.1, 1.0, 10.0, 1e4):
        assert soft_argmax(TWO_MODES, sharpness).item() == pytest.approx(4)


def test_index_deviation_sees_the_two_modes():
    """Eq. (index-deviation): half the distance of two peaks, 0 at one."""
    assert index_deviation(TWO_MODES, 1e4).item() == pytest.approx(3)
    assert index_deviation(2 * TWO_MODES, 10.0).item() == pytest.approx(3)
    one = torch.nn.functional.one_hot(torch.tensor(4), 9).double()
    assert index_deviation(one, 1e4).item() == 0


def test_index_deviation_is_a_standard_deviation(rng):
    """Eq. (index-deviation): E i² - (E i)², summed directly."""
    values = torch.randn(100, 9, dtype=torch.float64, generator=rng())
    p, i = torch.softmax(2 * values, -1), torch.arange(9.0, dtype=torch.float64)
    variance = p @ i**2 - (p @ i) ** 2
    torch.testing.assert_close(index_deviation(values, 2.0) ** 2, variance)


def test_soft_argmax_is_off_by_no_more_than_the_weight_elsewhere(rng):
    """Eq. (soft-argmax): |error| <= (K - 1) (1 - p_max), the bound in the note."""
    values = 3 * torch.randn(1000, 9, dtype=torch.float64, generator=rng())
    error = (soft_argmax(values, 1.0) - values.argmax(-1)).abs()
    bound = 8 * (1 - soft_onehot(values, 1.0).amax(-1))
    assert (error <= bound + 1e-12).all()


def test_gradients_are_those_of_finite_differences():
    """Eq. (soft-onehot), Eq. (soft-argmax), Eq. (index-deviation): gradcheck."""
    values = torch.tensor([0.3, -0.2, 0.9], dtype=torch.float64, requires_grad=True)
    for function in (soft_onehot, soft_argmax, index_deviation):
        assert torch.autograd.gradcheck(lambda x, f=function: f(x, 1.5), values)


def test_ties_share_the_weight():
    """Eq. (soft-onehot): m equal leaders get 1 / m each, at every sharpness."""
    for sharpness in (0.1, 1e4):
        p = soft_onehot(torch.tensor([2.0, 2.0, -1e4, 2.0]), sharpness)
        assert p.tolist() == pytest.approx([1 / 3, 1 / 3, 0, 1 / 3], abs=1e-6)


def test_a_masked_entry_has_no_weight_however_flat_the_softmax():
    """Eq. (soft-onehot): a sharpness near the end of single precision."""
    p = soft_onehot(torch.tensor([0.0, -torch.inf, 1.0]), 2e-38)
    assert p.tolist() == [0.5, 0, 0.5]


def test_a_sure_winner_has_a_spread_and_a_gradient():
    """Eq. (index-deviation): exp(-κ lead / 2) keeps its digits; 0 has gradient 0."""
    values = torch.tensor([-200.0, -200.0, 0.0], dtype=torch.float64)
    spread = index_deviation(values.requires_grad_(), 1.0)
    assert spread.item() == pytest.approx(math.sqrt(5) * math.exp(-100))
    assert torch.autograd.grad(spread, values)[0].isfinite().all()
    alone = torch.zeros(1, requires_grad=True)
    assert torch.autograd.grad(index_deviation(alone, 1.0), alone)[0].item() == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_indices_do_not_live_in_half_precision(dtype):
    """Eq. (soft-argmax), Eq. (index-deviation): the last of 70,000 entries."""
    values = torch.zeros(70_000, dtype=dtype)
    values[-1] = 100
    assert soft_argmax(values, 10.0).item() == 69_999
    values[0] = 100
    assert soft_argmax(values, 10.0).item() == 69_999 / 2
    # Weights and their roots are rounded to single precision.
    spread = index_deviation(values, 10.0).item()
    assert spread == pytest.approx(69_999 / 2, rel=1e-6)
