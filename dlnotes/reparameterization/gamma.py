"""The Gamma distribution of rate 1, and derivatives of its samples in the shape.

Everything is computed in float64. Only first derivatives are right.
"""

import math

import torch
from torch import Tensor

from dlnotes.blocks.precision import widen_half
from dlnotes.reparameterization._quadrature import clenshaw_curtis
from dlnotes.reparameterization._rounding import exp_minus_tangent
from dlnotes.reparameterization.checks import check_scale, common_shape

# With 81 nodes the integrals below are good to rounding; nine at a time keep memory
# within a small multiple of the arguments.
_NODES, _WEIGHTS = clenshaw_curtis(80)
_CHUNK = 9
_NOTHING = 40.0  # exp(-40) is less than a rounding error of 1
_LARGE = 20.0  # where the series of Stirling are good to rounding


@widen_half
def gamma_log_prob(z: Tensor, concentration: Tensor) -> Tensor:
    r"""Take the logarithm of the Gamma density of rate 1, Eq. (gamma-log-prob).

    Args:
        z: Positive, any shape that broadcasts with `concentration`.
        concentration: The shape parameter, positive.

    Returns:
        Log-densities, of the broadcast shape and the dtype of `z`, differentiable in
        both.

    Examples:
        >>> gamma_log_prob(torch.tensor(2.0), torch.tensor(1.0))
        tensor(-2.)
    """
    x, a = _in_double(z, concentration)
    at, shape = x.detach(), a.detach()
    by_z, by_a = (shape - 1 - at) / at, _log_score(at, shape)
    return _attached(_log_prob(at, shape), (by_z, x), (by_a, a)).to(z.dtype)


@widen_half
def gamma_cdf(z: Tensor, concentration: Tensor) -> Tensor:
    r"""Integrate the Gamma density of rate 1 from 0 to z, Eq. (gamma-cdf).

    Args:
        z: Positive, any shape that broadcasts with `concentration`.
        concentration: The shape parameter, positive.

    Returns:
        The CDF, of the broadcast shape and the dtype of `z`, differentiable in both.

    Examples:
        >>> gamma_cdf(torch.tensor(2.0), torch.tensor(1.0))
        tensor(0.8647)
    """
    x, a = _in_double(z, concentration)
    at, shape = x.detach(), a.detach()
    step, below, total, _ = _integrals(at, shape)
    factor = _log_prob(at, shape + step).exp()
    part = factor * torch.where(step, 1 + at * total, at * total)
    value = torch.where(below, part, 1 - part)
    by_z = _log_prob(at, shape).exp()
    by_a = -by_z * _derivative(at, shape)
    return _attached(value, (by_z, x), (by_a, a)).to(z.dtype)


@widen_half
def gamma_derivative(z: Tensor, concentration: Tensor) -> Tensor:
    r"""Tell how a Gamma sample moves with its shape, Eq. (gamma-derivative).

    Args:
        z: Samples of rate 1, positive, any shape that broadcasts with `concentration`.
        concentration: The shape parameter, positive.

    Returns:
        The derivative of the sample at fixed quantile, positive, of the broadcast
        shape and the dtype of `z`, detached.

    Examples:
        >>> gamma_derivative(torch.tensor(2.0), torch.tensor(1.0))
        tensor(1.6317)
    """
    x, a = _in_double(z, concentration)
    return _derivative(x.detach(), a.detach()).to(z.dtype)


@widen_half
def gamma_reparameterize(samples: Tensor, concentration: Tensor) -> Tensor:
    r"""Attach Gamma samples to their shape parameter, Eq. (gamma-derivative).

    Args:
        samples: Samples of rate 1, positive, shape `(...)`; divide the result by a
            rate for other rates.
        concentration: The shape parameter, positive; broadcasts to `(...)`.

    Returns:
        The samples, same values, differentiable in `concentration`.
    """
    check_scale("samples", samples)
    slope = gamma_derivative(samples, concentration)
    if slope.shape != samples.shape:
        raise ValueError(
            f"concentration must broadcast to {tuple(samples.shape)}, the shape of "
            f"samples, got {tuple(concentration.shape)}"
        )
    return _attached(samples.detach(), (slope, concentration)).to(samples.dtype)


