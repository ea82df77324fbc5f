"""Checks of dlnotes.receptive_field.effective against docs/notes/receptive_field.md."""

import math

import pytest
import sympy
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from dlnotes.receptive_field.building import build
from dlnotes.receptive_field.chains import jumps
from dlnotes.receptive_field.effective import (
    effective_share,
    effective_variance,
    excess_kurtosis,
    profile,
)
from dlnotes.receptive_field.layers import Layer

STACK = st.lists(
    st.builds(
        Layer,
        st.integers(1, 4),
        st.integers(1, 3),
        st.integers(0, 2),
        st.integers(1, 3),
    ),
    max_size=4,
)


def moments(shares):
    mean = sum(place * share for place, share in shares.items())
    second, fourth = (
        sum((place - mean) ** power * share for place, share in shares.items())
        for power in (2, 4)
    )
    return second, fourth


@given(layers=STACK)
def test_moments_of_the_profile_are_sums_over_layers(layers):
    """Eq. (variance), Eq. (kurtosis), Eq. (share): the profile, pixel by pixel."""
    second, fourth = moments(profile(layers))
    assert effective_variance(layers) == pytest.approx(second)
    if second:
        assert excess_kurtosis(layers) == pytest.approx(fourth / second**2 - 3)
        places = list(profile(layers))
        width = places[-1] - places[0] + 1
        assert effective_share(layers) == pytest.approx(4 * second**0.5 / width)


def test_cumulants_of_one_kernel_by_algebra():
    """Eq. (variance), Eq. (kurtosis): sums over k taps, for every k at once."""
    k, i = sympy.symbols("k i", positive=True, integer=True)

    def moment(power):
        middle = (k - 1) / sympy.Integer(2)
        return sympy.simplify(sympy.summation((i - middle) ** power, (i, 0, k - 1)) / k)

    assert sympy.simplify(moment(2) - (k**2 - 1) / 12) == 0
    fourth = moment(4) - 3 * moment(2) ** 2
    assert sympy.simplify(fourth + (k**4 - 1) / sympy.Integer(120)) == 0


def test_the_gradient_of_equal_weights_is_the_profile():
    """Eq. (profile): autograd through a network that averages."""
    layers = [Layer(3, 2), Layer(2, dilation=2), Layer(4)]
    image = torch.zeros(1, 1, 40, dtype=torch.float64, requires_grad=True)
    value = build(layers, axes=1).double()(image)[0, 0, 0]
    (gradient,) = torch.autograd.grad(value, image)
    shares = profile(layers)
    expected = [shares.get(place, 0.0) for place in range(40)]
    torch.testing.assert_close(gradient.flatten(), torch.tensor(expected).double())


@pytest.mark.parametrize(
    ("n", "deviation", "share", "kurtosis"),
    [
        (5, 1.826, 0.66, -0.30),
        (10, 2.582, 0.49, -0.15),
        (20, 3.651, 0.36, -0.075),
        (40, 5.164, 0.26, -0.0375),
    ],
)
def test_the_square_root_law(n, deviation, share, kurtosis):
    """Eq. (variance), Eq. (share), Eq. (kurtosis): n kernels of 3, rounded by hand."""
    layers = [Layer(3)] * n
    assert math.sqrt(effective_variance(layers)) == pytest.approx(deviation, abs=5e-4)
    assert effective_share(layers) == pytest.approx(share, abs=5e-3)
    assert excess_kurtosis(layers) == pytest.approx(kurtosis, abs=1e-9)


def test_the_share_falls_like_one_over_the_square_root():
    """Eq. (share): for four times as many layers it is half as large, in the limit."""
    few, many = ([Layer(3)] * n for n in (100, 400))
    ratio = effective_share(few) / effective_share(many)
    assert ratio == pytest.approx(2, rel=0.005)  # exactly 2 * 801 / 804


def test_the_profile_tends_to_a_gaussian():
    """Eq. (profile): the largest distance to a normal law falls like 1 / n."""

    def distance(n):
        layers = [Layer(3)] * n
        normal = stats.norm(n, math.sqrt(effective_variance(layers)))
        shares = profile(layers)
        return max(
            abs(share - normal.pdf(x)) / normal.pdf(n) for x, share in shares.items()
        )

    # The first correction is the kurtosis over 8, at the center.
    assert distance(40) == pytest.approx(0.0375 / 8, rel=0.1)
    assert distance(10) / distance(40) == pytest.approx(4, rel=0.15)


@pytest.mark.parametrize(("k", "s"), [(2, 2), (3, 2), (3, 3), (5, 2), (2, 4)])
def test_with_strides_the_limit_is_not_gaussian(k, s):
    """Eq. (kurtosis): equal layers of stride s keep an excess kurtosis."""
    limit = -6 / 5 * (k**2 + 1) / (k**2 - 1) * (s**2 - 1) / (s**2 + 1)
    assert excess_kurtosis([Layer(k, s)] * 30) == pytest.approx(limit, rel=1e-12)


@given(layers=STACK)
def test_the_largest_share_bounds_the_kurtosis(layers):
    """Eq. (kurtosis): between 6/5 of its square and twice the share itself."""
    single = [
        (step * layer.dilation) ** 2 * effective_variance([Layer(layer.kernel)])
        for step, layer in zip(jumps(layers), layers, strict=True)
    ]
    assume(sum(single))
    share = max(single) / sum(single)
    kurtosis = -excess_kurtosis(layers)
    rounding = 1 + 1e-12
    assert 6 / 5 * share**2 <= kurtosis * rounding
    assert kurtosis <= 2 * share * rounding


def test_one_layer_meets_the_bounds():
    """Eq. (kurtosis): kernel 2 has -2, and a long kernel almost -6/5."""
    assert excess_kurtosis([Layer(2)]) == pytest.approx(-2)
    assert excess_kurtosis([Layer(1001)]) == pytest.approx(-6 / 5, rel=1e-5)


def test_halves_and_doubled_dilations_make_a_uniform_profile():
    """Eq. (profile), Eq. (kurtosis): kernels of 2 read each of 2^L pixels once."""
    for stack in (
        [Layer(2, 2)] * 6,
        [Layer(2, dilation=2**level) for level in range(6)],
    ):
        assert set(profile(stack).values()) == {1 / 64}
        assert excess_kurtosis(stack) == pytest.approx(-6 / 5, rel=1e-3)


def test_the_share_is_below_two():
    """Eq. (share): two taps far apart come as near as one likes."""
    assert effective_share([]) == 0
    assert effective_share([Layer(2, dilation=9)]) == pytest.approx(1.8)
    assert 1.99 < effective_share([Layer(2, dilation=999)]) < 2


def test_a_chain_of_single_taps_has_no_shape():
    assert effective_variance([Layer(1, 2)]) == 0
    with pytest.raises(ValueError, match="kernel above 1, got none"):
        excess_kurtosis([Layer(1), Layer(1, 2)])
