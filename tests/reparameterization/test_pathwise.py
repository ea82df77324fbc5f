"""Checks of dlnotes.reparameterization.pathwise against the note."""

from fractions import Fraction
from itertools import chain, combinations

import pytest
import torch
from scipy import special
from torch.distributions import (
    Cauchy,
    Exponential,
    Gumbel,
    Laplace,
    Normal,
    StudentT,
)

from dlnotes.reparameterization.pathwise import (
    icdf,
    location_scale,
    open_uniform,
    pathwise_gradient,
)
from tests.statistics import within

LOC = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
SCALE = torch.tensor([0.3, 1.0, 2.5], dtype=torch.float64)


def test_an_expectation_changes_variables():
    """Eq. (location-scale): the law of z is the image of that of the noise.

    Six equally likely noises, a map that is not invertible, every event.
    """
    noise = [-2, -1, 0, 1, 2, 3]
    g = {e: e * e for e in noise}
    law = {z: Fraction(sum(g[e] == z for e in noise), 6) for z in g.values()}
    events = chain.from_iterable(combinations(law, k) for k in range(len(law) + 1))
    for event in events:
        pulled_back = Fraction(sum(g[e] in event for e in noise), 6)
        assert sum(law[z] for z in event) == pulled_back
    f = {z: 3 * z - 5 for z in law}  # of either sign
    assert sum(p * f[z] for z, p in law.items()) == Fraction(
        sum(f[g[e]] for e in noise), 6
    )


@pytest.mark.parametrize("family", [Normal, Laplace, Gumbel, Cauchy, StudentT])
def test_location_scale_has_the_density_of_the_family(rng, family):
    """Eq. (location-scale): the density is divided by the scale."""
    noise = torch.randn(50, 3, dtype=torch.float64, generator=rng())
    z = location_scale(noise, LOC, SCALE)

    degrees = (torch.tensor(4.0).double(),) if family is StudentT else ()
    standard = family(*degrees, torch.zeros(3).double(), torch.ones(3).double())
    expected = standard.log_prob(noise) - SCALE.log()
    torch.testing.assert_close(family(*degrees, LOC, SCALE).log_prob(z), expected)


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


def test_an_inverse_cdf_is_below_x_where_the_noise_is_below_the_cdf():
    """Eq. (icdf): a CDF that rises, stays, and jumps; every x and u, the ends too."""
    eighth = [Fraction(k, 8) for k in range(33)]  # 0 to 4

    def cdf(x):
        rises = min(x, Fraction(1)) / 2  # to 1/2 at 1, then flat up to 2
        return rises + (Fraction(1, 4) if x >= 2 else 0) + max(x - 3, 0) / 4

    def inverse(u):
        return min(x for x in eighth if cdf(x) >= u)

    assert [cdf(Fraction(k)) for k in range(5)] == [0, 0.5, 0.75, 0.75, 1]
    for u in (Fraction(k, 16) for k in range(1, 16)):
        for x in eighth:
            assert (inverse(u) <= x) == (u <= cdf(x))


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
def test_icdf_undoes_the_cdf(rng, distribution):
    """Eq. (icdf): the CDF of the sample is the noise it came from."""
    uniform = open_uniform(100, 3, dtype=torch.float64, generator=rng())
    z = icdf(uniform, distribution)
    torch.testing.assert_close(distribution.cdf(z), uniform)


def test_icdf_of_an_exponential_and_its_slope(rng):
    """Eq. (icdf): by hand, z = -log(1 - u) / rate and dz/drate = -z / rate."""
    uniform = open_uniform(100, dtype=torch.float64, generator=rng())
    rates = torch.full((100,), 2.5, dtype=torch.float64, requires_grad=True)
    z = icdf(uniform, Exponential(rates))
    (slope,) = torch.autograd.grad(z.sum(), rates)

    torch.testing.assert_close(z, -torch.log1p(-uniform) / rates)
    torch.testing.assert_close(slope, (-z / rates).detach())


