"""One tensor operation, as the rules of the tracer see it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dlnotes.receptive_field.states import State, collapsed, with_dim


@dataclass
class Call:
    """A tensor operation of which at least one argument is tracked.

    Attributes:
        name: Its name, without the overload.
        args: Its arguments in the order of its schema, defaults filled in.
        states: The states of its tracked tensors, in order.
        state: Looks up the state of a tensor; `None` if it is not tracked.
        shape: Shape of the result, or of the first of several.
        sizes: Kernel, stride, padding and dilation, filled in by the rule.
        note: What a reader of the table should know, filled in by the rule.
    """

    name: str
    args: list[Any]
    states: list[State]
    state: Callable[[Any], State | None]
    shape: tuple[int, ...]
    sizes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    note: str = ""

    @property
    def first(self) -> State:
        """State of the first tracked tensor."""
        return self.states[0]


Rule = Callable[[Call], State | list[State]]


def with_shape(state: State, shape: Sequence[int]) -> State:
    """Correct the lengths of dimensions that hold no axis.

    Args:
        state: Of a tensor.
        shape: The true shape.

    Returns:
        The corrected state.
    """
    for dim, length in enumerate(shape):
        if state.shape[dim] != length:
            state = with_dim(state, dim, ((None, length),))
    return state


def mixed(state: State, dim: int) -> State:
    """Combine all units along one dimension.

    Args:
        state: Of a tensor.
        dim: The dimension.

    Returns:
        The state of the result, in which this dimension has length 1.
    """
    state = collapsed(state, state.local(state.dims[dim]))
    return with_dim(state, dim % len(state.dims), ((None, 1),))


def spread(value: int | Sequence[int], count: int) -> tuple[int, ...]:
    """Write an argument down once for each axis.

    Args:
        value: One integer for all, or a sequence of one or of `count` integers.
        count: Number of axes.

    Returns:
        As many integers as there are axes.
    """
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * count if len(values) == 1 else values
