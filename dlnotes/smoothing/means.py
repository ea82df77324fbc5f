"""Two more smooth maxima: a weighted mean from below, a norm from above."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import (
    Parameter,
    check_positive,
    first_where,
    holds,
    per_row,
)
from dlnotes.blocks.precision import widen_half
from dlnotes.smoothing._rows import below_leader, check_row, leader
from dlnotes.smoothing.checks import check_values


@widen_half
def boltzmann_max(values: Tensor, sharpness: Parameter) -> Tensor:
    """Average the values with their softmax as weights, Eq. (boltzmann-max).

    Args:
        values: Shape `(..., K)`; minus infinity masks an entry.
        sharpness: Positive.

    Returns:
        At least the mean and at most the maximum, shape `(...)`.
    """
    check_row("values", values, sharpness)
    top, _ = leader(values)
    p = below_leader(values, sharpness).softmax(-1)
    below = torch.where(p > 0, values - top, 0)  # no weight, no infinite distance
    return top.squeeze(-1) + (below * p).sum(-1)


@widen_half
def p_norm_max(values: Tensor, order: Parameter) -> Tensor:
    """Smooth the maximum of non-negative values by a norm, Eq. (p-norm-max).

    Args:
        values: Non-negative, shape `(..., K)`.
        order: Exponent of the norm, at least 1; large is close to the maximum.

    Returns:
        At least the maximum, and at most K to the power 1 / order times it, shape
        `(...)`. A norm has no slope at the origin; its gradient there is 0.
    """
    check_values("values", values)
    check_positive("order", order, like=values, row=True)
    exponent = torch.as_tensor(order, dtype=values.dtype, device=values.device)
    if not holds(exponent.detach() >= 1):
        raise ValueError(f"order must be at least 1, got {order}")
    if not holds(values.detach() >= 0):
        odd = first_where(values, values.detach() < 0)
        raise ValueError(f"values must not be negative, got {odd}")
    top = values.detach().amax(-1, keepdim=True)
    scale = torch.where(top > 0, top, 1)
    total = ((values / scale) ** exponent).sum(-1)
    some = top.squeeze(-1) > 0
    root = torch.where(some, total, 1) ** (1 / per_row(exponent))
    return torch.where(some, scale.squeeze(-1) * root, 0)
