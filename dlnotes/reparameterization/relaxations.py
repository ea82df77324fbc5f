"""Coin flips as rounded real numbers that depend smoothly on their logits."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_finite, first_where, holds
from dlnotes.blocks.precision import widen_half
from dlnotes.reparameterization.checks import check_open_unit, check_samples


@widen_half
def logistic_relaxation(logits: Tensor, *, noise: Tensor) -> Tensor:
    r"""Relax coin flips to real numbers, Eq. (logistic-relaxation).

    Args:
        logits: Log-odds of each bit, shape `event`.
        noise: Uniform noise strictly between 0 and 1, shape `(..., *event)`.

    Returns:
        Real numbers `z`, shape `(..., *event)`; the bit is `z > 0`.
    """
    check_finite("logits", logits)
    check_open_unit("noise", noise)
    check_samples("noise", noise, logits.shape)
    return logits + noise.logit()


@widen_half
def conditional_relaxation(logits: Tensor, bits: Tensor, *, noise: Tensor) -> Tensor:
    r"""Relax bits that have already fallen, Eq. (conditional).

    Args:
        logits: Log-odds of each bit, shape `event`.
        bits: 0 or 1, or truth values, shape `(..., *event)`.
        noise: Fresh uniform noise strictly between 0 and 1, same shape.

    Returns:
        Real numbers distributed as `logistic_relaxation` given its bits, on the side
        of 0 that they name, shape `(..., *event)`.
    """
    check_finite("logits", logits)
    check_open_unit("noise", noise)
    _check_bits(bits, logits, noise)
    log_v, log_rest = noise.log(), (-noise).log1p()
    fallen = bits.bool()
    # The two cases mirror each other; in logs nothing rounds to an infinity.
    near = torch.where(fallen, log_v, log_rest)
    far = torch.where(fallen, log_rest, log_v)
    sign = 2 * bits.to(logits.dtype) - 1
    grown = sign * logits + near
    # softplus would round to the identity beyond 20, too early for float64.
    return sign * (torch.logaddexp(grown, torch.zeros_like(grown)) - far)


def _check_bits(bits: Tensor, logits: Tensor, noise: Tensor) -> None:
    check_samples("bits", bits, logits.shape)
    if noise.shape != bits.shape:
        raise ValueError(
            f"noise must have shape {tuple(bits.shape)}, that of bits, "
            f"got {tuple(noise.shape)}"
        )
    binary = (bits == 0) | (bits == 1)
    if not holds(binary):
        raise ValueError(f"bits must be 0 or 1, got {first_where(bits, ~binary)}")
