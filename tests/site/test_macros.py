"""What pages insert: measured numbers, claims with their verdicts, tests of proofs."""


def test_a_measured_number_leads_to_the_script_that_measured_it(base):
    link = 'href="../../gallery/waves/plot_crest/" title="waves/crest">2.25</a>'
    assert link in base.read("site/notes/waves/index.html")
    assert link.replace("../../", "../") in base.read("site/claims/index.html")


def test_the_table_of_claims_tells_what_was_measured(base):
    """The text of a condition quotes measured numbers as pages do."""
    rows = base.read("site/claims/index.html").split("<tr>")[2:]
    for name, row in zip(("high", "low", "old"), rows, strict=True):
        assert f'<span id="waves-{name}"></span>' in row
    assert "More than one, <a" in rows[0]
    assert '<span class="verdict proved">' in rows[0]
    assert "would have been seen" not in rows[0]
    assert "not reproducible here" in rows[2]


def test_a_claim_that_agrees_tells_what_it_would_have_seen(base):
    page = base.page("claims")
    assert "About five. A deviation of 2.25 would have been seen with" in page
    assert "a probability of 95%" in page
    assert "told | sung" in page


def test_a_proof_leads_to_the_test_that_executes_it(base):
    page = base.read("site/notes/waves/index.html")
    assert (
        "api/tests/waves/#test_waves.test_crest" in page.split("Executed by", 1)[1][:80]
    )
    assert 'id="test_waves.test_crest"' in base.read("site/api/tests/waves/index.html")
