"""Times of dlnotes.reparameterization beside those of torch's own tools."""

import pytest
import torch
from torch.distributions import Normal
from torch.func import grad, vmap

from dlnotes.reparameterization.pathwise import location_scale, pathwise_gradient
from dlnotes.reparameterization.score_function import score_function_gradient

NOISE = torch.randn(256, 16, generator=torch.Generator().manual_seed(0))
PARAMETERS = (
    torch.linspace(-1, 1, 16, requires_grad=True),
    torch.linspace(0.5, 1.5, 16, requires_grad=True),
)
SAMPLES = location_scale(NOISE, *PARAMETERS).detach()


def f(z):
    return z.sin().sum(-1)


def pathwise_loop():
    """Differentiate one sample after the other."""
    return _loop(f(location_scale(noise, *PARAMETERS)) for noise in NOISE)


def score_function_loop():
    """Weigh one score after the other."""
    log_probs = (Normal(*PARAMETERS).log_prob(z).sum() for z in SAMPLES)
    return _loop(f(z) * p for z, p in zip(SAMPLES, log_probs, strict=True))


def pathwise_value(parameters, noise):
    """What one sample is worth, as a function of the parameters."""
    loc, scale = parameters
    return f(loc + scale * noise)


def score_function_value(parameters, z):
    """What has the estimator of one sample as its gradient."""
    return f(z) * Normal(*parameters, validate_args=False).log_prob(z).sum()


PATHWISE = {
    "dlnotes": lambda: pathwise_gradient(f, location_scale, PARAMETERS, noise=NOISE),
    "torch.autograd in a loop": pathwise_loop,
    "torch.func": lambda: vmap(grad(pathwise_value), (None, 0))(PARAMETERS, NOISE),
}
SCORE_FUNCTION = {
    "dlnotes": lambda: score_function_gradient(f, Normal, PARAMETERS, SAMPLES),
    "torch.autograd in a loop": score_function_loop,
    "torch.func": lambda: vmap(grad(score_function_value), (None, 0))(
        PARAMETERS, SAMPLES
    ),
}


@pytest.mark.parametrize("peer", PATHWISE)
@pytest.mark.benchmark(group="256 pathwise gradients of 32 parameters")
def test_pathwise_gradients(benchmark, peer):
    torch.testing.assert_close(benchmark(PATHWISE[peer]), PATHWISE["dlnotes"]())


@pytest.mark.parametrize("peer", SCORE_FUNCTION)
@pytest.mark.benchmark(group="256 score-function gradients of 32 parameters")
def test_score_function_gradients(benchmark, peer):
    expected = SCORE_FUNCTION["dlnotes"]()
    torch.testing.assert_close(benchmark(SCORE_FUNCTION[peer]), expected)


def _loop(values):
    gradients = [torch.autograd.grad(value, PARAMETERS) for value in values]
    return tuple(map(torch.stack, zip(*gradients, strict=True)))
