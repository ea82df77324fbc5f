"""Rules for what moves numbers about without combining them: views, slices, folds."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from dlnotes.receptive_field._operations import Call, Found, Rule, for_each, found
from dlnotes.receptive_field._reading import cut, picked, windowed
from dlnotes.receptive_field.states import (
    State,
    UnsupportedLayer,
    free,
    reordered,
    reshaped,
)
from dlnotes.receptive_field.windows import Window


def _same(call: Call) -> Found:
    return found(call.first)


def _view(call: Call) -> Found:
    if prod(call.shape) != prod(call.first.shape):
        raise UnsupportedLayer("reads numbers as numbers of another size")
    return found(reshaped(call.first, call.shape))


def _squeeze(call: Call) -> Found:
    state = call.first
    given = call.args[1] if len(call.args) > 1 else range(len(state.dims))
    chosen = [given] if isinstance(given, int) else given
    gone = {d % len(state.dims) for d in chosen if state.shape[d] == 1}
    return found(reordered(state, [d for d in range(len(state.dims)) if d not in gone]))


def _unsqueeze(call: Call) -> Found:
    dim = call.args[1] % len(call.shape)
    dims = call.first.dims
    return found(replace(call.first, dims=(*dims[:dim], (free(1),), *dims[dim:])))


def _permute(call: Call) -> Found:
    return found(reordered(call.first, call.args[1]))


def _transpose(call: Call) -> Found:
    order = list(range(len(call.shape)))
    if len(order) > 1:
        one, other = (*call.args[1:], 0, 1)[:2]
        order[one], order[other] = order[other], order[one]
    return found(reordered(call.first, order))


def _repeat(call: Call) -> Found:
    added = ((free(1),),) * (len(call.shape) - len(call.first.dims))
    dims = added + call.first.dims
    dims = tuple(
        (free(times), *pieces) if times > 1 else pieces
        for times, pieces in zip(call.args[1], dims, strict=True)
    )
    return found(replace(call.first, dims=dims))


def _flip(call: Call) -> Found:
    return found(_flipped(call.first, call.args[1]))


def _rotate(call: Call) -> Found:
    state, (one, other) = call.first, call.args[2]
    turns = call.args[1] % 4
    order = list(range(len(state.dims)))
    if turns == 2:
        return found(_flipped(state, (one, other)))
    if turns % 2:
        state = _flipped(state, [other if turns == 1 else one])
        order[one], order[other] = order[other], order[one]
    return found(reordered(state, order))


def _roll(call: Call) -> Found:
    state, shifts, dims = call.first, call.args[1], call.args[2]
    if not dims:
        shape, state = state.shape, reshaped(state, (prod(state.shape),))
        return found(reshaped(_rolled(state, 0, shifts[0]), shape))
    for shift, dim in zip(shifts, dims, strict=True):
        state = _rolled(state, dim % len(state.dims), shift)
    return found(state)


def _slice(call: Call) -> Found:
    _, dim, start, _, step = call.args
    at = dim % len(call.shape)
    before, length = call.first.shape[at], call.shape[at]
    start = start or 0
    start = max(start + before, 0) if start < 0 else min(start, before)
    if step == 1:
        return found(cut(call.first, at, start, length))
    return found(windowed(call.first, at, Window(((start,),), step), length))


def _select(call: Call) -> Found:
    dim = call.args[1] % len(call.first.dims)
    return found(picked(call.first, dim, call.args[2] % call.first.shape[dim]))


def _unbind(call: Call) -> Found:
    dim = call.args[1] % len(call.first.dims)
    return found(*(picked(call.first, dim, i) for i in range(call.first.shape[dim])))


def _split(call: Call) -> Found:
    state, sizes, dim = call.first, call.args[1], call.args[2] % len(call.shape)
    length = state.shape[dim]
    if isinstance(sizes, int):
        sizes = [min(sizes, length - start) for start in range(0, length, sizes)]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    parts = zip(starts, sizes, strict=True)
    return found(*(cut(state, dim, start, size) for start, size in parts))


def _unfold(call: Call) -> Found:
    """Put a window in place of each position, and its pixels into a new dimension."""
    _, dim, size, step = call.args
    dim %= len(call.first.dims)
    state = _opened(call.first, dim, size, Window(((0,),), step), call.shape[dim])
    order = [d for d in range(len(state.dims)) if d != dim + 1]
    return found(reordered(state, [*order, dim + 1]))


def _im2col(call: Call) -> Found:
    """Put windows along two axes into the channels."""
    kernel, dilation, padding, stride = (for_each(v, 2) for v in call.args[1:])
    state = call.first
    first = len(state.dims) - 2
    for axis in (1, 0):  # the last first, so that dimensions keep their number
        size, step = kernel[axis], stride[axis]
        span = dilation[axis] * (size - 1) + 1
        count = (state.shape[first + axis] + 2 * padding[axis] - span) // step + 1
        window = Window(((-padding[axis],),), step)
        state = _opened(state, first + axis, size, window, count, dilation[axis])
    *batch, channels, rows, row, columns, column = range(len(state.dims))
    state = reordered(state, [*batch, channels, row, column, rows, columns])
    return found(reshaped(state, call.shape))


def _col2im(call: Call) -> Found:
    """Add windows up that overlap; what reads an image the other way around."""
    outputs, kernel, dilation, padding, stride = (for_each(v, 2) for v in call.args[1:])
    state = call.first
    columns = list(zip(outputs, kernel, dilation, padding, stride, strict=True))
    counts = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, d, p, s in columns]
    batch, channels = call.shape[:-3], call.shape[-3]
    state = reshaped(state, (*batch, channels, *kernel, *counts))
    *rest, row, column, rows, column_count = range(len(state.dims))
    state = reordered(state, [*rest, rows, row, column_count, column])
    joint = [n * k for n, k in zip(counts, kernel, strict=True)]
    state = reshaped(state, (*batch, channels, *joint))
    for dim, (n, k, d, p, s) in enumerate(columns, start=len(call.shape) - 2):
        reached = [
            [(*divmod(pixel + p - d * tap, s), tap) for tap in range(k)]
            for pixel in range(s)
        ]
        taps = (
            tuple(sorted(window * k + tap for window, rest, tap in row if not rest))
            for row in reached
        )
        state = windowed(state, dim, Window(tuple(taps), k), n)
    return found(state)


def _channel_shuffle(call: Call) -> Found:
    batch, channels, *rest = call.shape
    groups = call.args[1]
    state = reshaped(call.first, (batch, groups, channels // groups, *rest))
    state = reordered(state, [0, 2, 1, *range(3, len(state.dims))])
    return found(reshaped(state, call.shape))


def _pixel_shuffle(call: Call) -> Found:
    *batch, channels, height, width = call.first.shape
    factor = call.args[1]
    finer = (*batch, channels // factor**2, factor, factor, height, width)
    *front, row, column, rows, columns = range(len(finer))
    state = reshaped(call.first, finer)
    state = reordered(state, [*front, rows, row, columns, column])
    return found(reshaped(state, call.shape))


def _pixel_unshuffle(call: Call) -> Found:
    *batch, channels, height, width = call.first.shape
    factor = call.args[1]
    coarser = (height // factor, factor, width // factor, factor)
    state = reshaped(call.first, (*batch, channels, *coarser))
    *front, rows, row, columns, column = range(len(state.dims))
    state = reordered(state, [*front, row, column, rows, columns])
    return found(reshaped(state, call.shape))


_SAME = ("alias", "clone", "detach", "lift_fresh", "_to_copy")
RULES: dict[str, Rule] = {
    **dict.fromkeys(_SAME, _same),
    **dict.fromkeys(("view", "_unsafe_view", "_reshape_alias"), _view),
    "squeeze": _squeeze,
    "unsqueeze": _unsqueeze,
    "permute": _permute,
    **dict.fromkeys(("transpose", "t"), _transpose),
    "repeat": _repeat,
    "flip": _flip,
    "rot90": _rotate,
    "roll": _roll,
    "slice": _slice,
    "select": _select,
    "unbind": _unbind,
    **dict.fromkeys(("split", "split_with_sizes", "unsafe_split"), _split),
    "unfold": _unfold,
    "im2col": _im2col,
    "col2im": _col2im,
    **dict.fromkeys(("channel_shuffle", "native_channel_shuffle"), _channel_shuffle),
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
}


def _flipped(state: State, dims: Sequence[int]) -> State:
    for dim in dims:
        at, length = dim % len(state.dims), state.shape[dim]
        state = windowed(state, at, Window(((length - 1,),), -1), length)
    return state


def _rolled(state: State, dim: int, shift: int) -> State:
    length = state.shape[dim]
    order = Window(tuple(((o - shift) % length,) for o in range(length)), length)
    return windowed(state, dim, order, length)


def _opened(
    state: State, dim: int, size: int, starts: Window, count: int, dilation: int = 1
) -> State:
    """Let windows of `size` pixels follow a dimension as one more dimension.

    Windows may overlap, so their pixels are counted through, window by window.
    """
    ((start,),) = starts.taps
    taps = tuple((start + dilation * tap,) for tap in range(size))
    state = windowed(state, dim, Window(taps, starts.shift), count * size)
    shape = state.shape
    return reshaped(state, (*shape[:dim], count, size, *shape[dim + 1 :]))
