"""Checks of dlnotes.bias.perceptron against the note."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Perceptron

from dlnotes.bias.perceptron import (
    append_one,
    fires,
    margin,
    mistake_bound,
    train_perceptron,
)


def separable(rng, count=60, width=3, gap=0.1):
    """Points on both sides of a known hyperplane, none of them near it."""
    x = torch.randn(count, width, dtype=torch.float64, generator=rng)
    teacher = torch.randn(width, dtype=torch.float64, generator=rng)
    signs = (x @ teacher).sign()
    return x + gap * signs.unsqueeze(1) * teacher / teacher.norm(), signs, teacher


def test_a_unit_fires_above_its_threshold_only():
    """Eq. (perceptron): minus the threshold is the bias, and equality is not enough."""
    x = torch.tensor([[1.0, 1.0], [1.0, 2.0], [0.0, 1.0]])
    weight = torch.tensor([1.0, 2.0])
    threshold = 3.0
    assert fires(x, weight, -threshold).tolist() == [False, True, False]
    assert fires(x, weight).tolist() == [True, True, True]


def test_the_bias_is_the_weight_of_a_constant_input(rng):
    """Eq. (constant-input): the same outputs and the same gradients."""
    x = torch.randn(5, 3, dtype=torch.float64, generator=rng())
    layer = torch.nn.Linear(3, 2, dtype=torch.float64)
    joined = torch.cat([layer.weight, layer.bias.unsqueeze(1)], 1).detach()
    joined.requires_grad_()
    by_layer, by_column = layer(x), append_one(x) @ joined.T
    torch.testing.assert_close(by_layer, by_column)
    by_layer.tanh().sum().backward()
    by_column.tanh().sum().backward()
    torch.testing.assert_close(layer.bias.grad, joined.grad[:, 3])
    torch.testing.assert_close(layer.weight.grad, joined.grad[:, :3])


def test_training_adds_the_mistakes_in_cyclic_order(rng):
    """Eq. (perceptron-update): a plain loop over the examples agrees."""
    x, signs, _ = separable(rng(1))
    weight, rows, quiet, row = torch.zeros(3, dtype=torch.float64), [], 0, 0
    while quiet < len(x):
        if signs[row] * (weight @ x[row]) <= 0:
            weight, quiet = weight + signs[row] * x[row], 0
            rows.append(row)
        else:
            quiet += 1
        row = (row + 1) % len(x)
    trained = train_perceptron(x, signs)
    assert trained.rows.tolist() == rows
    assert trained.separated
    torch.testing.assert_close(trained.weight, weight)


def test_training_agrees_with_scikit_learn(rng):
    """Eq. (perceptron-update): unshuffled, the peer's weights with its bias."""
    x, signs, _ = separable(rng(2), gap=0.3)
    peer = Perceptron(shuffle=False, tol=None, max_iter=200).fit(x, signs)
    ours = train_perceptron(append_one(x), signs)
    assert ours.separated
    theirs = torch.tensor([*peer.coef_[0], *peer.intercept_])
    torch.testing.assert_close(ours.weight, theirs)


def test_every_step_of_novikoffs_proof_holds(rng):
    """Eq. (novikoff): progress of at least the margin, squared length at most R²."""
    for seed in range(20):
        x, signs, teacher = separable(rng(seed))
        trained = train_perceptron(x, signs)
        steps = (signs.unsqueeze(1) * x)[trained.rows].cumsum(0)  # weights over time
        k = torch.arange(1, len(steps) + 1)
        unit = teacher / teacher.norm()
        radius = x.norm(dim=1).amax()
        assert (steps @ unit >= k * margin(x, signs, teacher) - 1e-9).all()
        assert (steps.norm(dim=1) ** 2 <= k * radius**2 + 1e-9).all()
        assert len(steps) <= mistake_bound(x, signs, teacher)


@settings(deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 5), st.floats(0.01, 1))
def test_mistakes_stay_below_the_bound(seed, width, gap):
    """Eq. (novikoff): whatever the data and the order."""
    generator = torch.Generator().manual_seed(seed)
    x, signs, teacher = separable(generator, 12, width, gap)
    bound = mistake_bound(x, signs, teacher)
    assert len(train_perceptron(x, signs).rows) <= bound * (1 + 1e-12)


def test_two_opposite_examples_meet_the_bound():
    """Eq. (novikoff): one direction, one length, one mistake, a bound of one."""
    x = torch.tensor([[2.0, 0.0], [-2.0, 0.0]])
    signs = torch.tensor([1, -1])
    assert len(train_perceptron(x, signs).rows) == 1
    assert mistake_bound(x, signs, torch.tensor([1.0, 0.0])) == 1


def test_the_margin_is_the_distance_to_the_hyperplane():
    """Eq. (margin): by hand, and whatever the length of the weights."""
    x = torch.tensor([[3.0, 4.0], [-1.0, 0.0]])
    signs = torch.tensor([1, -1])
    for factor in (1.0, 7.0):
        weight = factor * torch.tensor([3.0, 4.0])
        assert margin(x, signs, weight).item() == pytest.approx(0.6)
    assert margin(x, -signs, weight) == -5


def test_mistakes_on_the_xor_never_end():
    """Eq. (perceptron-update): training stops where it is told to, unseparated."""
    corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    signs = torch.tensor([-1, 1, 1, -1])
    trained = train_perceptron(append_one(corners), signs, max_mistakes=100)
    assert len(trained.rows) == 100
    assert not trained.separated
    assert not train_perceptron(corners, signs, max_mistakes=0).separated


def test_arguments_are_checked():
    x, signs = torch.eye(2), torch.tensor([1, -1])
    with pytest.raises(TypeError, match="x must be floating-point, got torch"):
        train_perceptron(x.long(), signs)
    with pytest.raises(ValueError, match="signs must be 1 or -1, got 0"):
        train_perceptron(x, torch.tensor([1, 0]))
    with pytest.raises(ValueError, match=r"signs must have shape \(2,\), got \(3,\)"):
        margin(x, torch.ones(3), x[0])
    with pytest.raises(ValueError, match="x must be finite, got nan"):
        mistake_bound(x * torch.nan, signs, x[0])
    with pytest.raises(ValueError, match="separate the classes, got a margin of -"):
        mistake_bound(x, signs, torch.tensor([-1.0, 1.0]))
    with pytest.raises(ValueError, match="weight must not be 0"):
        margin(x, signs, torch.zeros(2))
    with pytest.raises(ValueError, match="x must end in 3 features"):
        fires(x, torch.ones(3))
    with pytest.raises(ValueError, match="max_mistakes must be at least 0, got -1"):
        train_perceptron(x, signs, max_mistakes=-1)
    with pytest.raises(ValueError, match="x must have a last axis"):
        append_one(torch.tensor(1.0))
