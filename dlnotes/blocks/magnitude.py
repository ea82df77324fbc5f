"""Powers of two that bring numbers to a size of about 1.

Squares overflow from 2e19 on in single precision and vanish below 4e-23. Dividing by a
power of two first avoids both, and changes no digit of the numbers.
"""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_finite, holds
from dlnotes.blocks.precision import widen_half


@widen_half
def power_of_two(size: Tensor) -> Tensor:
    """Find the largest power of two that is not above a number.

    Args:
        size: Nonnegative numbers, any shape.

    Returns:
        The shape of `size`, without gradient; 1 where the number is 0.

    Examples:
        >>> import torch
        >>> power_of_two(torch.tensor([0.3, 1.0, 6.0, 0.0]))
        tensor([0.2500, 1.0000, 4.0000, 1.0000])
    """
    check_finite("size", size)
    size = size.detach()
    if not holds(size >= 0):
        raise ValueError(f"size must not be negative, got {float(size.min())}")
    mantissa, _ = size.frexp()  # from 1/2 to 1
    return torch.where(size > 0, size / (2 * mantissa), 1.0)


@widen_half
def near_one(vectors: Tensor, dims: int | tuple[int, ...] = -1) -> Tensor:
    """Divide vectors by the power of two that brings the largest entry to 1 or above.

    Args:
        vectors: Finite numbers, shape `(..., D)`.
        dims: Over which the largest entry is taken.

    Returns:
        The same shape, entries below 2; zeros stay. The gradient is that of a division
        by a constant.

    Examples:
        >>> import torch
        >>> near_one(torch.tensor([[3e30, -4e30], [0.0, 0.0]]))
        tensor([[ 1.1833, -1.5777],
                [ 0.0000,  0.0000]])
    """
    check_finite("vectors", vectors)
    if 0 in vectors.shape:
        return vectors
    return vectors / power_of_two(vectors.detach().abs().amax(dims, keepdim=True))
