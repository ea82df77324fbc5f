"""A condition says something of its value, and could have been false."""

from dataclasses import replace
from pathlib import Path

import pytest

from sitebuild.claims import Claim, check_claims, detectable
from sitebuild.jobs import Job
from sitebuild.ledger import Ledger

JOB = Job("gallery", Path("/project/examples/sea/plot_it.py"), Path("/project"))
OTHER = 'measured("sea/other")'
CLAIM = Claim("sea", "high", "High.", "exact", "the sea", "reproduced", "sea/it")


def faults(
    condition: str,
    value: float = 2.5,
    error: float | None = None,
    other: float = 1.0,
    **fields: str,
) -> list[str]:
    """Check a condition on two recorded values."""
    entries = [
        {"name": "sea/it", "value": value, "error": error, "unit": ""},
        {"name": "sea/other", "value": other, "error": None, "unit": ""},
    ]
    ledger = Ledger.from_runs({JOB: {"values": entries}})
    claim = replace(CLAIM, condition=condition, means="So.", **fields)
    return check_claims([claim], ledger)


@pytest.mark.parametrize(
    ("condition", "value", "error", "other"),
    [
        ("value == 0", 0, None, 1),
        ("value == 14 and " + OTHER + " == 6", 14, None, 6),
        (f"value == {OTHER} == 34", 34, None, 34),
        ("value == 2**70", 2**70, None, 1),
        ("value < 1e-12", 0.0, None, 1),
        ("value < 1e-12", 3e-17, None, 1),
        ("value <= 1", 0.02, None, 1),
        ("value >= -1e-12", 0.3, None, 1),
        ("value >= 0", 0.3, None, 1),
        ("value < 5", 0.3, None, 1),
        ("value > 0.001", 0.41, None, 1),
        ("value > 1000", 2e5, None, 1),
        ("0.49 < value < 0.5 + 1e-9", 0.4999, None, 1),
        ("abs(value - 1) < 5 * error", 1.1, 0.05, 1),
        ("abs(value + 4.59512) < 1e-5", -4.595121, None, 1),
        ("value > -3 * error", 0.02, 0.01, 1),
        ("value - 5 * error > 4 * " + OTHER, 9, 0.1, 1),
        ("value + 5 * error < " + OTHER + " / 10", 0.05, 0.001, 1),
        ("abs(value - 0.9**40) < 1e-12", 0.9**40, None, 1),
        (f"max(value, {OTHER}) < 1e-9", 1e-12, None, 0),
        (f"value <= 1 and {OTHER} <= 300 * value", 0.4, None, 3),
        (f"value / {OTHER} < 0.6", 0.5, None, 1),
        ("value > 0.95 and error < 0.01", 0.97, 0.001, 1),
        (f"value < {OTHER} - 0.01 and {OTHER} < 0.7", 0.2, None, 0.5),
        ("min(value, 1) == 1 and max(value, 9) == 9", 2.5, None, 1),
    ],
)
def test_an_honest_condition_passes(condition, value, error, other):
    assert faults(condition, value, error, other) == []


