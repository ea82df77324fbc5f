"""Rules for what combines a whole dimension: means, statistics, normalizations."""

from collections.abc import Iterable
from dataclasses import replace

from dlnotes.receptive_field._joining import joined
from dlnotes.receptive_field._operations import Call, Found, Rule, found
from dlnotes.receptive_field._reading import mixed
from dlnotes.receptive_field.states import positions, reshaped, with_shape


def _reduce(call: Call) -> Found:
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
    return found(with_shape(state, call.shape))


def _gate(call: Call) -> Found:
    """Halve a dimension: one half gates the other."""
    dim = call.args[1] % len(call.shape)
    before, after = call.shape[:dim], call.shape[dim + 1 :]
    state = reshaped(call.first, (*before, 2, call.shape[dim], *after))
    return found(reshaped(mixed(state, dim), call.shape))


def _softmax(call: Call) -> Found:
    return _normalized(call, [call.args[1]])


def _batch_norm(call: Call) -> Found:
    training = not call.name.endswith("no_training") and call.args[5]
    if not training:
        return found(call.first)
    return _normalized(call, [0, *range(2, len(call.shape))])


def _group_norm(call: Call) -> Found:
    return _normalized(call, range(1, len(call.shape)))


def _layer_norm(call: Call) -> Found:
    return _normalized(call, range(-len(call.args[1]), 0))


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
    "glu": _gate,
    **dict.fromkeys(("_softmax", "_log_softmax", "_safe_softmax"), _softmax),
    **dict.fromkeys(_BATCH_NORMS, _batch_norm),
    "native_group_norm": _group_norm,
    "native_layer_norm": _layer_norm,
}


def _normalized(call: Call, dims: Iterable[int]) -> Found:
    """Divide by statistics, which see all units over which they are taken."""
    dims = list(dims)
    if not any(positions(call.first.dims[dim]) for dim in dims):
        return found(call.first)
    statistics = call.first
    for dim in dims:
        statistics = mixed(statistics, dim)
    note = "its statistics span many positions"
    return found(joined([call.first, statistics], call.shape), note=note)
