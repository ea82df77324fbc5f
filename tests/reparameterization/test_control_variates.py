"""Checks of dlnotes.reparameterization.control_variates against the note."""

import math

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, Normal

from dlnotes.reparameterization.control_variates import (
    lax_gradient,
    rebar_gradient,
    relax_gradient,
    second_moment,
)
from dlnotes.reparameterization.pathwise import (
    location_scale,
    open_uniform,
    pathwise_gradient,
)
from dlnotes.reparameterization.relaxations import (
    conditional_relaxation,
    logistic_relaxation,
)
from dlnotes.reparameterization.score_function import score_function_gradient

SIGMAS = 5  # a correct estimator fails one comparison in about two million
LOGITS = torch.tensor([-0.8, 0.3, 1.5], dtype=torch.float64)
LOC = torch.tensor([0.5, -1.0], dtype=torch.float64)
SCALE = torch.tensor([0.3, 1.2], dtype=torch.float64)
GRID = 400  # midpoints of a unit interval, per noise


def coupled(b):
    """A smooth target whose bits depend on each other."""
    return (b.sum(-1) - 1.3).square() + b[..., 0] * b[..., 2]


def exact_gradient(f, logits):
    """Enumerate all bit vectors."""
    corners = [torch.tensor([0.0, 1.0], dtype=torch.float64)] * len(logits)
    vectors = torch.cartesian_prod(*corners).reshape(-1, len(logits))
    a = logits.clone().requires_grad_()
    probs = Bernoulli(logits=a).log_prob(vectors).sum(-1).exp()
    return torch.autograd.grad(probs @ f(vectors).double(), a)[0]


def noises(rng, draws, dtype=torch.float64):
    return (
        open_uniform(draws, len(LOGITS), dtype=dtype, generator=rng(s)) for s in (1, 2)
    )


def assert_unbiased(rows, exact):
    error = rows.std(0) / math.sqrt(len(rows))
    assert ((rows.mean(0) - exact).abs() < SIGMAS * error).all()


@pytest.mark.parametrize("eta", [-1.0, 0.0, 0.5, 1.0, 3.0])
def test_rebar_is_unbiased_for_every_weight(rng, eta):
    """Eq. (rebar): against the enumeration of eight bit vectors."""
    u, v = noises(rng, 50_000)
    rows = rebar_gradient(coupled, LOGITS, u, v, temperature=0.7, eta=eta)
    assert not rows.requires_grad
    assert_unbiased(rows, exact_gradient(coupled, LOGITS))


@pytest.mark.parametrize("temperature", [0.1, 5.0])
def test_rebar_is_unbiased_at_every_temperature(rng, temperature):
    """Eq. (rebar): in float32 too."""
    u, v = noises(rng, 50_000, torch.float32)
    rows = rebar_gradient(coupled, LOGITS.float(), u, v, temperature=temperature)
    assert rows.dtype == torch.float32
    assert_unbiased(rows, exact_gradient(coupled, LOGITS).float())


def test_rebar_without_weight_is_the_score_function(rng):
    """Eq. (rebar): at eta = 0, row by row."""
    u, v = noises(rng, 100)
    bits = (logistic_relaxation(LOGITS, u) > 0).double()
    (expected,) = score_function_gradient(
        coupled, lambda a: Bernoulli(logits=a), (LOGITS,), bits
    )
    actual = rebar_gradient(coupled, LOGITS, u, v, eta=0.0)
    torch.testing.assert_close(actual, expected)


def test_relax_is_its_formula_one_sample_at_a_time(rng):
    """Eq. (relax): autograd through both relaxations, sample by sample."""
    u, v = noises(rng, 12)
    control = lambda z: z.sin().sum(-1) * z[..., 0].tanh()  # noqa: E731
    shaped = (u.reshape(4, 3, 3), v.reshape(4, 3, 3))
    rows = relax_gradient(coupled, control, LOGITS, *shaped).reshape(12, 3)
    for row in range(12):
        a = LOGITS.clone().requires_grad_()
        z = logistic_relaxation(a, u[row])
        bits = (z > 0).double()
        z_given = conditional_relaxation(a, bits, v[row])
        weight = (coupled(bits) - control(z_given)).detach()
        log_prob = Bernoulli(logits=a).log_prob(bits).sum()
        total = weight * log_prob + control(z) - control(z_given)
        (expected,) = torch.autograd.grad(total, a)
        torch.testing.assert_close(rows[row], expected)


def test_relax_is_unbiased_for_a_black_box(rng):
    """Eq. (relax): f is a step, never differentiated; the control is any function."""
    f = lambda b: b.sum(-1) >= 2  # noqa: E731
    u, v = noises(rng, 50_000)
    rows = relax_gradient(f, lambda z: z.tanh().sum(-1), LOGITS, u, v)
    assert_unbiased(rows, exact_gradient(f, LOGITS))


