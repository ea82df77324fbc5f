"""What needs no script is told before any script runs."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from sitebuild import early
from sitebuild.claims import Claim
from sitebuild.mathematics import mathjax
from tests.site.miniature import CREST, Project

EXTENSIONS = ["pymdownx.arithmatex", "pymdownx.superfences", "admonition"]
GOOD = r"""---
requires: []
---
# Sea

Half of $\frac12$ is <% measured("sea/it") %>, by $\eqref{elsewhere}$.

$$
a = <% measured("sea/it") %>
\tag{sea}\label{sea}
$$

```
$\notmath$
```
"""


def settings(docs: Path, nav: object = None) -> SimpleNamespace:
    """The settings of a site."""
    return SimpleNamespace(
        docs_dir=str(docs),
        nav=nav,
        markdown_extensions=[*EXTENSIONS, object()],
        mdx_configs={"pymdownx.arithmatex": {"generic": True}},
    )


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """Two notes."""
    (tmp_path / "notes").mkdir()
    for name in ("sea", "waves"):
        (tmp_path / f"notes/{name}.md").write_text(GOOD)
    return tmp_path


def test_a_note_that_no_nav_lists_is_named(docs):
    nav = ["index.md", {"Notes": [{"A": "notes/sea.md"}]}]
    claim = Claim("moon", "far", "Far.", "exact", "sky", "cited")
    assert early.unlisted(settings(docs, nav), [claim], "") == [
        "docs/notes/waves.md is not in the nav of mkdocs.yml",
        "docs/claims/moon.yml: there is no docs/notes/moon.md",
    ]
    nav.append("notes/waves.md")
    assert early.unlisted(settings(docs, nav), [], "") == []
    assert early.unlisted(settings(docs), [], "") == []  # mkdocs lists all


def test_a_tag_needs_its_label_and_a_label_its_tag(docs):
    """Code that shows how they are written is left alone."""
    text = GOOD + "```\n\\tag{a}\n```\n"
    (docs / "notes/sea.md").write_text(text)
    assert early.half_named(settings(docs), "") == []
    (docs / "notes/sea.md").write_text(text.replace(r"\label{sea}", ""))
    (docs / "notes/waves.md").write_text(text.replace(r"\tag{sea}", "\n\n"))
    assert early.half_named(settings(docs), "") == [
        r"docs/notes/sea.md:10: \tag{sea} needs \label{sea} beside it",
        r"docs/notes/waves.md:12: \label{sea} needs \tag{sea} beside it",
    ]
    assert len(early.half_named(settings(docs), "sea")) == 1


def test_a_broken_formula_is_named_and_a_good_page_is_read_once(docs, monkeypatch):
    """Labels are left to the built page, which may show functions that have them."""
    given, run_node = [], mathjax.run_node

    def note(pages: dict[str, str]) -> list[dict]:
        given.append(sorted(pages))
        return run_node(pages)

    monkeypatch.setattr(early, "run_node", note)
    cache = docs / "cache"
    assert early.broken_formulas(settings(docs), "", cache) == []
    (docs / "notes/sea.md").write_text(GOOD + "\n!!! note\n\n    $\\nonsense$\n")
    for _ in range(2):
        (fault,) = early.broken_formulas(settings(docs), "", cache)
        assert fault.startswith("docs/notes/sea.md: Undefined control sequence")
    brace = GOOD.replace("a = <%", "a = \\frac{1}{2 + <%")
    (docs / "notes/sea.md").write_text(brace)
    assert early.broken_formulas(settings(docs), "", cache) == [
        r"docs/notes/sea.md:9: a brace is not closed in a = \frac{1}{2 + 1 "
        r"\tag{sea}\label{sea}"
    ]
    given.pop()
    assert early.broken_formulas(settings(docs), "waves", cache) == []
    assert given == [["sea.html", "waves.html"], ["sea.html"], ["sea.html"], []]


def test_a_slip_is_told_before_scripts_run(project: Project):
    project.change("dlnotes/water.py", "DENSITY = 2.0", "DENSITY = 3.0")
    claims, note = project.read("docs/claims/waves.yml"), "docs/notes/waves.md"
    outputs = []
    for name, text in (
        ("docs/claims/waves.yml", claims.replace("kind: proved", "kind: shown")),
        ("docs/notes/sea.md", "# Sea\n"),
        (note, project.read(note) + "\n$\\undefinedthing$\n"),
    ):
        before = (project.root / name).exists() and project.read(name)
        project.write(name, text)
        outputs.append(project.build(fails=True))
        if before:
            project.write(name, before)
        else:
            (project.root / name).unlink()
    assert "docs/claims/waves.yml:5: claim high has kind 'shown'" in outputs[0]
    assert "docs/notes/sea.md is not in the nav of mkdocs.yml" in outputs[1]
    assert "docs/notes/waves.md: Undefined control sequence" in outputs[2]
    assert CREST not in "".join(outputs)
