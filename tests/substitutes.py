"""What stands where a tensor should: a word, nothing, a number, a list, an array.

The annotations of a function say which of these it takes, and which it must refuse.
"""

import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from tests.contract import Args, Case

Put = Callable[[Any], Any]


def calls_without_a_tensor(case: Case) -> Iterator[tuple[str, Args, dict[str, Any]]]:
    """Canonical calls in which one tensor, or one named tuple, is something else.

    Args:
        case: What is called.

    Yields:
        How the message must begin, and the arguments.
    """
    hints = typing.get_type_hints(case.function)
    signature = inspect.signature(case.function)
    for name in signature.parameters:
        bound = signature.bind(*case.args, **case.kwargs)
        value = bound.arguments.get(name)
        for member, changed in _changed(value, hints[name], name):
            bound.arguments[name] = changed
            message = rf"^[\w .\[\]]*\b({name}|{member})\b[\w .\[\]]* must "
            yield message, bound.args, bound.kwargs


def fits(value: Any, hint: Any) -> bool:
    """Tell whether a value is what an annotation allows."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return True
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, one) for one in inner)
    if origin is typing.Literal:
        return value in inner
    if origin is tuple and inner[-1] is not ...:
        fitting = isinstance(value, tuple) and len(value) == len(inner)
        return fitting and all(map(fits, value, inner))
    if origin in (tuple, list, Sequence):
        return isinstance(value, origin) and all(fits(v, inner[0]) for v in value)
    return isinstance(value, int | float if hint is float else origin or hint)


def _changed(value: Any, hint: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The same with one tensor exchanged, and the name of the member that it was."""
    if fits(torch.ones(()), hint) or hasattr(value, "_fields"):
        yield from ((name, wrong) for wrong in _wrong(value) if not fits(wrong, hint))
    for member, inner, inner_hint, put in _members(value, hint):
        for deeper, wrong in _changed(inner, inner_hint, member or name):
            yield deeper, put(wrong)


def _wrong(value: Any) -> Iterator[Any]:
    tensor = value.detach() if isinstance(value, Tensor) else torch.ones(1)
    rows = tensor.tolist() if tensor.ndim else [tensor.item()]
    yield from ("a word", None, 1.5, rows, tensor.numpy())


def _members(value: Any, hint: Any) -> Iterator[tuple[str, Any, Any, Put]]:
    """Name, value and annotation of all members, and how to exchange each."""
    options = [hint]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        options = [one for one in typing.get_args(hint) if fits(value, one)]
    inner = typing.get_args(options[0]) if options else ()
    if hasattr(value, "_fields"):
        hints = typing.get_type_hints(type(value))
        for name, member in value._asdict().items():
            put = lambda new, name=name: value._replace(**{name: new})  # noqa: E731
            yield name, member, hints[name], put
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield name, member, inner[1], lambda new, name=name: {**value, name: new}
    elif isinstance(value, tuple | list):
        of_each = len(inner) == len(value) and ... not in inner
        for i, member in enumerate(value):
            put = _at(value, i)
            yield "", member, inner[i if of_each else 0], put


def _at(values: Any, i: int) -> Put:
    return lambda new: type(values)([*values[:i], new, *values[i + 1 :]])
