"""An equation leads to its code and tests, and the code back to it and to its uses."""

from pathlib import Path

import pytest
from mkdocs.exceptions import PluginError

from sitebuild.citations import Index, build_index
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
        ("tests/test_waves.py", "test_all", 1),
        ("tests/waves/test_high.py", "test_rise", 3),
    ]
    uses = {name: [job.label for job in jobs] for name, jobs in index.uses.items()}
    assert uses == {
        "dlnotes.waves.high.crest": ["examples/waves/plot_the_crest.py"],
        "dlnotes.waves.deep.Sea": ["docs/labs/harbor.py"],
    }


def test_an_equation_leads_to_its_code_and_tests(index):
    block = r'<div class="arithmatex">\[h \tag{crest}\]</div>'
    page = link_page(f"<p>a</p>{block}<p>b</p>", "notes/waves/", index, "waves")
    assert page.startswith(f'<p>a</p>{block}<p class="equation-links">')
    assert '<a href="#dlnotes.waves.high.crest"><code>crest</code></a>' in page
    assert 'href="../../api/tests/waves/#__span-1-3"' in page
    assert 'title="test_rise"' in page


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
    assert 'tests/waves/#__span-1-3"' in page
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
    for function, line in (("test_rise", 3), ("test_no_fall", 6)):
        name = f"test_high.py::{function}"
        link = links.test_link("waves", name, "notes/waves/", index, tmp_path)
        assert f'href="../../api/tests/waves/#__span-1-{line}" title="{name}"' in link
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
    around = base.read("site/notes/waves/index.html").split("<article")[0]
    assert 'href="../../gallery/"' in around
    assert "plot_trough" not in around
    index = base.read("site/gallery/index.html").split("<article")[0]
    assert "plot_trough" in index
