"""What pages may write between `<%` and `%>`; loaded by mkdocs-macros."""

import posixpath
import re
from typing import Any

from hooks import api, state


def define_env(env: Any) -> None:
    """Register the macros."""

    @env.macro
    def measured(name: str) -> str:
        """Quote a recorded value, linked to the script that measured it."""
        where = env.page.file.src_uri
        text = state.ledger.text(name, where)
        job = state.ledger.get(name, where)["job"]
        link = _link(job.page, where) if job else ""
        return f'<a class="measured" href="{link}" title="{name}">{text}</a>'

    @env.macro
    def claims_table(note: str) -> str:
        """List the claims of a note with what this build measured."""
        where = env.page.file.src_uri
        rows = [claim for claim in state.claims if claim["note"] == note]
        head = (
            "| The claim | Its source says | Measured here | Verdict |\n"
            "| --- | --- | --- | --- |\n"
        )
        return head + "\n".join(_row(claim, where) for claim in rows) + "\n"

    @env.macro
    def api_names() -> str:
        """List every public name of the library."""
        return api.names_table(state.root)

    @env.macro
    def claim_count() -> int:
        """Count the claims."""
        return len(state.claims)

    @env.macro
    def title(note: str) -> str:
        """Give the title of a note."""
        text = (state.root / f"docs/notes/{note}.md").read_text("utf-8")
        return re.search(r"^# (.+)$", text, re.MULTILINE)[1]

    @env.macro
    def claimed_notes() -> list[str]:
        """Names of the notes that have claims, in the order of the file."""
        return list(dict.fromkeys(claim["note"] for claim in state.claims))

    @env.macro
    def build() -> dict[str, Any]:
        """Facts of this build: jobs found, executed, versions."""
        return state.summary

    def _row(claim: dict[str, Any], where: str) -> str:
        name = claim["id"].split("/")[-1]
        source = f"{claim['source']}<br><small>{claim['reference']}</small>"
        measured_here, means = "not reproducible here", ""
        if claim["kind"] != "cited":
            measured_here = measured(claim["value"])
            means = f"<br><small>{claim['means']}</small>"
        anchor = f'<span id="{claim["note"]}-{name}"></span>'
        verdict = f'<span class="verdict {claim["kind"]}">{claim["kind"]}</span>'
        cells = [anchor + claim["claim"], source, measured_here + means, verdict]
        return "| " + " | ".join(c.replace("|", "&#124;") for c in cells) + " |"


def _link(page: str, where: str) -> str:
    """The address of a page, as seen from another page's folder address."""
    here = _folder(where)
    return posixpath.relpath(_folder(page), here) + "/"


def _folder(page: str) -> str:
    stem = page.rsplit(".", 1)[0]
    return posixpath.dirname(stem) if stem.endswith("index") else stem
