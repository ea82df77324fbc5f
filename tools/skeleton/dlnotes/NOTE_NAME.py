"""The code of docs/notes/NOTE_NAME.md."""

from torch import Tensor

from dlnotes.blocks.checks import check_finite
from dlnotes.blocks.precision import widen_half


@widen_half
def NOTE_NAME_mean(points: Tensor) -> Tensor:
    """Average the last axis, Eq. (mean).

    Args:
        points: Places on a line, `(..., N)`.

    Returns:
        Their mean, `(...)`.

    >>> import torch
    >>> NOTE_NAME_mean(torch.tensor([1.0, 2.0, 6.0]))
    tensor(3.)
    """
    check_finite("points", points)
    if points.ndim == 0 or points.shape[-1] == 0:
        shape = tuple(points.shape)
        raise ValueError(f"points must have shape (..., N) with N > 0, got {shape}")
    return points.mean(-1)
