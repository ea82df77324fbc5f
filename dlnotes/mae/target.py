"""What is to be filled in, and how far off it is."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import (
    Parameter,
    check_finite,
    check_floating,
    check_positive,
    holds,
)
from dlnotes.blocks.precision import half_to_single, widen_half


@widen_half
def normalize_patches(patches: Tensor, *, eps: Parameter = 1e-6) -> Tensor:
    """Give each patch mean 0 and variance 1, Eq. (target).

    Args:
        patches: Shape `(..., P)`, with two pixels or more.
        eps: Added to the variance, which is the unbiased one; a tensor has `(..., 1)`.

    Returns:
        The same shape; 0 for a patch whose numbers are all equal, as one gray.

    Examples:
        >>> import torch
        >>> normalize_patches(torch.tensor([1.0, 2.0, 3.0])).round(decimals=3)
        tensor([-1.,  0.,  1.])
    """
    check_floating("patches", patches)
    check_positive("eps", eps, like=patches, row=True)
    if patches.ndim < 1 or patches.shape[-1] < 2:
        shape = tuple(patches.shape)
        raise ValueError(f"patches must have two pixels or more, got shape {shape}")
    centered = patches - patches.mean(-1, keepdim=True)
    variance = centered.square().sum(-1, keepdim=True) / (patches.shape[-1] - 1)
    return centered / (variance + eps).sqrt()


@widen_half
def masked_error(predicted: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Average the squared error over hidden patches alone, Eq. (loss).

    Args:
        predicted: Shape `(..., N, P)`.
        target: The same shape.
        mask: Of `hidden`, shape `(..., N)`, true somewhere.

    Returns:
        A scalar; the mean over pixels of all hidden patches of the batch.
    """
    _check_errors(predicted, target, mask)
    if not holds(mask.any()):
        raise ValueError("mask must be true somewhere, got one that hides nothing")
    error, count = error_sum(predicted, target, mask)
    return error / count


@half_to_single
def error_sum(predicted: Tensor, target: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The same as a sum and a count, which several processes can add.

    Args:
        predicted: Shape `(..., N, P)`.
        target: The same shape.
        mask: Of `hidden`, shape `(..., N)`.

    Returns:
        The sum over hidden patches of the mean squared error of their pixels, and how
        many of them there are: two scalars.
    """
    _check_errors(predicted, target, mask)
    errors = (predicted - target).square().mean(-1)
    seen = torch.where(mask, errors, torch.zeros_like(errors))
    return seen.sum(), mask.sum().to(errors.dtype)


def _check_errors(predicted: Tensor, target: Tensor, mask: Tensor) -> None:
    check_finite("predicted", predicted)
    check_finite("target", target)
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        raise TypeError(f"mask must hold truth values, got {_kind(mask)}")
    if predicted.shape != target.shape or predicted.shape[:-1] != mask.shape:
        shapes = [tuple(x.shape) for x in (predicted, target, mask)]
        raise ValueError(f"must be (..., N, P) twice and (..., N), got {shapes}")


def _kind(value: object) -> object:
    return value.dtype if isinstance(value, Tensor) else type(value).__name__
