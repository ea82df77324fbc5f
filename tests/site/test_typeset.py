"""A page is typeset once, and again only when it, or the program, has changed."""

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

    def note(site: Path, pages: list[str]) -> list[dict]:
        runs.append(sorted(pages))
        return run_node(site, pages)

    monkeypatch.setattr(typeset, "run_node", note)
    return runs


def build(folder: Path, **pages: str) -> tuple[list[str], str]:
    """Write a site of pages with one formula each; typeset it, give the last page."""
    site = folder / "site"
    for name, tex in pages.items():
        site.mkdir(exist_ok=True)
        (site / f"{name}.html").write_text(PAGE.format(tex=tex))
    messages = typeset.typeset(site, folder / "cache")
    return messages, (site / f"{name}.html").read_text()


def styles(folder: Path) -> str:
    return (folder / "site/assets/math/math.css").read_text()


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
    assert len(list((tmp_path / "cache").iterdir())) == 2  # the old page is forgotten


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
    assert typeset.typeset(site, tmp_path / "cache") == []
    assert (site / "a.html").read_text() == "<p>5 $</p>"
    assert runs == [[]]
