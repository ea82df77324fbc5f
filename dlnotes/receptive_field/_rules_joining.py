"""Rules for what combines several tensors: sums, stacks, products of matrices."""

from collections.abc import Sequence
from dataclasses import replace

from dlnotes.receptive_field._joining import joined
from dlnotes.receptive_field._operations import Call, Found, Rule, found
from dlnotes.receptive_field._reading import mixed
from dlnotes.receptive_field.fields import Field
from dlnotes.receptive_field.states import (
    Piece,
    UnsupportedLayer,
    free,
    positions,
    with_dim,
)


def join(call: Call) -> Found:
    """Combine tensors unit by unit, as in a sum."""
    return found(joined(call.states, call.shape))


def _expand(call: Call) -> Found:
    return found(joined([call.first], call.shape))


def _copy(call: Call) -> Found:
    source = call.state(call.args[1])
    return found(joined([source] if source else call.states, call.shape))


def _concatenate(call: Call) -> Found:
    dim = call.args[1] % len(call.shape)
    states = [state for state in call.states if len(state.dims) == len(call.shape)]
    held = {piece.axis for state in states for piece in state.dims[dim]}
    if len(call.args[0]) > 1 and held != {None}:
        raise UnsupportedLayer("concatenates along an axis of the input")
    shape = (*call.shape[:dim], 1, *call.shape[dim + 1 :])
    thin = [with_dim(state, dim, free(1)) for state in states]
    return found(with_dim(joined(thin, shape), dim, free(call.shape[dim])))


def _stack(call: Call) -> Found:
    dim = call.args[1] % len(call.shape)
    state = joined(call.states, call.shape[:dim] + call.shape[dim + 1 :])
    piece = free(call.shape[dim])
    apart = [axis for axis, _ in enumerate(state.fields) if _were_picked(call, axis)]
    if apart:
        # Positions that were picked one by one become positions again.
        seen = [one.fields[apart[0]] for one in call.states]
        fields = list(state.fields)
        fields[apart[0]] = Field(seen[0].regions, _pace(seen))
        piece = Piece(apart[0], 1, len(seen))
        state = replace(state, fields=tuple(fields))
        if len(apart) > 1 or len(seen) < call.shape[dim]:
            raise UnsupportedLayer("stacks positions that are not in a row")
    dims = (*state.dims[:dim], (piece,), *state.dims[dim:])
    return found(replace(state, dims=dims))


def _were_picked(call: Call, axis: int) -> bool:
    """Whether single positions of an axis are stacked, of which some differ."""
    seen = {state.fields[axis] for state in call.states}
    return len(seen) > 1 and not any(field.shift for field in seen)


def _pace(seen: Sequence[Field]) -> int:
    """Tell by how many pixels single units in a row are apart."""
    pace = seen[1].start - seen[0].start
    row = Field(seen[0].regions, pace)
    if [row.region(i) for i, _ in enumerate(seen)] != [f.region(0) for f in seen]:
        raise UnsupportedLayer("stacks positions that are not in a row")
    return pace


def _matrix_product(call: Call) -> Found:
    left, right = call.args[:2] if call.name in ("mm", "bmm") else call.args[1:3]
    one, two = call.state(left), call.state(right)
    bias = call.state(call.args[0]) if call.name.startswith(("add", "badd")) else None
    states = [bias] if bias else []
    note = ""
    if one:
        states.append(with_dim(mixed(one, -1), left.dim() - 1, free(call.shape[-1])))
    if two:
        columns = two.dims[-1]
        rows = {piece.axis for piece in positions(one.dims[-2])} if one else set()
        if rows & {piece.axis for piece in positions(columns)}:
            note = "every position meets every other"  # attention
            two = mixed(two, -1)
            columns = (free(call.shape[-1]),)
        two = with_dim(mixed(two, -2), right.dim() - 2, free(call.shape[-2]))
        states.append(with_dim(two, right.dim() - 1, *columns))
    return found(joined(states, call.shape), note=note)


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
    **dict.fromkeys(_ONE_BY_ONE, join),
    "expand": _expand,
    "copy": _copy,
    "cat": _concatenate,
    "stack": _stack,
    **dict.fromkeys(("mm", "bmm", "addmm", "baddbmm"), _matrix_product),
}
