"""One vector for many points."""

from torch import Tensor

from dlnotes.blocks.checks import check_floating
from dlnotes.blocks.grouping import check_truth
from dlnotes.blocks.precision import widen_half


def masked_max(values: Tensor, real: Tensor | None = None) -> Tensor:
    """Take the largest of each feature over the points that count.

    Of equal largest values one gets the gradient.

    Args:
        values: Shape `(..., K, C)`, one point or more.
        real: Which points count, truth values `(..., K)`; by default all do.

    Returns:
        Shape `(..., C)`; 0 where no point counts.

    Examples:
        >>> import torch
        >>> values = torch.tensor([[1.0, 5.0], [2.0, 3.0], [9.0, 9.0]])
        >>> masked_max(values, torch.tensor([True, True, False]))
        tensor([2., 5.])
    """
    _check_points(values, real)
    if not values.shape[-2]:
        shape = tuple(values.shape)
        raise ValueError(f"values must be (..., K, C), K at least 1, got {shape}")
    if real is None:
        return values.max(-2).values  # the gradient is cheaper than that of amax
    largest = values.where(real[..., None], -float("inf")).max(-2).values
    return largest.where(real.any(-1, keepdim=True), 0)


@widen_half
def masked_mean(values: Tensor, real: Tensor | None = None) -> Tensor:
    """Take the mean of each feature over the points that count.

    Args:
        values: Shape `(..., K, C)`.
        real: Which points count, truth values `(..., K)`; by default all do.

    Returns:
        Shape `(..., C)`; 0 where no point counts, or there is none.
    """
    _check_points(values, real)
    if real is None:
        return values.sum(-2) / max(values.shape[-2], 1)
    total = values.where(real[..., None], 0).sum(-2)
    return total / real.sum(-1, keepdim=True).clamp_min(1)


def _check_points(values: Tensor, real: Tensor | None) -> None:
    check_floating("values", values)
    if values.ndim < 2:
        raise ValueError(f"values must be (..., K, C), got {tuple(values.shape)}")
    check_truth("real", real, values.shape[:-1])
