"""What the units of a tensor see after something has read along a dimension of it."""

from collections.abc import Sequence
from dataclasses import replace

from dlnotes.receptive_field._sliding import inside, seen_through, slid
from dlnotes.receptive_field.states import (
    Piece,
    Pieces,
    State,
    UnsupportedLayer,
    free,
    positions,
    reshaped,
    size_of,
    with_dim,
)
from dlnotes.receptive_field.windows import Window, nearest


def windowed(state: State, dim: int, window: Window, outputs: int) -> State:
    """Slide a window along one dimension.

    Raises:
        UnsupportedLayer: If the dimension mixes positions that are no neighbors.
    """
    pieces = state.dims[dim]
    if all(piece.axis is None for piece in pieces):
        return with_dim(state, dim, free(outputs))
    still = window.taps == ((0,),) and window.shift == 1
    if still and outputs == size_of(pieces):
        return state
    return slid(straightened(state, dim), dim, 0, window, outputs)


def picked(state: State, dim: int, index: int) -> State:
    """Pick one index of a dimension, which disappears."""
    for at in reversed(range(len(state.dims[dim]))):
        piece = state.dims[dim][at]
        index, digit = divmod(index, piece.length)
        if piece.axis is not None and piece.length > 1:
            state = slid(state, dim, at, Window(((digit,),), 0), 1)
    return replace(state, dims=state.dims[:dim] + state.dims[dim + 1 :])


def cut(state: State, dim: int, start: int, length: int) -> State:
    """Cut a stretch out of a dimension.

    Raises:
        UnsupportedLayer: If it begins or ends in the middle of a digit.
    """
    before = state.shape[dim]
    inner = size_of(state.dims[dim][1:])
    if length == before or not positions(state.dims[dim]):
        return windowed(state, dim, Window(((0,),), 1), length)
    if inner > 1 and start % inner == 0 and length % inner == 0:
        at = state.shape[:dim], state.shape[dim + 1 :]
        state = reshaped(state, (*at[0], before // inner, inner, *at[1]))
        state = cut(state, dim, start // inner, length // inner)
        return reshaped(state, (*at[0], length, *at[1]))
    return windowed(state, dim, Window(((start,),), 1), length)


def mixed(state: State, dim: int) -> State:
    """Combine all units along one dimension, which keeps one.

    Along an axis that is not elsewhere too, position is lost, and every unit sees all
    that any one saw.
    """
    dim %= len(state.dims)
    for axis in {piece.axis for piece in positions(state.dims[dim])}:
        state = inside(_combined(state, dim, axis), axis)
    return with_dim(state, dim, free(1))


def straightened(state: State, dim: int) -> State:
    """Count the positions of a dimension through, so that neighbors are neighbors.

    Raises:
        UnsupportedLayer: If the dimension holds several axes, or one that is spread
            over several dimensions, or repeats positions from the start.
    """
    pieces = state.dims[dim]
    if len(pieces) == 1:
        return state
    first, *others = pieces
    axis, axes = first.axis, {piece.axis for piece in others}
    if axis is None or not axes <= {axis, None}:
        raise UnsupportedLayer("reads neighbors in a dimension that mixes positions")
    if axes == {None}:
        # Each position stands several times in a row, as enlarged to the nearest.
        times = size_of(others)
        state = with_dim(state, dim, first)
        return slid(state, dim, 0, nearest(1, times), first.length * times)
    if size_of([piece for piece in pieces if piece.axis == axis]) != state.length(axis):
        raise UnsupportedLayer("reads neighbors along a part of the positions")
    count = size_of(pieces)
    order = tuple((_place(pieces, index),) for index in range(count))
    state = seen_through(state, axis, Window(order, state.length(axis)))
    return with_dim(state, dim, Piece(axis, 1, count))


def as_map(state: State, usual: Sequence[int]) -> State:
    """Read a tensor as a map, whose positions are in one dimension for each axis.

    The pieces of an axis count as positions only in its usual dimension, or in that of
    the outermost piece if there are none. All others count as channels: a unit sees
    what any of its channels sees.
    """
    for axis, home in enumerate(usual if state.dims else ()):
        held = [
            {p.step: dim for p in pieces if p.axis == axis}
            for dim, pieces in enumerate(state.dims)
        ]
        if home >= len(held) or not held[home]:
            _, home = max(
                (item for dim in held for item in dim.items()), default=(0, 0)
            )
        for dim in range(len(held)):
            state = _combined(state, dim, axis) if dim != home else state
        first, *others = state.dims[home]
        alone = first.axis == axis and {p.axis for p in others} <= {axis, None}
        state = straightened(state, home) if alone else state
    return state


def _combined(state: State, dim: int, axis: int | None) -> State:
    """Combine all units along the pieces of an axis in one dimension."""
    for at, piece in enumerate(state.dims[dim]):
        if piece.axis == axis and piece.length > 1:
            everything = Window((tuple(range(piece.length)),), 0)
            state = slid(state, dim, at, everything, 1)
    return state


def _place(pieces: Pieces, index: int) -> int:
    """Place of an index on the axis to which the pieces of a dimension belong."""
    place = 0
    for piece in reversed(pieces):
        index, digit = divmod(index, piece.length)
        place += piece.step * digit
    return place
