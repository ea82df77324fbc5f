"""Checks of dlnotes.reparameterization.control_variates against the note."""

import math
import warnings

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, Normal
from torch.fx.experimental.proxy_tensor import make_fx

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
from tests.statistics import within

LOGITS = torch.tensor([-0.8, 0.3, 1.5], dtype=torch.float64)
LOC = torch.tensor([0.5, -1.0], dtype=torch.float64)
SCALE = torch.tensor([0.3, 1.2], dtype=torch.float64)


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
    return tuple(
        open_uniform(draws, len(LOGITS), dtype=dtype, generator=rng(s)) for s in (1, 2)
    )


@pytest.mark.parametrize("eta", [-1.0, 0.0, 0.5, 1.0, 3.0])
def test_rebar_is_unbiased_for_every_weight(rng, eta):
    """Eq. (rebar): against the enumeration of eight bit vectors."""
    noise = noises(rng, 50_000)
    rows = rebar_gradient(coupled, LOGITS, temperature=0.7, eta=eta, noise=noise)
    assert not rows.requires_grad
    assert within(rows, exact_gradient(coupled, LOGITS))


@pytest.mark.parametrize("temperature", [0.1, 5.0])
def test_rebar_is_unbiased_at_every_temperature(rng, temperature):
    """Eq. (rebar): in float32 too."""
    noise = noises(rng, 50_000, torch.float32)
    rows = rebar_gradient(coupled, LOGITS.float(), temperature=temperature, noise=noise)
    assert rows.dtype == torch.float32
    assert within(rows, exact_gradient(coupled, LOGITS).float())


def test_rebar_without_weight_is_the_score_function(rng):
    """Eq. (rebar): at eta = 0, row by row."""
    noise = noises(rng, 100)
    bits = (logistic_relaxation(LOGITS, noise=noise[0]) > 0).double()
    (expected,) = score_function_gradient(
        coupled, lambda a: Bernoulli(logits=a), (LOGITS,), bits
    )
    actual = rebar_gradient(coupled, LOGITS, eta=0.0, noise=noise)
    torch.testing.assert_close(actual, expected)


def test_relax_is_its_formula_one_sample_at_a_time(rng):
    """Eq. (relax): autograd through both relaxations, sample by sample."""
    noise = noises(rng, 12)
    control = lambda z: z.sin().sum(-1) * z[..., 0].tanh()  # noqa: E731
    u, v = noise
    shaped = (u.reshape(4, 3, 3), v.reshape(4, 3, 3))
    rows = relax_gradient(coupled, control, LOGITS, noise=shaped).reshape(12, 3)
    for row in range(12):
        a = LOGITS.clone().requires_grad_()
        z = logistic_relaxation(a, noise=u[row])
        bits = (z > 0).double()
        z_given = conditional_relaxation(a, bits, noise=v[row])
        weight = (coupled(bits) - control(z_given)).detach()
        log_prob = Bernoulli(logits=a).log_prob(bits).sum()
        total = weight * log_prob + control(z) - control(z_given)
        (expected,) = torch.autograd.grad(total, a)
        torch.testing.assert_close(rows[row], expected)


def test_relax_is_unbiased_for_a_black_box(rng):
    """Eq. (relax): f is a step, never differentiated; the control is any function."""
    f = lambda b: b.sum(-1) >= 2  # noqa: E731
    noise = noises(rng, 50_000)
    rows = relax_gradient(f, lambda z: z.tanh().sum(-1), LOGITS, noise=noise)
    assert within(rows, exact_gradient(f, LOGITS))


def test_lax_with_f_as_control_is_the_pathwise_estimator(rng):
    """Eq. (lax): c = f, row by row, and c = f + 3 with a baseline that cancels."""
    noise = torch.randn(4, 5, 2, dtype=torch.float64, generator=rng())
    f = lambda z: z.sin().sum(-1) + z.prod(-1)  # noqa: E731
    actual = lax_gradient(f, f, LOC, SCALE, noise=noise)
    expected = pathwise_gradient(f, location_scale, (LOC, SCALE), noise=noise)
    for a, e in zip(actual, expected, strict=True):
        torch.testing.assert_close(a, e)


def test_lax_with_a_flat_control_is_the_score_function_with_a_baseline(rng):
    """Eq. (lax): c = 3, row by row, with one scale for both coordinates."""
    noise = torch.randn(20, 2, dtype=torch.float64, generator=rng())
    f = lambda z: z.sin().sum(-1)  # noqa: E731
    scale = SCALE[1]
    actual = lax_gradient(f, lambda z: 3 + 0 * z.sum(-1), LOC, scale, noise=noise)
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
    by_loc, _ = lax_gradient(f, lambda z: z.tanh().sum(-1), LOC, SCALE, noise=noise)
    zero = torch.zeros((), dtype=torch.float64)
    density = Normal(LOC[0], SCALE[0]).log_prob(zero).exp()
    assert within(by_loc, torch.stack([density, zero]))


@pytest.mark.parametrize("lead", [(), (0,), (1,), (2, 3)])
@pytest.mark.parametrize("event", [(), (4,), (2, 5)])
def test_any_layout_of_samples_and_of_bits(rng, lead, event):
    """Eq. (rebar), Eq. (lax): one sample, none, one coordinate, a matrix of bits."""
    f = lambda z: z.square().sum(tuple(range(len(lead), z.ndim)))  # noqa: E731
    f = f if event else torch.square
    noise = torch.randn(lead + event, generator=rng())
    parameter = torch.full(event, 0.5)
    assert (
        rebar_gradient(f, parameter, noise=(noise.sigmoid(),) * 2).shape == noise.shape
    )
    by_loc, by_scale = lax_gradient(f, f, parameter, torch.tensor(0.5), noise=noise)
    assert by_loc.shape == noise.shape
    assert by_scale.shape == lead
    z = parameter + noise / 2
    rows, _ = score_function_gradient(f, Normal, (parameter, torch.tensor(0.5)), z)
    assert rows.shape == noise.shape


