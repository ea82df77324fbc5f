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


LAYERS = {
    "linear": nn.Linear(8, 8, bias=False),
    "convolution": nn.Conv2d(2, 2, 3, padding=1, stride=2, bias=False),
    "transposed": nn.ConvTranspose2d(2, 2, 3, bias=False),
    "ReLU": nn.ReLU(),
    "leaky ReLU": nn.LeakyReLU(0.1),
    "max pooling": nn.MaxPool2d(3, padding=1),
    "average pooling": nn.AvgPool2d(3, padding=1),
    "global average": nn.AdaptiveAvgPool2d(1),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("scale", [0.0, 2.0**-30, 1.0, 2.0**30])
def test_each_layer_and_sums_and_chains_of_them_are_homogeneous(rng, name, scale):
    """Eq. (homogeneous): powers of two move exponents only, so nothing is rounded.

    At 0 both sides are 0, at an input that is 0 throughout as well.
    """
    layer = LAYERS[name].double()
    x = torch.randn(2, 2, 8, 8, dtype=F64, generator=rng())
    for f in (layer, lambda v: layer(v) + layer(-v), lambda v: layer(layer(v).relu())):
        assert torch.equal(f(scale * x), scale * f(x))
        assert not f(0 * x).any()


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(1e-3, 1e3))
def test_a_relu_network_without_biases_is_homogeneous(seed, scale):
    """Eq. (homogeneous): up to rounding of the larger output."""
    f = strip_biases(network(seed))
    x = torch.randn(4, 5, dtype=F64, generator=torch.Generator().manual_seed(seed))
    bound = 1e-12 * max(1.0, scale) * x.norm()
    assert homogeneity_gap(f, x, scale=scale) <= bound
    assert homogeneity_gap(f, x, scale=4.0) == 0


@pytest.mark.parametrize("part", ["biases", "tanh", "a negative factor"])
def test_no_condition_can_be_dropped(rng, part):
    """Eq. (homogeneous): biases, another activation, a factor below 0 break it."""
    x = torch.randn(64, 5, dtype=F64, generator=rng())
    if part == "a negative factor":
        f = strip_biases(network())
        assert (f(-x) + f(x)).abs().amax() > 0.01
    else:
        f = network() if part == "biases" else strip_biases(network(0, nn.Tanh))
        gap = homogeneity_gap(f, x, scale=3.0)
        assert gap > 0.01
        assert gap == (f(3 * x) - 3 * f(x)).abs().amax()


def test_the_answer_along_a_ray_is_the_same_and_0_at_its_start(rng):
    """Eq. (homogeneous): signs and the largest output, from 2^-40 to 2^40."""
    f = strip_biases(network())
    x = torch.randn(100, 5, dtype=F64, generator=rng())
    for exponent in (-40, 1, 40):
        assert torch.equal(f(2.0**exponent * x).sign(), f(x).sign())
        assert torch.equal(f(2.0**exponent * x).argmax(1), f(x).argmax(1))
    assert not f(0 * x).any()


def test_the_derivative_at_a_point_reproduces_the_output(rng):
    """Eq. (euler): the network is a matrix that depends on the direction only."""
    f = strip_biases(network())
    x = torch.randn(5, dtype=F64, generator=rng())
    matrix = linear_map(f, x)
    torch.testing.assert_close(matrix @ x, f(x), rtol=1e-12, atol=1e-14)
    for scale in (2.0**-20, 8.0, 2.0**20):
        assert torch.equal(linear_map(f, scale * x), matrix)
    assert (linear_map(network(), x) @ x - network()(x)).abs().amax() > 0.01


KINKS = {
    "ReLU": (torch.relu, [0.0, 2.0, -1.0]),
    "leaky ReLU": (nn.LeakyReLU(0.1), [0.0, 2.0, -1.0]),
    "tied maximum": (lambda v: v.amax(0, keepdim=True), [3.0, 3.0, 1.0]),
    "tied pooling": (lambda v: nn.MaxPool1d(3)(v[None])[0], [3.0, 3.0, 1.0]),
    "origin": (lambda v: torch.relu(v) - v, [0.0, 0.0, 0.0]),
}


@pytest.mark.parametrize("name", KINKS)
def test_what_autograd_takes_at_a_kink_reproduces_the_output_too(name):
    """Eq. (euler): where there is no derivative, torch's choice does the same."""
    f, entries = KINKS[name]
    x = torch.tensor(entries, dtype=F64)
    matrix = linear_map(f, x)
    assert torch.equal(matrix @ x, f(x))
    assert torch.equal(linear_map(f, 4 * x), matrix)


def test_stripping_covers_every_kind_of_bias_and_no_weight():
    model = nn.ModuleList(
        [nn.MultiheadAttention(4, 2), nn.LSTM(3, 4), nn.Conv1d(1, 2, 3), network()]
    )
    model.bias_model = nn.Linear(2, 2, bias=False).half()  # a module's name is no bias
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    stripped = strip_biases(model)
    assert all(p.all() for p in model.parameters()), "the model itself changed"
    for name, parameter in stripped.named_parameters():
        own = name.rpartition(".")[2]
        assert bool(parameter.any()) == ("bias" not in own)


def test_affine_rows_are_the_nearest_rows_that_sum_to_one(rng):
    """Eq. (affine-rows): the move is orthogonal to every change that keeps the sums."""
    weight = torch.randn(4, 6, dtype=F64, generator=rng())
    moved = affine_rows(weight)
    torch.testing.assert_close(moved.sum(1), torch.ones(4, dtype=F64))
    change = torch.randn(4, 6, dtype=F64, generator=rng(1))
    change -= change.mean(1, keepdim=True)
    assert ((moved - weight) * change).sum(1).abs().amax() < 1e-13
    torch.testing.assert_close(affine_rows(moved), moved)


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
    """Eq. (sort-pairs): the smaller of each pair first; a factor below 0 swaps them."""
    x = torch.tensor([[3.0, 1.0, -2.0, 5.0]])
    assert sort_pairs(x).tolist() == [[1.0, 3.0, -2.0, 5.0]]
    assert sort_pairs(-x).tolist() == [[-3.0, -1.0, -5.0, 2.0]]


def test_arguments_are_checked():
    x = torch.ones(3)
    with pytest.raises(ValueError, match="scale must be positive and finite, got 0"):
        homogeneity_gap(torch.relu, x, scale=0)
    with pytest.raises(ValueError, match=r"even number of features, got shape \(3,\)"):
        sort_pairs(x)
    with pytest.raises(ValueError, match="weight must have rows of entries"):
        affine_rows(x[0])
    with pytest.raises(ValueError, match=r"f must return a vector, got shape \(\)"):
        linear_map(torch.sum, x)
    with pytest.raises(TypeError, match="model must be a module, got function"):
        strip_biases(lambda v: v)
