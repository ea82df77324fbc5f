"""From the absolute value to a smooth maximum, with its errors."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import Parameter, check_finite, check_positive, per_row
from dlnotes.blocks.precision import widen_half
from dlnotes.smoothing._rows import below_leader, check_row, leader


@widen_half
def smooth_abs(x: Tensor, sharpness: Parameter) -> Tensor:
    """Integrate a steep sigmoid into an absolute value, Eq. (smooth-abs).

    Args:
        x: Any shape.
        sharpness: Positive; the error is largest at 0, log 4 over the sharpness.

    Returns:
        Values at or above the absolute value, shape of `x`.
    """
    size = _absolute(x, sharpness)
    return size + 2 * torch.log1p(torch.exp(-sharpness * size)) / sharpness


@widen_half
def log_cosh_abs(x: Tensor, sharpness: Parameter) -> Tensor:
    """Drop the constant inside the logarithm, Eq. (log-cosh-abs).

    Args:
        x: Any shape.
        sharpness: Positive; the error is largest at 0, log 2 over the sharpness.

    Returns:
        Values at or above the absolute value, shape of `x`.
    """
    size = _absolute(x, sharpness)
    return size + torch.log1p(torch.exp(sharpness * size * -2)) / sharpness


@widen_half
def smooth_max(values: Tensor, sharpness: Parameter) -> Tensor:
    """Smooth the maximum by a log-sum-exp, Eq. (smooth-max).

    Args:
        values: Shape `(..., K)`; minus infinity masks an entry.
        sharpness: Positive; 1 is the plain log-sum-exp.

    Returns:
        At least the maximum, and at most log K over the sharpness above it, shape
        `(...)`.

    Examples:
        >>> x = torch.tensor([1.0, 3.0, 2.0])
        >>> [round(smooth_max(x, k).item(), 3) for k in (1, 10, 100)]
        [3.408, 3.0, 3.0]
    """
    gap = smooth_max_gap(values, sharpness)
    return leader(values)[0].squeeze(-1) + gap


@widen_half
def smooth_max_gap(values: Tensor, sharpness: Parameter) -> Tensor:
    """Measure how far the smooth maximum is above the maximum, Eq. (smooth-max-gap).

    Args:
        values: Shape `(..., K)`; minus infinity masks an entry.
        sharpness: Positive.

    Returns:
        From 0 to log K over the sharpness, shape `(...)`, without the rounding of a
        difference of two large numbers.
    """
    check_row("values", values, sharpness)
    weights = below_leader(values, sharpness).exp()
    place = leader(values)[1].expand(*weights.shape[:-1], 1)
    others = weights.scatter(-1, place, 0)  # the leader is the 1 of log1p
    return torch.log1p(others.sum(-1)) / per_row(sharpness)


@widen_half
def smooth_max_hessian(values: Tensor, sharpness: Parameter) -> Tensor:
    """Second derivatives of the smooth maximum, Eq. (smooth-max-hessian).

    Args:
        values: Shape `(..., K)`; minus infinity masks an entry.
        sharpness: Positive.

    Returns:
        Positive semidefinite matrices whose rows sum to 0, shape `(..., K, K)`.
    """
    check_row("values", values, sharpness)
    p = below_leader(values, sharpness).softmax(-1).unsqueeze(-1)
    products = p * p.mT
    between = products - torch.diag_embed(products.diagonal(dim1=-2, dim2=-1))
    # p (1 - p) is a sum over the others: 1 - p would round to 0 for a clear leader.
    hessian = torch.diag_embed(between.sum(-1)) - between
    if isinstance(sharpness, Tensor) and sharpness.ndim:
        sharpness = sharpness.unsqueeze(-1)  # (..., 1, 1)
    return hessian * sharpness


@widen_half
def log_mean_exp(values: Tensor, sharpness: Parameter) -> Tensor:
    """Shift the smooth maximum below the maximum, Eq. (log-mean-exp).

    Args:
        values: Shape `(..., K)`; minus infinity masks an entry, which still counts as
            one of the `K`.
        sharpness: Positive; tends to the mean at 0, to the maximum at infinity.

    Returns:
        At most the maximum, and at least the mean, shape `(...)`.
    """
    check_row("values", values, sharpness)
    scaled, top = below_leader(values, sharpness), leader(values)[0]
    # From 1 / K - 1 to 0. Near 0 its log1p keeps the digits that a log would lose.
    fall = torch.expm1(scaled).mean(-1)
    close = torch.log1p(fall.clamp(min=-0.5))
    far = torch.log(scaled.exp().mean(-1))
    below = torch.where(fall > -0.5, close, far) / per_row(sharpness)
    # Where the exponential is a line, its tiny argument could round to 0.
    flat = scaled.amin(-1) > -torch.finfo(values.dtype).eps
    return top.squeeze(-1) + torch.where(flat, (values - top).mean(-1), below)


def _absolute(x: Tensor, sharpness: Parameter) -> Tensor:
    """|x| with slope 1 at 0, so that the smooth versions get their slope 0 there."""
    check_finite("x", x)
    check_positive("sharpness", sharpness, like=x)
    return torch.where(x < 0, -x, x)
