"""Checks of dlnotes.receptive_field.measured against docs/notes/receptive_field.md."""

from fractions import Fraction
from itertools import product

import pytest
import torch
from torch import nn

from dlnotes.receptive_field.building import build, randomize
from dlnotes.receptive_field.chains import region
from dlnotes.receptive_field.effective import effective_variance, profile
from dlnotes.receptive_field.gridding import touches
from dlnotes.receptive_field.layers import Layer
from dlnotes.receptive_field.measured import (
    gradient_energy,
    positive_copy,
    spread,
    support,
)


class Cube(nn.Module):
    """Overflows within a few layers."""

    def forward(self, x):
        """Double and take the third power."""
        return (2 * x) ** 3


def test_softmax_over_equal_channels_hides_no_path():
    """Eq. (support): attention over channels sees every position."""

    class OverChannels(nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution = nn.Conv1d(1, 4, 1)

        def forward(self, x):
            x = self.convolution(x)
            return (x @ x.transpose(1, 2)).softmax(-1) @ x

    assert support(OverChannels(), (1, 1, 9), [2]) == ((0, 8),)


def test_support_is_what_finite_differences_find():
    """Eq. (support): push every pixel in turn and see which change the unit."""
    model = build([Layer(3, 2, 1), Layer(2, 1, 0, 2)], axes=1).double()
    image = torch.ones(1, 1, 15, dtype=torch.float64)
    plain = model(image)[0, 0, 2]
    moved = [
        model(image + torch.eye(15, dtype=torch.float64)[i])[0, 0, 2] for i in range(15)
    ]
    changed = [i for i, value in enumerate(moved) if value != plain]
    assert support(model, (1, 1, 15), [2]) == ((changed[0], changed[-1]),)


def test_support_does_not_depend_on_weights_or_what_follows_them():
    """Eq. (support): weights that cancel, dead units and norms hide nothing."""
    first, second = nn.Conv1d(1, 2, 3), nn.Conv1d(2, 1, 3)
    with torch.no_grad():
        first.weight[1] = -first.weight[0]
        second.weight[:, 1] = second.weight[:, 0]
        first.bias.fill_(-100.0)
    layers = (first, nn.BatchNorm1d(2), nn.ReLU(), nn.LayerNorm(18), second, nn.Tanh())
    model = nn.Sequential(*layers)
    assert support(model, (1, 1, 20), [4]) == ((4, 8),)


@pytest.mark.parametrize(
    "pool",
    [
        nn.MaxPool2d(3, 2, 1),
        nn.MaxPool2d((2, 3), (1, 2), dilation=(2, 1)),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.AdaptiveMaxPool2d((5, 3)),
    ],
)
def test_a_maximum_counts_its_whole_window(pool):
    """Eq. (support): like a convolution in its place, in each position."""
    model = nn.Sequential(pool, nn.Conv2d(1, 1, 1))
    image = torch.arange(144.0).reshape(1, 1, 12, 12)
    outputs = pool(image).shape[2:]
    for row in range(outputs[0]):
        for column in range(outputs[1]):
            ends = support(model, (1, 1, 12, 12), [row, column])
            pooled = support(pool, (1, 1, 12, 12), [row, column])
            assert ends == pooled
            largest = pool(image)[0, 0, row, column]  # the last pixel of the window
            assert largest == 12 * ends[0][1] + ends[1][1]


def test_the_middle_unit_is_measured_if_none_is_given():
    """Eq. (support), Eq. (energy): unit 4 of 9, unit 3 of 6."""
    model = nn.Conv1d(1, 1, 3)
    assert support(model, (1, 1, 11)) == ((4, 6),)
    energy = gradient_energy(model, torch.zeros(1, 1, 8))
    assert energy.nonzero().flatten().tolist() == [3, 4, 5]


def test_a_unit_inside_of_the_padding_sees_nothing():
    """Eq. (support): there is no first and no last pixel."""
    assert support(nn.Conv1d(1, 1, 1, padding=2), (1, 1, 5), [0]) == (None,)
    assert support(nn.ConstantPad1d(2, 0.0), (1, 1, 5), [8]) == (None,)


def test_axes_other_than_the_last_can_be_measured():
    """Eq. (support): positions first, channels last."""

    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution = nn.Conv1d(2, 2, 5)

        def forward(self, x):
            """Apply it."""
            return self.convolution(x.transpose(1, 2)).transpose(1, 2)

    assert support(Last(), (1, 30, 2), [7], axes=[1]) == ((7, 11),)


def test_a_positive_copy_leaves_the_model_alone():
    """Eq. (support): weights, mode and precision of the original stay."""
    model = nn.Sequential(nn.Conv1d(1, 4, 3), nn.BatchNorm1d(4)).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    twin = positive_copy(model)
    assert model.training
    assert not twin.training
    assert all(torch.equal(v, before[n]) for n, v in model.state_dict().items())
    assert all((p >= 0).all() and p.dtype == torch.float64 for p in twin.parameters())
    answer = twin[0](torch.full((1, 1, 9), 2.0, dtype=torch.float64))
    assert ((answer >= 1) & (answer <= 3)).all(), "about the mean, which is 2"
    assert twin[0].weight.flatten().unique().numel() == 12, "channels differ"
    assert twin[1].weight.tolist() == [1.0] * 4


def test_the_mean_energy_of_random_weights_is_the_profile(rng):
    """Eq. (energy), Eq. (profile): over 4000 draws of independent weights.

    Squares of gradients of three random layers have heavy tails: the spread of the
    mean is estimated from the draws themselves, and five of it are allowed.
    """
    layers, generator = [Layer(3), Layer(3), Layer(2)], rng()
    image = torch.zeros(1, 2, 12)
    model, draws = build(layers, axes=1, channels=2), []
    for _ in range(4000):
        randomize(model, generator=generator)
        draws.append(gradient_energy(model, image, [3]))
    energy = torch.stack(draws)
    # Paths: 2 channels of the input, 2 hidden ones twice, 2 outputs; a variance of 2
    # over 2 * kernel in each layer.
    scale = 2 * 2 * 2 * 2 * (1 / 3) * (1 / 3) * (1 / 2) * 18
    expected = torch.zeros(12)
    for place, share in profile(layers).items():
        expected[place + 3] = scale * share
    error = energy.std(0) / 4000**0.5
    assert ((energy.mean(0) - expected).abs() <= 5 * error).all()
    first, last = region(layers, 3)
    assert (energy.mean(0)[first : last + 1] > 0).all()


def test_energy_of_equal_weights_has_the_predicted_spread():
    """Eq. (spread): equal weights, squared and rooted again, along unequal axes."""
    layers = [Layer(3)] * 4
    model = build(layers, axes=2).double()
    image = torch.zeros(1, 1, 15, 11, dtype=torch.float64)
    energy = gradient_energy(model, image)
    deviation = effective_variance(layers) ** 0.5
    torch.testing.assert_close(
        spread(energy.sqrt()), torch.full((2,), deviation, dtype=torch.float64)
    )


def test_energy_over_all_signs_is_the_number_of_paths():
    """Eq. (energy), Eq. (touches): every network of weights 1 and -1, averaged."""
    layers = [Layer(2), Layer(3, 2), Layer(2, dilation=2)]
    model = build(layers, axes=1).double()
    image = torch.zeros(1, 1, 16, dtype=torch.float64)
    weights = list(model.parameters())
    count = sum(weight.numel() for weight in weights)
    total = torch.zeros(16, dtype=torch.float64)
    for signs in product((1.0, -1.0), repeat=count):
        rest = torch.tensor(signs, dtype=torch.float64)
        with torch.no_grad():
            for weight in weights:
                weight.copy_(rest[: weight.numel()].view_as(weight))
                rest = rest[weight.numel() :]
        total += gradient_energy(model, image, [2])
    found = touches(layers)
    expected = [found.get(place - 4, 0) for place in range(16)]  # a jump of 2
    assert (total / 2**count).tolist() == expected


def test_energy_is_the_mean_of_squared_derivatives(rng):
    """Eq. (energy): finite differences of a bent network, image by image."""
    model = nn.Sequential(nn.Conv2d(2, 9, 3), nn.Tanh()).double()
    randomize(model, generator=rng())
    images = torch.randn(3, 2, 5, 4, generator=rng(1), dtype=torch.float64)
    step, unit = 1e-5, (1, 0)
    expected = torch.zeros(5, 4, dtype=torch.float64)
    for image, channel, row, column in product(range(3), range(2), range(5), range(4)):
        push = torch.zeros_like(images)
        push[image, channel, row, column] = step
        pushed = (model(images + push) - model(images - push))[image]
        slope = pushed[(slice(None), *unit)] / (2 * step)
        expected[row, column] += slope.square().sum() / 3
    found = gradient_energy(model, images, unit)
    # Central differences are off by a third derivative times step ** 2.
    torch.testing.assert_close(found, expected, rtol=1e-7, atol=1e-9)
    assert not found.requires_grad


def test_spread_is_the_standard_deviation_of_weights():
    """Eq. (spread): by hand, along one axis and two, at any scale."""
    assert spread(torch.tensor([1.0, 0.0, 1.0])).tolist() == [1.0]
    row = torch.ones(1, 5, dtype=torch.float64)
    for scale in (1.0, 1e-300, 1e308):
        expected = torch.tensor([0.0, 2**0.5], dtype=torch.float64)
        torch.testing.assert_close(spread(row * scale), expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_spread_is_accurate_far_from_the_start(dtype):
    """Eq. (spread): two weights at the end of a long line, in exact fractions."""
    energy = torch.zeros(5000, dtype=dtype)
    energy[-3:] = torch.tensor([1.0, 2.0, 5.0])
    mean = Fraction(2 + 10, 8)
    variance = Fraction(2 + 20, 8) - mean**2
    # A mean of 5000 is rounded by some thousandths of a pixel's rounding error.
    tolerance = 5000 * torch.finfo(dtype).eps
    assert spread(energy).item() == pytest.approx(variance**0.5, rel=tolerance)


def test_all_weight_on_one_pixel_has_no_spread_and_no_slope():
    """Eq. (spread): the root of 0 is guarded."""
    energy = torch.zeros(3, 4, dtype=torch.float64)
    energy[1, 2] = 1.0
    energy.requires_grad_()
    widths = spread(energy)
    assert widths.tolist() == [0.0, 0.0]
    (slope,) = torch.autograd.grad(widths.sum(), energy)
    assert slope.isfinite().all()


def test_what_cannot_be_measured_is_refused():
    flat = nn.Sequential(nn.Conv1d(1, 1, 3), nn.Flatten(0))
    with pytest.raises(
        ValueError, match=r"must have dimensions \(2,\), got shape \(3,\)"
    ):
        support(flat, (1, 1, 5))
    with pytest.raises(ValueError, match=r"must have 3 dimensions, got \(3,\)"):
        gradient_energy(flat, torch.zeros(1, 1, 5))
    with pytest.raises(ValueError, match="energy must have axes and a positive sum"):
        spread(torch.zeros(3))
    with pytest.raises(ValueError, match=r"energy must not be negative, got -2\.0"):
        spread(torch.tensor([3.0, -2.0]))
    growing = nn.Sequential(*[Cube() for _ in range(8)])
    with pytest.raises(ValueError, match="gradient must be finite"):
        support(growing, (1, 1, 5))


@pytest.mark.parametrize(
    "activation", [nn.Threshold(1.0, 0.0), nn.Hardshrink(9.0), nn.Softshrink(9.0)]
)
def test_an_activation_with_a_flat_part_hides_nothing(activation):
    model = nn.Sequential(nn.Conv1d(1, 1, 3), activation, nn.Conv1d(1, 1, 3))
    assert support(model, (1, 1, 9), [2]) == ((2, 6),)
