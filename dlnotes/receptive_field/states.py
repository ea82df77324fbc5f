"""What is known of a tensor on its way through a network: axes, fields, and where.

A tensor may hold an axis of the input in any of its dimensions, or two axes in one
dimension once they are flattened. `State` keeps account of it, so that a network may
permute and flatten as it likes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TypeVar

from dlnotes.receptive_field.fields import PIXEL, Field, merge, through
from dlnotes.receptive_field.windows import Window

T = TypeVar("T")
Pieces = tuple[tuple[int | None, int], ...]  # axis, or None, and length; outer first


class UnsupportedLayer(ValueError):
    """A layer whose receptive field cannot be followed; the message names it."""


@dataclass(frozen=True)
class State:
    """Where the axes of the input are in a tensor, and what its units see.

    Attributes:
        dims: For each dimension of the tensor what it consists of.
        fields: For each axis of the input what a unit sees through local layers.
        whole: For each axis whether a unit sees all of it besides.
        entire: For each axis whether position is lost: every unit sees all of it and
            there is no local field any more.
        lengths: Pixels of the input along each axis.
    """

    dims: tuple[Pieces, ...]
    fields: tuple[Field, ...]
    whole: tuple[bool, ...]
    entire: tuple[bool, ...]
    lengths: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the tensor."""
        return tuple(_length(pieces) for pieces in self.dims)

    def length(self, axis: int) -> int:
        """Units along an axis, 1 where the tensor does not hold the axis."""
        return prod(n for pieces in self.dims for held, n in pieces if held == axis)

    def local(self, pieces: Pieces) -> list[int]:
        """Axes in a dimension along which units differ in what they see."""
        axes = [axis for axis, n in pieces if axis is not None and n > 1]
        return [axis for axis in axes if not self.entire[axis]]


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
        ((order.index(dim) if dim in order else None, n),)
        for dim, n in enumerate(shape)
    )
    count = len(order)
    lengths = tuple(shape[dim] for dim in order)
    no = (False,) * count
    return State(dims, (PIXEL,) * count, no, no, lengths)


def reshaped(state: State, shape: Sequence[int]) -> State:
    """Read the same numbers in another shape.

    Args:
        state: Of the tensor before.
        shape: Shape of the tensor after.

    Returns:
        Its state.

    Raises:
        UnsupportedLayer: If a local axis would be cut into pieces.
    """
    supply = _Supply(state)
    return replace(state, dims=tuple(supply.take(n) for n in shape))


def windowed(state: State, dim: int, window: Window, outputs: int) -> State:
    """Slide a window along one dimension.

    Args:
        state: Of the tensor before.
        dim: The dimension.
        window: What each output reads.
        outputs: Length of the dimension afterwards.

    Returns:
        The state of the result. A dimension that holds no axis only changes its
        length.

    Raises:
        UnsupportedLayer: If the dimension holds several axes.
    """
    pieces = state.dims[dim]
    axes = [axis for axis, _ in pieces if axis is not None]
    axes = [axis for axis in axes if not state.entire[axis]]
    still = window.taps == ((0,),) and window.shift == 1 and len(pieces) != 1
    if still and outputs == _length(pieces):
        return state
    if len(axes) > 1 or (axes and len(pieces) > 1):
        raise UnsupportedLayer("reads neighbors in a dimension that mixes positions")
    if not axes:
        return with_dim(state, dim, ((None, outputs),))
    (axis,) = axes
    seen = through(state.fields[axis], window)
    moved = with_dim(state, dim, ((axis, outputs),))
    return replace(moved, fields=_put(state.fields, axis, seen))


def widened(state: State, axes: Sequence[int]) -> State:
    """Let units see all of some axes besides their local fields.

    Args:
        state: Of the tensor before.
        axes: The axes of the input.

    Returns:
        The state of the result.
    """
    whole = tuple(seen or axis in axes for axis, seen in enumerate(state.whole))
    return replace(state, whole=whole)


def collapsed(state: State, axes: Sequence[int]) -> State:
    """Combine all units along some axes into one, which sees all of the input there.

    Args:
        state: Of the tensor before.
        axes: The axes of the input.

    Returns:
        A state that holds these axes no more.
    """
    state = widened(state, axes)
    fields, entire = state.fields, state.entire
    for axis in axes:
        fields = _put(fields, axis, Field(((0, state.lengths[axis] - 1),), 0))
        entire = _put(entire, axis, True)
    dims = tuple(
        tuple((None if axis in axes else axis, n) for axis, n in pieces)
        for pieces in state.dims
    )
    return replace(state, dims=dims, fields=fields, entire=entire)


