"""Which points decide the largest features of a cloud, and which do not matter."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_finite
from dlnotes.blocks.grouping import check_truth
from dlnotes.blocks.precision import half_to_single


@half_to_single
def critical_points(features: Tensor, *, mask: Tensor | None = None) -> Tensor:
    """Find a point with the largest value of each feature, Eq. (critical-set).

    Of equal largest values the point with the smallest number is taken.

    Args:
        features: Of each point, shape `(B, N, C)`, one point or more.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Which points are critical, truth values `(B, N)`, at most `C` of a cloud: a mask
        for a network that takes largest values. None is in a cloud without a real one.

    Examples:
        >>> import torch
        >>> critical_points(torch.tensor([[[1.0, 5.0], [2.0, 3.0], [2.0, 4.0]]]))
        tensor([[ True,  True, False]])
    """
    _check(features)
    if not features.shape[1]:
        raise ValueError(f"features must be one or more, got {tuple(features.shape)}")
    check_truth("mask", mask, features.shape[:2])
    if mask is not None:
        features = features.where(mask[..., None], -torch.inf)
    largest = features.argmax(1)  # the first one of equal values
    none = torch.zeros_like(features[..., 0], dtype=torch.bool)
    found = none.scatter(1, largest, torch.ones_like(largest, dtype=torch.bool))
    return found if mask is None else found & mask


@half_to_single
def in_upper_set(features: Tensor, pooled: Tensor) -> Tensor:
    """Tell which points would leave the largest features as they are, Eq. (upper-set).

    Args:
        features: Of points that may be added, shape `(B, M, C)`.
        pooled: The largest features of a cloud, shape `(B, C)`.

    Returns:
        Truth values, shape `(B, M)`.

    Examples:
        >>> import torch
        >>> features = torch.tensor([[[1.0, 5.0], [3.0, 3.0]]])
        >>> in_upper_set(features, torch.tensor([[2.0, 5.0]]))
        tensor([[ True, False]])
    """
    _check(features)
    check_finite("pooled", pooled)
    if pooled.shape != (len(features), features.shape[-1]):
        shapes = tuple(features.shape), tuple(pooled.shape)
        raise ValueError(f"must be (B, M, C) and (B, C), got {shapes}")
    return (features <= pooled[:, None]).all(-1)


def _check(features: Tensor) -> None:
    check_finite("features", features)
    if features.ndim != 3 or not features.shape[-1]:
        shape = tuple(features.shape)
        raise ValueError(f"features must be (B, N, C), got {shape}")
