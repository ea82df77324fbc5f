"""Checks of dlnotes.bias.perceptron against the note."""

from itertools import permutations

import pytest
import torch
from hypothesis import given
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
    each = torch.tensor([-2.5, -5.0, -1.0])
    assert fires(x, weight, each).tolist() == [True, False, True]
    assert not fires(0 * x, weight).any(), "0 is not above 0"
    assert fires(x.expand(4, 3, 2), weight, -3.0).tolist() == 4 * [[False, True, False]]


def test_a_sum_is_not_rounded_to_half_precision_before_it_is_compared():
    """Eq. (perceptron): 257 is 256 in bfloat16, and would not exceed it."""
    ones = torch.ones(257, dtype=torch.bfloat16)
    assert fires(ones, ones, -256.0)


def test_the_bias_is_the_weight_of_a_constant_input(rng):
    """Eq. (constant-input): the same outputs and the same gradients."""
    x = torch.randn(5, 3, dtype=torch.float64, generator=rng())
    layer = torch.nn.Linear(3, 2, dtype=torch.float64)
    joined = torch.cat([layer.weight, layer.bias.unsqueeze(1)], 1).detach()
    joined.requires_grad_()
    by_layer, by_column = layer(x), append_one(x) @ joined.T
    assert append_one(x.expand(2, 5, 3)).shape == (2, 5, 4)
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


# All teachers with entries up to 2 that put no point of a lattice on their hyperplane.
LATTICE = torch.cartesian_prod(*[torch.tensor([-1.0, 0.0, 1.0])] * 2).double()
TEACHERS = [
    teacher
    for teacher in torch.cartesian_prod(*[torch.arange(-2.0, 3.0)] * 3).double()
    if (append_one(LATTICE) @ teacher).all()
]


def test_every_step_of_novikoffs_proof_holds():
    """Eq. (novikoff): in whole numbers, so without rounding, for every teacher.

    Progress of at least the margin and a squared length of at most R² a mistake; the
    bound times the squared length of the teacher, so that it is a whole number too.
    """
    x = append_one(LATTICE)
    assert len(TEACHERS) > 20
    for teacher in TEACHERS:
        signs = (x @ teacher).sign()
        nearest = (signs * (x @ teacher)).amin()
        radius = x.square().sum(1).amax()
        trained = train_perceptron(x, signs)
        steps = (signs.unsqueeze(1) * x)[trained.rows].cumsum(0)  # weights over time
        k = torch.arange(1, len(steps) + 1)
        assert trained.separated
        assert (steps @ teacher >= k * nearest).all()
        assert (steps.square().sum(1) <= k * radius).all()
        assert len(steps) * nearest**2 <= radius * teacher.square().sum()
        bound = mistake_bound(x, signs, teacher)
        expected = radius * teacher.square().sum() / nearest**2
        torch.testing.assert_close(bound, expected)


@pytest.mark.parametrize("count", range(1, 7))
@pytest.mark.parametrize("times", [1, 3])
def test_examples_at_right_angles_meet_the_bound(count, times):
    """Eq. (novikoff): as many mistakes as directions, however often they are shown."""
    x = torch.eye(count, dtype=torch.float64).repeat(times, 1)
    signs = torch.ones(len(x))
    bound = mistake_bound(x, signs, torch.ones(count, dtype=torch.float64))
    assert bound.item() == pytest.approx(count, rel=1e-14)
    assert len(train_perceptron(x, signs).rows) == count


def test_the_bound_holds_in_every_order():
    """Eq. (novikoff): all orders of six examples, three of them equal."""
    x = torch.tensor([[2.0, 1], [1.0, 1], [1.0, 1], [1.0, 1], [-1.0, 1], [-3.0, 1]])
    signs = torch.tensor([1, 1, 1, 1, -1, -1])
    bound = mistake_bound(x, signs, torch.tensor([1.0, 0.0]))
    counts = set()
    for order in permutations(range(6)):
        trained = train_perceptron(x[list(order)], signs[list(order)])
        assert trained.separated
        counts.add(len(trained.rows))
    assert len(counts) > 1
    assert max(counts) <= bound


