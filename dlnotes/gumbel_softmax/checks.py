"""What the functions of this note accept, in one place."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_floating


def check_logits(logits: Tensor, *, allow_impossible: bool = True) -> None:
    """Refuse logits that define no categorical distribution.

    A logit of minus infinity is an impossible category. It is allowed wherever the
    result is still well defined, as long as another category is possible.

    Args:
        logits: Unnormalised log-probabilities, shape `(..., K)`.
        allow_impossible: Whether a logit may be minus infinity.

    Raises:
        TypeError: If the logits are not a floating-point tensor.
        ValueError: If there is no category, or a logit is NaN or plus infinity, or
            every category is impossible, or one is where none may be.
    """
    check_floating("logits", logits)
    _check_has_categories("logits", logits)
    top = logits.detach().amax(-1)  # NaN wins a maximum
    if top.isnan().any():
        raise ValueError("logits must not be NaN")
    if (top == math.inf).any():
        raise ValueError("logits must be smaller than infinity, got inf")
    if (top == -math.inf).any():
        raise ValueError("logits must allow a category, got only -inf along an axis")
    if not allow_impossible and (logits.detach() == -math.inf).any():
        raise ValueError(
            "logits must be finite here, got -inf: leave that category out"
        )


def check_relaxed(relaxed: Tensor) -> None:
    """Refuse what is not a point inside the simplex.

    Args:
        relaxed: Points, shape `(..., K)`.

    Raises:
        TypeError: If they are not a floating-point tensor.
        ValueError: If an entry is not positive, or the entries do not sum to 1.
    """
    check_floating("relaxed", relaxed)
    _check_has_categories("relaxed", relaxed)
    values = relaxed.detach()
    if not (values > 0).all():
        raise ValueError(
            f"relaxed must be positive, got {_lowest(values)}: at low temperatures "
            "entries round to 0, so work with their logs"
        )
    off = (values.sum(-1, dtype=torch.float64) - 1).abs()
    if not (off < 1e-3).all():
        raise ValueError(f"relaxed must sum to 1, got a sum that is off by {off.max()}")


def check_log_relaxed(log_relaxed: Tensor) -> None:
    """Refuse what is not the log of a point inside the simplex.

    Args:
        log_relaxed: Logs of the entries, shape `(..., K)`.

    Raises:
        TypeError: If they are not a floating-point tensor.
        ValueError: If a log is not finite, or the entries do not sum to 1.
    """
    check_floating("log_relaxed", log_relaxed)
    _check_has_categories("log_relaxed", log_relaxed)
    values = log_relaxed.detach()
    if not values.isfinite().all():
        raise ValueError(f"log_relaxed must be finite, got {_lowest(values)}")
    off = values.logsumexp(-1).abs()
    if not (off < 1e-3).all():
        raise ValueError(
            f"log_relaxed must have a log-sum-exp of 0, got one that is off by "
            f"{off.max()}"
        )


def check_same_categories(name: str, tensor: Tensor, logits: Tensor) -> None:
    """Refuse a tensor whose shape does not go with that of the logits.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: Shape `(..., K)`.
        logits: Shape `(..., K)`.

    Raises:
        ValueError: If the last axes differ, or the leading ones do not broadcast.
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

    Raises:
        TypeError: If the indices are not an int64 tensor.
        ValueError: If an index is negative or not below `count`.
    """
    if not isinstance(indices, Tensor) or indices.dtype != torch.int64:
        kind = getattr(indices, "dtype", type(indices).__name__)
        raise TypeError(f"{name} must be an int64 tensor, got {kind}")
    wrong = indices[(indices < 0) | (indices >= count)]
    if len(wrong):
        raise ValueError(f"{name} must be from 0 to {count - 1}, got {wrong[0].item()}")


def broadcasts(one: Sequence[int], other: Sequence[int]) -> bool:
    """Tell whether two shapes go together by torch's rules.

    Args:
        one: A shape.
        other: Another shape.

    Returns:
        `True` if, from the right, each pair of sizes is equal or contains a 1.
    """
    pairs = zip(reversed(one), reversed(other), strict=False)
    return all(a == b or 1 in (a, b) for a, b in pairs)


def _check_has_categories(name: str, tensor: Tensor) -> None:
    if tensor.dim() == 0 or tensor.shape[-1] == 0:
        shape = tuple(tensor.shape)
        raise ValueError(f"{name} must have categories on its last axis, got {shape}")


def _lowest(values: Tensor) -> float:
    return values.amin().item()
