"""Receptive fields of any model, without computing a single activation.

The model runs once on a tensor that has a shape but no data. Each of its tensor
operations is looked up in a table of rules; the rules carry along what the units see.
It does not matter how the model is written: modules, functions, branches and loops
are all the same to it.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from dlnotes.receptive_field import mixing, moving, sliding
from dlnotes.receptive_field.calls import Call, Rule
from dlnotes.receptive_field.states import State, UnsupportedLayer, initial
from dlnotes.receptive_field.tables import Row, Trace

RULES: dict[str, Rule] = {**sliding.RULES, **moving.RULES, **mixing.RULES}
# Their results are like their arguments, which torch takes its time to find out.
ACTIVATIONS = {"elu", "gelu", "hardswish", "hardtanh", "leaky_relu", "relu", "silu"}
FACTORIES = ("empty", "full", "new", "ones", "rand", "zeros")  # read no number


def trace(
    model: nn.Module, input_shape: Sequence[int], *, axes: Sequence[int] | None = None
) -> Trace:
    """Follow the receptive field through a model, Eq. (through).

    The result is that of evaluation mode; the model's own mode stays as it is. What
    sees the whole input, such as global pooling, attention or a normalization over
    positions, is marked and does not hide the local field.

    Args:
        model: Any module that takes one tensor.
        input_shape: Shape of that tensor, batch and channels included, such as
            `(1, 3, 224, 224)`.
        axes: Dimensions of the input to follow; all from the third on if not given.

    Returns:
        A row for each layer, and one for each output.

    Raises:
        TypeError: If the model is no module.
        UnsupportedLayer: If a layer cannot be followed; a `ValueError` whose message
            names the layer and the operation.
        ValueError: If the shape has no such dimensions or is not positive.
    """
    shape, followed = _checked(model, input_shape, axes)
    floating = [p.dtype for p in model.parameters() if p.is_floating_point()]
    blank = torch.empty(shape, dtype=(floating or [torch.float32])[0], device="meta")
    tracer = _Tracer(model)
    tracer.track(blank, initial(shape, followed))
    with tracer.watching(), torch.no_grad(), _Padding(), tracer:
        try:
            result = model(blank)
        except UnsupportedLayer as error:
            raise UnsupportedLayer(f"{tracer.place()} {error}") from error
        except (NotImplementedError, RuntimeError) as error:
            reason = f"cannot run without data: {error}"
            raise UnsupportedLayer(f"{tracer.place()} {reason}") from error
    states = [tracer.state(leaf) for leaf in tree_leaves(result)]
    outputs = [_row(state, "output", "") for state in states if state]
    if not outputs:
        raise UnsupportedLayer("no output of the model depends on its input")
    return Trace(tuple(tracer.rows), tuple(outputs), shape, followed)


class _Tracer(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Carries a state along with every tensor that depends on the input."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.model = model
        self.known: dict[int, tuple[Tensor, State]] = {}  # keeps ids from reuse
        self.blanks: dict[int, tuple[Tensor, Tensor]] = {}
        self.names: dict[nn.Module, str] = {}
        self.inside: list[tuple[str, nn.Module]] = []
        self.rows: list[Row] = []
        self.operation = ""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # torch would import its compiler first, for seconds

    def track(self, tensor: Tensor, state: State) -> None:
        self.known[id(tensor)] = tensor, state

    def state(self, value: Any) -> State | None:
        return self.known.get(id(value), (None, None))[1]

    def place(self) -> str:
        name, module = self.inside[-1] if self.inside else ("", self.model)
        layer = f"layer {name!r}" if name else "the model"
        return f"{layer} ({type(module).__name__}, {self.operation})"

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Know at any time which module runs, in evaluation mode."""
        modes = [(module, module.training) for module in self.model.modules()]
        self.names = {module: name for name, module in self.model.named_modules()}
        handles = [  # two for all modules, since one for each would take longer
            register_module_forward_pre_hook(self._enter),
            register_module_forward_hook(self._leave),
        ]
        try:
            for module, _ in modes:
                module.training = False
            yield
        finally:
            for module, training in modes:
                module.training = training
            for handle in handles:
                handle.remove()

    def _enter(self, module: nn.Module, _: Any) -> None:
        if module in self.names:  # else it is none of the model's own
            self.inside.append((self.names[module], module))

    def _leave(self, module: nn.Module, *_: Any) -> None:
        if module in self.names:
            self.inside.pop()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        tensors = list(_tensors((*args, *kwargs.values())))
        if any(tensor.is_meta for tensor in tensors):
            args = [self._without_data(value) for value in args]
            kwargs = {name: self._without_data(kwargs[name]) for name in kwargs}
        self.operation = func.overloadpacket.__name__
        if self.operation in ACTIVATIONS:
            out = torch.empty_like(args[0])
        else:
            out = func(*args, **kwargs)
        known = [self.known[id(t)][1] for t in tensors if id(t) in self.known]
        if known and not self.operation.startswith(FACTORIES):
            self._follow(func, args, kwargs, known, out)
        return out

    def _without_data(self, value: Any) -> Any:
        """Give weights and constants no data either, so that all tensors agree."""
        if isinstance(value, list | tuple):
            return [self._without_data(entry) for entry in value]
        if not isinstance(value, Tensor) or value.is_meta:
            return value
        if id(value) not in self.blanks:
            self.blanks[id(value)] = value, value.to("meta")
        return self.blanks[id(value)][1]

    def _follow(
        self, func: Any, args: Any, kwargs: Any, states: list[State], out: Any
    ) -> None:
        results = list(_tensors([out]))
        if not results:
            return
        filled = _filled(func, args, kwargs)
        shape = tuple(results[0].shape)
        call = Call(self.operation, filled, states, self.state, shape)
        found = _rule(func)(call)
        new = found if isinstance(found, list) else [found] * len(results)
        if new[0].shape != shape:
            raise UnsupportedLayer(f"has a result of unforeseen shape {shape}")
        for tensor, state in zip(results, new, strict=True):
            if state.shape == tuple(tensor.shape):  # else a by-product
                self._refuse_hidden_writes(tensor, state)
                self.track(tensor, state)
        self._report(call, new[0])

    def _refuse_hidden_writes(self, tensor: Tensor, state: State) -> None:
        """A write into a part of a tensor would change the other parts' owner too."""
        before = self.state(tensor)
        writes = self.operation.endswith("_") or before is not None
        if writes and tensor._is_view() and before != state:
            raise UnsupportedLayer("writes into a part of a tensor")

    def _report(self, call: Call, state: State) -> None:
        seen = {(s.fields, s.whole, s.entire) for s in (*call.states, state)}
        if len(seen) == 1 and not call.sizes:
            return  # neither a window nor a change
        name, module = self.inside[-1] if self.inside else ("", self.model)
        leaf = not any(True for _ in module.children())
        kind = type(module).__name__ if leaf else call.name.strip("_")
        self.rows.append(_row(state, name, kind, call.sizes, call.note))


