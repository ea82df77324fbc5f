"""What units see that combine the units of several tensors, one by one."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from dlnotes.receptive_field.fields import Field, merge, shortest, through
from dlnotes.receptive_field.states import (
    Piece,
    Pieces,
    State,
    UnsupportedLayer,
    free,
    fused,
    positions,
    split,
)
from dlnotes.receptive_field.windows import Window


class Slot(NamedTuple):
    """A digit of the joined index.

    Attributes:
        axis: Axis to which it belongs, or `None`.
        length: Number of its values.
        steps: For each tensor the step that it gives to the digit; `None` where it
            does not hold the digit.
    """

    axis: int | None
    length: int
    steps: tuple[int | None, ...]


def joined(states: Sequence[State], shape: Sequence[int]) -> State:
    """Combine tensors unit by unit, by the rules of broadcasting.

    Raises:
        UnsupportedLayer: If an axis lies in different dimensions, or the jumps
            disagree.
    """
    ends = zip(range(-len(shape), 0), shape, strict=True)
    slots = [_slots(states, dim, length) for dim, length in ends]
    seen, leads = [], []
    for axis, _ in enumerate(states[0].fields):
        mine = [slot for dim in slots for slot in dim if slot.axis == axis]
        leads.append(_lead(mine, states))
        seen.append(_seen(states, axis, mine, leads[axis]))
    dims = tuple(_pieces(dim, leads) for dim in slots)
    dims = tuple(
        pieces if length > 1 else _single(states, dim - len(shape), dims)
        for dim, (pieces, length) in enumerate(zip(dims, shape, strict=True))
    )
    fields, common = zip(*seen, strict=True)
    return State(dims, fields, common, states[0].lengths)


def _slots(states: Sequence[State], dim: int, length: int) -> list[Slot]:
    """Split dimension `dim`, counted from the end, into digits that suit all."""
    given = [
        list(state.dims[dim])
        if -dim <= len(state.dims) and positions(state.dims[dim])
        else []
        for state in states
    ]
    slots = []
    while any(given):
        size = min(pieces[0].length for pieces in given if pieces)
        heads = [_head(pieces, size) for pieces in given]
        axes = {head.axis for head in heads if head.axis is not None}
        if len(axes) > 1:
            raise UnsupportedLayer("joins different axes of the input")
        steps = tuple(None if head.axis is None else head.step for head in heads)
        slots.append(Slot(axes.pop() if axes else None, size, steps))
    return slots or [Slot(None, length, (None,) * len(states))]


def _head(pieces: list[Piece], size: int) -> Piece:
    """Take a digit of a given size from the front."""
    if not pieces:
        return free(size)
    if pieces[0].length % size:
        raise UnsupportedLayer("joins positions that are grouped in different ways")
    head, rest = split(pieces[0], size)
    pieces[:1] = [rest] if rest.length > 1 else []
    return head


def _lead(slots: list[Slot], states: Sequence[State]) -> int:
    """Choose a tensor that holds all digits of an axis."""
    for index, _ in enumerate(states):
        if all(slot.steps[index] is not None for slot in slots):
            return index
    raise UnsupportedLayer("pairs every position with every other")


def _pieces(slots: list[Slot], leads: list[int]) -> Pieces:
    """Write digits with the steps of the tensors that hold all of them."""
    pieces = (
        free(slot.length)
        if slot.axis is None
        else Piece(slot.axis, slot.steps[leads[slot.axis]] or 0, slot.length)
        for slot in slots
    )
    return tuple(fused(pieces)) or (free(1),)


def _single(states: Sequence[State], dim: int, dims: tuple[Pieces, ...]) -> Pieces:
    """Keep the axis of a dimension of length 1, unless it is longer elsewhere."""
    elsewhere = {piece.axis for pieces in dims for piece in pieces}
    for state in states:
        pieces = state.dims[dim] if -dim <= len(state.dims) else ()
        if any(p.axis is not None and p.axis not in elsewhere for p in pieces):
            return pieces
    return (free(1),)


def _seen(
    states: Sequence[State], axis: int, slots: list[Slot], lead: int
) -> tuple[Field, Field | None]:
    """What moves along an axis, and what does not."""
    moving: list[Field] = []
    standing: list[Field] = []
    for index, state in enumerate(states):
        field, other = state.fields[axis], state.common[axis]
        window = _places(slots, lead, index)
        moves = field.shift if not slots else window.shift
        (moving if moves else standing).append(through(field, window))
        standing += [through(other, window)] if other else []
    if not slots and len({field.jump for field in moving}) > 1:
        moving = [Field(field.regions[:1], 0) for field in moving]  # one unit each
    if not moving:
        return merge(standing), None
    try:
        local = shortest(merge(moving))
    except ValueError as error:
        raise UnsupportedLayer(f"joins branches: {error}") from error
    return local, shortest(merge(standing)) if standing else None


def _places(slots: list[Slot], lead: int, index: int) -> Window:
    """Which place of a tensor belongs to each place of the result.

    The places of the result are those of the leading tensor. The other one may hold
    fewer digits, or give them other steps.
    """
    digits = sorted(
        ((slot.steps[lead] or 0, slot.length, slot.steps[index]) for slot in slots),
        key=lambda digit: digit[0],
    )
    if all(step == own for step, _, own in digits):
        return Window(((0,),), 1)

    def place(number: int) -> int:
        return sum((own or 0) * (number // step % n) for step, n, own in digits)

    step, length, own = digits[-1]
    if own is None:  # it does not move
        return Window(tuple((place(i),) for i in range(step)), 0)
    owns = [(own, n) for _, n, own in digits if own]
    if own == max(owns)[0]:  # both have the same outermost digit
        return Window(tuple((place(i),) for i in range(step)), own)
    turns = tuple((place(i),) for i in range(step * length))
    return Window(turns, prod(n for _, n in owns))
