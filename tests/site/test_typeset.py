"""A page is typeset once, and again only when it, or the program, has changed."""

import re
from pathlib import Path

import pytest

from sitebuild.mathematics import typeset

PAGE = """<!doctype html><html><body>
<p>Half: <span class="arithmatex">\\({tex}\\)</span></p>
</body></html>"""


@pytest.fixture(autouse=True)
def runs(monkeypatch) -> list[list[str]]:
    """The pages that Node is given, call by call."""
    runs, run_node = [], typeset.run_node

    def note(pages: dict[str, str]) -> list[dict]:
        runs.append(sorted(pages))
        return run_node(pages)

    monkeypatch.setattr(typeset, "run_node", note)
    return runs


def build(folder: Path, **pages: str) -> tuple[list[str], str]:
    """Write a site of pages with one formula each; typeset it, give the last page."""
    site = folder / "site"
    for name, tex in pages.items():
        site.mkdir(exist_ok=True)
        (site / f"{name}.html").write_text(PAGE.format(tex=tex))
    messages = typeset.Formulas(folder / "cache").typeset(site)
    return messages, (site / f"{name}.html").read_text()


def kept(folder: Path) -> list[Path]:
    """The pages that are kept as typeset."""
    return list((folder / "cache").glob("*.json"))


def styles(folder: Path) -> str:
    return (folder / "site/assets/math/math.css").read_text()


def test_a_formula_keeps_its_tex_and_nothing_broken(tmp_path):
    _, page = build(tmp_path, a=r"\frac12")
    assert 'data-tex="\\frac12"' in page
    assert "data-latex" not in page
    site = tmp_path / "site"
    tex = r'<div class="arithmatex">\[a \tag{low}\label{low}\]</div>'
    (site / "b.html").write_text(f"<!doctype html><html><body>{tex}</body></html>")
    typeset.Formulas(tmp_path / "cache").typeset(site)
    page = (site / "b.html").read_text()
    assert "NaN" not in page
    assert re.search(
        '<mjx-table style="--formula: [0-9.]+em; --tag: [0-9.]+em;">', page
    )
    assert page.count('id="mjx-eqn:low"') == 1


def test_an_anchor_above_a_formula_takes_the_place_of_its_own(tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    tex = r'<div class="arithmatex">\[a \tag{low}\label{low}\]</div>'
    above = f'<div class="beside" id="mjx-eqn:low"></div>{tex}'
    (site / "a.html").write_text(f"<!doctype html><html><body>{above}</body></html>")
    typeset.Formulas(tmp_path / "cache").typeset(site)
    assert (site / "a.html").read_text().count('id="mjx-eqn:low"') == 1


def test_a_page_that_did_not_change_is_not_typeset_again(tmp_path, runs):
    messages, page = build(tmp_path, a=r"\frac12", b=r"\alpha")
    first = styles(tmp_path)
    assert (messages, build(tmp_path, a=r"\frac12", b=r"\alpha")) == ([], ([], page))
    assert runs == [["a.html", "b.html"], []]
    assert "<mjx-container" in page
    assert "mjx-mfrac" in first  # only the other page has a fraction
    assert styles(tmp_path) == first


def test_a_page_that_changed_is(tmp_path, runs):
    build(tmp_path, a="x", b="y")
    _, page = build(tmp_path, a="x", b=r"\sqrt y")
    assert runs[1:] == [["b.html"]]
    assert "mjx-msqrt" in page
    assert "mjx-msqrt" in styles(tmp_path)
    assert len(kept(tmp_path)) == 2  # the old page is forgotten


def test_a_page_of_another_kind_of_site_is_kept(tmp_path):
    """`mkdocs serve` and `mkdocs build` by turns typeset nothing again."""
    build(tmp_path, a="x")
    (tmp_path / "site/a.html").write_text(PAGE.format(tex="y"))
    typeset.Formulas(tmp_path / "cache", "serve").typeset(tmp_path / "site")
    assert len(kept(tmp_path)) == 2


def test_what_was_begun_with_is_not_done_again(tmp_path, runs):
    text = PAGE.format(tex=r"\frac12")
    formulas = typeset.Formulas(tmp_path / "cache")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/a.html").write_text(text)
    formulas.foresee("a.html", text)
    assert formulas.typeset(tmp_path / "site") == []
    assert runs == [[]]
    assert (tmp_path / "site/a.html").read_text() == build(tmp_path, a=r"\frac12")[1]


def test_a_change_of_the_program_counts(tmp_path, runs, monkeypatch):
    program = tmp_path / "macros.json"
    program.write_text("{}")
    monkeypatch.setattr(typeset, "PROGRAM", [program])
    build(tmp_path, a="x")
    program.write_text('{"E": "E"}')
    build(tmp_path, a="x")
    assert runs == [["a.html"], ["a.html"]]


def test_a_broken_formula_is_reported_each_time(tmp_path, runs):
    for _ in range(2):
        messages, page = build(tmp_path, a="x", b=r"\nonsense")
        (message,) = messages
        assert message.startswith("b.html: Undefined control sequence")
        assert r"\nonsense" in page
    assert runs == [["a.html", "b.html"], ["b.html"]]


def test_a_page_without_tex_is_left_alone(tmp_path, runs):
    site = tmp_path / "site"
    site.mkdir()
    (site / "a.html").write_text("<p>5 $</p>")
    assert typeset.Formulas(tmp_path / "cache").typeset(site) == []
    assert (site / "a.html").read_text() == "<p>5 $</p>"
    assert runs == [[]]
