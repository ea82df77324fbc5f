"""What a script or a lab prints stays text, and has a size that a page can show."""

import io
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
from markdown import Markdown
from mkdocs.exceptions import PluginError

from sitebuild.pages.macros import are_foreign
from sitebuild.worker import figures
from sitebuild.worker.outputs import (
    LARGEST,
    MOST,
    Meter,
    fenced,
    insist_on_plain,
    insist_on_text,
)
from tests.site.miniature import LAB, Project

NASTY = [
    "```\n<script>alert(1)</script>\n```",
    "``````\n`````` x\n# Heading",
    "~~~\n</pre></article><script>x</script>",
    "<% 7*6 %> {{ x }} &lt; &amp; $x$",
    "    indented\n\n\n- a",
    '"""\n```{.python}\n"""',
]


@pytest.mark.parametrize("text", NASTY)
def test_a_printed_text_cannot_end_its_block(text):
    block = fenced(text, ".shell .out")
    page = Markdown(extensions=["pymdownx.superfences"]).convert(f"{block}\nend")
    assert page.count("<pre") == 1
    assert page.endswith("<p>end</p>")
    assert "<script" not in page


def refuse(why: str) -> None:
    raise OSError(why)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x" * (MOST + 1), "it prints more than 100,000 characters"),
        ("a\rb", r"it shows the character '\\r'"),
        ("\x07", r"it shows the character '\\x07'"),
        ("a\u202eb", r"it shows the character '\\u202e'"),
        ("\x1b[2J", r"it shows the character '\\x1b'"),
        ("\ud800", r"it shows the character '\\ud800'"),
    ],
)
def test_what_no_page_can_show_is_refused(text, why):
    stream = SimpleNamespace(write=io.StringIO().write)
    Meter(refuse).watch(stream)
    with pytest.raises(OSError, match=why):
        stream.write(text)


def test_all_that_a_job_prints_counts_together():
    stream = io.StringIO()
    shown = SimpleNamespace(write=stream.write)
    Meter(refuse).watch(shown)
    shown.write("\x1b[31mé ± √\t\n\x1b[0m")  # colors are taken away later
    shown.write("x" * (MOST - 20))
    with pytest.raises(OSError, match="more than"):
        shown.write("x" * 20)
    assert len(stream.getvalue()) < MOST


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"text/html": "<b>", "text/plain": "b"}, "cell 3 shows text/html, but pages"),
        ({"text/markdown": "**b**"}, "shows text/markdown"),
        ({"application/javascript": "a()"}, "shows application/javascript"),
        ({"text/plain": "x" * (MOST + 1)}, "cell 3 shows more than 100,000"),
        ({"text/latex": "\x07"}, "cell 3 shows the character"),
        ({"image/png": "x" * (LARGEST + 1)}, "shows a figure of more than 150,000"),
    ],
)
def test_an_output_of_a_lab_that_is_no_text_or_figure_is_refused(data, why):
    insist_on_plain(
        {"text/plain": "3", "text/latex": "$3$", "image/png": "A"}, "cell 3"
    )
    with pytest.raises(PluginError, match=why):
        insist_on_plain(data, "cell 3")


def test_the_value_of_a_last_line_is_held_to_the_same():
    insist_on_text("x" * MOST)
    with pytest.raises(PluginError, match="it shows more than"):
        insist_on_text("x" * (MOST + 1))


def test_a_figure_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "LARGEST", 100)
    paths = iter([tmp_path / "one.png"])
    plt.figure(label="A line").subplots().plot([0, 1])
    script = SimpleNamespace(run_vars=SimpleNamespace(image_path_iterator=paths))
    with pytest.raises(
        ValueError, match=r"'A line' has [\d,]+ characters, more than 100"
    ):
        figures.save_figures(None, script)
    plt.close("all")


def test_a_figure_without_words_is_named_with_its_line(tmp_path):
    """The second one of a cell, too."""
    paths = iter([tmp_path / "one.png", tmp_path / "two.png"])
    source = tmp_path / "examples/sea/plot_it.py"
    variables = SimpleNamespace(image_path_iterator=paths)
    script = SimpleNamespace(run_vars=variables, src_py_file=source)
    plt.figure(label="A line").subplots().plot([0, 1])
    plt.figure().subplots().plot([0, 1])
    block = ("code", "ax.imshow(x)\nplt.show()\n\nplt.show()\n", 20)
    where = (
        r"^examples/sea/plot_it\.py:23: a figure has no alt text: call fig\.set_label"
    )
    with pytest.raises(PluginError, match=where):
        figures.save_figures(block, script)
    plt.close("all")


def test_pages_of_scripts_and_code_have_no_macros():
    for uri in ("gallery/a/plot_b.md", "gallery/index.md", "labs/a.py", "api/a.md"):
        assert are_foreign(uri)
    for uri in ("index.md", "claims.md", "notes/a.md", "api/index.md"):
        assert not are_foreign(uri)


def test_text_of_scripts_is_never_code_of_a_page(project: Project):
    """Backticks, macros and markup, as printed, as a value, in a lab."""
    code = 'print("```\\n<script>a()</script>\\n<% 7*6 %>")\n"""``` <% 6*7 %>"""'
    script = project.script("nasty", code)
    project.change(script, "plt.show()", "plt.show()\n\n# %%\n# A\n\n" + SHOWN)
    project.write(LAB, project.read(LAB) + f"\n# %%\n{code}\n")
    project.build()
    for name in ("gallery/waves/plot_nasty", "labs/harbor"):
        page = project.read(f"site/{name}/index.html")
        assert "<script>a()" not in page
        assert "&lt;% 7*6 %&gt;" in page.replace('<span class="o">', "")
        assert "<b>shown" not in page


SHOWN = """\
class Table:
    def _repr_html_(self):
        return "<b>shown</b>"

    def __repr__(self):
        return "<% 6*7 %>"

Table()
"""
