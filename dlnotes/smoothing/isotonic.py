"""The closest decreasing sequence: neighbors in the wrong order are pooled."""

from torch import Tensor

from dlnotes.blocks.precision import widen_half
from dlnotes.smoothing._pools import pool_mean, pools
from dlnotes.smoothing.checks import check_values


@widen_half
def isotonic_decreasing(values: Tensor) -> Tensor:
    """Project onto the non-increasing sequences, Eq. (isotonic).

    Args:
        values: Shape `(..., K)`.

    Returns:
        Least-squares fits that never increase, shape `(..., K)`. A derivative averages
        over the pool of an entry, which is exact wherever one exists.

    Examples:
        >>> import torch
        >>> isotonic_decreasing(torch.tensor([4.0, 1.0, 3.0, 0.0]))
        tensor([4., 2., 2., 0.])
    """
    check_values("values", values)
    return pool_mean(values.double(), pools(values)).to(values.dtype)
