"""Networks with branches, written down as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dlnotes.receptive_field.fields import PIXEL, Field, merge, through
from dlnotes.receptive_field.layers import Layer, Transposed
from dlnotes.receptive_field.windows import Window, convolution, transposed

Part: TypeAlias = "Layer | Transposed | Window | Parallel"


@dataclass(frozen=True)
class Parallel:
    """Branches that start at one place and meet in a sum or a concatenation.

    Attributes:
        branches: Each a sequence of parts, from the input up; an empty one is the
            identity, as in a residual block.
    """

    branches: tuple[tuple[Part, ...], ...]


def follow(parts: Sequence[Part], field: Field = PIXEL) -> Field:
    """Receptive field of a network along one axis, Eq. (branches).

    Args:
        parts: The parts from the input up.
        field: What the units below see; the pixels themselves if not given.

    Returns:
        What the units of the last part see.

    Raises:
        TypeError: If a part is of another kind.
        ValueError: If the branches of a part disagree about the jump.

    Examples:
        >>> follow([Layer(7, stride=2), Parallel(((Layer(3, padding=1),), ()))]).size
        11
    """
    for part in parts:
        if isinstance(part, Parallel):
            field = merge([follow(branch, field) for branch in part.branches])
        else:
            field = through(field, _window(part))
    return field


def paths(parts: Sequence[Part]) -> list[list[Part]]:
    """List every way from the input to the output, Eq. (path-maximum).

    There are as many as the product of the numbers of branches, so this is for small
    networks; `follow` needs one step for each part.

    Args:
        parts: The parts from the input up.

    Returns:
        Each way as a sequence of parts without branches.
    """
    ways: list[list[Part]] = [[]]
    for part in parts:
        if isinstance(part, Parallel):
            turns = [way for branch in part.branches for way in paths(branch)]
        else:
            turns = [[part]]
        ways = [way + turn for way in ways for turn in turns]
    return ways


def in_series(parts: Sequence[Part]) -> list[Part]:
    """Put all branches one after the other, which is wrong.

    This is what comes out of a walk over the modules of a network in the order in
    which they were registered: it cannot tell a branch from the layers before it.

    Args:
        parts: The parts from the input up.

    Returns:
        The parts of all branches in a row.
    """
    row: list[Part] = []
    for part in parts:
        if isinstance(part, Parallel):
            for branch in part.branches:
                row += in_series(branch)
        else:
            row.append(part)
    return row


def _window(part: Part) -> Window:
    match part:
        case Layer():
            return convolution(part)
        case Transposed():
            return transposed(part)
        case Window():
            return part
    raise TypeError(f"no part of a network: {part!r}")