def test_scores_of_almost_sure_bits_keep_their_digits():
    """Eq. (relax): b - p is -exp(-a) and the like, not the 0 that p rounds to."""
    logits = torch.tensor([-30.0, 30.0])
    noise = torch.full((2,), 0.5)
    rows = relax_gradient(lambda b: torch.tensor(1.0), flat, logits, noise=(noise,) * 2)
    torch.testing.assert_close(rows, torch.tensor([-1.0, 1.0]) * math.exp(-30))


def flat(z):
    return 0 * z.sum(-1)


def test_an_estimator_is_exported_by_its_trace(rng):
    """Eq. (relax), Eq. (lax), Eq. (pathwise): make_fx sees through torch.func.grad."""
    u, v = noises(rng, 4)
    normal_noise = torch.randn(4, 2, dtype=torch.float64, generator=rng())
    f = lambda z: z.exp().tanh().sum(-1)  # noqa: E731
    estimators = [
        (lambda a: rebar_gradient(f, a, noise=(u, v)), LOGITS),
        (
            lambda m: lax_gradient(torch.sin, torch.tanh, m, m.exp(), noise=u[:, 0])[0],
            LOC[0],
        ),
        (
            lambda m: pathwise_gradient(
                f, location_scale, (m, SCALE), noise=normal_noise
            )[0],
            LOC,
        ),
        (
            lambda m: score_function_gradient(
                f, lambda m: Normal(m, 1.0, validate_args=False), (m,), normal_noise
            )[0],
            LOC,
        ),
    ]
    for estimator, parameter in estimators:
        traced = make_fx(estimator)(parameter.clone())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.export.export(traced, (parameter,), strict=False)
        elsewhere = 0.7 * parameter
        result = program.module()(elsewhere)
        torch.testing.assert_close(result, estimator(elsewhere))


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
        second_moment(lax_gradient(f, control, loc, scale, noise=noise)[0]).backward()
        adam.step()

    noise = torch.randn(20_000, dtype=torch.float64, generator=rng(1000))
    rows, _ = lax_gradient(f, control, loc, scale, noise=noise)
    by_path, _ = pathwise_gradient(f, location_scale, (loc, scale), noise=noise)
    assert rows.var() < by_path.var() / 3
    exact = 1.1 * math.exp(-(1.1**2) / 2) * math.cos(0.33)
    assert within(rows.detach(), exact)


def test_second_moment_gradient_matches_finite_differences(rng):
    """Eq. (second-moment): in the parameters of a control variate of bits."""
    noise = noises(rng, 30)

    def loss(weights):
        control = lambda z: (z.sin() * weights).sum(-1)  # noqa: E731
        return second_moment(relax_gradient(coupled, control, LOGITS, noise=noise))

    weights = torch.tensor([0.3, -0.2, 0.5], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(loss, weights)


def test_rebar_can_train_its_weight_and_temperature(rng):
    """Eq. (rebar): its rows are attached to a weight that asks for gradients."""
    noise = noises(rng, 200)
    eta = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    temperature = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    rows = rebar_gradient(
        coupled, LOGITS, temperature=temperature, eta=eta, noise=noise
    )
    second_moment(rows).backward()
    assert eta.grad.abs() > 0
    assert temperature.grad.abs() > 0


def test_messages_name_what_is_wrong():
    half = torch.full((5, 3), 0.5, dtype=torch.float64)
    noise = (half, half)
    step = lambda b: (b > 0.5).double().sum(-1)  # noqa: E731
    for weights in (1.0, torch.ones((), requires_grad=True)):
        with pytest.raises(ValueError, match="control variate must be differentiable"):
            rebar_gradient(step, LOGITS, eta=weights, noise=noise)
    with pytest.raises(ValueError, match=r"temperature must be positive .* got 0"):
        rebar_gradient(coupled, LOGITS, temperature=0.0, noise=noise)
    with pytest.raises(ValueError, match="eta must be finite"):
        rebar_gradient(coupled, LOGITS, eta=math.inf, noise=noise)
    with pytest.raises(ValueError, match=r"noise\[0\] must have a shape that ends in"):
        rebar_gradient(coupled, LOGITS, noise=(half[:, :2], half))
    with pytest.raises(ValueError, match="the two noises must have the same shape"):
        rebar_gradient(coupled, LOGITS, noise=(half, half[:4]))
    with pytest.raises(ValueError, match=r"noise\[1\] must lie strictly between"):
        rebar_gradient(coupled, LOGITS, noise=(half, 2 * half))
    with pytest.raises(ValueError, match=r"f must return one number per sample"):
        rebar_gradient(lambda b: b, LOGITS, noise=noise)
    with pytest.raises(ValueError, match=r"control must return one number per sample"):
        relax_gradient(step, lambda z: z, LOGITS, noise=noise)
    with pytest.raises(TypeError, match="logits must be a tensor, got list"):
        relax_gradient(step, step, [0.0], noise=noise)
    normal_noise = torch.zeros(5, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="scale must be positive"):
        lax_gradient(step, step, LOC, -SCALE, noise=normal_noise)
    with pytest.raises(ValueError, match="control variate must be differentiable"):
        lax_gradient(step, step, LOC, SCALE, noise=normal_noise)
    with pytest.raises(ValueError, match=r"gradients must hold samples, got \(0, 2\)"):
        second_moment(normal_noise[:0])
