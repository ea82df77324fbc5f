"""Rules for what combines a whole dimension: means, statistics, matrix products."""

from collections.abc import Iterable
from dataclasses import replace

from dlnotes.receptive_field.calls import Call, Rule, mixed, with_shape
from dlnotes.receptive_field.states import State, joined, widened, with_dim


def _reduce(call: Call) -> State:
    state = call.first
    count = len(state.dims)
    given = [arg for arg in call.args[1:] if isinstance(arg, list | tuple)]
    if call.name in _ONE_DIM and len(call.args) > 1:
        given = [[call.args[1]]] if call.args[1] is not None else []
    dims = sorted(dim % count for dim in (given and given[0]) or range(count))
    for dim in dims:
        state = mixed(state, dim)
    if len(call.shape) < count:
        kept = [pieces for dim, pieces in enumerate(state.dims) if dim not in dims]
        state = replace(state, dims=tuple(kept))
    return with_shape(state, call.shape)


def _softmax(call: Call) -> State:
    return _normalized(call, [call.args[1]])


def _batch_norm(call: Call) -> State:
    training = not call.name.endswith("no_training") and call.args[5]
    return _normalized(call, range(2, len(call.shape))) if training else call.first


def _group_norm(call: Call) -> State:
    return _normalized(call, range(1, len(call.shape)))


def _layer_norm(call: Call) -> State:
    return _normalized(call, range(-len(call.args[1]), 0))


def _matrix_product(call: Call) -> State:
    left, right = call.args[:2] if call.name in ("mm", "bmm") else call.args[1:3]
    one, two = call.state(left), call.state(right)
    states = [] if one or two else call.states  # only the bias is tracked
    if one:
        states.append(with_dim(mixed(one, -1), left.dim() - 1, _free(call, -1)))
    if two:
        columns = two.dims[-1]
        if one and any(one.length(axis) > 1 for axis in two.local(columns)):
            call.note = "every position meets every other"  # attention
            two, columns = widened(two, two.local(columns)), _free(call, -1)
        two = with_dim(mixed(two, -2), right.dim() - 2, _free(call, -2))
        states.append(with_dim(two, right.dim() - 1, columns))
    return joined(states, call.shape)


_ONE_DIM = ("all", "any", "argmax", "argmin", "max", "min", "prod")
_MANY_DIMS = (
    "amax",
    "amin",
    "linalg_vector_norm",
    "logsumexp",
    "mean",
    "norm",
    "std",
    "std_mean",
    "sum",
    "var",
    "var_mean",
)
_BATCH_NORMS = (
    "native_batch_norm",
    "_native_batch_norm_legit",
    "_native_batch_norm_legit_no_training",
    "cudnn_batch_norm",
)
RULES: dict[str, Rule] = {
    **dict.fromkeys((*_ONE_DIM, *_MANY_DIMS), _reduce),
    **dict.fromkeys(("_softmax", "_log_softmax", "_safe_softmax"), _softmax),
    **dict.fromkeys(_BATCH_NORMS, _batch_norm),
    "native_group_norm": _group_norm,
    "native_layer_norm": _layer_norm,
    **dict.fromkeys(("mm", "bmm", "addmm", "baddbmm"), _matrix_product),
}


def _normalized(call: Call, dims: Iterable[int]) -> State:
    axes = [axis for dim in dims for axis in call.first.local(call.first.dims[dim])]
    if axes:
        call.note = "its statistics span the whole input"
    return widened(call.first, axes)


def _free(call: Call, dim: int) -> tuple[tuple[None, int], ...]:
    return ((None, call.shape[dim]),)
