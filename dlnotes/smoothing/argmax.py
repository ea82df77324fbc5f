"""The place of the maximum, as a distribution and as a number."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_positive
from dlnotes.smoothing.checks import check_values


def soft_onehot(values: Tensor, sharpness: float) -> Tensor:
    """Smooth the one-hot vector of the argmax by a softmax, Eq. (soft-onehot).

    Args:
        values: Finite numbers, shape `(..., K)`.
        sharpness: Positive.

    Returns:
        Points of the simplex, shape `(..., K)`: the gradient of the smooth maximum.

    Raises:
        TypeError: If the values are not floating-point.
        ValueError: If a value is not finite, or the sharpness is not positive.
    """
    check_values("values", values)
    check_positive("sharpness", sharpness)
    top = values.detach().amax(-1, keepdim=True)  # a common shift has no gradient
    return torch.softmax(sharpness * (values - top), -1)


def soft_argmax(values: Tensor, sharpness: float) -> Tensor:
    """Smooth the index of the maximum by a mean index, Eq. (soft-argmax).

    Args:
        values: Finite numbers, shape `(..., K)`.
        sharpness: Positive.

    Returns:
        Mean indices, counted from 0, shape `(...)`. Where two separate entries share
        the weight the mean lies between them, at neither.

    Raises:
        TypeError: If the values are not floating-point.
        ValueError: If a value is not finite, or the sharpness is not positive.
    """
    p = soft_onehot(values, sharpness)
    index = torch.arange(p.shape[-1], dtype=p.dtype, device=p.device)
    return (p * index).sum(-1)


def index_deviation(values: Tensor, sharpness: float) -> Tensor:
    """Spread of the index behind a soft argmax, Eq. (index-deviation).

    Args:
        values: Finite numbers, shape `(..., K)`.
        sharpness: Positive.

    Returns:
        Standard deviations of the index in entries, shape `(...)`: near 0 where the
        soft argmax is an index, large where it is an average of distant ones.

    Raises:
        TypeError: If the values are not floating-point.
        ValueError: If a value is not finite, or the sharpness is not positive.
    """
    p = soft_onehot(values, sharpness)
    index = torch.arange(p.shape[-1], dtype=p.dtype, device=p.device)
    mean = (p * index).sum(-1, keepdim=True)
    return (p * (index - mean) ** 2).sum(-1).sqrt()
