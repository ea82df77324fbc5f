"""Checks of dlnotes.bias.normalization against the note."""

import mpmath
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dlnotes.bias.normalization import (
    batch_norm_affine,
    inert_part,
    running_mean_gap,
    standardize,
)

F64 = torch.float64


@pytest.fixture
def x(rng):
    return torch.randn(6, 4, 3, 5, dtype=F64, generator=rng())


def test_four_normalizations_are_one_with_other_axes(x):
    """Eq. (normalize): against torch's batch, instance, layer and group norm."""
    torch.testing.assert_close(
        standardize(x, (0, 2, 3)), F.batch_norm(x, None, None, training=True)
    )
    torch.testing.assert_close(standardize(x, (2, 3)), F.instance_norm(x))
    torch.testing.assert_close(standardize(x, (1, 2, 3)), F.layer_norm(x, x.shape[1:]))
    grouped = standardize(x.view(6, 2, 2, 3, 5), (2, 3, 4)).view_as(x)
    torch.testing.assert_close(grouped, F.group_norm(x, 2))


def oracle(x, eps=1e-5):
    """Eq. (normalize) over all entries, in sixty digits."""
    with mpmath.workdps(60):
        values = [mpmath.mpf(v) for v in x.tolist()]
        mean = mpmath.fsum(values) / len(values)
        variance = mpmath.fsum((v - mean) ** 2 for v in values) / len(values)
        results = [(v - mean) / mpmath.sqrt(variance + eps) for v in values]
        return torch.tensor([float(r) for r in results], dtype=F64)


@pytest.mark.parametrize("dtype", [torch.float32, F64])
@pytest.mark.parametrize("deviation", [1e-25, 1e-3, 1.0, 1e6, 1e30])
@pytest.mark.parametrize("mean", [0, 1000])
def test_no_size_and_no_mean_costs_digits(rng, dtype, deviation, mean):
    """Eq. (normalize): squares overflow in single precision from 2e19 on."""
    x = (torch.randn(9, dtype=F64, generator=rng()) + mean) * deviation
    x = x.to(dtype)
    expected = oracle(x)
    off = (standardize(x, (0,)).double() - expected).abs().amax()
    assert off <= 4 * torch.finfo(dtype).eps * expected.abs().amax()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("deviation", [1.0, 256.0, 30_000.0])
def test_half_precision_squares_nothing(dtype, deviation):
    """Eq. (normalize): the square of 256 overflows in float16."""
    x = torch.tensor([deviation, -deviation], dtype=dtype)
    wanted = oracle(x).to(dtype)
    assert torch.equal(standardize(x, (0,)), wanted)


@pytest.mark.parametrize("value", [0.1, 1e6, -3e38])
def test_equal_entries_give_0_with_a_finite_slope(value):
    """Eq. (normalize): a variance of 0, though no mean of thirds is exact."""
    x = torch.full((3,), value, requires_grad=True)
    result = standardize(x, (0,))
    assert not result.any()
    (slope,) = torch.autograd.grad(result[0], x)
    wanted = torch.tensor([2.0, -1.0, -1.0]) / 3 / 1e-5**0.5
    torch.testing.assert_close(slope, wanted)


def test_the_slopes_are_those_of_the_formula(rng):
    """Eq. (normalize): shift and size inside change no derivative, the second neither.

    The peer is torch's layer normalization.
    """
    x = torch.randn(2, 5, dtype=F64, generator=rng(), requires_grad=True)
    weights = torch.randn(2, 5, dtype=F64, generator=rng(1))
    results = (standardize(x, (1,)), F.layer_norm(x, (5,)))
    ours, theirs = (torch.autograd.grad((r * weights).sum(), x)[0] for r in results)
    torch.testing.assert_close(ours, theirs)
    assert torch.autograd.gradgradcheck(lambda v: standardize(v, (1,)), (x,))


