"""Rules for what reads a window: convolutions, pooling, padding."""

from collections.abc import Sequence
from functools import cache

from dlnotes.receptive_field._operations import Call, Found, Rule, for_each, found
from dlnotes.receptive_field._reading import mixed, windowed
from dlnotes.receptive_field.layers import Layer, Transposed
from dlnotes.receptive_field.states import (
    State,
    UnsupportedLayer,
    free,
    positions,
    reshaped,
    with_dim,
    with_shape,
)
from dlnotes.receptive_field.windows import Window, adaptive, convolution, transposed

SIZES = ("kernel", "stride", "padding", "dilation")


def slide(state: State, windows: Sequence[Window], shape: Sequence[int]) -> State:
    """Slide one window along each of the last dimensions."""
    first = len(shape) - len(windows)
    for dim, window in enumerate(windows, start=first):
        state = windowed(state, dim, window, shape[dim])
    return state


def axes_in(name: str) -> int:
    """Find the 2 in `max_pool2d_with_indices`."""
    return int(next(character for character in name if character.isdigit()))


def _convolution(call: Call) -> Found:
    _, weight, bias, *settings, is_transposed, _, groups = call.args
    if call.state(weight) or (bias is not None and call.state(bias)):
        raise UnsupportedLayer("computes the weights of a convolution from the input")
    kernel = tuple(weight.shape[2:])
    sizes = [for_each(value, len(kernel)) for value in (kernel, *settings)]
    columns = list(zip(*sizes, strict=True))
    state = call.first
    _refuse_other_dims(state, columns)
    window = _backward if is_transposed else _forward
    state = slide(state, [window(*column) for column in columns], call.shape)
    state = _through_channels(state, groups, call.shape[1])
    return Found([state], dict(zip(SIZES, sizes, strict=True)))


def _through_channels(state: State, groups: int, outputs: int) -> State:
    """Combine the channels of each group; only there can they be positions."""
    if not positions(state.dims[1]):
        return with_dim(state, 1, free(outputs))
    batch, channels, *rest = state.shape
    state = reshaped(state, (batch, groups, channels // groups, *rest))
    state = with_dim(mixed(state, 2), 2, free(outputs // groups))
    return reshaped(state, (batch, outputs, *rest))


def _pooling(call: Call) -> Found:
    count = axes_in(call.name)
    kernel, stride, padding, dilation = call.args[1:5]
    dilation = dilation if call.name.startswith("max") else 1
    values = (kernel, stride or kernel, padding, dilation)
    sizes = [for_each(value, count) for value in values]
    windows = [_forward(*column) for column in zip(*sizes, strict=True)]
    state = slide(call.first, windows, call.shape)
    return Found([state], dict(zip(SIZES, sizes, strict=True)))


def _adaptive_pooling(call: Call) -> Found:
    state, count, note = call.first, axes_in(call.name), ""
    for dim in range(len(call.shape) - count, len(call.shape)):
        inputs, outputs = state.shape[dim], call.shape[dim]
        if outputs == 1:
            note = "pools the whole input"
            state = mixed(state, dim)
        elif inputs != outputs:
            note = f"depends on the size of the input: {inputs} to {outputs}"
            state = windowed(state, dim, adaptive(inputs, outputs), outputs)
    return found(with_shape(state, call.shape), note=note)


def _pad(call: Call) -> Found:
    before = tuple(reversed(call.args[1][::2]))  # torch lists the last axis first
    note = ""
    if call.name != "constant_pad_nd":
        note = "the outside repeats pixels of the inside"
        _refuse_inner_digits(call, len(before))
    windows = [Window(((-start,),), 1) for start in before]
    state = slide(call.first, windows, call.shape)
    return Found([state], {"padding": before}, note)


RULES: dict[str, Rule] = {
    "convolution": _convolution,
    **{f"avg_pool{n}d": _pooling for n in (1, 2, 3)},
    **{f"max_pool{n}d_with_indices": _pooling for n in (2, 3)},
    **{f"_adaptive_avg_pool{n}d": _adaptive_pooling for n in (2, 3)},
    **{f"adaptive_max_pool{n}d": _adaptive_pooling for n in (2, 3)},
    "constant_pad_nd": _pad,
    "circular_pad": _pad,  # the tracer's own name, see there
    **{f"reflection_pad{n}d": _pad for n in (1, 2, 3)},
    **{f"replication_pad{n}d": _pad for n in (1, 2, 3)},
}


@cache
def _forward(kernel: int, stride: int, padding: int, dilation: int) -> Window:
    return convolution(Layer(kernel, stride, padding, dilation))


@cache
def _backward(kernel: int, stride: int, padding: int, dilation: int) -> Window:
    return transposed(Transposed(kernel, stride, padding, dilation))


def _refuse_other_dims(state: State, columns: Sequence[tuple[int, ...]]) -> None:
    for dim, (kernel, stride, *_) in enumerate(columns, start=2):
        unfollowed = all(piece.axis is None for piece in state.dims[dim])
        moves = state.shape[dim] > 1 and kernel * stride > 1
        if unfollowed and moves and state.has_places:
            raise UnsupportedLayer(
                "slides over a dimension that is not followed: give input_shape with "
                "its batch and channels, or name the axes to follow"
            )


def _refuse_inner_digits(call: Call, count: int) -> None:
    """Within a part of an image the pixels that are repeated are not outside of it."""
    for pieces in call.first.dims[-count:]:
        if not all(call.first.is_outermost(piece) for piece in positions(pieces)):
            raise UnsupportedLayer("repeats the border of a part of the positions")
