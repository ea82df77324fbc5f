"""What can be read off the layers of an encoder by a linear map."""

import torch
from torch import Tensor

from dlnotes.bert.embedding import check_ids
from dlnotes.bert.masking import check_mask
from dlnotes.blocks.checks import Parameter, check_count, check_finite, check_positive
from dlnotes.blocks.precision import widen_half


@widen_half
def mean_state(states: Tensor, mask: Tensor) -> Tensor:
    """Average the vectors of the tokens of a text, Eq. (mean-state).

    Args:
        states: Shape `(..., N, D)`.
        mask: Which tokens count, truth values, shape `(..., N)`.

    Returns:
        Shape `(..., D)`; 0 for a text without tokens.
    """
    check_finite("states", states)
    check_mask("mask", mask)
    if states.ndim < 2 or states.shape[:-1] != mask.shape:
        shapes = tuple(states.shape), tuple(mask.shape)
        raise ValueError(f"states, mask must be (..., N, D), (..., N), got {shapes}")
    total = (states * mask[..., None]).sum(-2)
    return total / mask.sum(-1, keepdim=True).clamp(min=1)


@widen_half
def ridge_probe(
    features: Tensor, labels: Tensor, classes: int, *, penalty: Parameter = 1.0
) -> Tensor:
    """Fit a linear map to labels by least squares, Eq. (ridge).

    Args:
        features: Shape `(..., B, D)`.
        labels: Integers from 0 to `classes` - 1, shape `(..., B)`.
        classes: How many there are, `K`.
        penalty: Weight of the squares of the map, the constant part not counted.

    Returns:
        The map, shape `(..., D + 1, K)`; the last row is the constant part.
    """
    check_finite("features", features)
    check_count("classes", classes)
    check_ids("labels", labels, classes)
    if features.ndim < 2 or features.shape[:-1] != labels.shape:
        shapes = tuple(features.shape), tuple(labels.shape)
        raise ValueError(f"must be (..., B, D) and (..., B), got {shapes}")
    check_count("number of rows B", features.shape[-2])
    check_positive("penalty", penalty)
    if isinstance(penalty, Tensor) and penalty.ndim:
        given = tuple(penalty.shape)
        raise ValueError(f"penalty must be a single number, got shape {given}")
    known = torch.arange(classes, device=labels.device)
    targets = (labels[..., None] == known).to(features.dtype)
    mean, level = features.mean(-2, keepdim=True), targets.mean(-2, keepdim=True)
    centered = features - mean
    unit = torch.eye(features.shape[-1], device=labels.device, dtype=features.dtype)
    square = centered.mT @ centered + penalty * unit
    slope = torch.linalg.solve(square, centered.mT @ (targets - level))
    return torch.cat([slope, level - mean @ slope], dim=-2)


@widen_half
def apply_probe(probe: Tensor, features: Tensor) -> Tensor:
    """Score classes by a fitted map.

    Args:
        probe: Of `ridge_probe`, shape `(..., D + 1, K)`.
        features: Shape `(..., B, D)`.

    Returns:
        Shape `(..., B, K)`.
    """
    check_finite("probe", probe)
    check_finite("features", features)
    if min(probe.ndim, features.ndim) < 2 or probe.shape[-2] != features.shape[-1] + 1:
        shapes = tuple(probe.shape), tuple(features.shape)
        raise ValueError(f"must be (..., D + 1, K) and (..., B, D), got {shapes}")
    return features @ probe[..., :-1, :] + probe[..., -1:, :]
