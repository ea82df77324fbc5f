"""Checks of dlnotes.bias.decay against the note."""

from fractions import Fraction
from itertools import product

import mpmath
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


def test_every_step_of_the_proof_of_the_shrunken_intercept():
    """Eq. (shrunken-intercept): in fractions; one example, no price, equal features.

    Both normal equations hold with the weights of the free fit and this bias.
    """
    for xs, ys in (([0], [5]), ([-1, 1], [2, 7]), ([-2, 0, 2], [1, 1, 4])):
        for price, decay in product((1, 3), (0, 1, 10**6)):
            n = len(xs)
            w = Fraction(
                sum(x * y for x, y in zip(xs, ys, strict=True)),
                sum(x * x for x in xs) + price,
            )
            mean = Fraction(sum(ys), n)
            b = mean * n / (n + decay)
            slopes = [w * x + b - y for x, y in zip(xs, ys, strict=True)]
            assert sum(slopes) + decay * b == 0
            assert sum(s * x for s, x in zip(slopes, xs, strict=True)) + price * w == 0
            predicted = shrunken_intercept(float(mean), count=n, decay=float(decay))
            assert predicted == pytest.approx(float(b), rel=1e-15)


def test_features_that_are_not_centered_break_it():
    """Eq. (shrunken-intercept): there the weights take over.

    What is left is that (N + decay) b is the sum of y - w x.
    """
    x = torch.tensor([[1.0], [2.0], [4.0]], dtype=F64)
    y = torch.tensor([3.0, 5.0, 9.0], dtype=F64)  # 2 x + 1
    free = ridge(append_one(x), y, torch.zeros(2, dtype=F64))
    w, b = ridge(append_one(x), y, torch.tensor([0.0, 3.0], dtype=F64))
    torch.testing.assert_close(free, torch.tensor([2.0, 1.0], dtype=F64))
    assert w > 2.1
    torch.testing.assert_close((3 + 3) * b, (y - w * x[:, 0]).sum())
    assert abs(b - shrunken_intercept(y.mean().item(), count=3, decay=3.0)) > 1


def oracle(x, y, penalties):
    """Eq. (ridge), with digits for squares of very different sizes."""
    with mpmath.workdps(200):
        rows, sides = mpmath.matrix(x.tolist()), mpmath.matrix(y.tolist())
        price = mpmath.diag([mpmath.mpf(p) for p in penalties.tolist()])
        found = mpmath.lu_solve(rows.T * rows + price, rows.T * sides)
        return torch.tensor([float(w) for w in found], dtype=F64)


@pytest.mark.parametrize("dtype", [torch.float32, F64])
@pytest.mark.parametrize("scale", [1e-25, 1.0, 1e25])
@pytest.mark.parametrize("near", [1.0, 1e-2])
def test_neither_units_nor_likeness_of_features_cost_digits(rng, dtype, scale, near):
    """Eq. (ridge): a hundredth of likeness costs two digits, not four."""
    x = torch.randn(12, 3, dtype=F64, generator=rng())
    x[:, 1] = x[:, 0] + near * x[:, 1]
    x = (x * torch.tensor([scale, scale, 1e5], dtype=F64)).to(dtype)
    y = (1e-3 * torch.randn(12, dtype=F64, generator=rng(1))).to(dtype)
    price = torch.tensor([0.0, 0.0, 1e8], dtype=dtype)
    expected = oracle(x, y, price)
    off = (ridge(x, y, price).double() - expected).abs() / expected.abs()
    # The features' condition is about 4 / near, and a dozen terms are summed.
    assert off.amax() <= 12 * 4 / near * torch.finfo(dtype).eps


@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_an_answer_that_is_not_unique_is_refused(rng, dtype):
    """Eq. (ridge): dependent features, unless a price on one of them decides."""
    x = torch.randn(9, 2, generator=rng()).to(dtype)
    x = torch.cat([x, x @ torch.tensor([[0.3], [0.7]], dtype=dtype)], 1)
    y = torch.arange(9.0, dtype=dtype)
    with pytest.raises(ValueError, match="penalties must make the answer unique"):
        ridge(x, y, torch.zeros(3, dtype=dtype))
    with pytest.raises(ValueError, match="penalties must make the answer unique"):
        ridge(x[:1], y[:1], torch.tensor([1.0, 0.0, 0.0], dtype=dtype))
    last = torch.tensor([0.0, 0.0, 1.0], dtype=dtype)
    assert ridge(x, y, last)[2].abs() < 100 * torch.finfo(dtype).eps


def test_the_slopes_by_prices_are_those_of_the_inverse(data):
    """Eq. (ridge): at a price of 0, too, where a root would have none."""
    x, y = data
    price = torch.tensor([0.0, 2.0, 7.0], dtype=F64, requires_grad=True)
    inverse = (x.mT @ x + price.detach().diag()).inverse()
    fit = ridge(x, y, price)
    for k in range(3):
        (slope,) = torch.autograd.grad(fit[k], price, retain_graph=True)
        torch.testing.assert_close(slope, -inverse[k] * fit.detach())
    leaves = (x[:6].clone().requires_grad_(), y[:6].clone().requires_grad_())
    assert torch.autograd.gradcheck(lambda v, t: ridge(v, t, price.detach()), leaves)


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


class Scaled(nn.Module):
    """A layer with parameters that are no bias, in no normalization, and no matrix."""

    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(3))
        self.temperature = nn.Parameter(torch.ones(()))
        self.mixing = nn.Parameter(torch.ones(3, 3))


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
            "scaled": Scaled(),
            "bias_table": nn.Embedding(5, 4),  # named so, and no bias
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
        "scaled.mixing",
        "bias_table.weight",
    }
    torch.optim.AdamW([decayed, spared])
    assert parameter_groups(model, 0.0)[0]["weight_decay"] == 0


def test_arguments_are_checked(data):
    x, y = data
    with pytest.raises(ValueError, match="penalties must not be negative"):
        ridge(x, y, -torch.ones(3))
    with pytest.raises(ValueError, match=r"y must have shape \(30,\), got \(2,\)"):
        ridge(x, y[:2], torch.ones(3))
    with pytest.raises(ValueError, match=r"must not be negative, got -1\.0"):
        ridge(x, y, torch.tensor([0.0, -1.0, 0.0], dtype=F64))
    with pytest.raises(ValueError, match=r"penalties must have shape \(3,\), got \(2,"):
        ridge(x, y, torch.ones(2, dtype=F64))
    for odd in (("1", 1.0), (1.0, "1")):
        with pytest.raises(TypeError, match="must be a real number, got a str"):
            shrunken_intercept(odd[0], count=1, decay=odd[1])
    with pytest.raises(TypeError, match="weight_decay must be a real number, got a st"):
        parameter_groups(nn.Linear(1, 1), "0.1")
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
