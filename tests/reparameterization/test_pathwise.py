"""Checks of dlnotes.reparameterization.pathwise against the note."""

import math

import pytest
import torch
from torch.distributions import (
    Cauchy,
    Exponential,
    Gamma,
    Gumbel,
    Laplace,
    Normal,
    StudentT,
)

from dlnotes.reparameterization.pathwise import (
    inverse_cdf,
    location_scale,
    open_uniform,
    pathwise_gradient,
)

SIGMAS = 5  # a correct estimator fails one comparison in about two million
LOC = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
SCALE = torch.tensor([0.3, 1.0, 2.5], dtype=torch.float64)


@pytest.mark.parametrize("family", [Normal, Laplace, Gumbel, Cauchy])
def test_location_scale_has_the_density_of_the_family(rng, family):
    """Eq. (location-scale): the density is divided by the scale."""
    noise = torch.randn(50, 3, dtype=torch.float64, generator=rng())
    z = location_scale(noise, LOC, SCALE)

    standard = family(torch.zeros(3).double(), torch.ones(3).double())
    expected = standard.log_prob(noise) - SCALE.log()
    torch.testing.assert_close(family(LOC, SCALE).log_prob(z), expected)


def test_location_scale_works_for_student_too(rng):
    """Eq. (location-scale): the other parameters of the family stay in the noise."""
    noise = torch.randn(50, 3, dtype=torch.float64, generator=rng())
    z = location_scale(noise, LOC, SCALE)

    expected = StudentT(torch.tensor(4.0).double()).log_prob(noise) - SCALE.log()
    actual = StudentT(torch.tensor(4.0).double(), LOC, SCALE).log_prob(z)
    torch.testing.assert_close(actual, expected)


def test_location_scale_has_the_gradient_of_rsample():
    """Eq. (location-scale): torch's own path, at the noise that rsample drew."""
    loc, scale = LOC.clone().requires_grad_(), SCALE.clone().requires_grad_()
    theirs = Normal(loc, scale).rsample((7,))
    noise = ((theirs - loc) / scale).detach()
    ours = location_scale(noise, loc, scale)

    torch.testing.assert_close(ours, theirs)
    for parameter in (loc, scale):
        expected = torch.autograd.grad(theirs.sin().sum(), parameter, retain_graph=True)
        actual = torch.autograd.grad(ours.sin().sum(), parameter, retain_graph=True)
        torch.testing.assert_close(actual, expected)


def test_sampling_without_a_path_loses_the_gradient():
    """Eq. (pathwise): `sample` has no gradient to give, `rsample` has."""
    loc = torch.zeros(3, requires_grad=True)
    assert not Normal(loc, 1.0).sample().requires_grad
    assert Normal(loc, 1.0).rsample().requires_grad


@pytest.mark.parametrize(
    "distribution",
    [
        Normal(LOC, SCALE),
        Exponential(SCALE),
        Laplace(LOC, SCALE),
        Gumbel(LOC, SCALE),
        Cauchy(LOC, SCALE),
    ],
    ids=lambda d: type(d).__name__,
)
def test_inverse_cdf_undoes_the_cdf(rng, distribution):
    """Eq. (inverse-cdf): the CDF of the sample is the noise it came from."""
    uniform = open_uniform(100, 3, dtype=torch.float64, generator=rng())
    z = inverse_cdf(uniform, distribution)
    torch.testing.assert_close(distribution.cdf(z), uniform)


def test_inverse_cdf_of_an_exponential_and_its_slope(rng):
    """Eq. (inverse-cdf): by hand, z = -log(1 - u) / rate and dz/drate = -z / rate."""
    uniform = open_uniform(100, dtype=torch.float64, generator=rng())
    rates = torch.full((100,), 2.5, dtype=torch.float64, requires_grad=True)
    z = inverse_cdf(uniform, Exponential(rates))
    (slope,) = torch.autograd.grad(z.sum(), rates)

    torch.testing.assert_close(z, -torch.log1p(-uniform) / rates)
    torch.testing.assert_close(slope, (-z / rates).detach())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_open_uniform_never_reaches_an_end(monkeypatch, rng, dtype):
    """Eq. (inverse-cdf): even where torch.rand returns 0, the logit is finite."""
    uniform = open_uniform(1000, 2, dtype=dtype, generator=rng())
    assert uniform.dtype == dtype
    assert uniform.shape == (1000, 2)

    monkeypatch.setattr(torch, "rand", lambda shape, **kwargs: torch.zeros(shape))
    worst = open_uniform(3)
    assert (worst > 0).all()
    assert worst.logit().isfinite().all()


def test_open_uniform_keeps_the_law_of_rand(rng):
    """Eq. (inverse-cdf): the same generator gives what torch.rand gives."""
    assert torch.equal(
        open_uniform(50, generator=rng()), torch.rand(50, generator=rng())
    )


