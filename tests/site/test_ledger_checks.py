"""The ledger of a build: names are unique, claims well-formed, conditions hold."""

from pathlib import Path

import pytest
from hooks.jobs import Job
from hooks.ledger import Ledger, check_claims, load_claims
from mkdocs.exceptions import PluginError

ROOT = Path("/project")
ONE = Job("gallery", ROOT / "examples/waves/plot_one.py", ROOT)
TWO = Job("lab", ROOT / "docs/labs/two.py", ROOT)
CLAIM = {
    "id": "waves/high",
    "note": "waves",
    "claim": "Crests are high.",
    "source": "exact",
    "reference": "the sea",
    "kind": "proved",
    "value": "waves/height",
    "condition": "value > 1",
    "means": "More than one.",
}


def entry(name: str, value: float = 2.5, error: float | None = 0.25) -> dict:
    return {"name": name, "value": value, "error": error, "unit": "m"}


def runs(*entries: dict, **others: dict) -> dict:
    return {ONE: {"values": list(entries)}, TWO: {"values": list(others.values())}}


def write(path: Path, *claims: dict) -> Path:
    lines = []
    for claim in claims:
        lines += [f"- {next(iter(claim))}: {next(iter(claim.values()))}"]
        lines += [f"  {name}: {value}" for name, value in list(claim.items())[1:]]
    path.write_text("\n".join(lines))
    return path


def test_a_name_recorded_twice_fails_with_both_files():
    with pytest.raises(
        PluginError, match=r"labs/two\.py.*a/b.*examples/waves/plot_one"
    ):
        Ledger.from_runs(runs(entry("a/b"), again=entry("a/b")))
    with pytest.raises(PluginError, match="plot_one"):
        Ledger.from_runs(runs(entry("a/b"), entry("a/b")))


def test_a_value_is_quoted_with_error_and_unit():
    ledger = Ledger.from_runs(runs(entry("a/b")))
    assert ledger.text("a/b", "page") == "2.50 ± 0.25 m"
    with pytest.raises(PluginError, match=r"page\.md: .*'a/c'"):
        ledger.text("a/c", "page.md")


def test_unused_values_are_named_with_their_script():
    ledger = Ledger.from_runs(runs(entry("a/b"), other=entry("a/c")))
    ledger.get("a/b", "page")
    assert ledger.unused() == ["docs/labs/two.py: no page uses the recorded 'a/c'"]


def test_the_authors_mode_shows_a_placeholder():
    ledger = Ledger.from_runs(runs(), lenient=True)
    assert ledger.text("a/b", "page") == "not measured yet"
    assert check_claims([CLAIM], ledger) == []


def test_claims_are_read_as_they_are_written(tmp_path):
    cited = {n: v for n, v in CLAIM.items() if n not in ("value", "condition", "means")}
    cited |= {"id": "waves/cited", "kind": "cited"}
    assert load_claims(write(tmp_path / "claims.yml", CLAIM, cited)) == [CLAIM, cited]
    assert load_claims(write(tmp_path / "claims.yml")) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": None}, "waves/high lacks value"),
        ({"note": None, "means": None}, "waves/high lacks means, note"),
        ({"kind": "cited"}, "unknown fields condition, means, value"),
        ({"kind": "shown"}, "has kind 'shown', expected one of proved"),
        ({"extra": "x"}, "unknown fields extra"),
        ({"id": "waves/first"}, "waves/first appears twice"),
        ({"id": "sea/high"}, "must have an id that starts with 'waves/'"),
    ],
)
def test_a_malformed_claim_is_named(tmp_path, change, message):
    claim = {name: value for name, value in (CLAIM | change).items() if value}
    path = write(tmp_path / "claims.yml", CLAIM | {"id": "waves/first"}, claim)
    with pytest.raises(PluginError, match=f"^claims.yml: claim .*{message}"):
        load_claims(path)


@pytest.mark.parametrize("text", ["waves: high", "- high", "- [1, 2]", "a: [", "- id:"])
def test_a_file_that_is_no_list_of_claims_is_named(tmp_path, text):
    path = tmp_path / "claims.yml"
    path.write_text(text)
    with pytest.raises(PluginError, match=r"^claims\.yml"):
        load_claims(path)


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
    failures = check_claims([CLAIM | {"condition": condition}], ledger)
    assert (failures == []) == holds
    if not holds:
        assert failures == [
            "claims.yml: claim waves/high is broken: measured 2.50 ± 0.25 m in "
            "examples/waves/plot_one.py, but it must satisfy: value > 3"
        ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": "waves/none"}, "no script or lab recorded 'waves/none'"),
        ({"condition": "measured('waves/no') > 1"}, "no script or lab recorded"),
        ({"condition": "value >"}, "cannot evaluate"),
        ({"condition": "height > 1"}, "cannot evaluate"),
        ({"condition": "open('/etc/hosts')"}, "cannot evaluate"),
        ({"condition": "value"}, "is not a yes-or-no condition"),
    ],
)
def test_a_claim_that_cannot_be_checked_fails_by_name(change, message):
    ledger = Ledger.from_runs(runs(entry("waves/height")))
    (failure,) = check_claims([CLAIM | change], ledger)
    assert failure.startswith("claims.yml: claim waves/high")
    assert message in failure


def test_every_failing_claim_is_reported():
    ledger = Ledger.from_runs(runs(entry("waves/height")))
    claims = [CLAIM | {"condition": c} for c in ("value > 3", "value > 1", "value > 4")]
    assert len(check_claims(claims, ledger)) == 2


def test_a_cited_claim_needs_no_value():
    assert check_claims([{"id": "a/b", "kind": "cited"}], Ledger()) == []
