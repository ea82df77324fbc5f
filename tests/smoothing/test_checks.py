"""What the functions of the note refuse, and what they take."""

import math

import pytest
import torch

from dlnotes.smoothing import checks

HALVES = torch.full((3,), 0.5)


def test_values_have_entries_on_the_last_axis():
    checks.check_values("x", torch.ones(0, 2))  # no rows, but each would have entries
    for odd in (torch.tensor(1.0), torch.ones(2, 0)):
        with pytest.raises(ValueError, match="x must have entries on the last axis"):
            checks.check_values("x", odd)
    with pytest.raises(ValueError, match="x must be finite, got nan"):
        checks.check_values("x", torch.tensor([1.0, torch.nan]))


def test_bounds_belong_to_an_interval():
    checks.check_within("p", torch.tensor([0.0, 1.0]), 0, 1)
    checks.check_within("p", torch.tensor([torch.inf]), 0, math.inf)
    for odd in (-1e-7, 1.5, torch.nan):
        with pytest.raises(
            ValueError, match=r"p must be from 0 to 1, got (-1|1\.5|nan)"
        ):
            checks.check_within("p", torch.tensor([0.5, odd]), 0, 1)


def test_shapes_are_the_same():
    checks.check_same_shape("t", HALVES, "p", HALVES)
    with pytest.raises(
        ValueError, match=r"t must have the shape \(3,\) of p, got \(1,\)"
    ):
        checks.check_same_shape("t", HALVES[:1], "p", HALVES)


def test_there_is_an_example():
    checks.check_examples("p", HALVES, HALVES)
    for odd in (torch.tensor(0.5), torch.ones(0, 2)):
        with pytest.raises(ValueError, match="p must have an example, got shape"):
            checks.check_examples("p", odd, odd)
    with pytest.raises(ValueError, match=r"targets must be from 0 to 1, got 2\.0"):
        checks.check_examples("p", HALVES, torch.full((3,), 2.0))


def test_counts_are_finite_and_of_one_shape():
    checks.check_counts("count", (HALVES, 5 * HALVES))
    with pytest.raises(ValueError, match="count must be finite, got inf"):
        checks.check_counts("count", (HALVES, HALVES / 0))
    with pytest.raises(ValueError, match=r"count must be from 0 to inf, got -0\.5"):
        checks.check_counts("count", (-HALVES,))
    with pytest.raises(ValueError, match=r"of true positives, got \(1,\)"):
        checks.check_counts("count", (HALVES, HALVES[:1]))