def fixed(state: State, dim: int, index: int) -> State:
    """Pick one index of a dimension, which disappears.

    Args:
        state: Of the tensor before.
        dim: The dimension.
        index: The index, 0 or more.

    Returns:
        The state of the result; a unit sees what the picked one saw.

    Raises:
        UnsupportedLayer: If the dimension holds several axes.
    """
    if state.local(state.dims[dim]):
        state = windowed(state, dim, Window(((index,),), 0), 1)
    return replace(state, dims=state.dims[:dim] + state.dims[dim + 1 :])


def joined(states: Sequence[State], shape: Sequence[int]) -> State:
    """Combine tensors unit by unit, by the rules of broadcasting.

    Args:
        states: Of the tensors, one or more.
        shape: Shape of the result.

    Returns:
        Its state: for each axis the hull of what the tensors see.

    Raises:
        UnsupportedLayer: If the same axis lies in different dimensions, or the jumps
            disagree.
    """
    ends = enumerate(shape, start=-len(shape))
    dims = tuple(_joined_dim(states, dim, n) for dim, n in ends)
    held = [axis for pieces in dims for axis, _ in pieces if axis is not None]
    if len(held) > len(set(held)):
        raise UnsupportedLayer("pairs every position with every other")
    fields, whole, entire = [], [], []
    for axis, _ in enumerate(states[0].fields):
        local = [state for state in states if not state.entire[axis]]
        longest = max((state.length(axis) for state in local), default=1)
        moving = [state for state in local if state.length(axis) == longest]
        candidates = [state.fields[axis] for state in moving or states]
        if longest == 1 and len({field.jump for field in candidates}) > 1:
            candidates = [Field(field.regions[:1], 0) for field in candidates]
        try:
            fields.append(merge(candidates))
        except ValueError as error:
            raise UnsupportedLayer(f"joins branches: {error}") from error
        global_too = any(state.whole[axis] for state in states)
        whole.append(global_too or len(moving) < len(local))
        entire.append(not local)
    lengths = states[0].lengths
    return State(dims, tuple(fields), tuple(whole), tuple(entire), lengths)


def with_dim(state: State, dim: int, pieces: Pieces) -> State:
    """Replace what one dimension consists of.

    Args:
        state: Of a tensor.
        dim: The dimension, 0 or more.
        pieces: What it consists of afterwards.

    Returns:
        The changed state.
    """
    return replace(state, dims=(*state.dims[:dim], pieces, *state.dims[dim + 1 :]))


class _Supply:
    """Hands out the pieces of a tensor in order, for dimensions of another shape."""

    def __init__(self, state: State) -> None:
        pieces = [piece for pieces in state.dims for piece in pieces]
        lost = [axis is None or state.entire[axis] for axis, _ in pieces]
        known = zip(pieces, lost, strict=True)
        self.left = list(_fused([(None if no else axis, n) for (axis, n), no in known]))

    def take(self, length: int) -> Pieces:
        if length == 1:
            single = self.left and self.left[0][1] == 1
            return (self.left.pop(0),) if single else ((None, 1),)
        pieces: list[tuple[int | None, int]] = []
        while (missing := length // _length(pieces)) > 1:
            axis, n = self.left.pop(0)
            if axis is None and n % missing == 0:
                self.left.insert(0, (None, n // missing))
                n = missing
            if missing % n:
                raise UnsupportedLayer(f"cuts an axis of {n} positions into pieces")
            if n > 1:
                pieces.append((axis, n))
        return tuple(pieces) or ((None, 1),)


def _fused(pieces: list[tuple[int | None, int]]) -> Iterator[tuple[int | None, int]]:
    """Multiply neighboring pieces that hold no axis."""
    free = 1
    for axis, n in pieces:
        if axis is None:
            free *= n
            continue
        if free > 1:
            yield None, free
        free = 1
        yield axis, n
    if free > 1:
        yield None, free


def _joined_dim(states: Sequence[State], dim: int, length: int) -> Pieces:
    """What dimension `dim`, counted from the end, consists of after broadcasting."""
    found: Pieces = ((None, length),)
    for state in states:
        pieces = state.dims[dim] if -dim <= len(state.dims) else ()
        if not any(axis is not None for axis, _ in pieces):
            continue
        if _length(pieces) != length or pieces == found:
            continue
        if not state.local(pieces):
            found = found if any(axis is not None for axis, _ in found) else pieces
            continue
        others = [axis for axis, n in found if axis is not None and n > 1]
        if any(not other.entire[axis] for axis in others for other in states):
            raise UnsupportedLayer("joins different axes of the input")
        found = pieces
    return found


def _length(pieces: Sequence[tuple[int | None, int]]) -> int:
    return prod(n for _, n in pieces)


def _put(values: tuple[T, ...], index: int, value: T) -> tuple[T, ...]:
    return (*values[:index], value, *values[index + 1 :])