@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_averaged_rebar_is_a_baseline_at_one_half(temperature):
    """Eq. (rebar): given the bit, the control averages to -f(1/2) s(b)."""
    f = lambda b: (b + 1).square()  # noqa: E731
    logit = torch.tensor(-0.8, dtype=torch.float64)
    middle = (torch.arange(GRID, dtype=torch.float64) + 0.5) / GRID
    for bit in (0, 1):
        low, width = (
            (1 - logit.sigmoid(), logit.sigmoid()) if bit else (0, 1 - logit.sigmoid())
        )
        u, v = torch.meshgrid(low + width * middle, middle, indexing="ij")
        rows, plain = (
            rebar_gradient(f, logit, u, v, temperature=temperature, eta=eta)
            for eta in (1.0, 0.0)
        )
        s = bit - logit.sigmoid()
        # Midpoints of a bounded integrand with logarithmic derivatives: error ~ 1/GRID.
        torch.testing.assert_close(
            (rows - plain).mean(), -2.25 * s, atol=5 / GRID, rtol=0
        )


def test_rebar_cannot_help_where_f_of_one_half_is_zero(rng):
    """Eq. (rebar): one bit, f(b) = (b - 1/2)^2; the variance rises with the weight."""
    logit = torch.tensor(0.3, dtype=torch.float64).logit()
    u, v = (
        open_uniform(100_000, dtype=torch.float64, generator=rng(s)) for s in (1, 2)
    )
    f = lambda b: (b - 0.5).square()  # noqa: E731
    variances = [
        rebar_gradient(f, logit, u, v, temperature=0.5, eta=eta).var().item()
        for eta in (0.0, 0.5, 1.0, 2.0)
    ]
    assert variances == sorted(variances)
    assert variances[0] == pytest.approx(0.25**2 * 0.3 * 0.7, rel=0.02)


def test_rebar_helps_where_one_half_is_a_good_baseline(rng):
    """Eq. (rebar): f(b) = (b + 1)^2 at p = 0.3, from 2.02 to 0.45."""
    logit = torch.tensor(0.3, dtype=torch.float64).logit()
    u, v = (
        open_uniform(100_000, dtype=torch.float64, generator=rng(s)) for s in (1, 2)
    )
    f = lambda b: (b + 1).square()  # noqa: E731
    with_control = rebar_gradient(f, logit, u, v, temperature=0.5).var()
    without = rebar_gradient(f, logit, u, v, temperature=0.5, eta=0.0).var()
    # f s takes 2.8 and -0.3 with probabilities 0.3 and 0.7.
    assert without == pytest.approx(0.3 * 0.7 * 3.1**2, rel=0.02)
    assert with_control == pytest.approx(0.448, rel=0.05)


def test_lax_with_f_as_control_is_the_pathwise_estimator(rng):
    """Eq. (lax): c = f, row by row, and c = f + 3 with a baseline that cancels."""
    noise = torch.randn(4, 5, 2, dtype=torch.float64, generator=rng())
    f = lambda z: z.sin().sum(-1) + z.prod(-1)  # noqa: E731
    actual = lax_gradient(f, f, LOC, SCALE, noise)
    expected = pathwise_gradient(f, location_scale, (LOC, SCALE), noise)
    for a, e in zip(actual, expected, strict=True):
        torch.testing.assert_close(a, e)


def test_lax_with_a_flat_control_is_the_score_function_with_a_baseline(rng):
    """Eq. (lax): c = 3, row by row, with one scale for both coordinates."""
    noise = torch.randn(20, 2, dtype=torch.float64, generator=rng())
    f = lambda z: z.sin().sum(-1)  # noqa: E731
    scale = SCALE[1]
    actual = lax_gradient(f, lambda z: 3 + 0 * z.sum(-1), LOC, scale, noise)
    expected = score_function_gradient(
        f, Normal, (LOC, scale), LOC + scale * noise, baseline=3.0
    )
    for a, e in zip(actual, expected, strict=True):
        assert a.shape == e.shape
        torch.testing.assert_close(a, e)


def test_lax_is_unbiased_for_a_black_box(rng):
    """Eq. (lax): the derivative of P(z1 > 0) is a density, whatever the control."""
    noise = torch.randn(100_000, 2, dtype=torch.float64, generator=rng())
    f = lambda z: z[..., 0] > 0  # noqa: E731
    by_loc, _ = lax_gradient(f, lambda z: z.tanh().sum(-1), LOC, SCALE, noise)
    zero = torch.zeros((), dtype=torch.float64)
    density = Normal(LOC[0], SCALE[0]).log_prob(zero).exp()
    assert_unbiased(by_loc, torch.stack([density, zero]))


