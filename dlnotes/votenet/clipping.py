"""How much two boxes share: areas from above, and intersection over union."""

from collections.abc import Callable

import torch
from torch import Tensor

from dlnotes.blocks.precision import widen_half
from dlnotes.votenet.boxes import ROUND, box_bounds, check_boxes

ENTRIES = 2**20  # of one intermediate at a time
EACH = 24  # entries that a pair of boxes needs: 4 sides of 6 points
CLOSE = 4  # machine epsilons, of the sides: a run that short crosses nothing


@widen_half
def clipped_area(one: Tensor, other: Tensor) -> Tensor:
    """Find the area that two turned rectangles share, Eq. (clipping).

    The rectangles are boxes seen from above.

    Args:
        one: Shape `(..., 7)`.
        other: Shape that broadcasts with it.

    Returns:
        Shape `(...)`.

    Examples:
        >>> import torch
        >>> box = torch.tensor([0.0, 0, 0, 2, 2, 2, 0])
        >>> clipped_area(box, box + torch.tensor([1.0, 1, 0, 0, 0, 0, 0]))
        tensor(1.)
    """
    check_boxes("one", one)
    check_boxes("other", other)
    start, reach = _seen_from(one, other)
    x, y = _clamped_outline(start, reach)
    return (x[..., :-1] * y[..., 1:] - x[..., 1:] * y[..., :-1]).sum(
        (-2, -1)
    ).relu() / 2


@widen_half
def box_iou(one: Tensor, other: Tensor, *, flat: bool = False) -> Tensor:
    """Find intersection over union of turned boxes, Eq. (iou).

    Args:
        one: Shape `(..., N, 7)`.
        other: Shape `(..., M, 7)`.
        flat: Whether to compare their areas from above instead of their volumes.

    Returns:
        Shape `(..., N, M)`, from 0 to 1; 0 for two boxes without volume.
    """

    def shared(some: Tensor) -> Tensor:
        some, all_ = some[..., :, None, :], other[..., None, :, :]
        common, sizes = clipped_area(some, all_), [some[..., 3:5], all_[..., 3:5]]
        if not flat:
            low = _top(some, -1).maximum(_top(all_, -1))
            common = common * (_top(some, 1).minimum(_top(all_, 1)) - low).relu()
            sizes = [some[..., 3:6], all_[..., 3:6]]
        return _over_union(common, *(size.prod(-1) for size in sizes))

    return _in_rows(shared, one, other)


@widen_half
def bounds_iou(one: Tensor, other: Tensor, *, flat: bool = False) -> Tensor:
    """Find intersection over union of the bounds of boxes along the axes.

    This is what the published suppression compares, also where boxes are turned.

    Args:
        one: Shape `(..., N, 7)`.
        other: Shape `(..., M, 7)`.
        flat: Whether to compare their areas from above instead of their volumes.

    Returns:
        Shape `(..., N, M)`, from 0 to 1; 0 for two boxes without volume.
    """
    axes = 2 if flat else 3

    def shared(some: Tensor) -> Tensor:
        a = box_bounds(some)[..., :, None, :, :axes]
        b = box_bounds(other)[..., None, :, :, :axes]
        low = a[..., 0, :].maximum(b[..., 0, :])
        common = (a[..., 1, :].minimum(b[..., 1, :]) - low).relu().prod(-1)
        sizes = [box[..., 1, :] - box[..., 0, :] for box in (a, b)]
        return _over_union(common, *(size.prod(-1) for size in sizes))

    return _in_rows(shared, one, other)


def _seen_from(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Corners `(..., 4, 2)` where the other is upright at 0, and its half sides."""
    apart, turn = one[..., :2] - other[..., :2], one[..., 6:] - other[..., 6:]
    middle = _turned(apart[..., :1], apart[..., 1:], -other[..., 6:])
    arms = one.new_tensor(ROUND) * one[..., None, 3:5] / 2
    corners = _turned(arms[..., 0], arms[..., 1], turn)
    return (middle + corners).movedim(0, -1), other[..., 3:5] / 2


def _turned(x: Tensor, y: Tensor, angle: Tensor) -> Tensor:
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([cos * x - sin * y, sin * x + cos * y])


def _clamped_outline(start: Tensor, reach: Tensor) -> tuple[Tensor, Tensor]:
    """Points `(..., 4, 6)` of each side, cut where it crosses a line, then clamped."""
    run = start.roll(-1, -2) - start
    reach = reach[..., None, :]
    scale = run.abs().amax(-1, keepdim=True) + reach.amax(-1, keepdim=True)
    moves = run.abs() > CLOSE * torch.finfo(run.dtype).eps * scale.detach()
    safe = run.where(moves, 1)
    cuts = torch.cat([(-reach - start) / safe, (reach - start) / safe], -1)
    inner = cuts.where(torch.cat([moves, moves], -1), 0).clamp(0, 1).sort(-1).values
    ends = torch.zeros_like(inner[..., :1])
    share = torch.cat([ends, inner, ends + 1], -1)
    x, y = (
        (start[..., i, None] + share * run[..., i, None]).clamp(
            -reach[..., i, None], reach[..., i, None]
        )
        for i in range(2)
    )
    return x, y


def _top(boxes: Tensor, side: int) -> Tensor:
    return boxes[..., 2] + side * boxes[..., 5] / 2


def _over_union(common: Tensor, one: Tensor, other: Tensor) -> Tensor:
    union = one + other - common
    some = union > 0
    return (common / union.where(some, 1)).where(some, 0).clamp(0, 1)


def _in_rows(shared: Callable[[Tensor], Tensor], one: Tensor, other: Tensor) -> Tensor:
    check_boxes("one", one)
    check_boxes("other", other)
    if min(one.ndim, other.ndim) < 2 or one.shape[:-2] != other.shape[:-2]:
        shapes = tuple(one.shape), tuple(other.shape)
        raise ValueError(f"must be (..., N, 7) and (..., M, 7), got {shapes}")
    row = EACH * max(1, other[..., 0].numel())
    parts = torch.split(one, max(1, ENTRIES // row), -2)
    return torch.cat([shared(part) for part in parts], -2)
