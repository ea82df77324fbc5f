"""What the functions of this note accept, in one place."""

import math

import torch
from torch import Tensor

from dlnotes.blocks.checks import broadcasts, check_floating, first_where, holds

# Rounding to bfloat16 changes a number by at most this share of it. Samples that were
# rounded, or rounded and widened again, still count as points of the simplex.
HALF_ROUNDING = 2**-8


def check_logits(name: str, logits: Tensor, *, allow_impossible: bool = True) -> None:
    """Refuse logits that define no categorical distribution.

    A logit of minus infinity is an impossible category. It is allowed wherever the
    result is still well defined, as long as another category is possible.

    Args:
        name: What the caller calls the logits, for the message.
        logits: Unnormalized log-probabilities, shape `(..., K)`.
        allow_impossible: Whether a logit may be minus infinity.
    """
    check_floating(name, logits)
    _check_has_categories(name, logits)
    top = logits.amax(-1)  # NaN wins a maximum
    if not holds(~top.isnan()):
        raise ValueError(f"{name} must not be NaN")
    if not holds(top < math.inf):
        raise ValueError(f"{name} must be smaller than infinity, got inf")
    if not holds(top > -math.inf):
        raise ValueError(f"{name} must allow a category, got only -inf along an axis")
    if not allow_impossible and not holds(logits > -math.inf):
        raise ValueError(
            f"{name} must be finite here, got -inf: leave that category out"
        )


def check_relaxed(name: str, relaxed: Tensor) -> None:
    """Refuse what is not a point inside the simplex.

    Args:
        name: What the caller calls the points, for the message.
        relaxed: Points, shape `(..., K)`; up to half precision their sum is 1.
    """
    check_floating(name, relaxed)
    _check_has_categories(name, relaxed)
    inside = (relaxed > 0) & (relaxed < math.inf)
    if not holds(inside):
        raise ValueError(
            f"{name} must be positive, got {first_where(relaxed, ~inside)}: at low "
            "temperatures entries round to 0, so work with their logs"
        )
    off = (relaxed.sum(-1, dtype=torch.float64) - 1).abs()
    good = off <= HALF_ROUNDING
    if not holds(good):
        far = first_where(off, ~good)
        raise ValueError(f"{name} must sum to 1, got a sum that is off by {far}")


def check_log_relaxed(name: str, log_relaxed: Tensor) -> None:
    """Refuse what is not the log of a point inside the simplex.

    Args:
        name: What the caller calls the logs, for the message.
        log_relaxed: Logs of the entries, shape `(..., K)`; up to half precision their
            log-sum-exp is 0.
    """
    check_floating(name, log_relaxed)
    _check_has_categories(name, log_relaxed)
    finite = log_relaxed.isfinite()
    if not holds(finite):
        raise ValueError(
            f"{name} must be finite, got {first_where(log_relaxed, ~finite)}"
        )
    off = log_relaxed.double().logsumexp(-1).abs()
    # Rounding log y_k changes the log-sum-exp by y_k |log y_k| times the share; these
    # sum to an entropy, at most log K. Where one y_k is 1 the others hardly count.
    good = off <= HALF_ROUNDING * (1 + math.log(log_relaxed.shape[-1]))
    if not holds(good):
        far = first_where(off, ~good)
        raise ValueError(f"{name} must have a log-sum-exp of 0, got one off by {far}")


def check_same_categories(name: str, tensor: Tensor, logits: Tensor) -> None:
    """Refuse a tensor whose shape does not go with that of the logits.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: Shape `(..., K)`.
        logits: Shape `(..., K)`.
    """
    given, wanted = tuple(tensor.shape), tuple(logits.shape)
    if given[-1:] != wanted[-1:] or not broadcasts(given[:-1], wanted[:-1]):
        raise ValueError(f"{name} must match logits {wanted}, got shape {given}")


def check_categories(name: str, indices: Tensor, count: int) -> None:
    """Refuse what are not indices of categories.

    Args:
        name: What the caller calls the tensor, for the message.
        indices: Any shape, int64.
        count: Number of categories `K`.
    """
    if not isinstance(indices, Tensor) or indices.dtype != torch.int64:
        kind = getattr(indices, "dtype", type(indices).__name__)
        raise TypeError(f"{name} must be an int64 tensor, got {kind}")
    known = (indices >= 0) & (indices < count)
    if not holds(known):
        odd = int(first_where(indices, ~known))
        raise ValueError(f"{name} must be from 0 to {count - 1}, got {odd}")


def _check_has_categories(name: str, tensor: Tensor) -> None:
    if tensor.dim() == 0 or tensor.shape[-1] == 0:
        shape = tuple(tensor.shape)
        raise ValueError(f"{name} must have categories on its last axis, got {shape}")