def test_icdf_of_single_precision_noise_is_that_of_double_precision():
    """Eq. (icdf): in the tails 2u - 1, which torch forms, would round to -1."""
    uniform = torch.tensor([1e-12, 1e-9, 1e-6, 0.1, 0.5, 0.9, 1 - 2**-24])
    z = icdf(uniform, Normal(torch.tensor(0.0), torch.tensor(1.0)))
    expected = torch.tensor(special.ndtri(uniform.double().numpy())).float()
    # In double precision 2u - 1 is rounded by 1e-16, a ten-thousandth of u.
    torch.testing.assert_close(z, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_open_uniform_never_reaches_an_end(monkeypatch, rng, dtype):
    """Eq. (icdf): where torch.rand returns 0, half its spacing; else the same."""
    uniform = open_uniform(1000, 2, dtype=dtype, generator=rng())
    assert torch.equal(uniform, torch.rand(1000, 2, dtype=dtype, generator=rng()))

    monkeypatch.setattr(torch, "rand", lambda shape, **kwargs: torch.zeros(shape))
    spacing = 2**-24 if dtype == torch.float32 else 2**-53
    assert (open_uniform(3, dtype=dtype) == spacing / 2).all()


def test_pathwise_gradient_is_autograd_one_sample_at_a_time(rng):
    """Eq. (pathwise): each row is what backward gives for that sample alone."""
    noise = torch.randn(4, 2, 3, dtype=torch.float64, generator=rng())
    f = lambda z: (z[..., 0] * z[..., 1]).sin() + z[..., 2].exp()  # noqa: E731
    loc, scale = LOC.clone().requires_grad_(), SCALE[:1].clone().requires_grad_()
    by_loc, by_scale = pathwise_gradient(f, location_scale, (loc, scale), noise=noise)

    assert by_loc.shape == (4, 2, 3)
    assert by_scale.shape == (4, 2, 1)
    for index in torch.cartesian_prod(torch.arange(4), torch.arange(2)).tolist():
        value = f(loc + scale * noise[tuple(index)])
        expected = torch.autograd.grad(value, (loc, scale))
        torch.testing.assert_close(by_loc[tuple(index)], expected[0])
        torch.testing.assert_close(by_scale[tuple(index)], expected[1])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_pathwise_gradient_of_a_square_is_unbiased(rng, dtype):
    """Eq. (pathwise): E z^2 = mu^2 + sigma^2 has the derivatives 2 mu and 2 sigma."""
    normal = tuple(torch.tensor([0.7, 1.3], dtype=dtype))
    noise = torch.randn(100_000, dtype=dtype, generator=rng())
    found = pathwise_gradient(torch.square, location_scale, normal, noise=noise)
    for rows, parameter in zip(found, normal, strict=True):
        assert within(rows, 2 * parameter)


def test_pathwise_gradient_takes_any_transform(rng):
    """Eq. (pathwise): an exponential variable's mean is 1 / rate."""
    rate = torch.tensor(2.0, dtype=torch.float64)
    (rows,) = pathwise_gradient(
        lambda z: z,
        lambda u, r: icdf(u, Exponential(r)),
        (rate,),
        noise=open_uniform(100_000, dtype=torch.float64, generator=rng()),
    )
    assert within(rows, -1 / rate**2)


def test_pathwise_gradient_is_detached_also_inside_no_grad():
    """Eq. (pathwise): neither parameters nor weights inside of f get a gradient."""
    weight = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    leaves = (LOC.clone().requires_grad_(), SCALE)
    noise = torch.ones(3, dtype=torch.float64)
    f = lambda z: weight * z.square().sum(-1)  # noqa: E731
    by_loc, _ = pathwise_gradient(f, location_scale, leaves, noise=noise)
    assert not by_loc.requires_grad
    with torch.no_grad():
        again, _ = pathwise_gradient(f, location_scale, leaves, noise=noise)
    torch.testing.assert_close(again, 4 * (LOC + SCALE))


def test_f_sees_single_precision_where_parameters_are_half():
    """Eq. (pathwise): and the gradient is rounded to half once."""
    seen = []

    def f(z):
        seen.append(z.dtype)
        return z.square().sum(-1)

    normal = (LOC.half(), SCALE.half())
    by_loc, by_scale = pathwise_gradient(f, location_scale, normal, noise=LOC.half())
    assert set(seen) == {torch.float32}
    assert by_loc.dtype == by_scale.dtype == torch.float16


def test_pathwise_gradient_accepts_no_samples():
    """Eq. (pathwise): a leading dimension may be empty."""
    f = lambda z: z.square().sum(-1)  # noqa: E731
    noise = torch.zeros(0, 3)
    none, _ = pathwise_gradient(f, location_scale, (LOC, SCALE), noise=noise)
    assert none.shape == (0, 3)


WEIGHT = torch.ones(5, requires_grad=True)


@pytest.mark.parametrize(
    "f",
    [
        lambda z: (z > 0).double().sum(-1),
        lambda z: (z > 0).double().sum(-1) * WEIGHT,
        lambda z: torch.zeros(5),
    ],
    ids=["step", "step with a weight", "constant"],
)
def test_pathwise_gradient_refuses_what_it_cannot_differentiate(f):
    """Eq. (pathwise): its estimate would be 0, and wrong."""
    with pytest.raises(ValueError, match="does not depend differentiably"):
        pathwise_gradient(f, location_scale, (LOC, SCALE), noise=torch.zeros(5, 3))


@pytest.mark.parametrize(
    "f",
    [lambda z: z, lambda z: z.sum(), lambda z: z.sum(-1, keepdim=True)],
    ids=["vector", "total", "column"],
)
def test_pathwise_gradient_wants_one_number_per_sample(f):
    """Eq. (pathwise): a total would mix the samples up."""
    with pytest.raises(ValueError, match=r"one number per sample, shape \(5,\)"):
        pathwise_gradient(f, location_scale, (LOC, SCALE), noise=torch.zeros(5, 3))


def test_messages_name_what_is_wrong():
    ones = torch.ones(3)
    with pytest.raises(ValueError, match=r"scale must be positive .* got -1\.0"):
        location_scale(ones, ones, -ones)
    with pytest.raises(TypeError, match="scale must be a tensor, got float"):
        location_scale(ones, ones, 1.0)
    with pytest.raises(ValueError, match=r"uniform must lie strictly .* got 1\.0"):
        icdf(ones, Normal(0.0, 1.0))
    with pytest.raises(ValueError, match="uniform must have a shape that ends in"):
        icdf(ones / 2, Normal(torch.zeros(2), 1.0))
    with pytest.raises(ValueError, match="noise must have a shape that ends in"):
        pathwise_gradient(
            torch.sum, location_scale, (LOC, SCALE), noise=torch.zeros(3, 2)
        )
    with pytest.raises(ValueError, match="parameters must broadcast"):
        pathwise_gradient(torch.sum, location_scale, (LOC, SCALE[:2]), noise=ones)
    with pytest.raises(TypeError, match=r"must be a tuple such as \(logits,\)"):
        pathwise_gradient(torch.sum, location_scale, LOC, noise=ones)
    for result, message in [(1.0, "got float"), (1j * ones[0], "real numbers")]:
        with pytest.raises(TypeError, match=message):
            pathwise_gradient(
                lambda z, r=result: r, location_scale, (LOC, SCALE), noise=ones
            )
    with pytest.raises(TypeError, match=r"float32 or torch\.float64, got .*float16"):
        open_uniform(3, dtype=torch.float16)
    with pytest.raises(ValueError, match="shape must be at least 0, got -1"):
        open_uniform(-1)


def test_a_sample_too_large_for_its_dtype_is_refused():
    heavy = torch.distributions.Pareto(1.0, 0.1)
    largest = torch.tensor(1 - 2**-24)
    with pytest.raises(ValueError, match="the inverse CDF of uniform must be finite"):
        icdf(largest, heavy)
    assert icdf(largest.double(), heavy) > 1e38
