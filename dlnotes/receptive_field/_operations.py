"""One tensor operation, as the rules of the tracer see it, and what a rule finds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dlnotes.receptive_field.states import State


@dataclass(frozen=True)
class Call:
    """A tensor operation of which at least one argument is tracked.

    Attributes:
        name: Its name, without the overload.
        args: Its arguments in the order of its schema, defaults filled in.
        states: The states of its tracked tensors, in order.
        state: Looks up the state of a tensor; `None` if it is not tracked.
        shape: Shape of the result, or of the first of several.
    """

    name: str
    args: Sequence[Any]
    states: Sequence[State]
    state: Callable[[Any], State | None]
    shape: tuple[int, ...]

    @property
    def first(self) -> State:
        """State of the first tracked tensor."""
        return self.states[0]


@dataclass(frozen=True)
class Found:
    """What a rule finds out about an operation.

    Attributes:
        states: Of its results; a single one stands for all.
        sizes: Kernel, stride, padding and dilation, one number for each axis.
        note: What a reader of the table should know.
    """

    states: Sequence[State]
    sizes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    note: str = ""


Rule = Callable[[Call], Found]


def found(*states: State, note: str = "") -> Found:
    """Say what the results of an operation are."""
    return Found(states, note=note)


def for_each(value: int | Sequence[int], count: int) -> tuple[int, ...]:
    """Write an argument down once for each axis."""
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * count if len(values) == 1 else values
