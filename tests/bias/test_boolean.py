"""Checks of dlnotes.bias.boolean against the note."""

import numpy as np
import pytest
from scipy.optimize import linprog

from dlnotes.bias.boolean import NAMES, corners, realize, truth_tables
from dlnotes.bias.separability import margin_demands, threshold_demands


def realizable(inputs, demands, constant):
    """The functions for which weights exist."""
    return {
        table
        for table in truth_tables(inputs)
        if realize(table, demands, constant=constant).weights is not None
    }


@pytest.mark.parametrize("constant", [0, 1])
@pytest.mark.parametrize("inputs", [1, 2])
def test_counts_agree_with_a_search_over_small_integers(inputs, constant):
    """Eq. (separable): weights up to 2 suffice, as every table that they give says."""
    grid = np.array(np.meshgrid(*[range(-2, 3)] * (inputs + 1))).reshape(inputs + 1, -1)
    points = np.array([(*corner, constant) for corner in corners(inputs)])
    found = {tuple(map(int, column)) for column in (points @ grid > 0).T}
    assert realizable(inputs, threshold_demands, constant) == found


@pytest.mark.parametrize("demands", [threshold_demands, margin_demands])
@pytest.mark.parametrize("constant", [0, 1])
def test_two_inputs_agree_with_a_linear_program(demands, constant):
    """Eq. (separable-margin): scipy's solver finds weights for the same functions."""
    found = set()
    for table in truth_tables(2):
        rows, sides = demands([(*c, constant) for c in corners(2)], table)
        a, c = -np.array(rows, dtype=float), -np.array(sides, dtype=float)
        if linprog([0] * 3, a, c, bounds=(None, None)).status == 0:
            found.add(table)
    assert realizable(2, demands, constant) == found


def test_six_without_and_fourteen_with_a_bias():
    """Eq. (separable): which ones, by name."""
    with_bias = {NAMES[table] for table in realizable(2, threshold_demands, 1)}
    without = {NAMES[table] for table in realizable(2, threshold_demands, 0)}
    assert set(NAMES.values()) - with_bias == {"XOR", "XNOR"}
    assert without == {"never", "a", "b", "OR", "a, not b", "b, not a"}
    assert not realizable(2, margin_demands, 0)
    assert realizable(2, margin_demands, 1) == realizable(2, threshold_demands, 1)


MEANINGS = {
    "never": lambda a, b: False,
    "AND": lambda a, b: a and b,
    "a, not b": lambda a, b: a and not b,
    "a": lambda a, b: a,
    "b, not a": lambda a, b: b and not a,
    "b": lambda a, b: b,
    "XOR": lambda a, b: a != b,
    "OR": lambda a, b: a or b,
    "NOR": lambda a, b: not (a or b),
    "XNOR": lambda a, b: a == b,
    "not b": lambda a, b: not b,
    "b implies a": lambda a, b: a or not b,
    "not a": lambda a, b: not a,
    "a implies b": lambda a, b: not a or b,
    "NAND": lambda a, b: not (a and b),
    "always": lambda a, b: True,
}


def test_each_table_is_what_its_name_says():
    for table, name in NAMES.items():
        assert table == tuple(int(bool(MEANINGS[name](*c))) for c in corners(2))
    assert set(MEANINGS) == set(NAMES.values())


def test_three_inputs_give_the_known_number_of_threshold_functions():
    """Eq. (separable): 104 of 256, as OEIS A000609 lists it for 3."""
    assert len(realizable(3, threshold_demands, 1)) == 104


def test_tables_and_corners_are_complete():
    assert corners(2) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len(set(truth_tables(3))) == 256
    assert set(NAMES) == set(truth_tables(2))
    assert len(set(NAMES.values())) == 16


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="inputs must be at least 1, got 0"):
        corners(0)
    for odd in (0, 5):
        with pytest.raises(ValueError, match=f"inputs must be from 1 to 4, got {odd}"):
            truth_tables(odd)
    for odd in ([1], [0, 1, 1]):
        with pytest.raises(ValueError, match=r"table must have 2, 4, 8, \.\.\. bits"):
            realize(odd, threshold_demands, constant=1)
    with pytest.raises(ValueError, match="constant must be 0 or 1, got 2"):
        realize([0, 1], threshold_demands, constant=2)
