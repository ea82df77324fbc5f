"""Checks of dlnotes.ledger."""

import json
import subprocess
import sys

import pytest
import torch

from dlnotes.ledger import format_value, record


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """A ledger file, as a build gives one to each script; returns its reader."""
    path = tmp_path / "ledger.jsonl"
    monkeypatch.setenv("DLNOTES_LEDGER", str(path))
    return lambda: [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_record_prints_what_the_pages_show(capsys):
    record("bias/slope", 0.23641, error=0.00123, unit="ms")
    assert capsys.readouterr().out == "bias/slope = 0.2364 ± 0.0012 ms\n"


def test_record_writes_nothing_outside_a_build(monkeypatch, tmp_path):
    monkeypatch.delenv("DLNOTES_LEDGER", raising=False)
    monkeypatch.chdir(tmp_path)
    record("bias/slope", 1.5, exact=True)
    assert list(tmp_path.iterdir()) == []


def test_record_appends_one_line_of_json_for_each_value(ledger):
    record("bias/slope", 0.25, error=0.125, unit="ms")
    record("receptive_field/size-50", 427, exact=True)
    assert ledger() == [
        {"name": "bias/slope", "value": 0.25, "error": 0.125, "unit": "ms"},
        {"name": "receptive_field/size-50", "value": 427, "error": None, "unit": ""},
    ]


@pytest.mark.parametrize("value", [3, 3.0, torch.tensor(3), torch.tensor([3.0])])
def test_a_whole_number_is_recorded_as_one(ledger, value):
    record("bias/count", value, exact=True)
    assert json.dumps(ledger()[0]["value"]) == "3"


def test_a_float_keeps_all_its_digits(ledger):
    record("bias/slope", 1 / 3, exact=True)
    assert ledger()[0]["value"] == 1 / 3


@pytest.mark.parametrize(
    "name",
    ["slope", "bias/", "/slope", "Bias/slope", "bias/two words", "a/b/c", "a/b_c"],
)
def test_a_name_has_a_note_and_words_with_dashes(name):
    with pytest.raises(ValueError, match="name must look like"):
        record(name, 1.0, exact=True)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), torch.tensor(torch.nan)])
def test_a_value_must_be_finite(ledger, value):
    with pytest.raises(ValueError, match="value of bias/slope must be finite"):
        record("bias/slope", value, exact=True)


@pytest.mark.parametrize("error", [-1e-9, 0.0, float("nan"), float("inf")])
def test_an_error_must_be_finite_and_positive(error):
    with pytest.raises(ValueError, match="error of bias/slope must be finite and pos"):
        record("bias/slope", 1.0, error=error)


@pytest.mark.parametrize("given", [{}, {"error": 0.5, "exact": True}])
def test_a_value_has_an_error_or_is_exact(ledger, tmp_path, given):
    with pytest.raises(ValueError, match="bias/slope must be given with its standard"):
        record("bias/slope", 1.0, **given)
    assert list(tmp_path.iterdir()) == []


def test_whole_numbers_keep_all_their_digits(ledger):
    """Also those that no float holds."""
    record("bias/count", 2**60 + 1, exact=True)
    assert ledger()[0]["value"] == 2**60 + 1


def test_what_is_refused_is_not_written(ledger, tmp_path):
    with pytest.raises(ValueError, match="must be finite"):
        record("bias/slope", 1.0, error=-1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.23641, 0.00123, "0.2364 ± 0.0012"),  # two digits of the error
        (0.23641, 0.0123, "0.236 ± 0.012"),
        (12.34, 1.234, "12.3 ± 1.2"),
        (1234.5, 12.6, "1234 ± 13"),  # never digits behind a whole error
        (1234.5, 126.0, "1234 ± 126"),
        (-0.5, 0.25, "-0.50 ± 0.25"),
        (2, 0.25, "2.00 ± 0.25"),  # a mean of whole numbers
        (0.5, None, "0.5"),
        (0.123456, None, "0.1235"),  # four digits of what is exact
        (12345.678, None, "12345.7"),  # more where four would make it look whole
        (1797, None, "1797"),
        (1.2, 0.0996, "1.20 ± 0.10"),
        (3000.0, 123.4, "3000 ± 123"),
    ],
)
def test_a_value_shows_as_many_digits_as_its_error_allows(value, error, text):
    assert format_value(value, error) == text
    assert format_value(value, error, "ms") == f"{text} ms"


def test_the_ledger_needs_nothing_but_python():
    """It is imported by every script, also where no documentation tool is."""
    code = "import sys, dlnotes.ledger; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in result.stdout.split()}
    assert not loaded & {"torch", "numpy", "mkdocs", "yaml"}
