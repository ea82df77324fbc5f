"""Checks of dlnotes.receptive_field.measured against docs/notes/receptive_field.md."""

import pytest
import torch
from torch import nn

from dlnotes.receptive_field.building import build, randomize
from dlnotes.receptive_field.chains import region
from dlnotes.receptive_field.effective import effective_variance, profile
from dlnotes.receptive_field.layers import Layer
from dlnotes.receptive_field.measured import (
    gradient_energy,
    positive_copy,
    spread,
    support,
)


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
    x = torch.full((1, 1, 9), 2.0, dtype=torch.float64)
    torch.testing.assert_close(
        twin[0](x), torch.full_like(x[..., 2:], 2).expand(1, 4, 7)
    )


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


def test_spread_is_the_standard_deviation_of_weights():
    """Eq. (spread): by hand, along one axis and two."""
    assert spread(torch.tensor([1.0, 0.0, 1.0])).tolist() == [1.0]
    row = torch.ones(1, 5, dtype=torch.float64)
    assert spread(row).tolist() == [0.0, 2**0.5]


def test_what_cannot_be_measured_is_refused():
    flat = nn.Sequential(nn.Conv1d(1, 1, 3), nn.Flatten(0))
    with pytest.raises(
        ValueError, match=r"must have dimensions \(2,\), got shape \(3,\)"
    ):
        support(flat, (1, 1, 5))
    with pytest.raises(ValueError, match=r"must have 3 dimensions, got \(3,\)"):
        gradient_energy(flat, torch.zeros(1, 1, 5))
    with pytest.raises(ValueError, match="energy must have a positive sum"):
        spread(torch.zeros(3))
