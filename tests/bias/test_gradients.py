"""Checks of dlnotes.bias.gradients against the note."""

import pytest
import torch
from torch import nn

from dlnotes.bias.gradients import bias_gradient, hidden_gradients

F64 = torch.float64


@pytest.mark.parametrize(
    ("layer", "shape", "axis"),
    [
        (nn.Linear(3, 4), (7, 3), -1),
        (nn.Linear(3, 4), (2, 5, 3), -1),
        (nn.Conv2d(3, 4, 3), (2, 3, 5, 6), 1),
        (nn.ConvTranspose1d(3, 4, 3), (2, 3, 5), 1),
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


def small_network(hidden_weight, output_weight):
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    with torch.no_grad():
        model[0].weight.copy_(hidden_weight)
        model[2].weight.copy_(output_weight)
        model[0].bias.zero_()
        model[2].bias.zero_()
    return model


def train(model, rng, steps=50):
    x = torch.randn(20, 3, dtype=F64, generator=rng)
    y = torch.arange(20) // 15
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
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


def test_equal_units_stay_equal(rng):
    """Eq. (symmetry): same weights in and out, so the same gradients."""
    model = train(
        small_network(torch.full((4, 3), 0.1), torch.full((2, 4), 0.1)), rng()
    )
    # Equal up to the order in which a matrix product sums its terms.
    assert (model[0].weight - model[0].weight[0]).abs().amax() < 1e-13
    assert model[0].weight.std(1).amin() > 0.01, "training must have moved the weights"


def test_zero_biases_do_not_tie_units_together(rng):
    """Eq. (symmetry): with random weights the rows differ, whatever the biases."""
    w1 = torch.randn(4, 3, dtype=F64, generator=rng(1))
    w2 = torch.randn(2, 4, dtype=F64, generator=rng(2))
    model = train(small_network(w1, w2), rng())
    assert torch.linalg.matrix_rank(model[0].weight) == 3
    assert model[0].bias.unique().numel() == 4


def test_zero_weights_everywhere_train_the_last_bias_only(rng):
    """Eq. (symmetry): zero weights pass nothing, back or on."""
    model = train(small_network(torch.zeros(4, 3), torch.zeros(2, 4)), rng())
    assert not model[0].weight.any()
    assert not model[2].weight.any()
    assert model[2].bias.any()


def test_arguments_are_checked():
    with pytest.raises(ValueError, match=r"an axis of shape \(2, 3\), got 2"):
        bias_gradient(torch.ones(2, 3), channel_axis=2)
    with pytest.raises(TypeError, match="delta must be a tensor, got list"):
        bias_gradient([1.0])
    ones = torch.ones(2, 3)
    with pytest.raises(ValueError, match=r"must have shape \(2, 3\)"):
        hidden_gradients(ones, ones[:, :2], torch.ones(4, 3), torch.ones(2, 4))
