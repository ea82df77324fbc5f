"""Checks of dlnotes.bias.homogeneity against the note."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from dlnotes.bias.homogeneity import (
    affine_rows,
    homogeneity_gap,
    linear_map,
    sort_pairs,
    strip_biases,
)
from dlnotes.blocks.vae import mlp

F64 = torch.float64


def network(seed=0, activation=nn.ReLU):
    generator = torch.Generator().manual_seed(seed)
    layers = mlp(5, 16, 16, 3, generator=generator).double()
    changed = [activation() if isinstance(m, nn.ReLU) else m for m in layers]
    return nn.Sequential(*changed)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(1e-3, 1e3))
def test_a_relu_network_without_biases_is_homogeneous(seed, scale):
    """Eq. (homogeneous): up to rounding of the larger output."""
    f = strip_biases(network(seed))
    x = torch.randn(4, 5, dtype=F64, generator=torch.Generator().manual_seed(seed))
    bound = 1e-12 * max(1.0, scale) * x.norm()
    assert homogeneity_gap(f, x, scale=scale) <= bound
    assert not f(torch.zeros(5, dtype=F64)).any()


def test_a_power_of_two_leaves_no_rounding(rng):
    """Eq. (homogeneous): scaling by 4 only moves exponents, so the gap is 0."""
    x = torch.randn(64, 5, dtype=F64, generator=rng())
    assert homogeneity_gap(strip_biases(network()), x, scale=4.0) == 0


@pytest.mark.parametrize("part", ["biases", "tanh", "a negative factor"])
def test_each_condition_is_needed(rng, part):
    """Eq. (homogeneous): biases, another activation, a factor below 0 break it."""
    x = torch.randn(64, 5, dtype=F64, generator=rng())
    if part == "a negative factor":
        f = strip_biases(network())
        assert (f(-x) + f(x)).abs().amax() > 0.01
    else:
        f = network() if part == "biases" else strip_biases(network(0, nn.Tanh))
        assert homogeneity_gap(f, x, scale=3.0) > 0.01


def test_convolutions_and_max_pooling_are_homogeneous(rng):
    """Eq. (homogeneous): also with a leaky activation and a skip connection."""
    body = nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.LeakyReLU(), nn.MaxPool2d(3))
    f = strip_biases(body.double())
    x = torch.randn(2, 2, 9, 9, dtype=F64, generator=rng())
    assert homogeneity_gap(lambda v: f(v) + v[..., ::3, ::3], x, scale=7.0) < 1e-13


def test_the_derivative_at_a_point_reproduces_the_output(rng):
    """Eq. (euler): the network is a matrix that depends on the direction only."""
    f = strip_biases(network())
    x = torch.randn(5, dtype=F64, generator=rng())
    matrix = linear_map(f, x)
    torch.testing.assert_close(matrix @ x, f(x), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(linear_map(f, 10 * x), matrix)
    assert (linear_map(network(), x) @ x - network()(x)).abs().amax() > 0.01


def test_stripping_covers_every_kind_of_bias_and_no_weight():
    model = nn.ModuleList(
        [nn.MultiheadAttention(4, 2), nn.LSTM(3, 4), nn.Conv1d(1, 2, 3), network()]
    )
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    stripped = strip_biases(model)
    assert all(p.all() for p in model.parameters()), "the model itself changed"
    for name, parameter in stripped.named_parameters():
        assert bool(parameter.any()) == ("bias" not in name)


def test_affine_rows_are_the_nearest_rows_that_sum_to_one(rng):
    """Eq. (affine-rows): the move is orthogonal to every change that keeps the sums."""
    weight = torch.randn(4, 6, dtype=F64, generator=rng())
    moved = affine_rows(weight)
    torch.testing.assert_close(moved.sum(1), torch.ones(4, dtype=F64))
    change = torch.randn(4, 6, dtype=F64, generator=rng(1))
    change -= change.mean(1, keepdim=True)
    assert ((moved - weight) * change).sum(1).abs().amax() < 1e-13


@settings(deadline=None)
@given(st.floats(0.01, 100), st.floats(-100, 100))
def test_affine_rows_and_sorted_pairs_commute_with_brightness_and_contrast(a, b):
    """Eq. (sort-pairs): sorted layers of affine rows let both through."""
    rng = torch.Generator().manual_seed(0)
    w1, w2 = (
        affine_rows(torch.randn(*shape, dtype=F64, generator=rng))
        for shape in ((8, 5), (3, 8))
    )
    x = torch.randn(5, dtype=F64, generator=rng)

    def f(v):
        return w2 @ sort_pairs(w1 @ v)

    torch.testing.assert_close(f(a * x + b), a * f(x) + b, rtol=1e-9, atol=1e-9)
    relu = w2 @ (w1 @ (x - 1)).relu() - (w2 @ (w1 @ x).relu() - 1)
    assert relu.abs().amax() > 0.01, "a ReLU must not commute with brightness"


def test_sort_pairs_by_hand():
    """Eq. (sort-pairs): the smaller of each pair first."""
    x = torch.tensor([[3.0, 1.0, -2.0, 5.0]])
    assert sort_pairs(x).tolist() == [[1.0, 3.0, -2.0, 5.0]]


def test_a_sign_cannot_tell_inputs_on_one_ray_apart(rng):
    """Eq. (homogeneous): classes on one ray get one decision, so half is right."""
    f = strip_biases(network())
    x = torch.randn(100, 5, dtype=F64, generator=rng())
    assert torch.equal(f(x).argmax(1), f(3 * x).argmax(1))


def test_arguments_are_checked():
    x = torch.ones(3)
    with pytest.raises(ValueError, match="scale must be positive and finite, got 0"):
        homogeneity_gap(torch.relu, x, scale=0)
    with pytest.raises(TypeError, match="scale must be a real number, got a Tensor"):
        homogeneity_gap(torch.relu, x, scale=x[0])
    with pytest.raises(ValueError, match=r"even number of features, got shape \(3,\)"):
        sort_pairs(x)
    with pytest.raises(ValueError, match="weight must have 2 nonempty axes"):
        affine_rows(x)
    with pytest.raises(ValueError, match=r"f must return a vector, got shape \(\)"):
        linear_map(torch.sum, x)
    with pytest.raises(TypeError, match="model must be a module, got function"):
        strip_biases(lambda v: v)
