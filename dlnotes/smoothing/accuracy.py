"""Accuracy with probabilities in the place of decisions, and its gradient."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_positive
from dlnotes.gumbel_softmax.checks import check_categories
from dlnotes.smoothing.checks import check_values, check_within


def smooth_accuracy(probs: Tensor, labels: Tensor) -> Tensor:
    """Average the probability of the true class, Eq. (smooth-accuracy).

    Args:
        probs: Class probabilities, shape `(..., B, K)`.
        labels: True classes, int64, shape `(..., B)`.

    Returns:
        From 0 to 1, shape `(...)`; the accuracy itself where the rows are one-hot.

    Raises:
        TypeError: If a tensor has the wrong kind of dtype.
        ValueError: If a probability is not from 0 to 1, or the labels do not fit.
    """
    check_within("probs", probs, 0, 1)
    return _of_true_class(probs, labels, "probs").mean(-1)


def accuracy_gradient(logits: Tensor, labels: Tensor) -> Tensor:
    """Gradient of the smooth accuracy by the logits, Eq. (accuracy-gradient).

    Args:
        logits: Unnormalised log-probabilities, shape `(B, K)`.
        labels: True classes, int64, shape `(B,)`.

    Returns:
        Shape `(B, K)`: minus the gradient of the cross-entropy, with each row scaled
        by the probability of its true class.

    Raises:
        TypeError: If a tensor has the wrong kind of dtype.
        ValueError: If a logit is not finite, or the labels do not fit.
    """
    check_values("logits", logits)
    probs = logits.softmax(-1)
    true = _of_true_class(probs, labels, "logits").unsqueeze(-1)  # (B, 1)
    target = torch.nn.functional.one_hot(labels, probs.shape[-1])
    return true * (target - probs) / len(labels)


def power_loss(logits: Tensor, labels: Tensor, power: float) -> Tensor:
    """Go from cross-entropy to accuracy by a power, Eq. (power-loss).

    Args:
        logits: Unnormalised log-probabilities, shape `(..., B, K)`.
        labels: True classes, int64, shape `(..., B)`.
        power: Positive; towards 0 the loss is the cross-entropy in nats, at 1 it is
            one minus the smooth accuracy.

    Returns:
        Mean losses, shape `(...)`.

    Raises:
        TypeError: If a tensor has the wrong kind of dtype.
        ValueError: If a logit is not finite, the labels do not fit, or the power is
            not positive.
    """
    check_values("logits", logits)
    check_positive("power", power)
    log_true = _of_true_class(logits.log_softmax(-1), labels, "logits")
    return (-torch.expm1(power * log_true) / power).mean(-1)


def _of_true_class(scores: Tensor, labels: Tensor, name: str) -> Tensor:
    """The score of the true class in each row, shape `(..., B)`."""
    if scores.dim() < 2 or 0 in scores.shape:
        shape = tuple(scores.shape)
        raise ValueError(f"{name} must have a shape (..., B, K), got {shape}")
    check_categories("labels", labels, scores.shape[-1])
    if labels.shape != scores.shape[:-1]:
        wanted, given = tuple(scores.shape[:-1]), tuple(labels.shape)
        raise ValueError(f"labels must have shape {wanted}, got {given}")
    return scores.gather(-1, labels.unsqueeze(-1)).squeeze(-1)
