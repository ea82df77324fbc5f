"""Vectors brought to an ordinary length, so that no square overflows or vanishes."""

import torch
from torch import Tensor


def near_one(vectors: Tensor, dims: int | tuple[int, ...] = -1) -> Tensor:
    """Multiply vectors by a power of two that brings the largest entry near 1.

    That is exact: where no square overflows or vanishes, cosines stay as they were, to
    the bit.

    Args:
        vectors: Finite numbers, shape `(..., D)`.
        dims: Over which the largest entry is taken.

    Returns:
        The same shape; zeros stay.
    """
    largest = vectors.detach().abs().amax(dims, keepdim=True)
    mantissa, _ = largest.frexp()  # from 1/2 to 1
    tiny = torch.finfo(vectors.dtype).tiny
    scale = (mantissa / largest).clamp(tiny, 1 / tiny)
    return vectors * torch.where(largest > 0, scale, 1)