class _Padding(TorchFunctionMode):
    """Pads with a constant where torch would copy piece by piece."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if func is nn.functional.pad:
            given = {**dict(zip(_PAD, args, strict=False)), **(kwargs or {})}
            if given.get("mode") == "circular":
                return func(given["input"], given["pad"])
        return func(*args, **(kwargs or {}))


_PAD = ("input", "pad", "mode", "value")


def _checked(
    model: nn.Module, input_shape: Sequence[int], axes: Sequence[int] | None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a module, got {type(model).__name__}")
    shape = tuple(input_shape)
    if not all(isinstance(n, int) and n > 0 for n in shape):
        raise ValueError(f"input_shape must hold positive integers, got {shape}")
    followed = tuple(range(2, len(shape)) if axes is None else axes)
    if not followed or len(set(followed)) < len(followed):
        raise ValueError(
            "input_shape must be (batch, channels, positions...), or axes must name "
            f"distinct dimensions, got {shape} and {followed}"
        )
    if not set(followed) <= set(range(len(shape))):
        raise ValueError(f"axes must be dimensions of {shape}, got {followed}")
    return shape, followed


def _rule(func: Any) -> Rule:
    name = func.overloadpacket.__name__
    if torch.Tag.pointwise in func.tags:
        return moving.join
    for candidate in (name, name.removesuffix("_")):
        if candidate in RULES:
            return RULES[candidate]
    return _unknown


def _unknown(call: Call) -> State:
    local = [state for state in call.states if not all(state.entire)]
    if local:
        raise UnsupportedLayer("has no rule, so its receptive field is unknown")
    dims = tuple(((None, n),) for n in call.shape)
    return replace(call.first, dims=dims)


def _filled(func: Any, args: Any, kwargs: dict[str, Any]) -> list[Any]:
    """Write all arguments of an operation down in the order of its schema."""
    rest = func._schema.arguments[len(args) :]
    return [*args, *(kwargs.get(a.name, a.default_value) for a in rest)]


def _row(
    state: State,
    layer: str,
    kind: str,
    sizes: dict[str, tuple[int, ...]] | None = None,
    note: str = "",
) -> Row:
    sizes = sizes or {}
    return Row(
        layer=layer,
        kind=kind,
        kernel=sizes.get("kernel", ()),
        stride=sizes.get("stride", ()),
        padding=sizes.get("padding", ()),
        dilation=sizes.get("dilation", ()),
        output=tuple(state.length(axis) for axis, _ in enumerate(state.fields)),
        fields=state.fields,
        whole=state.whole,
        entire=state.entire,
        note=note,
    )


def _tensors(values: Iterable[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)
