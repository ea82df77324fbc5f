"""How claims are shown: a row each, their verdicts first, and a filter by these."""

from collections import Counter
from collections.abc import Callable, Iterable

from dlnotes.ledger import format_value
from sitebuild.claims import CERTAIN, Claim, detectable
from sitebuild.ledger import Ledger
from sitebuild.pages.numbers import typeset_number

HEAD = "| Verdict | The claim and its source | Measured here |\n| --- | --- | --- |\n"


def anchor(note: str) -> str:
    """The anchor of the table of a note's claims."""
    return f"claims-of-{note}"


def table(note: str, rows: Iterable[str]) -> str:
    """The claims of a note, in Markdown."""
    body = HEAD + "\n".join(rows)
    return f'<div class="claims" id="{anchor(note)}" markdown>\n\n{body}\n\n</div>\n'


def row(claim: Claim, measured: str, means: str) -> str:
    """One claim.

    Args:
        claim: The claim.
        measured: Its number as the pages quote it; "" if it is cited.
        means: What its condition says.
    """
    here = "not reproducible here"
    if measured:
        words = claim.value.partition("/")[2].replace("-", " ")
        here = f"{words}: {measured}<br><small>{means}</small>"
    name = f"{claim.note}-{claim.id}"
    link = f'<a class="claim-id" id="{name}" href="#{name}">{claim.note}/{claim.id}</a>'
    source = f"Its source: {claim.source} · {claim.reference}"
    text = f"{claim.claim}<br><small>{source}<br>{link}</small>"
    cells = [f'<span class="verdict {claim.kind}">{claim.kind}</span>', text, here]
    return "| " + " | ".join(cell.replace("|", "&#124;") for cell in cells) + " |"


def seen(claim: Claim, ledger: Ledger) -> str:
    """What the test of a claim that agrees would have seen."""
    size = typeset_number(format_value(detectable(claim, ledger)))
    return (
        f" A deviation of {size} would have been seen "
        f"with a probability of {CERTAIN:.0%}."
    )


def filter_by_verdict(claims: list[Claim]) -> str:
    """Buttons that leave the claims of one kind; the style sheet hides the others."""
    counts = {"all": len(claims), **Counter(claim.kind for claim in claims)}
    buttons = [
        f'<label><input type="radio" name="verdict" id="show-{kind}"'
        f"{' checked' * (kind == 'all')}> {kind} {count}</label>"
        for kind, count in counts.items()
    ]
    return f'<fieldset class="claims-filter">{"".join(buttons)}</fieldset>'


def line(note: str, claims: list[Claim], link: Callable[[str], str]) -> str:
    """What a note says of its claims; "" if it has none."""
    kinds = Counter(claim.kind for claim in claims if claim.note == note)
    if not kinds:
        return ""
    total = sum(kinds.values())
    words = f"{total} claim{'s' * (total != 1)} of this note"
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    address = f"{link('claims/')}#{anchor(note)}"
    return f'<p class="note-claims"><a href="{address}">{words}</a>: {counts}.</p>'
