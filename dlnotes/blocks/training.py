"""Small helpers of a training loop."""

import torch
from torch import Generator, Tensor


def minibatches(
    data: Tensor, size: int, *, generator: Generator | None = None
) -> tuple[Tensor, ...]:
    """Deal out the rows of a data set once, in random order.

    Several tensors are dealt out together by way of their row numbers:
    `for rows in minibatches(torch.arange(len(images)), 100)`.

    Args:
        data: Shape `(N, ...)`.
        size: Rows `B` in a batch.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Batches of shape `(B, ...)`; the last one is smaller when `B` does not
        divide `N`.

    Raises:
        ValueError: If the data have no rows, or the size is not positive.
    """
    if size < 1:
        raise ValueError(f"size must be positive, got {size}")
    if not data.ndim or not len(data):
        raise ValueError(f"data must have rows, got shape {tuple(data.shape)}")
    order = torch.randperm(len(data), generator=generator)
    return torch.split(data[order.to(data.device)], size)