def test_pathwise_gradient_is_autograd_one_sample_at_a_time(rng):
    """Eq. (pathwise): each row is what backward gives for that sample alone."""
    noise = torch.randn(4, 2, 3, dtype=torch.float64, generator=rng())
    f = lambda z: (z[..., 0] * z[..., 1]).sin() + z[..., 2].exp()  # noqa: E731
    loc, scale = LOC.clone().requires_grad_(), SCALE[:1].clone().requires_grad_()
    by_loc, by_scale = pathwise_gradient(f, location_scale, (loc, scale), noise)

    assert by_loc.shape == (4, 2, 3)
    assert by_scale.shape == (4, 2, 1)
    assert not by_loc.requires_grad
    for index in torch.cartesian_prod(torch.arange(4), torch.arange(2)).tolist():
        value = f(loc + scale * noise[tuple(index)])
        expected = torch.autograd.grad(value, (loc, scale))
        torch.testing.assert_close(by_loc[tuple(index)], expected[0])
        torch.testing.assert_close(by_scale[tuple(index)], expected[1])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_pathwise_gradient_of_a_square_is_unbiased(rng, dtype):
    """Eq. (pathwise): E z^2 = mu^2 + sigma^2 has the derivatives 2 mu and 2 sigma."""
    draws = 100_000
    loc, scale = torch.tensor([0.7, 1.3], dtype=dtype)
    noise = torch.randn(draws, dtype=dtype, generator=rng())
    gradients = pathwise_gradient(torch.square, location_scale, (loc, scale), noise)

    for gradient, exact in zip(gradients, (2 * loc, 2 * scale), strict=True):
        assert gradient.dtype == dtype
        error = gradient.std() / math.sqrt(draws)
        assert (gradient.mean() - exact).abs() < SIGMAS * error


def test_pathwise_gradient_takes_any_transform(rng):
    """Eq. (pathwise): an exponential variable's mean is 1 / rate."""
    draws, rate = 100_000, torch.tensor(2.0, dtype=torch.float64)
    uniform = open_uniform(draws, dtype=torch.float64, generator=rng())
    (gradient,) = pathwise_gradient(
        lambda z: z, lambda u, r: inverse_cdf(u, Exponential(r)), (rate,), uniform
    )
    error = gradient.std() / math.sqrt(draws)
    assert (gradient.mean() + 1 / rate**2).abs() < SIGMAS * error


def test_pathwise_gradient_works_inside_no_grad(rng):
    """Eq. (pathwise): evaluation code may be switched to no_grad around it."""
    noise = torch.randn(5, 3, dtype=torch.float64, generator=rng())
    with torch.no_grad():
        by_loc, _ = pathwise_gradient(
            lambda z: z.square().sum(-1), location_scale, (LOC, SCALE), noise
        )
    torch.testing.assert_close(by_loc, 2 * (LOC + SCALE * noise))


def test_pathwise_gradient_accepts_no_samples_and_a_single_one():
    """Eq. (pathwise): the leading dimensions may be empty or absent."""
    f = lambda z: z.square().sum(-1)  # noqa: E731
    none, _ = pathwise_gradient(f, location_scale, (LOC, SCALE), torch.zeros(0, 3))
    one, _ = pathwise_gradient(f, location_scale, (LOC, SCALE), torch.zeros(3))
    assert none.shape == (0, 3)
    torch.testing.assert_close(one, 2 * LOC)


@pytest.mark.parametrize(
    "f",
    [
        lambda z: (z > 0).double().sum(-1),
        lambda z: torch.ones(5),
        lambda z: torch.ones(5, requires_grad=True),
    ],
    ids=["step", "constant", "constant-with-gradient"],
)
def test_pathwise_gradient_refuses_what_it_cannot_differentiate(f):
    with pytest.raises(ValueError, match="does not depend differentiably"):
        pathwise_gradient(f, location_scale, (LOC, SCALE), torch.zeros(5, 3))


@pytest.mark.parametrize(
    "f",
    [lambda z: z, lambda z: z.sum(), lambda z: z.sum(-1, keepdim=True)],
    ids=["vector", "total", "column"],
)
def test_pathwise_gradient_wants_one_number_per_sample(f):
    with pytest.raises(ValueError, match=r"one number per sample, shape \(5,\)"):
        pathwise_gradient(f, location_scale, (LOC, SCALE), torch.zeros(5, 3))


def test_arguments_are_checked():
    ones = torch.ones(3)
    with pytest.raises(ValueError, match=r"scale must be positive, got -1\.0"):
        location_scale(ones, ones, -ones)
    with pytest.raises(ValueError, match="loc must be finite"):
        location_scale(ones, ones * math.nan, ones)
    with pytest.raises(TypeError, match="scale must be a tensor, got float"):
        location_scale(ones, ones, 1.0)
    with pytest.raises(
        TypeError, match=r"loc must be floating-point, got torch\.int64"
    ):
        location_scale(ones, ones.long(), ones)
    with pytest.raises(ValueError, match="noise must have a shape that ends in"):
        location_scale(torch.ones(5, 1), ones, ones)  # one draw for three entries
    with pytest.raises(ValueError, match="uniform must lie strictly between 0 and 1"):
        inverse_cdf(ones, Normal(0.0, 1.0))
    with pytest.raises(ValueError, match="Gamma has no inverse CDF"):
        inverse_cdf(ones / 2, Gamma(ones, ones))
    with pytest.raises(ValueError, match="uniform must have a shape that ends in"):
        inverse_cdf(ones / 2, Normal(torch.zeros(2), 1.0))
    with pytest.raises(ValueError, match="noise must have a shape that ends in"):
        pathwise_gradient(torch.sum, location_scale, (LOC, SCALE), torch.zeros(3, 2))
    with pytest.raises(ValueError, match="parameters must broadcast"):
        pathwise_gradient(torch.sum, location_scale, (LOC, SCALE[:2]), ones)
    with pytest.raises(TypeError, match=r"must be a tuple such as \(logits,\)"):
        pathwise_gradient(torch.sum, location_scale, LOC, ones)
    with pytest.raises(ValueError, match="at least one tensor"):
        pathwise_gradient(torch.sum, location_scale, (), ones)
    with pytest.raises(TypeError, match="f must return a tensor, got float"):
        pathwise_gradient(lambda z: 1.0, location_scale, (LOC, SCALE), ones)
    with pytest.raises(ValueError, match="f must return finite numbers"):
        pathwise_gradient(lambda z: z.sum() / 0, location_scale, (LOC, SCALE), ones)
