"""What pages may write between `<%` and `%>`; mkdocs-macros calls it."""

import math
import re
from pathlib import Path
from typing import Any

from sitebuild import report
from sitebuild.build import Build
from sitebuild.claims import Claim
from sitebuild.pages import about, captions, claim_rows, links, reference, templates
from sitebuild.pages.numbers import typeset_number

WORDS_A_MINUTE = 150  # of a text with formulas, each of whose symbols counts


def register(build: Build, plugin: Any) -> None:
    """Offer every public method of `Macros` to the pages."""
    macros = Macros(build, plugin)
    names = [name for name in vars(Macros) if not name.startswith("_")]
    plugin.register_macros({name: getattr(macros, name) for name in names})
    templates.remember(plugin.env)


def are_foreign(uri: str) -> bool:
    """Tell whether a page is made of scripts or code, which write no macros."""
    return uri.startswith(("api/", "gallery/", "labs/")) and uri != "api/index.md"


class Macros:
    """The macros of one build."""

    def __init__(self, build: Build, plugin: Any) -> None:
        self._build = build
        self._plugin = plugin

    def measured(self, name: str) -> str:
        """Quote a recorded value, linked to the line of output that printed it."""
        page = self._plugin.page.file
        found = self._build.ledger.get(name, f"docs/{page.src_uri}")
        link = f"{links.address(found.job.url, page.url)}#{name}" if found.job else ""
        kind, title = "measured", name
        if found.job is None or found.job in self._build.stale:
            kind, title = "measured stale", f"{name}, from before a change"
        text = typeset_number(found.text)
        return f'<a class="{kind}" href="{link}" title="{title}">{text}</a>'

    def figure(self, name: str, number: int = 1) -> str:
        """Show a figure of a gallery script, `plot_decay` or `bias/plot_decay`."""
        found, shown = self._figure(name, number)
        file, build = self._plugin.page.file, self._build
        stale = found.job in build.stale
        return captions.show(found, shown, file, build.docs, stale=stale)

    def figure_link(self, name: str, number: int = 1) -> str:
        """Link a figure that the page shows, by the number that it has there."""
        found, shown = self._figure(name, number)
        return f'<a href="#{found.anchor}">Figure {shown}</a>'

    def test(self, name: str) -> str:
        """Link a test that executes a proof, `test_file.py::test_name`."""
        page, build = self._plugin.page.file, self._build
        note = Path(page.src_uri).stem
        return links.test_link(note, name, page.url, build.index, build.root)

    def claims_table(self, note: str) -> str:
        """List the claims of a note with what this build measured."""
        claims = [claim for claim in self._build.claims if claim.note == note]
        return claim_rows.table(note, map(self._row, claims))

    def claims_filter(self) -> str:
        """Offer to show the claims of one verdict only."""
        return claim_rows.filter_by_verdict(self._build.claims)

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

    def reading(self) -> str:
        """Say what a note builds on, and how long it takes to read."""
        page = self._plugin.page
        links = [f"[{self.title(n)}]({n}.md)" for n in page.meta["requires"]]
        lines = page.markdown.partition("\n## References")[0].splitlines()
        shown = [line for line in lines if not line.startswith("    ")]
        minutes = math.ceil(len(" ".join(shown).split()) / WORDS_A_MINUTE)
        return (
            f"**Read before**: {', '.join(links) or 'nothing on this site'}. "
            f"**Time**: about {minutes} minutes, without what is folded."
        )

    def claimed_notes(self) -> list[str]:
        """Names of the notes that have claims, in the order of their files."""
        return list(dict.fromkeys(claim.note for claim in self._build.claims))

    def install_and_cite(self) -> str:
        """Say how to install and to cite the library, if its address is known."""
        build = self._build
        repository = build.publication.config.extra.get("repository") or ""
        return about.install_and_cite(repository, build.root, build.summary)

    def build(self) -> dict[str, Any]:
        """Facts of this build: jobs found, values recorded, versions."""
        return report.lasting(self._build.summary)

    def _figure(self, name: str, number: int) -> tuple[captions.Figure, int]:
        """A figure, and the number that it has on the page."""
        file, build = self._plugin.page.file, self._build
        found = captions.find_figure(name, number, file, build.jobs + build.others)
        return found, captions.number_on_page(name, number, file)

    def _row(self, claim: Claim) -> str:
        if claim.kind == "cited":
            return claim_rows.row(claim, "", "")
        means: str = self._plugin.render(claim.means, force_rendering=True)
        if claim.kind == "agrees":
            means += claim_rows.seen(claim, self._build.ledger)
        return claim_rows.row(claim, self.measured(claim.value), means)
