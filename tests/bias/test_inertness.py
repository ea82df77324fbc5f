"""Checks of dlnotes.bias.inertness against the note."""

import pytest
import torch
from torch import nn

from dlnotes.bias.inertness import bias_effect, bias_slope, shift_bias

F64 = torch.float64
SHIFT = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=F64)
TAILS = {
    # what follows the convolution: whether its bias is inert in train, in eval mode
    "batch": (lambda: [nn.BatchNorm2d(4)], True, False),
    "batch, own statistics": (
        lambda: [nn.BatchNorm2d(4, track_running_stats=False)],
        True,
        True,
    ),
    "instance": (lambda: [nn.InstanceNorm2d(4)], True, True),
    "instance, running": (
        lambda: [nn.InstanceNorm2d(4, track_running_stats=True)],
        True,
        False,
    ),
    "group": (lambda: [nn.GroupNorm(2, 4)], False, False),
    "group of one": (lambda: [nn.GroupNorm(4, 4)], True, True),
    "layer": (lambda: [nn.LayerNorm((4, 6, 6))], False, False),
    "ReLU before batch": (lambda: [nn.ReLU(), nn.BatchNorm2d(4)], False, False),
    "pooling before batch": (lambda: [nn.MaxPool2d(2), nn.BatchNorm2d(4)], True, False),
    "nothing": (lambda: [nn.Identity()], False, False),
    "scale of zero": (lambda: [unscaled()], True, True),
    "RMS": (lambda: [nn.RMSNorm((4, 6, 6))], False, False),
}


def unscaled():
    norm = nn.GroupNorm(2, 4)
    nn.init.zeros_(norm.weight)
    return norm


def build(tail):
    with torch.random.fork_rng():
        return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), *TAILS[tail][0]()).double()


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("tail", TAILS)
def test_which_normalization_makes_a_bias_inert(rng, tail, mode):
    """Eq. (inert): the output stays, and the gradient is 0, both or neither."""
    x = torch.randn(5, 3, 6, 6, dtype=F64, generator=rng())
    model = build(tail).train(mode == "train")
    change = bias_effect(model, "0.bias", SHIFT, x)
    output = model(x)
    direction = torch.randn(output.shape, dtype=F64, generator=rng(1))
    slope = bias_slope(model, "0.bias", x, direction).abs().amax()
    if TAILS[tail][1 if mode == "train" else 2]:
        # Rounding: 180 terms of size 1 with a relative error of 1e-16 each.
        assert change < 1e-12
        assert slope < 1e-12
    else:
        assert change > 0.1
        assert slope > 0.1


def test_measuring_leaves_the_model_as_it_is(rng):
    x = torch.randn(5, 3, 6, 6, dtype=F64, generator=rng())
    model = build("batch").train()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    bias_effect(model, "0.bias", SHIFT, x)
    bias_slope(model, "0.bias", x, torch.ones(5, 4, 6, 6, dtype=F64))
    shift_bias(model, "0.bias", SHIFT)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_slope_is_that_of_finite_differences(rng):
    """Eq. (inert): where a bias acts, a small shift moves the output by the slope."""
    x = torch.randn(2, 3, 6, 6, dtype=F64, generator=rng())
    model = build("group")
    direction = torch.randn(2, 4, 6, 6, dtype=F64, generator=rng(1))
    slope = bias_slope(model, "0.bias", x, direction)
    for channel in range(4):
        step = torch.zeros(4, dtype=F64)
        step[channel] = 1e-6
        up, down = (shift_bias(model, "0.bias", s)(x) for s in (step, -step))
        difference = ((up - down) * direction).sum() / 2e-6
        # Rounding of outputs of size 1, summed over 288 and divided by the step.
        torch.testing.assert_close(slope[channel], difference, rtol=1e-6, atol=1e-7)


class Ignored(nn.Module):
    """A module with a bias that its output does not contain."""

    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.ones(2, dtype=F64))

    def forward(self, x):
        """Return the input."""
        return x


def test_a_bias_that_the_output_ignores_has_slope_0():
    """Eq. (inert): also where nothing else could be trained."""
    x = torch.ones(3, 2, dtype=F64)
    assert bias_slope(Ignored(), "bias", x, x).tolist() == [0.0, 0.0]
    assert bias_effect(Ignored(), "bias", torch.ones(2, dtype=F64), x) == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_measured_in_single(rng, dtype):
    """Eq. (inert): a shift of 1e-4 beside 1 is swallowed in half precision."""
    model = nn.Linear(3, 2)
    nn.init.ones_(model.bias)
    model = model.to(dtype)
    x = torch.randn(5, 3, generator=rng()).to(dtype)
    shift = torch.full((2,), 1e-4)
    effect = bias_effect(model, "bias", shift, x)
    assert effect.dtype == torch.float32
    assert effect.item() == pytest.approx(1e-4, rel=0.01)
    slope = bias_slope(model, "bias", x, torch.ones(5, 2, dtype=dtype))
    assert slope.dtype == torch.float32
    assert slope.tolist() == [5.0, 5.0]
    assert all(parameter.dtype == dtype for parameter in model.parameters())
    with pytest.raises(ValueError, match=rf"must change bias in {dtype}, got 9.* 1\.0"):
        shift_bias(model, "bias", shift)
    moved = shift_bias(model, "bias", torch.tensor([0.5, 0.0], dtype=dtype))
    assert moved.bias.dtype == dtype
    assert moved.bias.tolist() == [1.5, 1.0]


def test_only_buffers_and_parameters_in_half_precision_change(rng):
    """A mixed model stays mixed: a float64 layer after a half-precision one."""

    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(3, 2).half()
            self.second = nn.BatchNorm1d(2).double()

        def forward(self, x):
            return self.second(self.first(x).double())

    x = torch.randn(5, 3, generator=rng()).half()
    effect = bias_effect(Mixed(), "first.bias", torch.ones(2), x)
    assert effect.dtype == F64
    assert effect < 1e-5  # rounding of float32


def test_arguments_are_checked():
    model = build("batch")
    x = torch.ones(1, 3, 6, 6, dtype=F64)
    with pytest.raises(ValueError, match=r"no parameter 'x'; its biases are \['0.bias"):
        shift_bias(model, "x", SHIFT)
    with pytest.raises(ValueError, match=r"shape of 0.bias, \(4,\), got \(3,\)"):
        bias_effect(model, "0.bias", SHIFT[:3], x)
    with pytest.raises(TypeError, match="shift must be a tensor, got float"):
        shift_bias(model, "0.bias", 1.0)
    with pytest.raises(TypeError, match="model must be a module, got list"):
        bias_effect([], "0.bias", SHIFT, x)
    with pytest.raises(TypeError, match="x must be a tensor, got list"):
        bias_effect(model, "0.bias", SHIFT, x.tolist())
    with pytest.raises(ValueError, match="direction must have the output's shape"):
        bias_slope(model, "0.bias", x, SHIFT)
    with pytest.raises(ValueError, match=r"x must give an output, got shape \(0, 3"):
        bias_effect(model.eval(), "0.bias", SHIFT, x[:0])
    with pytest.raises(TypeError, match="the model's output must be a tensor, got tup"):
        bias_slope(nn.LSTM(3, 4).double(), "bias_ih_l0", x[0, 0, :, :3], SHIFT)