NORMS = {  # normalization, groups of channels that share a mean
    "batch": (nn.BatchNorm2d(4), 4),
    "instance": (nn.InstanceNorm2d(4), 4),
    "group": (nn.GroupNorm(2, 4), 2),
    "layer": (nn.GroupNorm(1, 4), 1),
    "group of one": (nn.GroupNorm(4, 4), 4),
}


@pytest.mark.parametrize("name", NORMS)
def test_only_the_group_means_of_a_bias_are_inert(x, rng, name):
    """Eq. (inert-part): a bias and the rest of it do the same."""
    norm, groups = NORMS[name]
    norm = norm.double().train()
    bias = torch.randn(4, dtype=F64, generator=rng(1))
    inert = inert_part(bias, groups)
    column = (slice(None), None, None)
    torch.testing.assert_close(norm(x + inert[column]), norm(x))
    torch.testing.assert_close(norm(x + (bias - inert)[column]), norm(x + bias[column]))
    acts = (norm(x + bias[column]) - norm(x)).abs().amax()
    assert (acts > 0.01) == (groups < 4)
    # The second half of the proof: at x = 0 only the rest of the bias is left.
    variance = inert_part((bias - inert).square(), groups)
    at_zero = ((bias - inert) / (variance + norm.eps).sqrt())[column].expand(x.shape)
    torch.testing.assert_close(norm(0 * x + bias[column]), at_zero)


def test_the_inert_part_is_a_projection(rng):
    """Eq. (inert-part): onto biases that are constant on each group."""
    bias = torch.randn(6, dtype=F64, generator=rng())
    once = inert_part(bias, 3)
    torch.testing.assert_close(inert_part(once, 3), once)
    torch.testing.assert_close(once[::2], once[1::2])
    assert abs((bias - once) @ once) < 1e-14
    torch.testing.assert_close(inert_part(bias, 6), bias)
    torch.testing.assert_close(inert_part(bias, 1), bias.mean().expand(6))


def test_rms_norm_subtracts_nothing(rng):
    """Eq. (normalize): a bias acts even if all channels share it."""
    tokens = torch.randn(3, 8, dtype=F64, generator=rng())
    norm = nn.RMSNorm(8, dtype=F64)
    assert (norm(tokens + 1) - norm(tokens)).abs().amax() > 0.1
    layer = nn.LayerNorm(8, dtype=F64)
    torch.testing.assert_close(layer(tokens + 1), layer(tokens))


def trained(shift, batches, momentum, seen=0):
    """A batch norm that saw batches without, then with a shift of its input."""
    torch_rng = torch.Generator().manual_seed(3)
    norm = nn.BatchNorm1d(3, momentum=momentum, dtype=F64)
    nn.init.normal_(norm.weight, generator=torch_rng)
    for k in range(seen + batches):
        batch = torch.randn(16, 3, dtype=F64, generator=torch_rng)
        norm(batch + shift * (k >= seen))
    return norm.eval()


@pytest.mark.parametrize("batches", [0, 1, 7, 40])
@pytest.mark.parametrize("seen", [0, 5])
@pytest.mark.parametrize("momentum", [0.0, 0.1, 1.0])
def test_the_running_mean_catches_up_with_a_bias(rng, batches, seen, momentum):
    """Eq. (running-mean-gap): eval outputs of two histories, one with the bias.

    A momentum of 0 never catches up, a momentum of 1 after one batch.
    """
    bias = torch.tensor([1.0, -2.0, 0.5], dtype=F64)
    x = torch.randn(9, 3, dtype=F64, generator=rng())
    with_bias = trained(bias, batches, momentum, seen)
    without = trained(0 * bias, batches, momentum, seen)
    gap = with_bias(x + bias) - without(x)
    predicted = running_mean_gap(bias, without, batches=batches)
    torch.testing.assert_close(gap, predicted.expand_as(gap), rtol=1e-9, atol=1e-12)
    scale, _ = batch_norm_affine(without)
    torch.testing.assert_close(predicted, scale * bias * (1 - momentum) ** batches)


