"""Checks of dlnotes.bias.effect against the note."""

import pytest
import torch
from torch import nn

from dlnotes.bias.effect import bias_effect, bias_slope, shift_bias

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
}


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


def test_arguments_are_checked():
    model = build("batch")
    with pytest.raises(ValueError, match=r"no parameter 'x'; its biases are \['0.bias"):
        shift_bias(model, "x", SHIFT)
    with pytest.raises(ValueError, match=r"shape of 0.bias, \(4,\), got \(3,\)"):
        bias_effect(model, "0.bias", SHIFT[:3], torch.ones(1, 3, 6, 6, dtype=F64))
    with pytest.raises(TypeError, match="shift must be a tensor, got float"):
        shift_bias(model, "0.bias", 1.0)
    with pytest.raises(ValueError, match="direction must have the output's shape"):
        bias_slope(model, "0.bias", torch.ones(1, 3, 6, 6, dtype=F64), SHIFT)
