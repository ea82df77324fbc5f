"""Coin flips as rounded real numbers that depend smoothly on their logits."""

import torch
from torch import Tensor
from torch.nn import functional as F

from dlnotes.reparameterization.checks import check_open_unit, check_parameters


def logistic_relaxation(logits: Tensor, uniform: Tensor) -> Tensor:
    r"""Relax coin flips to real numbers, Eq. (logistic-relaxation).

    Args:
        logits: Log-odds of each bit, shape `(D...)`.
        uniform: Noise strictly between 0 and 1, shape `(..., D...)`.

    Returns:
        Real numbers `z`, shape `(..., D...)`; the bit is `z > 0`.

    Raises:
        TypeError: If an argument is not a floating-point tensor.
        ValueError: If the logits are not finite or the noise leaves its interval.
    """
    check_parameters((logits,), ("logits",))
    check_open_unit(uniform, "uniform")
    return logits + uniform.logit()


def conditional_relaxation(logits: Tensor, bits: Tensor, uniform: Tensor) -> Tensor:
    r"""Relax bits that have already fallen, Eq. (conditional).

    Args:
        logits: Log-odds of each bit, shape `(D...)`.
        bits: 0 or 1, shape `(..., D...)`.
        uniform: Fresh noise strictly between 0 and 1, shape `(..., D...)`.

    Returns:
        Real numbers distributed as `logistic_relaxation` given its bits, on the side
        of 0 that they name, shape `(..., D...)`.

    Raises:
        TypeError: If `logits` or `uniform` is not a floating-point tensor.
        ValueError: If the logits are not finite, a bit is not 0 or 1, or the noise
            leaves its interval.
    """
    check_parameters((logits,), ("logits",))
    check_open_unit(uniform, "uniform")
    if not ((bits == 0) | (bits == 1)).all():
        raise ValueError("bits must be 0 or 1")
    log_v, log_rest = uniform.log(), (-uniform).log1p()
    fallen = bits.bool()
    # The two cases mirror each other; in logs nothing rounds to an infinity.
    near = torch.where(fallen, log_v, log_rest)
    far = torch.where(fallen, log_rest, log_v)
    sign = 2 * bits.to(logits.dtype) - 1
    return sign * (F.softplus(sign * logits + near) - far)
