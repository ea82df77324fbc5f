"""Learning from labels and from a teacher, after DeiT."""

import torch
from torch import Tensor
from torch.nn import functional as F

from dlnotes.blocks.checks import (
    Parameter,
    check_finite,
    check_positive,
    check_real,
    check_tensor,
    first_where,
    holds,
)
from dlnotes.blocks.precision import widen_half


@widen_half
def hard_distillation(
    logits: Tensor, distilled: Tensor, labels: Tensor, teacher: Tensor
) -> Tensor:
    """Learn the labels by one token, the teacher's choice by another, Eq. (hard).

    Args:
        logits: Read off the class token, `(B, K)`.
        distilled: Read off the distillation token, `(B, K)`.
        labels: True classes, integers `(B,)`.
        teacher: Logits of the teacher, `(B, K)`.

    Returns:
        One loss for each example, `(B,)`.
    """
    _check_logits(logits, distilled, labels, teacher)
    own = F.cross_entropy(logits, labels, reduction="none")
    copied = F.cross_entropy(distilled, teacher.argmax(-1), reduction="none")
    return (own + copied) / 2


@widen_half
def soft_distillation(
    logits: Tensor,
    distilled: Tensor,
    labels: Tensor,
    teacher: Tensor,
    *,
    weight: float = 0.1,
    temperature: Parameter = 3.0,
) -> Tensor:
    """Learn the labels, and all of the teacher's probabilities, Eq. (soft).

    Args:
        logits: Read off the class token, `(B, K)`.
        distilled: Read off the distillation token, `(B, K)`.
        labels: True classes, integers `(B,)`.
        teacher: Logits of the teacher, `(B, K)`.
        weight: Of the teacher, between 0 and 1.
        temperature: Divides the logits of both sides.

    Returns:
        One loss for each example, `(B,)`.
    """
    _check_logits(logits, distilled, labels, teacher)
    check_real("weight", weight)
    if not 0 <= weight <= 1:
        raise ValueError(f"weight must be between 0 and 1, got {weight}")
    check_positive("temperature", temperature, like=logits, row=True)
    own = F.cross_entropy(logits, labels, reduction="none")
    wanted = (teacher / temperature).log_softmax(-1)
    found = (distilled / temperature).log_softmax(-1)
    terms = temperature**2 * wanted.exp() * (wanted - found)
    return (1 - weight) * own + weight * terms.sum(-1)


def _check_logits(
    logits: Tensor, distilled: Tensor, labels: Tensor, teacher: Tensor
) -> None:
    named = {"logits": logits, "distilled": distilled, "teacher": teacher}
    for name, tensor in named.items():
        check_finite(name, tensor)
        if tensor.ndim != 2 or tensor.shape != logits.shape or not tensor.shape[1]:
            shape = tuple(tensor.shape)
            raise ValueError(f"{name} must be (B, K) like logits, got shape {shape}")
    check_tensor("labels", labels)
    if labels.dtype != torch.int64:
        raise TypeError(f"labels must hold integers of 64 bits, got {labels.dtype}")
    if labels.shape != logits.shape[:1]:
        raise ValueError(f"labels must be (B,), got shape {tuple(labels.shape)}")
    good = (labels >= 0) & (labels < logits.shape[1])
    if not holds(good):
        most, odd = logits.shape[1] - 1, int(first_where(labels, ~good))
        raise ValueError(f"labels must be from 0 to {most}, got {odd}")