def _in_double(z: Tensor, concentration: Tensor) -> tuple[Tensor, Tensor]:
    check_scale("z", z)
    check_scale("concentration", concentration)
    shape = common_shape(z, concentration)
    return z.double().expand(shape), concentration.double().expand(shape)


def _attached(value: Tensor, *slopes: tuple[Tensor, Tensor]) -> Tensor:
    """A value with given slopes; the brackets are exactly 0."""
    for slope, argument in slopes:
        most = torch.finfo(slope.dtype).max  # infinity times 0 would be no number
        value = value + slope.clamp(-most, most) * (argument - argument.detach())
    return value


def _derivative(z: Tensor, a: Tensor) -> Tensor:
    """How z moves with a at a fixed quantile."""
    step, below, total, first = _integrals(z, a)
    score = _log_score(z, a + step)
    moved = z * torch.where(below, first - score * total, first + score * total)
    return torch.where(step, z / a * (moved - score), moved)


def _integrals(z: Tensor, a: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The two integrals on the side of z where they need no more than rounding.

    Returns:
        Whether they are those of a + 1, one step of the recurrence away; whether the
        side is that below z; the integral of the weight, and that of v times it.
    """
    step = (z < 1) & (a < 1)  # else the weight would be too long beside its bend
    a = a + step
    below = z <= a
    end = _end(z, a, below).unsqueeze(-1)
    sign = torch.where(below, -1.0, 1.0).to(z.dtype).unsqueeze(-1)
    gap, middle = (z - a).abs().unsqueeze(-1), z.unsqueeze(-1)
    total = first = torch.zeros_like(z)
    for i in range(0, len(_NODES), _CHUNK):
        nodes, weights = (
            torch.tensor(numbers[i : i + _CHUNK], dtype=z.dtype, device=z.device)
            for numbers in (_NODES, _WEIGHTS)
        )
        v = end * nodes
        exponent = -gap * v - middle * exp_minus_tangent(sign * v)
        shares = end * weights * exponent.exp()
        total = total + shares.sum(dim=-1)
        first = first + (shares * v).sum(dim=-1)
    return step, below, total, first


def _end(z: Tensor, a: Tensor, below: Tensor) -> Tensor:
    """The v beyond which the exponent of either integral is less than -_NOTHING.

    Below z, gap v + z (exp(-v) - 1 + v) is at least gap v + z v^2 / (2 + v); above it,
    gap v + z (exp(v) - 1 - v) is at least gap v + z v^2 / 2. Both are set to _NOTHING.
    Above, z is at least 1, and v = 4 is enough as well.
    """
    gap = (z - a).abs()
    lean = 2 * gap - _NOTHING
    long = 4 * _NOTHING / (lean + torch.hypot(lean, (8 * _NOTHING * a).sqrt()))
    short = 2 * _NOTHING / (gap + torch.hypot(gap, (2 * _NOTHING * z).sqrt()))
    return torch.where(below, long, short.clamp(max=4))


def _log_score(z: Tensor, a: Tensor) -> Tensor:
    """The slope of the log-density in a, log z - digamma(a)."""
    inverse = 1 / a.clamp(min=_LARGE)
    square = inverse.square()
    series = torch.zeros_like(a)
    for number in (1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12):  # Bernoulli's
        series = square * (number + series)
    large = _log_ratio(z, a) + inverse / 2 + series
    return torch.where(a < _LARGE, z.log() - torch.digamma(a), large)


def _log_prob(z: Tensor, a: Tensor) -> Tensor:
    """The log-density; for large a as a distance from the mode, without cancellation.

    Loader's saddle-point form: Stirling's formula takes the large terms away.
    """
    small = a.clamp(max=_LARGE)
    direct = (small - 1) * z.log() - z - torch.lgamma(small)
    inverse = 1 / a.clamp(min=_LARGE)
    series = torch.zeros_like(a)
    for number in (1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12):
        series = inverse.square() * series + number
    distance = a * exp_minus_tangent(_log_ratio(z, a))
    large = (a / (2 * math.pi)).log() / 2 - z.log() - distance - inverse * series
    return torch.where(a < _LARGE, direct, large)


def _log_ratio(z: Tensor, a: Tensor) -> Tensor:
    """The logarithm of z / a, also beside 1 and where the ratio overflows."""
    apart = (z - a) / a
    near = apart.clamp(-0.5, 0.5).log1p()
    return torch.where(apart.abs() < 0.5, near, z.log() - a.log())
