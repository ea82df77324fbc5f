"""Checks of dlnotes.bias.separability against the note."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from dlnotes.bias import separability
from dlnotes.bias.separability import (
    margin_demands,
    solve_inequalities,
    threshold_demands,
)

small = st.integers(-3, 3)


def check(rows, sides, answer):
    """An answer proves itself: weights by insertion, a certificate by addition."""
    assert (answer.weights is None) != (answer.certificate is None)
    if answer.weights is not None:
        for row, side in zip(rows, sides, strict=True):
            assert sum(w * v for w, v in zip(answer.weights, row, strict=True)) >= side
    else:
        assert all(isinstance(part, Fraction) for part in answer.certificate)
        assert min(answer.certificate) >= 0
        pairs = list(zip(answer.certificate, rows, strict=True))
        for column in range(len(rows[0])):
            assert sum(part * row[column] for part, row in pairs) == 0
        sums = zip(answer.certificate, sides, strict=True)
        assert sum(part * side for part, side in sums) == 1


@given(st.data(), st.integers(1, 8), st.integers(1, 4))
def test_the_answer_proves_itself_and_agrees_with_a_linear_program(data, n, d):
    """Eq. (certificate): exactly one of the two exists; scipy's solver as oracle."""
    rows = [[data.draw(small) for _ in range(d)] for _ in range(n)]
    sides = [data.draw(st.integers(-2, 2)) for _ in range(n)]
    answer = solve_inequalities(rows, sides)
    check(rows, sides, answer)
    negated = [[-value for value in row] for row in rows]
    oracle = linprog([0] * d, negated, [-side for side in sides], bounds=(None, None))
    assert (oracle.status == 0) == (answer.weights is not None)


# Found by searching small numbers. Each runs in a circle if one of Bland's rules is
# replaced: ties go to the first row, to the last row, to the last variable; the last
# column that lowers the cost enters.
CYCLES = {
    "first row": (
        [
            *([-2, 4, -5], [0, 3, 4], [0, -4, 3], [-4, -1, 1]),
            *([-1, -5, 1], [1, -5, -1], [-3, 4, -4]),
        ],
        [0, -1, 1, 1, 1, 1, 2],
    ),
    "last row": (
        [
            *([-4, -2, -4, 0], [5, -1, -4, 1], [-2, 5, 0, 2], [0, -3, -5, 0]),
            *([0, 4, -1, -3], [4, 4, -2, -4], [4, 0, -5, -3], [0, -5, 2, 2]),
        ],
        [1, 0, 0, 1, 0, 1, 2, -1],
    ),
    "last variable": (
        [
            *([9, 8, 8, -8], [4, 0, 8, 0], [2, -3, 0, -6], [7, -6, -8, 2]),
            *([7, -5, 1, 8], [-3, 5, 9, 1], [4, -4, -9, -6], [-7, 9, -3, 6]),
        ],
        [2, 1, 2, 0, 0, 0, 2, 1],
    ),
    "last column": (
        [[-3, -1], [3, -2], [2, -2], [3, 3], [-2, -1]],
        [1, -1, 1, 1, -1],
    ),
}


@pytest.mark.parametrize("name", CYCLES)
def test_blands_rules_never_return_to_a_basis(name, monkeypatch):
    """Eq. (certificate): on problems that other rules circle in forever."""
    seen = set()
    pivot = separability._pivot

    def watched(tableau, basis, entering):
        assert tuple(basis) not in seen, "a circle"
        seen.add(tuple(basis))
        pivot(tableau, basis, entering)

    monkeypatch.setattr(separability, "_pivot", watched)
    check(*CYCLES[name], solve_inequalities(*CYCLES[name]))


@pytest.mark.parametrize(
    ("row", "side", "possible"),
    [(0, 1, False), (0, 0, True), (0, -1, True), (1, 1, True), (-1, 1, True)],
)
def test_one_inequality_in_one_number(row, side, possible):
    """Eq. (certificate): 0 >= 1 is its own certificate, 0 >= 0 holds."""
    answer = solve_inequalities([[row]], [side])
    check([[row]], [side], answer)
    assert (answer.weights is not None) == possible


@pytest.mark.parametrize("rows", list(product((-1, 0, 1), repeat=4)))
def test_two_inequalities_in_two_numbers(rows):
    """Eq. (certificate): every pair with entries up to 1, and sides up to 1."""
    for sides in product((-1, 0, 1), repeat=2):
        pair = [rows[:2], rows[2:]]
        check(pair, sides, solve_inequalities(pair, sides))


def test_weights_of_the_threshold_rule_compute_the_bits():
    """Eq. (separable): OR needs no bias if equality does not fire."""
    points, bits = [(0, 0), (0, 1), (1, 0), (1, 1)], [0, 1, 1, 1]
    weights = solve_inequalities(*threshold_demands(points, bits)).weights
    sums = [sum(w * v for w, v in zip(weights, p, strict=True)) for p in points]
    assert [int(s > 0) for s in sums] == bits


def test_a_margin_excludes_points_at_the_origin():
    """Eq. (separable-margin): for OR, the corner (0, 0) reads 0 >= 1 all by itself."""
    points, bits = [(0, 0), (0, 1), (1, 0), (1, 1)], [0, 1, 1, 1]
    answer = solve_inequalities(*margin_demands(points, bits))
    assert answer.certificate == [1, 0, 0, 0]
    lifted = [(*point, 1) for point in points]
    assert solve_inequalities(*margin_demands(lifted, bits)).weights is not None


def test_the_xor_is_refuted_by_adding_its_four_inequalities():
    """Eq. (certificate): with a bias, all four corners count equally."""
    points = [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1)]
    answer = solve_inequalities(*threshold_demands(points, [0, 1, 1, 0]))
    assert answer.certificate == [Fraction(1, 2)] * 4


def test_a_gap_that_floats_cannot_see_is_decided():
    """Eq. (separable): points one part in 10**30 apart, in exact arithmetic."""
    tiny = Fraction(1, 10**30)
    points = [(Fraction(1), 1), (1 + tiny, 1), (1 + 2 * tiny, 1)]
    for bits, possible in {(0, 0, 1): True, (0, 1, 0): False}.items():
        rows, sides = threshold_demands(points, bits)
        answer = solve_inequalities(rows, sides)
        check(rows, sides, answer)
        assert (answer.weights is not None) == possible


def test_arguments_are_checked():
    with pytest.raises(ValueError, match=r"bits must be 0 or 1, got \[0, 2\]"):
        threshold_demands([[0], [1]], [0, 2])
    with pytest.raises(ValueError, match="2 points need as many bits, got 1"):
        margin_demands([[0], [1]], [0])
    with pytest.raises(ValueError, match=r"equally long, got \[1, 2\]"):
        solve_inequalities([[1], [1, 2]], [1, 1])
    with pytest.raises(ValueError, match="rows must be nonempty"):
        solve_inequalities([], [])
    with pytest.raises(ValueError, match="1 rows need as many sides, got 2"):
        solve_inequalities([[1]], [1, 2])
    for odd in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="numbers must be finite"):
            solve_inequalities([[odd]], [1])
