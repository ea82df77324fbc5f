"""What pages may write between `<%` and `%>`; mkdocs-macros calls it."""

import re
from pathlib import Path
from typing import Any

from dlnotes.ledger import format_value
from sitebuild import report
from sitebuild.build import Build
from sitebuild.claims import CERTAIN, Claim, detectable
from sitebuild.pages import links, reference

HEAD = """\
| The claim | Its source says | Measured here | Verdict |
| --- | --- | --- | --- |
"""


def register(build: Build, plugin: Any) -> None:
    """Offer every public method of `Macros` to the pages."""
    macros = Macros(build, plugin)
    names = [name for name in vars(Macros) if not name.startswith("_")]
    plugin.register_macros({name: getattr(macros, name) for name in names})


def are_foreign(uri: str) -> bool:
    """Tell whether a page is made of scripts or code, which write no macros."""
    return uri.startswith(("api/", "gallery/", "labs/")) and uri != "api/index.md"


class Macros:
    """The macros of one build."""

    def __init__(self, build: Build, plugin: Any) -> None:
        self._build = build
        self._plugin = plugin

    def measured(self, name: str) -> str:
        """Quote a recorded value, linked to the script that measured it."""
        page = self._plugin.page.file
        found = self._build.ledger.get(name, f"docs/{page.src_uri}")
        link = links.address(found.job.url, page.url) if found.job else ""
        kind, about = "measured", name
        if found.job is None or found.job in self._build.stale:
            kind, about = "measured stale", f"{name}, from before a change"
        return f'<a class="{kind}" href="{link}" title="{about}">{found.text}</a>'

    def test(self, name: str) -> str:
        """Link a test that executes a proof, `test_file.py::test_name`."""
        page, build = self._plugin.page.file, self._build
        note = Path(page.src_uri).stem
        return links.test_link(note, name, page.url, build.index, build.root)

    def claims_table(self, note: str) -> str:
        """List the claims of a note with what this build measured."""
        claims = [claim for claim in self._build.claims if claim.note == note]
        return HEAD + "\n".join(map(self._row, claims)) + "\n"

    def api_names(self) -> str:
        """List every public name of the library."""
        return reference.names_table(self._build.root)

    def claim_count(self) -> int:
        """Count the claims."""
        return len(self._build.claims)

    def title(self, note: str) -> str:
        """Give the title of a note."""
        text = (self._build.docs / f"notes/{note}.md").read_text("utf-8")
        return str(re.findall(r"(?m)^# (.+)$", text)[0])

    def claimed_notes(self) -> list[str]:
        """Names of the notes that have claims, in the order of their files."""
        return list(dict.fromkeys(claim.note for claim in self._build.claims))

    def build(self) -> dict[str, Any]:
        """Facts of this build: jobs found, values recorded, versions."""
        return report.lasting(self._build.summary)

    def _row(self, claim: Claim) -> str:
        source = f"{claim.source}<br><small>{claim.reference}</small>"
        here = "not reproducible here"
        if claim.kind != "cited":
            here = (
                f"{self.measured(claim.value)}<br><small>{self._means(claim)}</small>"
            )
        anchor = f'<span id="{claim.note}-{claim.id}"></span>'
        verdict = f'<span class="verdict {claim.kind}">{claim.kind}</span>'
        cells = [anchor + claim.claim, source, here, verdict]
        return "| " + " | ".join(c.replace("|", "&#124;") for c in cells) + " |"

    def _means(self, claim: Claim) -> str:
        """What the condition of a claim says, and what it would have seen."""
        text: str = self._plugin.render(claim.means, force_rendering=True)
        if claim.kind == "agrees":
            size = format_value(detectable(claim, self._build.ledger))
            text += (
                f" A deviation of {size} would have been seen "
                f"with a probability of {CERTAIN:.0%}."
            )
        return text
