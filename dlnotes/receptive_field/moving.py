"""Rules for what moves or joins numbers without reading neighbors."""

from collections.abc import Sequence
from dataclasses import replace

from dlnotes.receptive_field.calls import Call, Rule, with_shape
from dlnotes.receptive_field.states import (
    State,
    UnsupportedLayer,
    joined,
    reshaped,
    with_dim,
)


def join(call: Call) -> State:
    """Combine tensors unit by unit, as in a sum.

    Args:
        call: The operation.

    Returns:
        The state of the result.
    """
    return joined(call.states, call.shape)


def _same(call: Call) -> State:
    return call.first


def _view(call: Call) -> State:
    return reshaped(call.first, call.shape)


def _permute(call: Call) -> State:
    return _ordered(call.first, call.args[1])


def _transpose(call: Call) -> State:
    order = list(range(len(call.shape)))
    if len(order) > 1:
        one, other = (*call.args[1:], 0, 1)[:2]
        order[one], order[other] = order[other], order[one]
    return _ordered(call.first, order)


def _expand(call: Call) -> State:
    return joined([call.first], call.shape)


def _repeat(call: Call) -> State:
    state = call.first
    added = len(call.shape) - len(state.dims)
    for dim, pieces in enumerate(state.dims, start=added):
        if state.local(pieces) and call.shape[dim] != state.shape[dim - added]:
            raise UnsupportedLayer("repeats the positions of an axis")
    front = (((None, 1),),) * added
    return with_shape(replace(state, dims=front + state.dims), call.shape)


def _copy(call: Call) -> State:
    source = call.state(call.args[1])
    return joined([source] if source else call.states, call.shape)


def _concatenate(call: Call) -> State:
    dim = call.args[1] % len(call.shape)
    states = [state for state in call.states if len(state.dims) == len(call.shape)]
    if len(call.args[0]) > 1 and any(s.local(s.dims[dim]) for s in states):
        raise UnsupportedLayer("concatenates along an axis of the input")
    shape = (*call.shape[:dim], 1, *call.shape[dim + 1 :])
    thin = [with_dim(state, dim, ((None, 1),)) for state in states]
    return with_shape(joined(thin, shape), call.shape)


def _stack(call: Call) -> State:
    dim = call.args[1] % len(call.shape)
    state = joined(call.states, call.shape[:dim] + call.shape[dim + 1 :])
    new = (((None, call.shape[dim]),),)
    return replace(state, dims=state.dims[:dim] + new + state.dims[dim:])


def _rearrange(call: Call) -> State:
    dims = call.args[-1] or range(len(call.shape))
    if any(call.first.local(call.first.dims[dim]) for dim in dims):
        raise UnsupportedLayer("moves the positions of an axis around")
    return call.first


def _gate(call: Call) -> State:
    if call.first.local(call.first.dims[call.args[1]]):
        raise UnsupportedLayer("folds an axis of the input in half")
    return with_shape(call.first, call.shape)


_SAME = (
    "alias",
    "channel_shuffle",
    "clone",
    "detach",
    "lift_fresh",
    "native_channel_shuffle",
    "_to_copy",
)
_ONE_BY_ONE = (  # pointwise, though torch does not say so
    "celu",
    "elu",
    "gelu",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "log_sigmoid_forward",
    "mish",
    "_prelu_kernel",
    "relu6",
    "selu",
    "silu",
    "softplus",
    "softshrink",
)
RULES: dict[str, Rule] = {
    **dict.fromkeys(_SAME, _same),
    **dict.fromkeys(_ONE_BY_ONE, join),
    **dict.fromkeys(("view", "_unsafe_view", "unsqueeze", "squeeze"), _view),
    "_reshape_alias": _view,
    "permute": _permute,
    "transpose": _transpose,
    "t": _transpose,
    "expand": _expand,
    "repeat": _repeat,
    "copy": _copy,
    "cat": _concatenate,
    "stack": _stack,
    "flip": _rearrange,
    "roll": _rearrange,
    "glu": _gate,
}


def _ordered(state: State, order: Sequence[int]) -> State:
    return replace(state, dims=tuple(state.dims[dim] for dim in order))