@pytest.mark.parametrize(
    "condition",
    [
        "True",
        "1",
        "value",
        "value > 99 or True",
        "value > 1 or value < 1",
        "not value > 99",
        "value != 3",
        "value is value",
        "value in (2.5, 3)",
        "(value > 99) == False",
        "(value > 1) + 1 > 1",
        "value > True",
        "value > 1 if value else True",
        "value > [1][0]",
        "[value > 99]",
        "(lambda: True)()",
        "(n := value) > 1",
        "value > 1e999 - 1e999",
        "value < 1e999",
        "value > 1j",
        "value > '1'",
        "value.real > 1",
        "value > 5 % 3",
        "value > 7 // 3",
        "value > 1; value",
        "open('/etc/hosts') > value",
        "__import__('os') == value",
        "max(value) == value",
        "max([value]) == value",
        "max(value, 1, key=abs) == value",
        "abs(value, 1) > 1",
        "round(value) == 2",
        "measured('sea/it', 1) > 1",
        "measured(value) > 1",
        "measured > 1",
        "error(value) > 1",
        "value > 1 #" + " " * 1000,
        "value > " + "-" * 900 + "1",
        "value > " + "(" * 400 + "1" + ")" * 400,
        "",
    ],
)
def test_other_expressions_are_refused(condition):
    (fault,) = faults(condition)
    assert fault.startswith("docs/claims/sea.yml:0: claim high: ")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("1 == 1", "does not depend on value"),
        (f"{OTHER} == 1", "does not depend on value"),
        ("error > 0", "does not depend on value"),
        ("value > 2 and 1 == 1", "'1 == 1' is true at all numbers"),
        ("0 < 1 < value", "'0 < 1' is true"),
        (f"value > 2 and {OTHER} < 1e9", "is true at all numbers"),
        (f"value > 2 and {OTHER} == {OTHER}", "is true at all numbers"),
        ("value == value", "is true at all numbers"),
        ('value == measured("sea/it")', "is true at all numbers"),
        ("value - value == 0", "is true at all numbers"),
        ("value * 0 == 0", "is true at all numbers"),
        ("value ** 0 == 1", "is true at all numbers"),
        ("abs(value) >= 0", "is true at all numbers"),
        ("value * value >= 0", "is true at all numbers"),
        ("value < value + 1", "is true at all numbers"),
        ("value <= max(value, 3)", "is true at all numbers"),
        ("min(value, 5) < 6", "is true at all numbers"),
        ("value > -1e9", "is true at all numbers"),
        ("value > -3", "is true at all numbers"),
        ("value < 1e9", "is true at all numbers"),
        ("value < 251", "is true at all numbers"),
        ("abs(value) < 1e6 * error", "is true at all numbers"),
        (f"value > 2 and {OTHER} < 1e6 * error", "is true at all numbers"),
        ("value / 1e12 < 1", "is true at all numbers"),
        (f"max(value, {OTHER}) >= {OTHER}", "is true at all numbers"),
        (f"value * 0 < {OTHER}", "it is true at all values near the measured one"),
        (f"value - value + 2 > {OTHER}", "it is true at all values"),
    ],
)
def test_a_condition_that_cannot_fail_is_refused(condition, message):
    (fault,) = faults(condition, error=0.25)
    assert message in fault


def test_a_bound_beyond_zero_is_no_bound_of_a_large_number():
    """It may lie there by a rounding."""
    (fault,) = faults("value > -1", 89)
    assert "is true at all numbers near" in fault
    assert faults("value > -1e-9", 89) == []


@pytest.mark.parametrize("condition", ["value == 9**9**9", "value == 9.0**9**9"])
def test_a_number_without_bounds_is_an_error_and_takes_no_time(condition):
    (fault,) = faults(condition)
    assert "out of range" in fault or "too large" in fault


def test_an_exact_value_has_no_error():
    (fault,) = faults("abs(value) < 5 * error")
    assert "claim high: sea/it has no standard error" in fault


@pytest.mark.parametrize(
    ("detects", "message"),
    [
        ("6.645 * error", ""),
        (f"6.645 * error / {OTHER}", ""),
        ("1", "is not a positive number that grows with the error"),
        ("-error", "is not a positive number"),
        ("error - error", "is not a positive number"),
        ("0 * error", "is not a positive number"),
        ("value / 2", "is not a positive number that grows with the error"),
        ("1 / error", "is not a positive number that grows with the error"),
        ("1e-9 * error", "detects less than it says"),
        ("error", "detects less than it says"),
        ("True", "'True' is not a number of"),
        ("value > 1", "is not a number of"),
        ("9**9**9 * error", "cannot compute detects"),
    ],
)
def test_what_a_claim_detects_is_positive_and_depends_on_the_error(detects, message):
    """It is at least half of the way from one end of what is accepted to the other."""
    found = faults(
        "abs(value - 2.5) < 5 * error", error=0.25, kind="agrees", detects=detects
    )
    assert len(found) == (message != "")
    assert message in "".join(found)


def test_a_claim_that_agrees_has_a_standard_error():
    (fault,) = faults("value > 2", kind="agrees", detects="error")
    assert "claim high agrees, but sea/it has no standard error" in fault


def test_the_authors_mode_knows_a_false_claim():
    """Only what was never measured passes."""
    entries = [{"name": "sea/it", "value": 2.5, "error": None, "unit": ""}]
    ledger = Ledger.from_runs({JOB: {"values": entries}}, lenient=True)
    false, unknown = (
        replace(CLAIM, condition=condition)
        for condition in ("value > 3", f"value > {OTHER}")
    )
    (fault,) = check_claims([false, unknown], ledger)
    assert "is broken: measured 2.5" in fault
    lost = replace(unknown, kind="agrees", detects=f"error / {OTHER}", value="sea/no")
    assert str(detectable(lost, ledger)) == "nan"
