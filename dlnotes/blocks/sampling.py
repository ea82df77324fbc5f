"""Points that are spread out over a cloud.

Where values are known on a CPU, the steps run in place in NumPy, which starts small
operations faster; elsewhere (other devices, `torch.func`, `torch.compile`,
`torch.export`, meta tensors) in torch. Both add the squared differences in the order of
the coordinates, in the precision of the points, and choose the same points, but for
ties.
"""

from typing import Any

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_count, holds, known_values
from dlnotes.blocks.grouping import (
    Selection,
    check_cloud,
    check_index,
    check_truth,
)
from dlnotes.blocks.precision import half_to_single


@half_to_single
def farthest_points(
    points: Tensor,
    k: int,
    *,
    start: int | Tensor | None = None,
    mask: Tensor | None = None,
    generator: Generator | None = None,
) -> Selection:
    """Choose points one by one, each as far as possible from those chosen before.

    The largest distance of a point from the chosen ones is at most twice what the best
    choice of as many points could reach (Gonzalez 1985). No point is chosen twice while
    another one is left, though it lies where a chosen one does.

    Args:
        points: Shape `(B, N, D)`, one point or more.
        k: How many are wanted, `K`.
        start: Number of the first one, for all clouds or integers `(B,)`; it is real,
            unless the cloud has no real point. By default it is drawn.
        mask: Which points are real, truth values `(B, N)`; by default all are.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Index and truth values `(B, K)`, in the order of the choice. In a cloud of fewer
        than `K` real points the places that are left repeat the first one and are not
        real; in a cloud without a real point all are 0.

    Examples:
        >>> import torch
        >>> line = torch.tensor([[[0.0], [1.0], [2.0], [9.0]]])
        >>> farthest_points(line, 3, start=0).indices
        tensor([[0, 3, 2]])
    """
    check_cloud("points", points)
    total = points.shape[1]
    if not total:
        raise ValueError(f"points must be one or more, got {tuple(points.shape)}")
    check_count("k", k)
    check_truth("mask", mask, points.shape[:2])
    points = points.detach()
    if mask is None:
        mask = torch.ones(points.shape[:2], dtype=torch.bool, device=points.device)
    first = _first(points, start, mask, generator)
    arrays = [known_values(tensor) for tensor in (points, first, mask)]
    if any(array is None for array in arrays):
        index = _greedy(points, min(k, total), first, mask)
    else:
        index = torch.from_numpy(
            _greedy_in_place(arrays[0], min(k, total), *arrays[1:])
        )
    index = torch.nn.functional.pad(index, (0, k - index.shape[1]))
    real = torch.arange(k, device=points.device) < mask.sum(1, keepdim=True)
    return Selection(index.where(real, index[:, :1]), real)


def _first(
    points: Tensor,
    start: int | Tensor | None,
    mask: Tensor,
    generator: Generator | None,
) -> Tensor:
    """Number of the first point of each cloud, `(B,)`."""
    if start is None:
        noise = torch.rand(points.shape[:2], device=points.device, generator=generator)
        first = noise.where(mask, -1).argmax(1)
    elif isinstance(start, Tensor):
        check_index("start", start, points)
        if start.ndim != 1:
            raise ValueError(f"start must be (B,), got shape {tuple(start.shape)}")
        first = start.long()
    else:
        check_count("start", start, least=0, most=points.shape[1] - 1)
        first = torch.full(points.shape[:1], start, device=points.device)
    empty = ~mask.any(1)
    if not holds(mask.gather(1, first[:, None])[:, 0] | empty):
        raise ValueError(f"start must be a real point of each cloud, got {start}")
    return first.where(~empty, 0)


def _greedy(points: Tensor, k: int, first: Tensor, mask: Tensor) -> Tensor:
    """Squared distances from the chosen points are kept.

    What is no point has -1, and a chosen one -0.5, below all others.
    """
    axes = points.unbind(-1)
    closest = torch.full_like(axes[0], torch.inf).where(mask, -1)
    chosen = [first[:, None]]
    for _ in range(k - 1):
        squares = torch.zeros_like(closest)
        for axis in axes:
            squares = squares + (axis - axis.gather(1, chosen[-1])).square()
        closest = torch.minimum(closest, squares).scatter(1, chosen[-1], -0.5)
        chosen.append(closest.argmax(1, keepdim=True))
    return torch.cat(chosen, 1)


def _greedy_in_place(points: Any, k: int, first: Any, mask: Any) -> Any:
    """The same on arrays; no step needs new memory."""
    import numpy as np

    axes = np.ascontiguousarray(points.transpose(2, 0, 1))
    closest = np.where(mask, points.dtype.type(np.inf), points.dtype.type(-1))
    squares, square = np.empty_like(closest), np.empty_like(closest)
    chosen = np.empty((len(points), k), np.int64)
    chosen[:, 0], clouds = first, np.arange(len(points))
    for step in range(1, k):
        latest = axes[:, clouds, chosen[:, step - 1], None]
        squares.fill(0)
        for axis, center in zip(axes, latest, strict=True):
            np.subtract(axis, center, out=square)
            np.multiply(square, square, out=square)
            np.add(squares, square, out=squares)
        np.minimum(closest, squares, out=closest)
        closest[clouds, chosen[:, step - 1]] = -0.5
        chosen[:, step] = closest.argmax(1)
    return chosen
