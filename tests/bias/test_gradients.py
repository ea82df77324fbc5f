"""Checks of dlnotes.bias.gradients against the note."""

import pytest
import torch
from torch import nn

from dlnotes.bias.gradients import bias_gradient, hidden_gradients

F64 = torch.float64


@pytest.mark.parametrize(
    ("layer", "shape", "axis"),
    [
        (nn.Linear(3, 4), (3,), -1),
        (nn.Linear(3, 4), (7, 3), -1),
        (nn.Linear(3, 4), (2, 5, 3), -1),
        (nn.Conv2d(3, 4, 3), (2, 3, 5, 6), 1),
        (nn.Conv2d(3, 4, 3), (3, 5, 6), 0),
        (nn.ConvTranspose1d(3, 4, 3), (2, 3, 5), -2),
    ],
)
def test_the_gradient_of_a_bias_is_the_sum_of_the_errors(rng, layer, shape, axis):
    """Eq. (bias-gradient): against autograd, for each kind of layer."""
    layer = layer.double()
    out = layer(torch.randn(shape, dtype=F64, generator=rng()))
    delta = torch.randn(out.shape, dtype=F64, generator=rng(1))
    layer.zero_grad()
    out.backward(delta)
    actual = bias_gradient(delta, channel_axis=axis)
    torch.testing.assert_close(actual, layer.bias.grad)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_long_sum_is_not_swallowed_in_half_precision(dtype):
    """Eq. (bias-gradient): adding 1 to 4096 in half precision leaves 4096."""
    assert bias_gradient(torch.ones(10_000, 1, dtype=dtype)) == torch.tensor(
        [10_000.0], dtype=dtype
    )


def small_network(hidden_weight, output_weight, activation=nn.Tanh):
    model = nn.Sequential(nn.Linear(3, 4), activation(), nn.Linear(4, 2)).double()
    with torch.no_grad():
        model[0].weight.copy_(hidden_weight)
        model[2].weight.copy_(output_weight)
        model[0].bias.zero_()
        model[2].bias.zero_()
    return model


OPTIMIZERS = {
    "gradient descent": lambda p: torch.optim.SGD(p, lr=0.5),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.02),
}


def train(model, rng, optimizer="gradient descent", steps=50):
    x = torch.randn(20, 3, dtype=F64, generator=rng)
    y = torch.arange(20) // 15
    stepper = OPTIMIZERS[optimizer](model.parameters())
    for _ in range(steps):
        stepper.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        stepper.step()
    return model


def test_hidden_gradients_are_those_of_autograd(rng):
    """Eq. (symmetry): the chain rule through one hidden layer."""
    w1 = torch.randn(4, 3, dtype=F64, generator=rng())
    w2 = torch.randn(2, 4, dtype=F64, generator=rng(1))
    x = torch.randn(6, 3, dtype=F64, generator=rng(2))
    model = small_network(w1, w2)
    out = model(x)
    delta = torch.randn(out.shape, dtype=F64, generator=rng(3))
    out.backward(delta)
    slope = 1 - (x @ w1.T).tanh() ** 2
    weight, bias = hidden_gradients(x, slope, w2, delta)
    torch.testing.assert_close(weight, model[0].weight.grad)
    torch.testing.assert_close(bias, model[0].bias.grad)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_equal_units_stay_equal(rng, optimizer):
    """Eq. (symmetry): same weights in and out, so the same gradients."""
    start = small_network(torch.full((4, 3), 0.1), torch.full((2, 4), 0.1))
    model = train(start, rng(), optimizer)
    # Equal up to the order in which a matrix product sums its terms. Adam magnifies
    # what is left of a gradient that is nearly 0.
    assert (model[0].weight - model[0].weight[0]).abs().amax() < 1e-9
    assert (model[0].bias - model[0].bias[0]).abs().amax() < 1e-9
    assert (model[2].weight - model[2].weight[:, :1]).abs().amax() < 1e-9
    assert model[0].weight.std(1).amin() > 0.001, "training must have moved the weights"


def rows_differ(model):
    gaps = torch.pdist(model[0].weight.detach())
    return bool((gaps > 1e-4).all())


def test_what_breaks_the_tie(rng):
    """Eq. (symmetry): any one of the three, in a network that bends at 0."""
    equal_in, equal_out = torch.full((4, 3), 0.1), torch.full((2, 4), 0.1)
    w1 = torch.randn(4, 3, dtype=F64, generator=rng(1))
    w2 = torch.randn(2, 4, dtype=F64, generator=rng(2))
    assert rows_differ(train(small_network(w1, equal_out), rng()))
    assert rows_differ(train(small_network(equal_in, w2), rng()))
    assert rows_differ(train(small_network(0 * w1, w2), rng()))
    by_biases = small_network(equal_in, equal_out)
    with torch.no_grad():
        by_biases[0].bias.copy_(torch.tensor([-1.0, -0.3, 0.4, 1.0]))
    assert rows_differ(train(by_biases, rng()))


@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU])
def test_zero_weights_everywhere_train_the_last_bias_only(rng, activation):
    """Eq. (symmetry): zero weights pass nothing, back or on."""
    zero = small_network(torch.zeros(4, 3), torch.zeros(2, 4), activation)
    model = train(zero, rng())
    assert not any(p.any() for p in (model[0].weight, model[0].bias, model[2].weight))
    assert model[2].bias.any()


def test_arguments_are_checked():
    with pytest.raises(ValueError, match=r"an axis of shape \(2, 3\), got 2"):
        bias_gradient(torch.ones(2, 3), channel_axis=2)
    with pytest.raises(ValueError, match=r"an axis of shape \(2, 3\), got -3"):
        bias_gradient(torch.ones(2, 3), channel_axis=-3)
    with pytest.raises(TypeError, match="channel_axis must be an integer, got a float"):
        bias_gradient(torch.ones(2, 3), channel_axis=1.0)
    ones = torch.ones(2, 3)
    with pytest.raises(ValueError, match=r"must have shapes \(2, 3\) and \(2, 4\)"):
        hidden_gradients(ones, ones[:, :2], torch.ones(4, 3), torch.ones(2, 4))
    with pytest.raises(ValueError, match=r"x must be a matrix, got shape \(3,\)"):
        hidden_gradients(ones[0], ones, torch.ones(4, 3), torch.ones(2, 4))
