"""What the functions of this note accept, beyond the checks that all notes share."""

import math
from collections.abc import Sequence

from torch import Tensor

from dlnotes.blocks.checks import check_finite, check_floating, first_where, holds


def check_values(name: str, values: Tensor) -> None:
    """Refuse what are not finite numbers along a last axis.

    Args:
        name: What the caller calls the tensor, for the message.
        values: Shape `(..., K)`.
    """
    check_finite(name, values)
    if values.ndim == 0 or values.shape[-1] == 0:
        shape = tuple(values.shape)
        raise ValueError(f"{name} must have entries on the last axis, got {shape}")


def check_within(name: str, tensor: Tensor, low: float, high: float) -> None:
    """Refuse a tensor with entries outside of an interval.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: Any shape.
        low: Smallest allowed entry.
        high: Largest allowed entry.
    """
    check_floating(name, tensor)
    values = tensor.detach()
    inside = (values >= low) & (values <= high)  # NaN is outside
    if not holds(inside):
        worst = first_where(values, ~inside)
        raise ValueError(f"{name} must be from {low} to {high}, got {worst}")


def check_same_shape(name: str, tensor: Tensor, other: str, like: Tensor) -> None:
    """Refuse two tensors of different shapes.

    Args:
        name: What the caller calls the tensor, for the message.
        tensor: The tensor to check.
        other: What the caller calls the tensor that it should match.
        like: That tensor.
    """
    if tensor.shape != like.shape:
        given, wanted = tuple(tensor.shape), tuple(like.shape)
        raise ValueError(f"{name} must have the shape {wanted} of {other}, got {given}")


def check_examples(name: str, probs: Tensor, targets: Tensor) -> None:
    """Refuse what are not probabilities and targets of at least one example.

    Args:
        name: What the caller calls the probabilities, for the message.
        probs: Shape `(B, ...)`.
        targets: From 0 to 1, the same shape.
    """
    check_within(name, probs, 0, 1)
    check_within("targets", targets, 0, 1)
    check_same_shape("targets", targets, name, probs)
    if probs.ndim == 0 or probs.shape[0] == 0:
        shape = tuple(probs.shape)
        raise ValueError(f"{name} must have an example, got shape {shape}")


def check_counts(name: str, counts: Sequence[Tensor]) -> None:
    """Refuse what are not finite expected counts of one shape.

    Args:
        name: What the caller calls the counts, for the message.
        counts: Tensors of one shape.
    """
    if not isinstance(counts, Sequence):
        kind = type(counts).__name__
        raise TypeError(f"{name} must be a sequence of tensors, got {kind}")
    for count in counts:
        check_finite(name, count)
        check_within(name, count, 0, math.inf)
        check_same_shape(name, count, "true positives", counts[0])
