"""An equation leads to its code and tests, and the code back to it and to its uses."""

from pathlib import Path

import pytest
from mkdocs.exceptions import PluginError

from sitebuild.citations import Index, Place, build_index, unknown_equations
from sitebuild.jobs import find_jobs
from sitebuild.pages import links, reference
from sitebuild.pages.links import link_page

FILES = {
    "docs/notes/waves.md": r"$$ h \tag{crest}\label{crest} $$ $$ d \tag{low-point} $$",
    "docs/notes/wind.md": "No equations.",
    "docs/labs/harbor.py": "import dlnotes.waves.deep as d\nd.Sea()",
    "dlnotes/waves/__init__.py": "",
    "dlnotes/waves/high.py": 'def crest():\n    """Rise, Eq. (crest)."""\n\n'
    'def _aid():\n    """No citation."""\n',
    "dlnotes/waves/deep.py": 'class Sea:\n    """Eq. (low-point)."""\n\n'
    '    def up(self):\n        """Eq. (crest)."""\n',
    "tests/waves/test_high.py": '\n\ndef test_rise():\n    """Eq. (crest)."""\n',
    "tests/test_waves.py": 'def test_all():\n    """Eq. (crest), Eq. (low-point)."""\n',
    "examples/waves/plot_the_crest.py": "from dlnotes.waves.high import crest\ncrest()",
}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """Who cites whom in a small project."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return build_index(tmp_path, find_jobs(tmp_path, tmp_path / "docs"))


def test_citations_are_found_in_code_and_tests(index):
    assert index.equations == {"waves": ["crest", "low-point"], "wind": []}
    assert index.code == {
        ("waves", "crest"): ["dlnotes.waves.deep.Sea", "dlnotes.waves.high.crest"],
        ("waves", "low-point"): ["dlnotes.waves.deep.Sea"],
    }
    assert index.tests[("waves", "crest")] == [
        ("tests/test_waves.py", "test_all"),
        ("tests/waves/test_high.py", "test_rise"),
    ]
    uses = {name: [job.label for job in jobs] for name, jobs in index.uses.items()}
    assert uses == {
        "dlnotes.waves.high.crest": ["examples/waves/plot_the_crest.py"],
        "dlnotes.waves.deep.Sea": ["docs/labs/harbor.py"],
    }


def test_an_unknown_equation_is_named_with_its_line(index, tmp_path):
    """In code and in tests, of this note and of another."""
    assert list(unknown_equations(tmp_path, "", index)) == []
    deep, high = (tmp_path / f"{name}.py" for name in ("dlnotes/wind", "tests/waves/a"))
    deep.write_text('"""Eq. (crest), [Eq. (crest)](waves.md)."""\n')
    high.write_text('\n"""Eq. (low-points)."""\n')
    assert list(unknown_equations(tmp_path, "", index)) == [
        "tests/waves/a.py:2: docs/notes/waves.md has no equation (low-points)"
        "; near it: low-point",
        "dlnotes/wind.py:1: docs/notes/wind.md has no equation (crest)",
    ]
    assert len(list(unknown_equations(tmp_path, "wind", index))) == 1


def test_an_equation_leads_to_code_that_its_note_does_not_show(index):
    block = r'<div class="arithmatex">\[h \tag{crest}\]</div>'
    index.shown["waves"] = ["dlnotes.waves.deep.Sea"]
    page = link_page(f"<p>a</p>{block}<p>b</p>", "notes/waves/", index, "waves")
    assert page.startswith(f'<p>a</p>{block}<p class="equation-links">')
    entry = "../../api/waves/#dlnotes.waves.high.crest"
    assert f'<a href="{entry}"><code>crest</code></a></p><p>b</p>' in page
    index.shown["waves"].append("dlnotes.waves.high.crest")
    assert "<a" not in link_page(block, "notes/waves/", index, "waves")


def test_code_on_a_note_leads_to_its_entry_tests_and_uses(index):
    """Tests by their names in words; of many, the first ones."""
    line = links.body_links("dlnotes.waves.high.crest", "notes/waves/", index)
    assert "<code>crest</code></a> · tests: <a" in line
    assert 'href="../../api/tests/waves/#test_waves.test_all"' in line
    assert ">all</a>, <a" in line
    assert ">rise</a> · used in: <a" in line
    assert "more" not in line
    index.tests["waves", "crest"] *= 2  # places are named once each
    index.tests["waves", "crest"] += [Place("tests/test_waves.py", "test_high_tide")]
    line = links.body_links("dlnotes.waves.high.crest", "notes/waves/", index)
    assert ">rise</a>, 1 more · used in" in line
    many = [Place("tests/test_waves.py", f"test_{'a_sea_' * n}") for n in (8, 9)]
    index.tests["waves", "crest"][:0] = many
    line = links.body_links("dlnotes.waves.high.crest", "notes/waves/", index)
    assert "a sea </a>, 4 more · used in: <a" in line  # one line on a desk


def test_a_test_has_an_anchor_by_its_name(index, tmp_path):
    span = '<span id="__span-1-3">'
    named = links.test_anchors(span, "waves", index, tmp_path)
    assert named == '<span id="test_high.test_rise">'


def test_a_citation_in_prose_leads_to_the_equation(index):
    page = link_page("<p>By Eq. (crest).</p>", "notes/waves/", index, "waves")
    assert page == '<p>By <a href="#mjx-eqn:crest">Eq. (crest)</a>.</p>'
    for kept in (
        "<pre>Eq. (crest)</pre>",
        "<code>Eq. (crest)</code>",
        '<a href="x">Eq. (crest)</a>',
        '<h2 id="x">Eq. (crest)</h2>',
    ):
        assert link_page(kept, "notes/waves/", index, "waves") == kept
    assert "<a" not in link_page("<p>Eq. (crest)</p>", "gallery/x/", index, None)


def test_a_link_of_a_script_to_an_equation_gets_its_anchor(index):
    text = '<a href="../../notes/waves/">Eq. (crest)</a>'
    page = link_page(text, "gallery/waves/plot_the_crest/", index, None)
    assert page == '<a href="../../notes/waves/#mjx-eqn:crest">Eq. (crest)</a>'


@pytest.mark.parametrize("url", ["api/waves/", "notes/waves/"])
def test_code_leads_to_its_equations_tests_and_uses(index, url):
    heading = '<h3 id="dlnotes.waves.high.crest" class="doc doc-heading">crest</h3>'
    page = link_page(heading, url, index, None)
    assert page.startswith(f'{heading}<p class="entry-links">')
    note = "" if url == "notes/waves/" else "../../notes/waves/"
    assert f'<a href="{note}#mjx-eqn:crest">(crest)</a>' in page
    assert 'tests/waves/#test_high.test_rise"' in page
    assert '<a href="../../gallery/waves/plot_the_crest/">the crest</a>' in page
    heading = heading.replace("high.crest", "high.unknown")
    assert link_page(heading, url, index, None) == heading


def test_a_lab_is_named_as_one(index):
    heading = '<h3 id="dlnotes.waves.deep.Sea" class="doc doc-heading">Sea</h3>'
    page = link_page(heading, "api/waves/", index, None)
    assert '<a href="../../labs/harbor/">lab harbor</a>' in page
    assert "(low-point)" in page


def test_a_proof_leads_to_the_test_that_executes_it(index, tmp_path):
    """Also to one that cites no equation."""
    (tmp_path / "tests/waves/test_high.py").write_text(
        '\n\ndef test_rise():\n    """Eq. (crest)."""\n\ndef test_no_fall(): ...\n'
    )
    for function in ("test_rise", "test_no_fall"):
        name = f"test_high.py::{function}"
        link = links.test_link("waves", name, "notes/waves/", index, tmp_path)
        anchor = f"test_high.{function}"
        assert (
            f'href="../../api/tests/waves/#{anchor}" title="tests/waves/{name}"' in link
        )
    assert ">no fall</a>" in link


@pytest.mark.parametrize(
    ("note", "name"),
    [
        ("waves", "test_high.py::test_lost"),
        ("waves", "test_lost.py::test_rise"),
        ("waves", "high.py::test_rise"),
        ("wind", "test_high.py::test_rise"),
        ("waves", "test_rise"),
    ],
)
def test_a_proof_that_names_no_test_is_named(index, tmp_path, note, name):
    with pytest.raises(
        PluginError, match=f"notes/{note}.md: there is no test '{name}'"
    ):
        links.test_link(note, name, f"notes/{note}/", index, tmp_path)


def test_the_page_of_a_notes_tests_shows_their_files_as_they_are(tmp_path):
    """Nothing in them is taken for a macro of this site."""
    for name, text in {
        "a": "1\n",
        "b": '"""\n```\n<% measured("a/b") %>\n"""\n',
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    page = reference.tests_page("waves", ["b.py", "a.py"], tmp_path)
    front, body = page.split("\n---\n", 1)
    assert "render_macros: false" in front
    first, second = body.split("## a.py")
    assert (tmp_path / "b.py").read_text() in first
    assert (tmp_path / "a.py").read_text() in second


def test_a_note_does_not_list_all_scripts_of_the_gallery(base):
    """Its navigation leads to the gallery, which lists them."""
    around = outside_of_the_article(base.read("site/notes/waves/index.html"))
    assert 'href="../../gallery/"' in around
    assert "plot_trough" not in around
    index = outside_of_the_article(base.read("site/gallery/index.html"))
    assert "plot_trough" in index


def outside_of_the_article(page: str) -> str:
    before, _, rest = page.partition("<article")
    return before + rest.partition("</article>")[2]
