"""Equations and proofs have anchors that a reader sees and can link to."""

from sitebuild.pages.anchors import add_anchors

EQUATION = r'<div class="arithmatex">\[a \tag{first-one}\]</div>'
PLAIN = r'<div class="arithmatex">\[a\]</div>'
PROOF = '<details class="note"><summary>Proof of it</summary><p>a</p></details>'


def test_a_tagged_equation_has_an_anchor():
    shown = add_anchors(f"<p>a</p>{EQUATION}")
    assert shown == (
        '<p>a</p><div class="beside" id="mjx-eqn:first-one">'
        '<a class="headerlink" href="#mjx-eqn:first-one"'
        f' title="Link to this equation">¶</a></div>{EQUATION}'
    )
    assert add_anchors(PLAIN) == PLAIN


def test_the_target_of_a_proof_lies_in_its_fold():
    """It is named after the equation above it, and numbered where there are more."""
    shown = add_anchors(EQUATION + PLAIN + PROOF + PROOF)
    for name in ("proof-first-one", "proof-first-one-2"):
        assert f'href="#{name}" title="Link to this proof"' in shown
        target = f'<span class="fold-target" id="{name}"></span>'
        assert f"<summary>Proof of it</summary>{target}<p>a</p>" in shown
    other = PROOF.replace("Proof of it", "Answer")
    assert add_anchors(other) == other
