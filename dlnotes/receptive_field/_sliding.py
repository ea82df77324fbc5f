"""What a window that slides over one digit of an index does to a state."""

from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from dlnotes.receptive_field.fields import Field, clip, hull, shortest, through
from dlnotes.receptive_field.states import Piece, State, free, with_dim
from dlnotes.receptive_field.windows import Window

T = TypeVar("T")


def slid(state: State, dim: int, at: int, window: Window, outputs: int) -> State:
    """Slide a window over the values of one digit.

    A window with a shift of 0 has one output, which is no position any more.
    """
    piece = state.dims[dim][at]
    axis, step, length = piece
    if axis is None:
        return with_dim(state, dim, *_put(state.dims[dim], at, free(outputs)))
    field = None
    if not state.is_outermost(piece):
        # What is beyond the end of an inner digit is padding, not the next value of
        # the digit outside of it: windows of an image do not see each other.
        window = _within(window, length, outputs)
        state = _stretched(state, piece, outputs)
    elif outputs == 1 and step > 1:
        # The next piece becomes the outermost and must go on at its own pace.
        window = Window((tuple(step * tap for tap in window.reads(0)),), 1)
        step = 1
    elif not _in_order(state.fields[axis], step) or _ends_inside(state, axis, piece):
        # A rolled map does not go on beyond its border as its pattern does, and a
        # part that was cut out goes on with padding, not with the rest of the image.
        field = _in_bounds(state.fields[axis], window, piece, outputs)
    state = seen_through(state, axis, _in_groups(window, step), field)
    lost = outputs == 1 and (not window.shift or state.length(axis) > length)
    new = free(1) if lost else piece._replace(length=outputs)
    return with_dim(state, dim, *_put(state.dims[dim], at, new))


def seen_through(
    state: State, axis: int, window: Window, field: Field | None = None
) -> State:
    """Apply a window to all that is seen along an axis; `field` if known already."""
    other = state.common[axis]
    field = shortest(field or through(state.fields[axis], window))
    other = other and shortest(through(other, window))
    fields = _put(state.fields, axis, field)
    return replace(state, fields=fields, common=_put(state.common, axis, other))


def inside(state: State, axis: int | None) -> State:
    """Say in one what a single unit sees, without padding."""
    if axis is None:
        return state
    field, other = state.fields[axis], state.common[axis]
    if field.shift or state.length(axis) > 1:
        return state
    seen = clip(
        hull([*field.regions, *(other.regions if other else ())]), state.lengths[axis]
    )
    fields = _put(state.fields, axis, Field((seen,), 0))
    return replace(state, fields=fields, common=_put(state.common, axis, None))


def _within(window: Window, inputs: int, outputs: int) -> Window:
    """Cut a window off at both ends of its inputs; one turn is all outputs."""
    reads = (window.reads(output) for output in range(outputs))
    taps = tuple(tuple(t for t in taps if 0 <= t < inputs) for taps in reads)
    return Window(taps, inputs)


def _in_groups(window: Window, size: int) -> Window:
    """Let a window slide over groups of units, each unit of a group on its own."""
    if size == 1:
        return window
    taps = tuple(
        tuple(size * tap + unit for tap in taps)
        for taps in window.taps
        for unit in range(size)
    )
    return Window(taps, size * window.shift)


def _stretched(state: State, piece: tuple[int | None, int, int], outputs: int) -> State:
    """Let the steps of all pieces outside of one go with its new length."""
    axis, step, length = piece
    dims = tuple(
        tuple(
            p._replace(step=p.step // length * outputs)
            if p.axis == axis and p.step > step
            else p
            for p in pieces
        )
        for pieces in state.dims
    )
    return replace(state, dims=dims)


def _in_order(field: Field, step: int) -> bool:
    """Whether regions follow each other in one direction, from step to step."""
    count = len(field.regions)
    if count == 1:
        return True
    sign = 1 if field.shift >= 0 else -1
    pairs = ((field.region(i), field.region(i + step)) for i in range(count))
    return all(
        sign * (after[end] - before[end]) >= 0
        for before, after in pairs
        if before and after
        for end in (0, 1)
    )


def _ends_inside(state: State, axis: int, piece: Piece) -> bool:
    """Whether units beyond the ends of the map would see nothing but the image."""
    _, step, length = piece
    field, last = state.fields[axis], state.lengths[axis] - 1
    beyond = (*range(-step, 0), *range(step * length, step * (length + 1)))
    regions = (field.region(place) for place in beyond)
    return any(region and region[0] >= 0 and region[1] <= last for region in regions)


def _in_bounds(field: Field, window: Window, piece: Piece, outputs: int) -> Field:
    """What each output sees, one by one, where nothing is beyond the border."""
    _, step, inputs = piece
    pace = field.jump * step * Fraction(window.shift, len(window.taps))
    turns = -(-outputs // pace.denominator) * pace.denominator
    taps = ([i for i in window.reads(o) if 0 <= i < inputs] for o in range(turns))
    regions = (
        hull([field.region(step * i + unit) for i in reads])
        for reads in taps
        for unit in range(step)
    )
    return Field(tuple(regions), int(turns * pace))


def _put(values: tuple[T, ...], index: int, value: T) -> tuple[T, ...]:
    return (*values[:index], value, *values[index + 1 :])