@given(st.integers(0, 2**31), st.integers(1, 5), st.floats(0.01, 1))
def test_mistakes_stay_below_the_bound(seed, width, gap):
    """Eq. (novikoff): whatever the data."""
    generator = torch.Generator().manual_seed(seed)
    x, signs, teacher = separable(generator, 12, width, gap)
    bound = mistake_bound(x, signs, teacher)
    assert len(train_perceptron(x, signs).rows) <= bound * (1 + 1e-12)


def test_an_example_on_the_line_is_a_mistake():
    """Eq. (perceptron-update): the second axis is at a right angle to the first."""
    trained = train_perceptron(torch.eye(2), torch.ones(2))
    assert trained.rows.tolist() == [0, 1]
    nothing = train_perceptron(torch.zeros(1, 2), torch.ones(1), max_mistakes=7)
    assert (len(nothing.rows), nothing.separated) == (7, False)


def test_the_slopes_of_margin_and_bound_are_right(rng):
    """Eq. (margin) and Eq. (novikoff): the size divided out is no part of them."""
    x, signs, teacher = separable(rng(3), 5)
    x.requires_grad_()
    teacher.requires_grad_()
    for function in (margin, mistake_bound):
        assert torch.autograd.gradcheck(
            lambda v, w, f=function: f(v, signs, w), (x, teacher)
        )


@pytest.mark.parametrize("scale", [2.0**100, 2.0**-100])
def test_squares_neither_overflow_nor_vanish(scale):
    """Eq. (margin) and Eq. (novikoff): in single precision, at sizes of 1e±30."""
    x, signs = append_one(LATTICE).float(), (append_one(LATTICE) @ TEACHERS[3]).sign()
    weight = TEACHERS[3].float()
    plain, scaled = train_perceptron(x, signs), train_perceptron(scale * x, signs)
    assert scaled.separated
    assert torch.equal(plain.rows, scaled.rows)
    assert torch.equal(scale * plain.weight, scaled.weight)
    assert margin(scale * x, signs, weight) == scale * margin(x, signs, weight)
    assert margin(x, signs, scale * weight) == margin(x, signs, weight)
    bound = mistake_bound(scale * x, signs, scale * weight)
    assert bound == mistake_bound(x, signs, weight)


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
    assert len(train_perceptron(append_one(corners), signs).rows) == 10_000


def test_arguments_are_checked():
    x, signs = torch.eye(2), torch.tensor([1, -1])
    with pytest.raises(ValueError, match="signs must be 1 or -1, got 0"):
        train_perceptron(x, torch.tensor([1, 0]))
    with pytest.raises(TypeError, match="signs must be a tensor, got list"):
        train_perceptron(x, [1, -1])
    with pytest.raises(ValueError, match=r"signs must have shape \(2,\), got \(3,\)"):
        margin(x, torch.ones(3), x[0])
    with pytest.raises(ValueError, match="separate the classes, got a margin of -"):
        mistake_bound(x, signs, torch.tensor([-1.0, 1.0]))
    with pytest.raises(ValueError, match=r"separate the classes, got a margin of 0\.0"):
        mistake_bound(torch.eye(2), torch.ones(2), torch.tensor([1.0, 0.0]))
    with pytest.raises(ValueError, match="weight must not be 0"):
        margin(x, signs, torch.zeros(2))
    with pytest.raises(ValueError, match="x must end in 3 features"):
        fires(x, torch.ones(3))
    with pytest.raises(ValueError, match="bias must be representable in"):
        fires(x, torch.ones(2), 1e-60)
    with pytest.raises(ValueError, match="bias must be finite, got nan"):
        fires(x, torch.ones(2), torch.tensor(torch.nan))
    with pytest.raises(ValueError, match="max_mistakes must be at least 0, got -1"):
        train_perceptron(x, signs, max_mistakes=-1)
