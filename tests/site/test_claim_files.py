"""The files of claims are read as they are typed, and refused where they are not plain.

Whoever writes a claim twice, or leaves a text empty, is told so with file and line.
"""

from pathlib import Path

import pytest
from mkdocs.exceptions import PluginError

from sitebuild.claim_files import load_claims
from sitebuild.claims import Claim
from tests.site.miniature import FIELDS

AGREES = FIELDS | {"kind": "agrees", "detects": "0.5 * error"}


def write(folder: Path, *claims: dict[str, str | None], name: str = "waves") -> Path:
    """Write claims, each field as it is; `None` leaves it out."""
    text = ""
    for claim in claims:
        lines = [f"{key}: {value}" for key, value in claim.items() if value is not None]
        text += "- " + "\n  ".join(lines) + "\n"
    (folder / f"{name}.yml").write_text(text, "utf-8")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(PluginError) as refused:
        load_claims(folder)
    return str(refused.value)


def test_claims_are_read_in_order(tmp_path):
    """A file for each note, in the order of their names; ids belong to a note."""
    cited = {name: FIELDS[name] for name in ("claim", "source", "reference")}
    cited = {"id": "told", "kind": "cited"} | cited
    write(tmp_path, FIELDS, cited)
    write(tmp_path, AGREES, name="sea")
    loaded = load_claims(tmp_path)
    assert loaded == [
        Claim(note="sea", **AGREES),
        Claim(note="waves", **FIELDS),
        Claim(note="waves", **cited),
    ]
    assert [claim.line for claim in loaded] == [1, 1, 9]
    write(tmp_path, name="sea")
    assert [claim.id for claim in load_claims(tmp_path)] == ["high", "told"]
    assert load_claims(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1.10", "1.10"),
        ("yes", "yes"),
        ("2026-01-02", "2026-01-02"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("'null'", "null"),
        ("No", "No"),
        ("|\n    one\n    two", "one two"),
    ],
)
def test_a_text_is_shown_as_it_is_typed(tmp_path, typed, shown):
    (claim,) = load_claims(write(tmp_path, FIELDS | {"source": typed}))
    assert claim.source == shown


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": None}, "9: claim second lacks value"),
        ({"reference": None, "means": None}, "claim second lacks means, reference"),
        ({"kind": "cited"}, "15: claim second has the unknown fields condition, m"),
        (
            {"kind": "shown"},
            "13: claim second has kind 'shown', expected one of proved",
        ),
        ({"kind": "Proved"}, "has kind 'Proved', expected one of proved"),
        ({"kind": "agrees"}, "second lacks detects"),
        ({"detects": "error"}, "17: claim second has the unknown fields detects"),
        ({"note": "waves"}, "unknown fields note"),
        ({"line": "3"}, "unknown fields line"),
        ({"id": "first"}, "9: claim first appears twice"),
        ({"id": "Two Words"}, "9: not a claim with an id of words-with-dashes"),
        ({"id": None}, "9: not a claim with an id"),
        ({"source": ""}, "11: source is empty"),
        ({"source": "~"}, "11: source is empty"),
        ({"source": "null"}, "11: source is empty"),
        ({"source": "Null"}, "11: source is empty"),
        ({"source": "''"}, "11: source is empty"),
        ({"means": '" "'}, "16: means is empty"),
        ({"means": "'-'"}, "16: means is empty"),
        ({"means": '"\\u200b"'}, "16: means is empty"),
        ({"source": "[exact]"}, "11: source is not a text"),
        ({"source": "{a: b}"}, "11: source is not a text"),
        ({"source": "!!int 3"}, "11: source is not a text"),
        ({"source": "!!python/name:os.system"}, "11: source is not a text"),
        ({"source": "exact\n  source: told"}, "12: source is given twice"),
        ({"claim": "high\n  'claim': low"}, "11: claim is given twice"),
        ({"<<": "{a: b}"}, "a field's name is empty"),
        ({"[a]": "b"}, "not a text"),
        (
            {"value": "height"},
            "14: claim second has value 'height', expected note/words-with-dashes",
        ),
        ({"value": "2.5"}, "has value '2.5', expected note/"),
        (
            {"condition": "value >"},
            "15: claim second cannot be checked: cannot read 'value >'",
        ),
        ({"condition": "True"}, "second cannot be checked: 'True' is not a comparison"),
    ],
)
def test_a_malformed_claim_is_named(tmp_path, change, message):
    fields = FIELDS | {"id": "second"} | change
    message_of = refusal(write(tmp_path, FIELDS | {"id": "first"}, fields))
    assert message_of.startswith("docs/claims/waves.yml:")
    assert message in message_of


@pytest.mark.parametrize(
    "text",
    ["waves: high", "- high", "- [1]", "a: [", "- id:", "--- a\n--- b", "\t", "- *a"],
)
def test_a_file_that_is_no_list_of_claims_is_named(tmp_path, text):
    (tmp_path / "waves.yml").write_text(text)
    assert refusal(tmp_path).startswith("docs/claims/waves.yml")


def test_a_text_with_a_colon_is_told_to_be_quoted(tmp_path):
    message = refusal(write(tmp_path, FIELDS | {"source": "two: three"}))
    assert message.startswith("docs/claims/waves.yml:3: mapping values are not")
    assert message.endswith('; put a text with ": " into quotes')


def test_all_faults_are_named_at_once(tmp_path):
    """Files that would be skipped among them, and those that are no text."""
    write(tmp_path, FIELDS | {"source": ""}, FIELDS | {"kind": "odd"})
    (tmp_path / "sea.yaml").write_text("")
    (tmp_path / "deep.yml").mkdir()
    (tmp_path / "old.yml").write_bytes(b"- id: \xff")
    names = [line.split(":")[0].split(" ")[0] for line in refusal(tmp_path).split("\n")]
    assert names == [
        "docs/claims/deep.yml",
        "docs/claims/old.yml",
        "docs/claims/sea.yaml",
        "docs/claims/waves.yml",
        "docs/claims/waves.yml",
    ]