def test_batch_norm_in_eval_mode_is_scale_and_shift(x, rng):
    """Eq. (batch-norm-eval): with and without its own scale and shift."""
    for affine in (True, False):
        norm = nn.BatchNorm2d(4, affine=affine, dtype=F64)
        norm(3 * x + 1)
        for parameter in norm.parameters():
            nn.init.normal_(parameter, generator=rng(1))
        scale, shift = batch_norm_affine(norm.eval())
        expected = scale[:, None, None] * x + shift[:, None, None]
        torch.testing.assert_close(norm(x), expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_does_not_swallow_eps(dtype):
    """Eq. (batch-norm-eval): a variance of 0.01 and 1e-5 are 0.01001, not 0.01."""
    norm = nn.BatchNorm1d(1).to(dtype).eval()
    nn.init.constant_(norm.running_var, 0.01)
    nn.init.constant_(norm.running_mean, 3.0)
    scale, shift = batch_norm_affine(norm)
    variance = norm.running_var.double().item()
    assert scale.dtype == shift.dtype == torch.float32
    assert scale.item() == pytest.approx((variance + 1e-5) ** -0.5, rel=1e-6)
    assert shift.item() == pytest.approx(-3 * (variance + 1e-5) ** -0.5, rel=1e-6)
    gap = running_mean_gap(torch.ones(1, dtype=dtype), norm, batches=2)
    assert gap.dtype == torch.float32
    assert gap.item() == pytest.approx(0.81 * scale.item(), rel=1e-6)


def test_a_cumulative_average_catches_up_only_from_the_start():
    """Without a momentum every batch counts alike; no power law describes it."""
    bias = torch.ones(3, dtype=F64)
    x = torch.zeros(1, 3, dtype=F64)
    gaps = [
        trained(bias, 5, None, seen)(x + bias) - trained(0 * bias, 5, None, seen)(x)
        for seen in (0, 5)
    ]
    assert gaps[0].abs().amax() < 1e-14
    scale, _ = batch_norm_affine(trained(bias, 5, None, 5))
    assert gaps[1].abs().amax() > 0.3 * scale.abs().amax()


def test_arguments_are_checked(x):
    with pytest.raises(ValueError, match="axes must be one or more different axes"):
        standardize(x, ())
    with pytest.raises(ValueError, match=r"one or more different axes, got \(0, -4\)"):
        standardize(x, (0, -4))
    with pytest.raises(TypeError, match="axes must be an integer, got a bool"):
        standardize(x, (True,))
    for odd in (0.0, -1.0):
        with pytest.raises(ValueError, match="eps must be positive and finite, got"):
            standardize(x, (0,), eps=odd)
    with pytest.raises(ValueError, match="groups must divide 4 channels, got 3"):
        inert_part(torch.zeros(4), 3)
    with pytest.raises(ValueError, match="groups must be at least 1, got 0"):
        inert_part(torch.zeros(4), 0)
    with pytest.raises(ValueError, match="bias must be finite, got nan"):
        running_mean_gap(torch.full((3,), torch.nan), nn.BatchNorm1d(3), batches=1)
    with pytest.raises(ValueError, match="bias must have 1 nonempty axes"):
        inert_part(torch.zeros(4, 1), 2)
    with pytest.raises(ValueError, match="BatchNorm1d keeps no running statistics"):
        batch_norm_affine(nn.BatchNorm1d(3, track_running_stats=False))
    with pytest.raises(TypeError, match="must be a batch normalization, got Instance"):
        batch_norm_affine(nn.InstanceNorm1d(3, track_running_stats=True))
    with pytest.raises(ValueError, match="norm must have a momentum, got None"):
        running_mean_gap(torch.ones(3), nn.BatchNorm1d(3, momentum=None), batches=1)
    with pytest.raises(ValueError, match=r"bias must have shape \(3,\), got \(2,\)"):
        running_mean_gap(torch.ones(2), nn.BatchNorm1d(3), batches=1)
    with pytest.raises(ValueError, match="batches must be at least 0, got -1"):
        running_mean_gap(torch.ones(3), nn.BatchNorm1d(3), batches=-1)
