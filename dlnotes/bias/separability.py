"""Whether a hyperplane exists, decided in exact rational arithmetic."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

Number = int | float | Fraction
Row = list[Fraction]


class Answer(NamedTuple):
    """Weights, or the proof that there are none; exactly one of the two is given.

    Attributes:
        weights: Solves every inequality, one number per column; or `None`.
        certificate: One nonnegative multiplier per inequality; or `None`. The
            inequalities, multiplied and added, read 0 >= 1.
    """

    weights: Row | None
    certificate: Row | None


def threshold_demands(
    points: Sequence[Sequence[Number]], bits: Sequence[int]
) -> tuple[list[Row], Row]:
    r"""Write down what a threshold unit must satisfy, Eq. (separable).

    Args:
        points: Inputs, `N` rows of `D` numbers. Floats are taken at their exact value.
        bits: For each point, whether the unit must fire, 0 or 1.

    Returns:
        Rows `a` and right-hand sides `c` of the inequalities `a . w >= c`. A point
        with bit 1 demands at least 1, which scaling turns into "more than 0"; a point
        with bit 0 demands at most 0.
    """
    rows = _signed_rows(points, bits)
    return rows, [Fraction(bit) for bit in bits]


def margin_demands(
    points: Sequence[Sequence[Number]], bits: Sequence[int]
) -> tuple[list[Row], Row]:
    r"""Write down the same with a positive margin, Eq. (separable-margin).

    Args:
        points: Inputs, `N` rows of `D` numbers. Floats are taken at their exact value.
        bits: The class of each point, 0 or 1.

    Returns:
        Rows and right-hand sides of `a . w >= 1`, for both classes: no point may lie
        on the hyperplane.
    """
    rows = _signed_rows(points, bits)
    return rows, [Fraction(1) for _ in rows]


def solve_inequalities(
    rows: Sequence[Sequence[Number]], sides: Sequence[Number]
) -> Answer:
    r"""Find weights or prove that none exist, Eq. (certificate).

    The simplex method looks for the certificate, with Bland's rules against cycles and
    fractions against rounding. Where there is none, its multipliers are the weights.

    Args:
        rows: The `a` of each inequality `a . w >= c`, `N` rows of `D` numbers.
        sides: The `c` of each inequality.

    Returns:
        Weights, or a certificate.
    """
    a = _exact_rows(rows)
    c = _exact_rows([sides])[0]
    if len(c) != len(a):
        raise ValueError(f"{len(a)} rows need as many sides, got {len(c)}")
    # The equations of a certificate: sum of l * a = 0 and sum of l * c = 1.
    columns = [[*row, side] for row, side in zip(a, c, strict=True)]
    tableau, basis = _start(columns)
    while (entering := _entering(tableau)) is not None:
        _pivot(tableau, basis, entering)
    if not tableau[-1][-1]:  # no infeasibility left
        values = dict(zip(basis, (row[-1] for row in tableau), strict=False))
        return Answer(None, [values.get(i, Fraction(0)) for i in range(len(a))])
    dual = [1 - cost for cost in tableau[-1][len(a) : -1]]
    return Answer([-u / dual[-1] for u in dual[:-1]], None)


def _signed_rows(points: Sequence[Sequence[Number]], bits: Sequence[int]) -> list[Row]:
    rows = _exact_rows(points)
    if len(bits) != len(rows):
        raise ValueError(f"{len(rows)} points need as many bits, got {len(bits)}")
    if not set(bits) <= {0, 1}:
        raise ValueError(f"bits must be 0 or 1, got {sorted(set(bits))}")
    signs = [1 if bit else -1 for bit in bits]
    return [[sign * v for v in row] for sign, row in zip(signs, rows, strict=True)]


def _exact_rows(rows: Sequence[Sequence[Number]]) -> list[Row]:
    try:
        exact = [[Fraction(value) for value in row] for row in rows]
    except (OverflowError, ValueError) as error:
        raise ValueError(f"numbers must be finite: {error}") from None
    if not exact or {len(row) for row in exact} != {len(exact[0])} or not exact[0]:
        lengths = sorted({len(row) for row in exact})
        raise ValueError(f"rows must be nonempty and equally long, got {lengths}")
    return exact


def _start(columns: list[Row]) -> tuple[list[Row], list[int]]:
    """Set up phase one: an artificial variable per equation, whose sum is the cost."""
    equations = len(columns[0])
    tableau = []
    for i in range(equations):
        unit = [Fraction(i == j) for j in range(equations)]
        side = Fraction(i == equations - 1)
        tableau.append([*(column[i] for column in columns), *unit, side])
    cost = [-sum(column) for column in columns] + [Fraction(0)] * equations
    tableau.append([*map(Fraction, cost), Fraction(-1)])
    return tableau, [len(columns) + i for i in range(equations)]


def _entering(tableau: list[Row]) -> int | None:
    """Bland's first rule: the first column that lowers the cost."""
    return next((j for j, cost in enumerate(tableau[-1][:-1]) if cost < 0), None)


def _pivot(tableau: list[Row], basis: list[int], entering: int) -> None:
    """Let a variable enter; the smallest ratio leaves, of ties the first variable."""
    candidates = [i for i in range(len(basis)) if tableau[i][entering] > 0]
    leaving = min(
        candidates, key=lambda i: (tableau[i][-1] / tableau[i][entering], basis[i])
    )
    pivot = [value / tableau[leaving][entering] for value in tableau[leaving]]
    for i, row in enumerate(tableau):
        if factor := row[entering]:
            tableau[i] = [v - factor * p for v, p in zip(row, pivot, strict=True)]
    tableau[leaving] = pivot
    basis[leaving] = entering
