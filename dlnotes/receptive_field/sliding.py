"""Rules for what reads a window: convolutions, pooling, resizing, padding, slices."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache

from dlnotes.receptive_field.calls import Call, Rule, mixed, spread, with_shape
from dlnotes.receptive_field.layers import Layer, Transposed
from dlnotes.receptive_field.states import (
    State,
    UnsupportedLayer,
    collapsed,
    fixed,
    windowed,
    with_dim,
)
from dlnotes.receptive_field.windows import (
    Window,
    adaptive,
    convolution,
    cubic,
    linear,
    nearest,
    transposed,
)

SIZES = ("kernel", "stride", "padding", "dilation")
RESIZES: dict[str, Callable[..., Window]] = {
    **{f"upsample_nearest{n}d": nearest for n in (1, 2, 3)},
    "upsample_linear1d": linear,
    "upsample_bilinear2d": linear,
    "upsample_trilinear3d": linear,
    "upsample_bicubic2d": cubic,
}


def slide(call: Call, windows: Sequence[Window]) -> State:
    """Slide one window along each of the last dimensions.

    Args:
        call: The operation.
        windows: One for each of the last dimensions.

    Returns:
        The state of the result.
    """
    state = call.first
    first = len(call.shape) - len(windows)
    for dim, window in enumerate(windows, start=first):
        state = windowed(state, dim, window, call.shape[dim])
    return state


def _convolution(call: Call) -> State:
    weight, is_transposed = call.args[1], call.args[6]
    if call.state(weight):
        raise UnsupportedLayer("computes the weights of a convolution from the input")
    kernel = tuple(weight.shape[2:])
    values = (kernel, *call.args[3:6])
    sizes = [spread(value, len(kernel)) for value in values]
    call.sizes = dict(zip(SIZES, sizes, strict=True))
    columns = list(zip(*sizes, strict=True))
    _refuse_other_dims(call.first, columns)
    window = _backward if is_transposed else _forward
    channels = call.first.local(call.first.dims[1])
    state = slide(call, [window(*column) for column in columns])
    return with_dim(collapsed(state, channels), 1, ((None, call.shape[1]),))


def _pooling(call: Call) -> State:
    count = _axes(call.name)
    kernel, stride, padding, dilation = call.args[1:5]
    dilation = dilation if call.name.startswith("max") else 1
    values = (kernel, stride or kernel, padding, dilation)
    sizes = [spread(value, count) for value in values]
    call.sizes = dict(zip(SIZES, sizes, strict=True))
    columns = zip(*sizes, strict=True)
    return slide(call, [_forward(*column) for column in columns])


def _adaptive_pooling(call: Call) -> State:
    state, count = call.first, _axes(call.name)
    for dim in range(len(call.shape) - count, len(call.shape)):
        inputs, outputs = state.shape[dim], call.shape[dim]
        if outputs == 1:
            call.note = "pools the whole input"
            state = mixed(state, dim)
        elif inputs != outputs:
            call.note = f"depends on the size of the input: {inputs} to {outputs}"
            state = windowed(state, dim, adaptive(inputs, outputs), outputs)
    return with_shape(state, call.shape)


def _resize(call: Call) -> State:
    window, count = RESIZES[call.name], _axes(call.name)
    aligned = window is not nearest and call.args[2]
    windows = []
    for scale, dim in zip(call.args[-count:], range(-count, 0), strict=True):
        inputs, outputs = call.first.shape[dim], call.shape[dim]
        if aligned:
            gaps = max(inputs - 1, 1), max(outputs - 1, 1)
            windows.append(window(*gaps, offset=Fraction(0)))
            continue
        ratio = Fraction(inputs, outputs)
        if scale:  # torch then steps by the scale, even where the sizes were rounded
            ratio = 1 / Fraction(scale).limit_denominator(1000)
        windows.append(window(ratio.numerator, ratio.denominator))
    call.note = "enlarges" if call.shape[-1] > call.first.shape[-1] else "shrinks"
    return slide(call, windows)


def _pad(call: Call) -> State:
    before = tuple(reversed(call.args[1][::2]))  # torch lists the last axis first
    call.sizes = {"padding": before}
    if call.name != "constant_pad_nd":
        call.note = "the outside repeats pixels from the border"
    return slide(call, [Window(((-start,),), 1) for start in before])


def _pixel_shuffle(call: Call) -> State:
    return _shuffled(call, nearest(1, call.args[1]))


def _pixel_unshuffle(call: Call) -> State:
    return _shuffled(call, convolution(Layer(call.args[1], call.args[1])))


def _slice(call: Call) -> State:
    _, dim, start, _, step = call.args
    length = call.first.shape[dim]
    start = start or 0
    start = max(start + length, 0) if start < 0 else min(start, length)
    at = dim % len(call.shape)
    return windowed(call.first, at, Window(((start,),), step), call.shape[at])


def _select(call: Call) -> State:
    dim = call.args[1] % len(call.first.dims)
    return fixed(call.first, dim, call.args[2] % call.first.shape[dim])


def _unbind(call: Call) -> list[State]:
    dim = call.args[1] % len(call.first.dims)
    return [fixed(call.first, dim, i) for i in range(call.first.shape[dim])]


def _split(call: Call) -> list[State]:
    state, sizes, dim = call.first, call.args[1], call.args[2] % len(call.shape)
    length = state.shape[dim]
    if isinstance(sizes, int):
        sizes = [min(sizes, length - start) for start in range(0, length, sizes)]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    windows = [Window(((start,),), 1) for start in starts]
    pairs = zip(windows, sizes, strict=True)
    return [windowed(state, dim, window, size) for window, size in pairs]


RULES: dict[str, Rule] = {
    "convolution": _convolution,
    **{f"avg_pool{n}d": _pooling for n in (1, 2, 3)},
    **{f"max_pool{n}d_with_indices": _pooling for n in (2, 3)},
    **{f"_adaptive_avg_pool{n}d": _adaptive_pooling for n in (2, 3)},
    **{f"adaptive_max_pool{n}d": _adaptive_pooling for n in (2, 3)},
    **dict.fromkeys(RESIZES, _resize),
    "constant_pad_nd": _pad,
    **{f"reflection_pad{n}d": _pad for n in (1, 2, 3)},
    **{f"replication_pad{n}d": _pad for n in (1, 2, 3)},
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
    "slice": _slice,
    "select": _select,
    "unbind": _unbind,
    "split": _split,
    "split_with_sizes": _split,
}


@cache
def _forward(kernel: int, stride: int, padding: int, dilation: int) -> Window:
    return convolution(Layer(kernel, stride, padding, dilation))


@cache
def _backward(kernel: int, stride: int, padding: int, dilation: int) -> Window:
    return transposed(Transposed(kernel, stride, padding, dilation))


def _axes(name: str) -> int:
    """Find the 2 in `max_pool2d_with_indices`."""
    return int(next(character for character in name if character.isdigit()))


def _refuse_other_dims(state: State, columns: Sequence[tuple[int, ...]]) -> None:
    for dim, (kernel, stride, *_) in enumerate(columns, start=2):
        free = all(axis is None for axis, _ in state.dims[dim])
        moves = state.shape[dim] > 1 and kernel * stride > 1
        if free and moves and not all(state.entire):
            raise UnsupportedLayer(
                "slides over a dimension that is not followed: give input_shape with "
                "its batch and channels, or name the axes to follow"
            )


def _shuffled(call: Call, window: Window) -> State:
    state = slide(call, [window, window])
    dim = len(call.shape) - 3
    return with_dim(state, dim, ((None, call.shape[dim]),))
