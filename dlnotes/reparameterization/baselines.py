"""What to subtract from f before it weighs a score."""

import torch
from torch import Tensor


def optimal_baseline(values: Tensor, scores: Tensor) -> Tensor:
    r"""Estimate the best constant baseline of each parameter, Eq. (optimal-baseline).

    Estimate it on other samples than those it is subtracted from; on the same ones it
    depends on each of them and adds a bias of order 1/S.

    Args:
        values: `f` of each sample, shape `(...)`.
        scores: Scores of one parameter, shape `(..., *parameter.shape)`.

    Returns:
        Baselines, shape `(*parameter.shape)`.

    Raises:
        ValueError: If the shapes do not match, or all scores of an entry are 0.
    """
    lead = values.shape
    if scores.shape[: len(lead)] != lead or not values.numel():
        raise ValueError(
            f"scores must have a shape that starts with {tuple(lead)}, that of "
            f"values, and hold samples, got {tuple(scores.shape)}"
        )
    values = values.to(scores.dtype)
    squares = scores.square().reshape(values.numel(), *scores.shape[len(lead) :])
    total = squares.sum(dim=0)
    if not (total > 0).all():
        raise ValueError("scores must not be 0 for all samples")
    return torch.einsum("s,s...->...", values.flatten(), squares) / total


def leave_one_out_baseline(values: Tensor, *, dim: int = 0) -> Tensor:
    r"""Average the other samples, Eq. (leave-one-out).

    The average does not depend on the sample it is subtracted from, so it adds no
    bias, although it is made of the same draw.

    Args:
        values: `f` of each sample; booleans and integers become floating point.
        dim: The dimension along which the samples lie, two or more.

    Returns:
        One baseline per sample, same shape.

    Raises:
        ValueError: If there are fewer than two samples.
    """
    if not values.ndim or values.shape[dim] < 2:
        raise ValueError(
            "leaving one out takes two or more samples, "
            f"got shape {tuple(values.shape)} and dim {dim}"
        )
    if not values.is_floating_point():
        values = values.to(torch.get_default_dtype())
    return (values.sum(dim, keepdim=True) - values) / (values.shape[dim] - 1)
