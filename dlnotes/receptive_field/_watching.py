"""Runs a model without data and applies a rule to each of its tensor operations."""

from collections.abc import Iterable, Iterator
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

from dlnotes.receptive_field import (
    _rules_joining,
    _rules_mixing,
    _rules_moving,
    _rules_reading,
    _rules_resizing,
)
from dlnotes.receptive_field._joining import joined
from dlnotes.receptive_field._operations import Call, Found, Rule, found
from dlnotes.receptive_field.states import State, UnsupportedLayer, free
from dlnotes.receptive_field.tables import Row

RULES: dict[str, Rule] = {
    **_rules_reading.RULES,
    **_rules_resizing.RULES,
    **_rules_moving.RULES,
    **_rules_joining.RULES,
    **_rules_mixing.RULES,
}
# Their results are like their arguments, which torch takes its time to find out.
ACTIVATIONS = {"elu", "gelu", "hardswish", "hardtanh", "leaky_relu", "relu", "silu"}
FACTORIES = ("empty", "full", "new", "ones", "rand", "zeros")  # read no number


class Tracer(TorchDispatchMode):  # type: ignore[no-untyped-call]
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
        self.pads_in_circles = False

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

    def _enter(self, module: nn.Module, args: Any) -> None:
        if module in self.names:  # else it is none of the model's own
            self.inside.append((self.names[module], module))
        known = [self.state(tensor) for tensor in _tensors(args)]
        local = any(state and state.has_places for state in known)
        if local and isinstance(module, nn.RNNBase | nn.RNNCellBase):
            self.operation = "recurrence"
            raise UnsupportedLayer(
                f"is no window: {type(module).__name__} carries a state from step to "
                "step, so what a unit sees grows with its position"
            )

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
        if self.pads_in_circles and self.operation == "constant_pad_nd":
            self.operation = "circular_pad"
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
        finding = _rule(func, call)(call)
        new = list(finding.states)
        new *= len(results) // len(new)
        if new[0].shape != shape:
            raise UnsupportedLayer(f"has a result of unforeseen shape {shape}")
        for tensor, state in zip(results, new, strict=True):
            if state.shape == tuple(tensor.shape):  # else a by-product
                self._refuse_hidden_writes(tensor, state)
                self.track(tensor, state)
        self._report(call, finding)

    def _refuse_hidden_writes(self, tensor: Tensor, state: State) -> None:
        """A write into a part of a tensor would change the other parts' owner too."""
        before = self.state(tensor)
        writes = self.operation.endswith("_") or before is not None
        if writes and tensor._is_view() and before != state:
            raise UnsupportedLayer("writes into a part of a tensor")

    def _report(self, call: Call, finding: Found) -> None:
        state = finding.states[0]
        seen = {(s.fields, s.common) for s in (*call.states, state)}
        if len(seen) == 1 and not finding.sizes:
            return  # neither a window nor a change
        name, module = self.inside[-1] if self.inside else ("", self.model)
        leaf = not any(True for _ in module.children())
        kind = type(module).__name__ if leaf else call.name.strip("_")
        self.rows.append(row_of(state, name, kind, finding.sizes, finding.note))


class Padding(TorchFunctionMode):
    """Pads with a constant where torch would copy piece by piece."""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self.tracer = tracer

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if func is nn.functional.pad:
            given = {**dict(zip(_PAD, args, strict=False)), **(kwargs or {})}
            if given.get("mode") == "circular":
                self.tracer.pads_in_circles = True
                try:
                    return func(given["input"], given["pad"])
                finally:
                    self.tracer.pads_in_circles = False
        return func(*args, **(kwargs or {}))


_PAD = ("input", "pad", "mode", "value")


def row_of(
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
        common=state.common,
        whole=state.whole,
        entire=state.entire,
        note=note,
    )


def _rule(func: Any, call: Call) -> Rule:
    if torch.Tag.pointwise in func.tags:
        return _rules_joining.join
    for candidate in (call.name, call.name.removesuffix("_")):
        if candidate in RULES:
            return RULES[candidate]
    return _unknown


def _unknown(call: Call) -> Found:
    if any(state.has_places for state in call.states):
        raise UnsupportedLayer("has no rule, so its receptive field is unknown")
    dims = tuple((free(n),) for n in call.shape)
    scattered = [replace(state, dims=dims) for state in call.states]
    return found(joined(scattered, call.shape))


def _filled(func: Any, args: Any, kwargs: dict[str, Any]) -> list[Any]:
    """Write all arguments of an operation down in the order of its schema."""
    rest = func._schema.arguments[len(args) :]
    return [*args, *(kwargs.get(a.name, a.default_value) for a in rest)]


def _tensors(values: Iterable[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)
