"""Checks of dlnotes.blocks.vae."""

import math

import pytest
import torch
from torch.distributions import Bernoulli

from dlnotes.blocks.vae import bernoulli_log_likelihood, mlp


def test_mlp_is_linear_maps_with_relu_between_and_none_after(rng):
    network = mlp(3, 5, 2, generator=rng())
    first, _, last = network
    x = torch.randn(4, 7, 3, generator=rng())

    hidden = (x @ first.weight.T + first.bias).clamp(min=0)
    torch.testing.assert_close(network(x), hidden @ last.weight.T + last.bias)
    assert (network(x) < 0).any()


def test_mlp_starts_within_the_bound_and_from_its_generator_alone(rng):
    before = torch.get_rng_state()
    first, second, other = (mlp(400, 300, generator=rng(s))[0] for s in (0, 0, 1))

    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.weight, second.weight)
    assert not torch.equal(first.weight, other.weight)
    bound = 1 / math.sqrt(400)
    # The largest of 120,000 uniform draws is within 1e-3 of the bound, but for a
    # probability of exp(-60).
    assert bound * (1 - 1e-3) < first.weight.abs().max() <= bound
    assert first.bias.abs().max() <= bound


@pytest.mark.parametrize("widths", [(), (3,), (3, 0), (3, -1, 2)])
def test_mlp_refuses_missing_layers(widths):
    with pytest.raises(ValueError, match="widths must be two or more positive"):
        mlp(*widths)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_log_likelihood_agrees_with_torch_distributions(rng, dtype):
    logits = 3 * torch.randn(5, 4, 6, generator=rng(), dtype=dtype)  # (S, B, D)
    x = torch.rand(4, 6, generator=rng(1)).round()  # (B, D)

    expected = Bernoulli(logits=logits).log_prob(x.to(dtype)).sum(-1)
    torch.testing.assert_close(bernoulli_log_likelihood(logits, x), expected)


def test_log_likelihood_stays_finite_for_huge_logits():
    logits = torch.tensor([[1e4, -1e4], [-1e4, 1e4]], requires_grad=True)
    value = bernoulli_log_likelihood(logits, torch.tensor([1, 0]))
    value.sum().backward()

    assert value.tolist() == [0.0, -2e4]
    assert logits.grad is not None
    assert logits.grad.tolist() == [[0.0, 0.0], [1.0, -1.0]]


def test_log_likelihood_refuses_other_pixels():
    with pytest.raises(ValueError, match=r"x must be 0 or 1, got 0\.5"):
        bernoulli_log_likelihood(torch.zeros(3), torch.tensor([0.0, 0.5, 1.0]))
    with pytest.raises(ValueError, match="same number of pixels"):
        bernoulli_log_likelihood(torch.zeros(2, 3), torch.zeros(2, 1))
