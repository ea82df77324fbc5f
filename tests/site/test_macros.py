"""What pages insert: measured numbers, claims with their verdicts, tests of proofs."""

import re

import pytest

from sitebuild.claims import Claim
from sitebuild.pages import claim_rows
from sitebuild.pages.numbers import anchor_values, typeset_number


def test_a_measured_number_leads_to_the_line_that_printed_it(base):
    address = 'href="../../gallery/waves/plot_crest/#waves/crest"'
    link = f'{address} title="waves/crest">2.25</a>'
    assert link in base.read("site/notes/waves/index.html")
    assert link.replace("../../", "../") in base.read("site/claims/index.html")
    for page in ("gallery/waves/plot_crest", "labs/harbor"):
        name = "waves/crest" if "gallery" in page else "harbor/depth"
        html = base.read(f"site/{page}/index.html")
        line = html.split(f'<span id="{name}">', 1)[1].split("\n", 1)[0]
        assert re.sub("<[^>]*>", "", line).startswith(f"{name} = ")


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("-1.2e-05 ms", "−1.2 · 10<sup>−5</sup> ms"),
        ("3e+20", "3 · 10<sup>20</sup>"),
        ("-0.20 ± 0.07", "−0.20 ± 0.07"),
        ("12 gpt-2 steps", "12 gpt-2 steps"),
    ],
)
def test_numbers_are_typeset(printed, shown):
    assert typeset_number(printed) == shown


def test_a_line_that_records_nothing_has_no_anchor():
    line = '<span id="__span-3-1">waves/crest = 1'
    assert anchor_values(line, ["waves/trough"]) == line


def test_the_table_of_claims_tells_what_was_measured(base):
    """The text of a condition quotes measured numbers as pages do."""
    rows = base.read("site/claims/index.html").split("<tr>")[2:]
    for name, row in zip(("high", "low", "old"), rows, strict=True):
        assert row.index('class="verdict') < row.index(f'id="waves-{name}"')
        assert f'href="#waves-{name}">waves/{name}</a>' in row
    assert "crest: <a" in rows[0]  # a number has a noun
    assert "More than one, <a" in rows[0]
    assert '<span class="verdict proved">' in rows[0]
    assert "would have been seen" not in rows[0]
    assert "not reproducible here" in rows[2]


def test_a_claim_that_agrees_tells_what_it_would_have_seen(base):
    page = base.page("claims")
    assert "About five. A deviation of 2.25 would have been seen with" in page
    assert "a probability of 95%" in page
    assert "told | sung" in page


def test_a_note_leads_to_its_claims(base):
    page = base.read("site/notes/waves/index.html")
    link = '<a href="../../claims/#claims-of-waves">3 claims of this note</a>'
    assert f"{link}: 1 proved, 1 agrees, 1 cited." in page
    assert 'id="claims-of-waves"' in base.read("site/claims/index.html")


def test_the_filter_offers_each_verdict_that_there_is():
    kinds = ("proved", "cited", "proved")
    claims = [Claim("a", str(i), "", "", "", kind) for i, kind in enumerate(kinds)]
    shown = claim_rows.filter_by_verdict(claims)
    assert 'id="show-all" checked> all 3<' in shown
    assert 'id="show-proved"> proved 2<' in shown
    assert 'id="show-cited"> cited 1<' in shown
    assert "refuted" not in shown


def test_a_proof_leads_to_the_test_that_executes_it(base):
    page = base.read("site/notes/waves/index.html")
    assert (
        "api/tests/waves/#test_waves.test_crest" in page.split("Executed by", 1)[1][:80]
    )
    assert 'id="test_waves.test_crest"' in base.read("site/api/tests/waves/index.html")
