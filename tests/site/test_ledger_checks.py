"""The ledger of a build: names are unique, claims well-formed, conditions hold."""

from dataclasses import replace
from pathlib import Path

import pytest
from mkdocs.exceptions import PluginError

from sitebuild.claims import Claim, check_claims, detectable
from sitebuild.jobs import Job
from sitebuild.ledger import Ledger
from tests.site.miniature import FIELDS

ROOT = Path("/project")
ONE = Job("gallery", ROOT / "examples/waves/plot_one.py", ROOT)
TWO = Job("lab", ROOT / "docs/labs/waves.py", ROOT)
CLAIM = Claim(note="waves", **FIELDS)
AGREES = replace(CLAIM, kind="agrees", detects="6 * error")
RECORDS = """
from dlnotes.ledger import record
record("waves/b", 1, exact=True)
for name in ("low", "high"):
    record(f"waves/{name}-tide", 2,
           exact=True)
word = "waves/else"
record(word, 3)
"""
PLACE = "docs/claims/waves.yml:0: claim high"


def entry(name: str, value: float = 2.5, error: float | None = 0.25) -> dict:
    return {"name": name, "value": value, "error": error, "unit": "m"}


def runs(*entries: dict, **others: dict) -> dict:
    return {ONE: {"values": list(entries)}, TWO: {"values": list(others.values())}}


def height(error: float | None = 0.25) -> Ledger:
    """A ledger with one value."""
    return Ledger.from_runs(runs(entry("waves/height", error=error)))


def test_a_name_recorded_twice_fails_with_both_files():
    with pytest.raises(
        PluginError, match=r"labs/waves\.py.*waves/b.*examples/waves/plot_one"
    ):
        Ledger.from_runs(runs(entry("waves/b"), again=entry("waves/b")))
    with pytest.raises(PluginError, match="plot_one"):
        Ledger.from_runs(runs(entry("waves/b"), entry("waves/b")))


def test_a_name_begins_with_its_note():
    with pytest.raises(PluginError, match=r"'sea/b': its name must begin with waves/"):
        Ledger.from_runs(runs(entry("sea/b")))


def test_a_value_is_quoted_with_error_and_unit():
    ledger = Ledger.from_runs(runs(entry("waves/b")))
    assert ledger.get("waves/b", "page").text == "2.50 ± 0.25 m"
    with pytest.raises(PluginError, match=r"page\.md: .*'waves/c'"):
        ledger.get("waves/c", "page.md")


def test_unused_values_are_named_with_their_script():
    ledger = Ledger.from_runs(runs(entry("waves/b"), other=entry("waves/c")))
    ledger.get("waves/b", "page")
    (message,) = ledger.unused()
    assert message == "docs/labs/waves.py: no page uses the recorded 'waves/c'"


def test_an_unused_value_is_named_with_the_line_that_records_it(tmp_path):
    """Also where a part of its name is computed."""
    job = Job("gallery", tmp_path / "examples/waves/plot_one.py", tmp_path)
    job.source.parent.mkdir(parents=True)
    job.source.write_text(RECORDS)
    names = ("waves/b", "waves/low-tide", "waves/else")
    ledger = Ledger.from_runs({job: {"values": [entry(name) for name in names]}})
    assert [message.split(": ")[0] for message in ledger.unused()] == [
        "examples/waves/plot_one.py:3",
        "examples/waves/plot_one.py",  # it does not tell
        "examples/waves/plot_one.py:5",
    ]


def test_a_fault_is_named_with_the_line_of_its_field():
    lines = {"value": 6, "condition": 7, "detects": 8, "kind": 5}
    claim = replace(AGREES, line=1, lines=lines)
    for change, line in (
        ({"value": "waves/none"}, 6),
        ({"condition": "value > 3"}, 7),
        ({"condition": "measured('waves/no') > value"}, 7),
        ({"detects": "1"}, 8),
        ({"kind": "proved"}, 5),
    ):
        (fault,) = check_claims([replace(claim, **change)], height())
        assert fault.startswith(f"docs/claims/waves.yml:{line}: claim high")


def test_the_authors_mode_shows_a_placeholder():
    ledger = Ledger.from_runs(runs(), lenient=True)
    assert ledger.get("waves/b", "page").text == "not measured yet"
    assert check_claims([CLAIM, AGREES], ledger) == []
    assert str(detectable(AGREES, ledger)) == "nan"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("value > 2", True),
        ("value > 3", False),
        ("abs(value - 3) < 3 * error", True),
        ("value > measured('waves/other')", True),
        ("min(value, 1) == 1 and max(value, 9) == 9", True),
    ],
)
def test_a_condition_is_evaluated_on_the_measured_values(condition, holds):
    ledger = Ledger.from_runs(runs(entry("waves/height"), entry("waves/other", 1.0)))
    failures = check_claims([replace(CLAIM, condition=condition)], ledger)
    assert (failures == []) == holds
    if not holds:
        assert failures == [
            f"{PLACE} is broken: measured 2.50 ± 0.25 m in "
            "examples/waves/plot_one.py, but it must satisfy: value > 3, "
            "where value is 2.5"
        ]


def test_a_broken_claim_tells_every_number_of_its_condition():
    ledger = Ledger.from_runs(runs(entry("waves/height"), entry("waves/other", 9.0)))
    condition = "value - error > measured('waves/other')"
    (failure,) = check_claims([replace(CLAIM, condition=condition)], ledger)
    numbers = "where waves/other is 9.00 ± 0.25 m, error is 0.25, value is 2.5"
    assert failure.endswith(numbers)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": "waves/none"}, "no script or lab recorded 'waves/none'"),
        ({"condition": "measured('waves/no') > value"}, "no script or lab recorded"),
        ({"condition": "value >"}, "cannot read 'value >'"),
        ({"condition": "value > 1 / (2.5 - value)"}, "division by zero"),
        ({"detects": "error / (2.5 - value)"}, "cannot compute detects"),
        ({"detects": "depth"}, "'depth' is not a number of value"),
    ],
)
def test_a_claim_that_cannot_be_checked_fails_by_name(change, message):
    (failure,) = check_claims([replace(AGREES, **change)], height())
    assert failure.startswith(PLACE)
    assert message in failure


def test_every_failing_claim_is_reported():
    ledger = height()
    conditions = ("value > 3", "value > 1", "value > 4")
    claims = [replace(CLAIM, condition=condition) for condition in conditions]
    assert len(check_claims(claims, ledger)) == 2


def test_a_cited_claim_needs_no_value():
    cited = Claim("sea", "told", "Waves.", "exact", "the sea", "cited")
    assert check_claims([cited], Ledger()) == []


def test_what_is_proved_has_no_standard_error():
    """A test that did not reject is no proof, however small its error."""
    proved = replace(CLAIM, kind="proved")
    assert check_claims([proved], height(error=None)) == []
    (failure,) = check_claims([proved], height(error=1e-9))
    assert failure.startswith(f"{PLACE} is proved, but waves/height")


def test_a_claim_that_agrees_says_what_it_would_have_seen():
    ledger = Ledger.from_runs(runs(entry("waves/height"), entry("waves/low", 2.0)))
    assert check_claims([AGREES], ledger) == []
    assert detectable(AGREES, ledger) == 6 * 0.25
    by_other = replace(AGREES, detects="error / measured('waves/low')")
    assert detectable(by_other, ledger) == 0.125
