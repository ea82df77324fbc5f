"""The conditions of claims: a small language of numbers, and whether one can fail.

A condition is one or more comparisons, joined by `and`. A number is written with
`value`, `error`, `measured("note/name")`, `abs`, `min`, `max`, and arithmetic.
"""

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Known = Mapping[str, float]  # "error", and names of measured numbers, to numbers

_LONGEST = 1000
_ARITHMETIC: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: lambda base, power: float(base) ** float(power),
}
_COMPARISONS: dict[type[ast.AST], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {"abs": abs, "min": min, "max": max}
# Where a condition may be false for us to believe that it can be: at 0 and somewhat
# beyond, at multiples, at sums. A number that is exactly 0 has no scale of its own.
_FACTORS = (-0.001, 0, 0.01, 0.5, 0.9, 1.1, 2, 100)
_STEPS = (-1, 10)  # towards 0 and across; away from it
_ERRORS = 20


@dataclass(frozen=True)
class Number:
    """A number as a claim writes it.

    Attributes:
        node: Its syntax.
        own: The name of the claim's own value, which `value` stands for.
    """

    node: ast.expr
    own: str

    @classmethod
    def parse(cls, text: str, own: str) -> "Number":
        """Read it.

        Raises:
            ValueError: If the text is no number.
        """
        number = cls(_parse(text), own)
        number.names()
        return number

    def names(self) -> set[str]:
        """What it depends on: `"error"`, and names of measured numbers."""
        inner = [cls.names() for cls in self._operands()]
        return set().union(*inner) | ({name} if (name := self._name()) else set())

    def at(self, known: Known) -> float:
        """Compute it.

        Raises:
            ArithmeticError: If there is no finite result.
        """
        if name := self._name():
            return known[name]
        numbers = [part.at(known) for part in self._operands()]
        result: Any
        match self.node:
            case ast.Constant(value=result):
                pass
            case ast.UnaryOp():
                result = -numbers[0]
            case ast.BinOp(op=kind):
                result = _ARITHMETIC[type(kind)](*numbers)
            case ast.Call(func=ast.Name(id=function)):
                result = _FUNCTIONS[function](*numbers)
        if isinstance(result, complex) or not math.isfinite(result):
            raise ArithmeticError(f"{ast.unparse(self.node)} is not finite")
        number: float = result
        return number

    def _name(self) -> str:
        """The measured number that this is, "" if it is something else."""
        match self.node:
            case ast.Name(id="value"):
                return self.own
            case ast.Name(id="error"):
                return "error"
            case ast.Call(
                func=ast.Name(id="measured"),
                args=[ast.Constant(value=str(name))],
                keywords=[],
            ):
                return name
        return ""

    def _operands(self) -> list["Number"]:
        """The numbers that it is made of; this says what the language consists of."""
        parts: list[ast.expr] | None = [] if self._name() else None
        match self.node:
            case ast.Constant(value=int() | float() as number):
                if not isinstance(number, bool) and math.isfinite(number):
                    parts = []
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                parts = [operand]
            case ast.BinOp(left=left, op=kind, right=right):
                parts = [left, right] if type(kind) in _ARITHMETIC else None
            case ast.Call(func=ast.Name(id="abs"), args=[operand], keywords=[]):
                parts = [operand]
            case ast.Call(
                func=ast.Name(id="min" | "max"), args=[_, _, *_], keywords=[]
            ):
                parts = self.node.args
        if parts is None:
            raise ValueError(
                f"{ast.unparse(self.node)!r} is not a number of value, error, "
                'measured("note/name"), abs, min, max and arithmetic'
            )
        return [Number(part, self.own) for part in parts]


@dataclass(frozen=True)
class Comparison:
    """Two numbers, and how they should compare."""

    left: Number
    compare: ast.cmpop
    right: Number

    def __str__(self) -> str:
        node = ast.Compare(self.left.node, [self.compare], [self.right.node])
        return ast.unparse(node)

    def names(self) -> set[str]:
        """What it depends on."""
        return self.left.names() | self.right.names()

    def holds(self, known: Known) -> bool:
        """Compare the numbers."""
        compare = _COMPARISONS[type(self.compare)]
        return compare(self.left.at(known), self.right.at(known))

    def breaks(self, known: Known, spread: Mapping[str, float]) -> set[str]:
        """Names whose number alone, moved to a place nearby, makes it false."""
        return {
            name
            for name in self.names()
            for moved in _nearby(known[name], spread.get(name))
            if moved > 0 or name != "error"
            if self._fails({**known, name: moved})
        }

    def _fails(self, known: Known) -> bool:
        try:
            return not self.holds(known)
        except ArithmeticError:
            return False


def parse_condition(text: str, own: str) -> list[Comparison]:
    """Read a condition.

    Args:
        text: Comparisons joined by `and`; a chain `a < b < c` counts as two.
        own: The name of the claim's own value.

    Raises:
        ValueError: If it is something else, or never uses `value`.
    """
    comparisons = list(_comparisons(_parse(text), own))
    if not any(own in comparison.names() for comparison in comparisons):
        raise ValueError(f"{text!r} does not depend on value")
    return comparisons


def idle(
    condition: list[Comparison], own: str, known: Known, spread: Mapping[str, float]
) -> str:
    """Say why a condition that holds could not have failed, "" if it could.

    Every comparison must be false somewhere near what was measured, and one of them
    at another value of the claim's own number.

    Args:
        condition: The comparisons.
        own: The name of the claim's own value.
        known: What was measured.
        spread: The standard errors of those numbers that have one.
    """
    breaking = {str(c): c.breaks(known, spread) for c in condition}
    for text, names in breaking.items():
        if not names:
            return f"{text!r} is true at all numbers near the measured ones"
    if not any(own in names for names in breaking.values()):
        return "it is true at all values near the measured one"
    return ""


def _nearby(number: float, error: float | None) -> Iterator[float]:
    """Numbers that might have been measured in the place of another."""
    yield from (number * factor for factor in _FACTORS)
    yield from (number + math.copysign(step, number) for step in _STEPS)
    if error is not None:
        yield from (number - _ERRORS * error, number + _ERRORS * error)


def _comparisons(node: ast.expr, own: str) -> Iterator[Comparison]:
    match node:
        case ast.BoolOp(op=ast.And(), values=parts):
            for part in parts:
                yield from _comparisons(part, own)
        case ast.Compare(left=left, ops=kinds, comparators=others) if all(
            type(kind) in _COMPARISONS for kind in kinds
        ):
            numbers = [Number(part, own) for part in (left, *others)]
            for kind, one, two in zip(kinds, numbers, numbers[1:], strict=False):
                comparison = Comparison(one, kind, two)
                comparison.names()
                yield comparison
        case _:
            raise ValueError(
                f"{ast.unparse(node)!r} is not a comparison by ==, <, <=, > or >=, "
                "nor several joined by `and`"
            )


def _parse(text: str) -> ast.expr:
    if len(text) > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST} characters")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"cannot read {text!r}: {error}") from error
