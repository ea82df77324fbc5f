"""Checks of dlnotes.reparameterization.implicit against the note."""

import pytest
import sympy
import torch
from torch.distributions import Categorical, MixtureSameFamily, Normal

from dlnotes.reparameterization.implicit import implicit_reparameterize


def test_the_proof_by_symbols():
    """Eq. (implicit): along it the CDF of an exponential variable stays."""
    rate, z, u = sympy.symbols("lambda z u", positive=True)
    cdf = 1 - sympy.exp(-rate * z)
    inverse = -sympy.log(1 - u) / rate
    explicit = sympy.diff(inverse, rate).subs(u, cdf)
    implicit = -sympy.diff(cdf, rate) / sympy.diff(cdf, z)
    difference = sympy.expand_log(sympy.simplify(explicit - implicit), force=True)
    assert sympy.simplify(difference) == 0


def test_implicit_gradient_of_a_normal_is_the_explicit_one(rng):
    """Eq. (implicit): dz/dmu = 1 and dz/dsigma = noise, from the CDF alone."""
    noise = torch.randn(20, 3, dtype=torch.float64, generator=rng())
    loc = torch.full((20, 3), 0.5, dtype=torch.float64, requires_grad=True)
    scale = torch.full((20, 3), 2.0, dtype=torch.float64, requires_grad=True)
    z = (loc + scale * noise).detach()
    family = Normal(loc, scale)
    attached = implicit_reparameterize(z, family.cdf(z), family.log_prob(z))
    by_loc, by_scale = torch.autograd.grad(attached.sum(), (loc, scale))

    assert torch.equal(attached, z)
    torch.testing.assert_close(by_loc, torch.ones_like(z))
    torch.testing.assert_close(by_scale, noise)


def test_implicit_gradient_of_a_mixture_keeps_the_quantile(rng):
    """Eq. (implicit): along the gradient the CDF stays, in all three parameters."""
    logits, loc, log_scale = torch.randn(3, 4, dtype=torch.float64, generator=rng())
    step = 1e-6

    def mixture(shift):
        parameters = (logits + shift[0], loc + shift[1], (log_scale + shift[2]).exp())
        a, m, s = (p.expand(50, 4) for p in parameters)
        return MixtureSameFamily(Categorical(logits=a), Normal(m, s))

    z = torch.linspace(-3, 3, 50, dtype=torch.float64)
    shift = torch.zeros(3, 4, dtype=torch.float64, requires_grad=True)
    family = mixture(shift)
    attached = implicit_reparameterize(z, family.cdf(z), family.log_prob(z))
    (row,) = torch.autograd.grad(attached[7], shift)
    for place in torch.cartesian_prod(torch.arange(3), torch.arange(4)).tolist():
        slope = row[tuple(place)]
        moved = torch.zeros(3, 4, dtype=torch.float64)
        moved[tuple(place)] = step
        change = mixture(moved).cdf(z + step * slope) - mixture(-moved).cdf(
            z - step * slope
        )
        # Central differences err by step^2; a slope of 0 would leave about step.
        assert abs(change[7].item()) < 1e-4 * step


def test_a_component_moves_its_share_of_a_mixture():
    """Eq. (implicit): w p(z) over the density, for the location of each component."""
    z = torch.linspace(-3, 3, 7, dtype=torch.float64)
    weights = torch.tensor([0.4, 0.6], dtype=torch.float64)
    loc = torch.tensor([-1.5, 1.5], dtype=torch.float64).expand(7, 2).clone()
    components = Normal(loc.requires_grad_(), 0.7)
    family = MixtureSameFamily(Categorical(weights.expand(7, 2)), components)
    attached = implicit_reparameterize(z, family.cdf(z), family.log_prob(z))
    (slopes,) = torch.autograd.grad(attached.sum(), loc)
    share = (weights.log() + components.log_prob(z.unsqueeze(-1))).softmax(-1)
    torch.testing.assert_close(slopes, share.detach())


def test_messages_name_what_is_wrong():
    ones = torch.ones(3)
    with pytest.raises(ValueError, match=r"so small that exp vanishes, got -100\.0"):
        implicit_reparameterize(ones, ones, -100 * ones)
    with pytest.raises(ValueError, match="must have the same shape"):
        implicit_reparameterize(ones, ones, ones[:2])
    with pytest.raises(TypeError, match="samples must be floating-point"):
        implicit_reparameterize(ones.long(), ones, ones)
