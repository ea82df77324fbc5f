"""Classes of objects that stand in rooms, and the boxes they are made of."""

from typing import NamedTuple

import torch
from torch import Tensor

PART = tuple[float, float, float, float, float, float]


class Furniture(NamedTuple):
    """A class of objects.

    Attributes:
        name: What it is called.
        size: Mean length, width and height.
        parts: Boxes that it is made of, center and sizes, in shares of its own box.
        turn: Its headings are uniform in an interval of this length around 0; a turn by
            it makes no difference.
        round: Whether it is a cylinder.
    """

    name: str
    size: tuple[float, float, float]
    parts: tuple[PART, ...] = ((0, 0, 0, 1, 1, 1),)
    turn: float = torch.pi
    round: bool = False


FOUR_LEGS = ((-1, -1), (-1, 1), (1, -1), (1, 1))
FURNITURE = (
    Furniture(
        "table",
        (1.2, 0.8, 0.75),
        (
            (0, 0, 0.46, 1, 1, 0.08),
            *((0.46 * x, 0.45 * y, -0.04, 0.08, 0.1, 0.92) for x, y in FOUR_LEGS),
        ),
    ),
    Furniture("cabinet", (0.9, 0.5, 1.4)),
    Furniture(
        "bed",
        (1.35, 0.95, 0.8),
        ((0.03, 0, -0.2, 0.94, 1, 0.6), (-0.47, 0, 0, 0.06, 1, 1)),
        turn=2 * torch.pi,
    ),
    Furniture(
        "chair",
        (0.5, 0.5, 0.9),
        (
            (0, 0, -0.03, 1, 1, 0.06),
            (-0.46, 0, 0.25, 0.08, 1, 0.5),
            *((0.45 * x, 0.45 * y, -0.28, 0.1, 0.1, 0.44) for x, y in FOUR_LEGS),
        ),
        turn=2 * torch.pi,
    ),
    Furniture("bin", (0.45, 0.45, 0.6), turn=0.0, round=True),
)
PLACES = max(len(kind.parts) for kind in FURNITURE)
GAP = (0.0,) * 6  # a part that is none has no size


def parts_of(boxes: Tensor, classes: Tensor) -> Tensor:
    """Give the boxes that objects are made of.

    Args:
        boxes: Center, full sizes and heading of objects, shape `(B, T, 7)`.
        classes: Numbers in `FURNITURE`, shape `(B, T)`.

    Returns:
        Shape `(B, 6 T, 7)`, six for each object; those that it has less have no size.
    """
    table = [[*k.parts, *[GAP] * (PLACES - len(k.parts))] for k in FURNITURE]
    shares = torch.tensor(table)[classes]
    center, size = boxes[:, :, None, :3], boxes[:, :, None, 3:6]
    heading = boxes[:, :, None, 6:]
    middle = center + turn_around_z(shares[..., :3] * size, heading[..., 0])
    heading = heading.expand(*shares.shape[:-1], 1)
    return torch.cat([middle, shares[..., 3:] * size, heading], -1).flatten(1, 2)


def turn_around_z(vectors: Tensor, angle: Tensor) -> Tensor:
    """Turn vectors around the z axis, counter-clockwise as seen from above.

    Args:
        vectors: Shape `(..., 3)`.
        angle: In radians, of a shape that broadcasts to `(...)`.

    Returns:
        Shape `(..., 3)`.
    """
    x, y, z = vectors.unbind(-1)
    cos, sin = angle.cos(), angle.sin()
    x, y = cos * x - sin * y, sin * x + cos * y
    return torch.stack([x, y, z.expand(x.shape)], -1)
