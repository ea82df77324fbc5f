"""What is known of a tensor on its way through a network: axes, fields, and where.

An index of a tensor is a number in mixed radix. Its digits are called pieces; each
belongs to an axis of the input, or to none, as channels do. The place of a unit on an
axis is the sum of step times digit over the pieces of that axis, in whichever
dimensions they are. To view, permute and flatten a tensor moves pieces about, splits
them and puts them together again; no place changes, and so nothing else does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import NamedTuple

from dlnotes.receptive_field.fields import PIXEL, Field


class UnsupportedLayer(ValueError):
    """A layer whose receptive field cannot be followed; the message names it."""


class Piece(NamedTuple):
    """A digit of an index, Eq. (place).

    Attributes:
        axis: Axis of the input, or `None` for channels, the batch and the like.
        step: Units of the axis from one value of the digit to the next.
        length: Number of its values.
    """

    axis: int | None
    step: int
    length: int


Pieces = tuple[Piece, ...]  # of one dimension, the outermost first


@dataclass(frozen=True)
class State:
    """Where the axes of the input are in a tensor, and what its units see.

    The pieces of an axis, sorted by step, count its units without a gap: the steps are
    1, n, n m and so on for lengths n, m. A piece of length 1 is kept only where it is
    the last of its axis, to tell its dimension from channels.

    Attributes:
        dims: For each dimension of the tensor what it consists of.
        fields: For each axis of the input what the unit at each place sees.
        common: For each axis what it sees besides that does not move along with the
            outermost piece, or `None`. Its shift is 0.
        lengths: Pixels of the input along each axis.
    """

    dims: tuple[Pieces, ...]
    fields: tuple[Field, ...]
    common: tuple[Field | None, ...]
    lengths: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the tensor."""
        return tuple(size_of(pieces) for pieces in self.dims)

    @property
    def whole(self) -> tuple[bool, ...]:
        """For each axis whether every unit sees all of it, whatever else it sees."""
        seen = zip(self.fields, self.common, self.lengths, strict=True)
        return tuple(_covers(local, n) or _covers(other, n) for local, other, n in seen)

    @property
    def entire(self) -> tuple[bool, ...]:
        """For each axis whether position is lost: all of it, and no local field."""
        seen = zip(self.fields, self.lengths, strict=True)
        return tuple(_covers(local, n) for local, n in seen)

    def length(self, axis: int) -> int:
        """Units along an axis, 1 where the tensor does not hold the axis."""
        return prod(piece.length for piece in self.pieces(axis))

    def pieces(self, axis: int) -> list[Piece]:
        """Pieces of an axis, wherever they are."""
        return [piece for pieces in self.dims for piece in pieces if piece.axis == axis]

    def is_outermost(self, piece: Piece) -> bool:
        """Whether no other piece of its axis has a larger step."""
        axis, step, length = piece
        return axis is None or step * length == self.length(axis)

    @property
    def has_places(self) -> bool:
        """Whether units of the tensor differ in where they are."""
        return any(positions(pieces) for pieces in self.dims)


def initial(shape: Sequence[int], axes: Sequence[int]) -> State:
    """Describe the input itself.

    Args:
        shape: Shape of the input.
        axes: Which of its dimensions are positions.

    Returns:
        A state in which each unit sees its own pixel.
    """
    order = list(axes)
    dims = tuple(
        (Piece(order.index(dim), 1, n) if dim in order else free(n),)
        for dim, n in enumerate(shape)
    )
    lengths = tuple(shape[dim] for dim in order)
    return State(dims, (PIXEL,) * len(order), (None,) * len(order), lengths)


def free(length: int) -> Piece:
    """Make a piece that belongs to no axis.

    Args:
        length: Number of its values.

    Returns:
        The piece.
    """
    return Piece(None, 0, length)


def positions(pieces: Pieces) -> list[Piece]:
    """Find the pieces of a dimension along which units differ in where they are.

    Args:
        pieces: Of the dimension.

    Returns:
        Those of an axis that are longer than 1.
    """
    return [piece for piece in pieces if piece.axis is not None and piece.length > 1]


def size_of(pieces: Sequence[Piece]) -> int:
    """Multiply the lengths of pieces.

    Args:
        pieces: Of one dimension, or any others.

    Returns:
        Number of values that they have together.
    """
    return prod(piece.length for piece in pieces)


def with_dim(state: State, dim: int, *pieces: Piece) -> State:
    """Replace what one dimension consists of.

    Args:
        state: Of a tensor.
        dim: The dimension, 0 or more.
        *pieces: What it consists of afterwards.

    Returns:
        The changed state.
    """
    return replace(state, dims=(*state.dims[:dim], pieces, *state.dims[dim + 1 :]))


def with_shape(state: State, shape: Sequence[int]) -> State:
    """Correct the lengths of dimensions that hold no axis.

    Args:
        state: Of a tensor.
        shape: The true shape.

    Returns:
        The corrected state.
    """
    for dim, length in enumerate(shape):
        if state.shape[dim] != length:
            state = with_dim(state, dim, free(length))
    return state


def reordered(state: State, order: Sequence[int]) -> State:
    """Permute the dimensions.

    Args:
        state: Of the tensor before.
        order: For each dimension afterwards which one it was.

    Returns:
        The state of the result.
    """
    return replace(state, dims=tuple(state.dims[dim] for dim in order))


def reshaped(state: State, shape: Sequence[int]) -> State:
    """Read the same numbers in another shape.

    Args:
        state: Of the tensor before.
        shape: Shape of the tensor after.

    Returns:
        Its state.

    Raises:
        UnsupportedLayer: If a dimension would begin or end in the middle of a digit.
    """
    left = list(fused(piece for pieces in state.dims for piece in pieces))
    return replace(state, dims=tuple(_take(left, length) for length in shape))


def fused(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Put neighboring pieces together where they are one digit in truth.

    Args:
        pieces: The outermost first.

    Returns:
        Fewer pieces that have the same values in the same order.
    """
    last: Piece | None = None
    for piece in pieces:
        if piece.axis is None and piece.length == 1:
            continue
        if last and last.axis == piece.axis and last.step == piece.step * piece.length:
            last = Piece(piece.axis, piece.step, last.length * piece.length)
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last


def split(piece: Piece, outer: int) -> tuple[Piece, Piece]:
    """Split a digit in two.

    Args:
        piece: The digit.
        outer: Number of values of the outer part, a divisor of its length.

    Returns:
        The outer part and the inner one.
    """
    axis, step, length = piece
    inner = length // outer
    return Piece(axis, step * inner, outer), Piece(axis, step, inner)


def _take(left: list[Piece], length: int) -> Pieces:
    """Take pieces from the front that make up a dimension."""
    if length == 1:
        single = left and left[0].length == 1
        return (left.pop(0),) if single else (free(1),)
    pieces: list[Piece] = []
    missing = length
    while missing > 1:
        piece = left.pop(0)
        if piece.length % missing == 0:
            piece, rest = split(piece, missing)
            left[:0] = [rest] if rest.length > 1 else []
        elif missing % piece.length:
            raise UnsupportedLayer(
                f"splits {piece.length} positions or channels unevenly, for a "
                f"dimension of {length}"
            )
        missing //= piece.length
        pieces += [piece] if piece.length > 1 else []
    return tuple(pieces)


def _covers(field: Field | None, length: int) -> bool:
    """Whether what stays in place is all of the axis."""
    if field is None or field.shift:
        return False
    return all(r and r[0] <= 0 and r[1] >= length - 1 for r in field.regions)
