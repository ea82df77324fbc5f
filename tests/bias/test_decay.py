"""Checks of dlnotes.bias.decay against the note."""

import pytest
import torch
from sklearn.linear_model import Ridge
from torch import nn

from dlnotes.bias.decay import parameter_groups, ridge, shrunken_intercept
from dlnotes.bias.perceptron import append_one

F64 = torch.float64


@pytest.fixture
def data(rng):
    x = torch.randn(30, 3, dtype=F64, generator=rng())
    x = x - x.mean(0)
    y = x @ torch.tensor([1.0, -2.0, 0.5], dtype=F64) + 20
    return x, y + torch.randn(30, dtype=F64, generator=rng(1))


def test_the_fit_agrees_with_scikit_learn(data):
    """Eq. (ridge): a free bias is its intercept, a paid one a column of ones."""
    x, y = data
    x = x + 1  # not centered
    free = torch.tensor([3.0, 3.0, 3.0, 0.0], dtype=F64)
    peer = Ridge(alpha=3.0).fit(x, y)
    ours = ridge(append_one(x), y, free)
    torch.testing.assert_close(ours, torch.tensor([*peer.coef_, peer.intercept_]))
    peer = Ridge(alpha=3.0, fit_intercept=False).fit(append_one(x), y)
    paid = ridge(append_one(x), y, torch.full((4,), 3.0, dtype=F64))
    torch.testing.assert_close(paid, torch.tensor(peer.coef_))


def test_the_gradient_vanishes_at_the_fit(data):
    """Eq. (ridge): of the sum of squares and the penalties."""
    x, y = data
    price = torch.tensor([0.1, 2.0, 7.0], dtype=F64)
    w = ridge(x, y, price).requires_grad_()
    loss = (y - x @ w).square().sum() + (price * w.square()).sum()
    (gradient,) = torch.autograd.grad(loss, w)
    assert gradient.abs().amax() < 1e-10


@pytest.mark.parametrize("decay", [0.0, 1.0, 30.0, 1000.0])
def test_decay_shrinks_the_mean(data, decay):
    """Eq. (shrunken-intercept): the fitted bias with centered features."""
    x, y = data
    fitted = ridge(append_one(x), y, torch.full((4,), decay, dtype=F64))[3]
    predicted = shrunken_intercept(y.mean().item(), count=30, decay=decay)
    assert fitted.item() == pytest.approx(predicted, rel=1e-12)


def test_gradient_descent_with_decay_ends_there(data):
    """Eq. (shrunken-intercept): torch's SGD, whose decay is 2 / N of the price."""
    x, y = data
    layer = nn.Linear(3, 1, dtype=F64)
    sgd = torch.optim.SGD(layer.parameters(), lr=0.1, weight_decay=2 * 10 / 30)
    for _ in range(300):
        sgd.zero_grad()
        (layer(x).squeeze(1) - y).square().mean().backward()
        sgd.step()
    predicted = shrunken_intercept(y.mean().item(), count=30, decay=10.0)
    assert layer.bias.item() == pytest.approx(predicted, rel=1e-9)


def test_only_a_free_bias_follows_a_shift_of_the_targets(data):
    """Eq. (ridge): adding 100 to every target should add 100 to every prediction."""
    x, y = data
    ones = append_one(x)
    for last, follows in ((0.0, True), (5.0, False)):
        price = torch.tensor([5.0, 5.0, 5.0, last], dtype=F64)
        moved = ones @ (ridge(ones, y + 100, price) - ridge(ones, y, price))
        assert bool(((moved - 100).abs() < 1e-9).all()) == follows


def test_groups_hold_every_parameter_once():
    model = nn.ModuleDict(
        {
            "conv": nn.Conv2d(3, 4, 3),
            "batch": nn.BatchNorm2d(4),
            "layer": nn.LayerNorm((4, 5, 5)),
            "group": nn.GroupNorm(2, 4),
            "attention": nn.MultiheadAttention(4, 2, add_bias_kv=True),
            "embedding": nn.Embedding(7, 4),
            "lstm": nn.LSTM(4, 4),
            "head": nn.Linear(4, 7),
        }
    )
    model["head"].weight = model["embedding"].weight  # tied: one parameter
    decayed, spared = parameter_groups(model, 0.1)
    assert (decayed["weight_decay"], spared["weight_decay"]) == (0.1, 0.0)
    ids = [id(p) for group in (decayed, spared) for p in group["params"]]
    assert sorted(ids) == sorted(id(p) for p in model.parameters())
    names = {id(p): name for name, p in model.named_parameters()}
    assert {names[id(p)] for p in decayed["params"]} == {
        "conv.weight",
        "attention.in_proj_weight",
        "attention.out_proj.weight",
        "embedding.weight",
        "lstm.weight_ih_l0",
        "lstm.weight_hh_l0",
    }
    torch.optim.AdamW([decayed, spared])


def test_arguments_are_checked(data):
    x, y = data
    with pytest.raises(ValueError, match="penalties must not be negative"):
        ridge(x, y, -torch.ones(3))
    with pytest.raises(ValueError, match=r"y must have shape \(30,\), got \(2,\)"):
        ridge(x, y[:2], torch.ones(3))
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        shrunken_intercept(1.0, count=0, decay=1.0)
    with pytest.raises(ValueError, match="decay must not be negative, got -1"):
        shrunken_intercept(1.0, count=2, decay=-1)
    with pytest.raises(
        ValueError, match=r"weight_decay must not be negative, got -0\.1"
    ):
        parameter_groups(nn.Linear(1, 1), -0.1)
    with pytest.raises(TypeError, match="model must be a module, got list"):
        parameter_groups([], 0.1)