@pytest.mark.parametrize("lead", [(), (0,), (1,), (2, 3)])
@pytest.mark.parametrize("event", [(), (4,), (2, 5)])
def test_any_layout_of_samples_and_of_bits(rng, lead, event):
    """Eq. (rebar), Eq. (lax): one sample, none, one coordinate, a matrix of bits."""
    f = lambda z: z.square().sum(tuple(range(len(lead), z.ndim)))  # noqa: E731
    f = f if event else torch.square
    noise = torch.randn(lead + event, generator=rng())
    parameter = torch.full(event, 0.5)
    assert rebar_gradient(f, parameter, *[noise.sigmoid()] * 2).shape == noise.shape
    by_loc, by_scale = lax_gradient(f, f, parameter, torch.tensor(0.5), noise)
    assert by_loc.shape == noise.shape
    assert by_scale.shape == lead
    z = parameter + noise / 2
    rows, _ = score_function_gradient(f, Normal, (parameter, torch.tensor(0.5)), z)
    assert rows.shape == noise.shape


def network(rng, inputs):
    layers = nn.Sequential(nn.Linear(inputs, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    for parameter in layers.parameters():
        nn.init.normal_(parameter, std=0.5, generator=rng(7))
    return layers


def test_second_moment_trains_a_control_variate_below_both_parents(rng):
    """Eq. (second-moment): on sin(1.1 z), starting from a random network."""
    loc, scale = torch.tensor([0.3, 1.0], dtype=torch.float64)
    f = lambda z: (1.1 * z).sin()  # noqa: E731
    layers = network(rng, 1)
    control = lambda z: layers(z.unsqueeze(-1)).squeeze(-1)  # noqa: E731
    adam = torch.optim.Adam(layers.parameters(), lr=2e-2)
    for step in range(200):
        noise = torch.randn(128, dtype=torch.float64, generator=rng(step))
        adam.zero_grad()
        second_moment(lax_gradient(f, control, loc, scale, noise)[0]).backward()
        adam.step()

    noise = torch.randn(20_000, dtype=torch.float64, generator=rng(1000))
    rows, _ = lax_gradient(f, control, loc, scale, noise)
    by_path, _ = pathwise_gradient(f, location_scale, (loc, scale), noise)
    assert rows.var() < by_path.var() / 3
    exact = 1.1 * math.exp(-(1.1**2) / 2) * math.cos(0.33)
    assert_unbiased(rows.detach(), exact)


def test_second_moment_gradient_matches_finite_differences(rng):
    """Eq. (second-moment): in the parameters of a control variate of bits."""
    u, v = noises(rng, 30)

    def loss(weights):
        control = lambda z: (z.sin() * weights).sum(-1)  # noqa: E731
        return second_moment(relax_gradient(coupled, control, LOGITS, u, v))

    weights = torch.tensor([0.3, -0.2, 0.5], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(loss, weights)


def test_rebar_can_train_its_weight_and_temperature(rng):
    """Eq. (rebar): its rows are attached to a weight that asks for gradients."""
    u, v = noises(rng, 200)
    eta = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    temperature = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    rows = rebar_gradient(coupled, LOGITS, u, v, temperature=temperature, eta=eta)
    second_moment(rows).backward()
    assert eta.grad.abs() > 0
    assert temperature.grad.abs() > 0


def test_arguments_are_checked():
    half = torch.full((5, 3), 0.5, dtype=torch.float64)
    step = lambda b: (b > 0.5).double().sum(-1)  # noqa: E731
    with pytest.raises(ValueError, match="control variate must be differentiable"):
        rebar_gradient(step, LOGITS, half, half)
    with pytest.raises(ValueError, match="temperature must be positive, got"):
        rebar_gradient(coupled, LOGITS, half, half, temperature=0.0)
    with pytest.raises(ValueError, match="eta must be finite"):
        rebar_gradient(coupled, LOGITS, half, half, eta=math.inf)
    with pytest.raises(ValueError, match="uniform must have a shape that ends in"):
        rebar_gradient(coupled, LOGITS, half[:, :2], half)
    with pytest.raises(ValueError, match="conditional_uniform must have shape"):
        rebar_gradient(coupled, LOGITS, half, half[:4])
    with pytest.raises(ValueError, match=r"one number per sample, shape \(5,\)"):
        rebar_gradient(lambda b: b, LOGITS, half, half)
    with pytest.raises(ValueError, match=r"one number per sample, shape \(5,\)"):
        relax_gradient(step, lambda z: z, LOGITS, half, half)
    with pytest.raises(TypeError, match="logits must be a tensor, got list"):
        relax_gradient(step, step, [0.0], half, half)
    noise = torch.zeros(5, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="scale must be positive"):
        lax_gradient(step, step, LOC, -SCALE, noise)
    with pytest.raises(ValueError, match="control variate must be differentiable"):
        lax_gradient(step, step, LOC, SCALE, noise)
    with pytest.raises(ValueError, match="noise must have a shape that ends in"):
        lax_gradient(step, step, LOC, SCALE, noise[:, :1])
    with pytest.raises(ValueError, match="gradients must be attached"):
        second_moment(noise)
