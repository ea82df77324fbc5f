"""Accuracy with probabilities in the place of decisions, and its gradient."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import Parameter, check_positive, per_row
from dlnotes.blocks.precision import widen_half
from dlnotes.gumbel_softmax.checks import check_categories, check_logits
from dlnotes.smoothing._rows import leader
from dlnotes.smoothing.checks import check_within
from dlnotes.smoothing.maximum import smooth_max_gap


@widen_half
def smooth_accuracy(probs: Tensor, labels: Tensor) -> Tensor:
    """Average the probability of the true class, Eq. (smooth-accuracy).

    Args:
        probs: Class probabilities, shape `(..., B, K)`.
        labels: True classes, int64, shape `(..., B)`.

    Returns:
        From 0 to 1, shape `(...)`; the accuracy itself where the rows are one-hot.
    """
    check_within("probs", probs, 0, 1)
    _check_labels(labels, probs)
    return _of_true_class(probs, labels).mean(-1)


@widen_half
def accuracy_gradient(logits: Tensor, labels: Tensor) -> Tensor:
    """Gradient of the smooth accuracy by the logits, Eq. (accuracy-gradient).

    Args:
        logits: Unnormalized log-probabilities, shape `(..., B, K)`; minus infinity
            masks a class.
        labels: True classes, int64, shape `(..., B)`.

    Returns:
        Shape `(..., B, K)`: minus the gradient of the cross-entropy, with each row
        scaled by the probability of its true class.
    """
    check_logits("logits", logits)
    _check_labels(labels, logits)
    probs = logits.softmax(-1)
    true = _of_true_class(probs, labels).unsqueeze(-1)  # (..., B, 1)
    is_true = labels.unsqueeze(-1) == torch.arange(probs.shape[-1], device=probs.device)
    others = torch.where(is_true, 0, probs).sum(-1, keepdim=True)
    # The true class lacks what the others have: 1 - p would round to 0 for a sure one.
    return true * torch.where(is_true, others, -probs) / logits.shape[-2]


@widen_half
def power_loss(logits: Tensor, labels: Tensor, power: Parameter) -> Tensor:
    """Go from cross-entropy to accuracy by a power, Eq. (power-loss).

    Args:
        logits: Unnormalized log-probabilities, shape `(..., B, K)`; minus infinity
            masks a class.
        labels: True classes, int64, shape `(..., B)`.
        power: Positive; towards 0 the loss is the cross-entropy in nats, at 1 it is
            one minus the smooth accuracy. One a row has shape `(..., B, 1)`.

    Returns:
        Mean losses, shape `(...)`.
    """
    check_logits("logits", logits)
    _check_labels(labels, logits)
    check_positive("power", power, like=logits, row=True)
    power = per_row(power)
    # A log-softmax as a sum of two terms that both keep their digits near 0.
    gap = smooth_max_gap(logits, 1.0)
    log_true = _of_true_class(logits - leader(logits)[0], labels) - gap
    some = log_true > -torch.inf  # a masked class as the true one: probability 0
    log_true = torch.where(some, log_true, 0)
    gain = torch.where(some, torch.expm1(power * log_true), -1) / power
    # Where the exponential is a line, its tiny argument could round to 0.
    line = some & (power * -log_true < torch.finfo(logits.dtype).eps)
    return -torch.where(line, log_true, gain).mean(-1)


def _check_labels(labels: Tensor, scores: Tensor) -> None:
    if scores.ndim < 2 or 0 in scores.shape[-2:]:
        shape = tuple(scores.shape)
        raise ValueError(f"class scores must have a shape (..., B, K), got {shape}")
    check_categories("labels", labels, scores.shape[-1])
    if labels.shape != scores.shape[:-1]:
        wanted, given = tuple(scores.shape[:-1]), tuple(labels.shape)
        raise ValueError(f"labels must have shape {wanted}, got {given}")


def _of_true_class(scores: Tensor, labels: Tensor) -> Tensor:
    """The score of the true class in each row, shape `(..., B)`."""
    return scores.gather(-1, labels.unsqueeze(-1)).squeeze(-1)
