"""Figures on pages: image, alt text, caption, number and link come from the script."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from mkdocs.exceptions import PluginError

from sitebuild.jobs import Job
from sitebuild.pages import captions

SCRIPT = '''"""
# Tides turn

Twice a day.
"""

x = 1

# %%
# ## High
#
# The moon.
#
# Look at [Eq. (tide)](../../notes/sea.md) and
# at $x$.

plt.show()

# %%
# ## Low

plt.show()
'''
SVG = """<svg xmlns:xlink="x" width="540pt" height="187.5pt" viewBox="0 0 540 187.5">
 <title>Up &amp; "down"</title>
</svg>"""


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A script that has drawn one of its two figures."""
    source = tmp_path / "examples/sea/plot_two_tides.py"
    image = tmp_path / "docs/gallery/sea/images/mkd_glr_plot_two_tides_001.svg"
    for path, text in ((source, SCRIPT), (image, SVG)):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return Job("gallery", source, tmp_path)


def page(text: str, name: str = "sea") -> SimpleNamespace:
    return SimpleNamespace(
        src_uri=f"notes/{name}.md", url=f"notes/{name}/", content_string=text
    )


def test_a_figure_is_shown_in_the_words_of_its_script(base):
    """Its file, size, alt text, title, link and what to see."""
    html = base.read("site/notes/waves/index.html")
    start = html.index('<figure id="figure-crest">')
    figure = html[start : html.index("</figure>", start)]
    assert figure.count('alt="A line from 0 to 1."') == 2  # light and dark
    assert figure.count('loading="lazy" width="614" height="461"') == 2
    link = '<a href="../../gallery/waves/plot_crest/">A crest is high</a>'
    assert f"<figcaption>Figure 1. {link}. Look at " in figure
    assert "mjx-container" in figure
    assert figure.endswith(", the right end.</figcaption>\n")
    assert 'In <a href="#figure-crest">Figure 1</a> a crest' in html


def test_a_caption_is_the_last_paragraph_before_the_figure():
    said = ["Look at [Eq. (tide)](../../notes/sea.md) and at $x$.", ""]
    assert captions.words_before_figures(SCRIPT) == said


def test_figures_are_numbered_in_the_order_of_the_page():
    text = '<% figure("b/plot_x", 2) %> and <% figure("plot_y") %>'
    assert captions.number_on_page("b/plot_x", 2, page(text)) == 1
    assert captions.number_on_page("plot_y", 1, page(text)) == 2
    twice = page(f"\n{text}{text}")
    with pytest.raises(
        PluginError, match=r'notes/sea.md:2: .*\("b/plot_x", 2\) %> once'
    ):
        captions.number_on_page("b/plot_x", 2, twice)


def test_a_figure_of_another_note_is_named_with_it(job):
    file = page("", "harbor")
    found = captions.find_figure("sea/plot_two_tides", 2, file, [job])
    assert found.anchor == "figure-two-tides-2"
    with pytest.raises(
        PluginError, match=r"no examples/harbor/plot_two_tides.py, but sea"
    ):
        captions.find_figure("plot_two_tides", 1, file, [job])


@pytest.mark.parametrize("number", [0, 3])
def test_a_figure_that_its_script_does_not_show(job, number):
    with pytest.raises(PluginError, match=f"no figure {number}: .*tides.py shows 2"):
        captions.find_figure("plot_two_tides", number, page(""), [job])


def test_a_figure_is_written_for_the_place_of_its_page(job, tmp_path):
    figure = captions.Figure(job, 1)
    shown = captions.show(figure, 3, page(""), tmp_path / "docs", stale=False)
    source = "../../gallery/sea/images/mkd_glr_plot_two_tides_001.svg"
    assert f'<img alt="Up &amp; &quot;down&quot;" src="{source}">' in shown
    link = "[Tides turn](../gallery/sea/plot_two_tides.md)"
    assert f"Figure 3. {link}. Look at Eq. (tide) and at $x$." in shown


def test_a_figure_that_was_not_drawn(job, tmp_path):
    """Authors see a placeholder, the build fails."""
    figure = captions.Figure(job, 2)
    shown = captions.show(figure, 1, page(""), tmp_path / "docs", stale=True)
    assert '<figure id="figure-two-tides-2" class="stale"' in shown
    assert "Not drawn yet." in shown
    with pytest.raises(PluginError, match=r"plot_two_tides.py drew no figure 2"):
        captions.show(figure, 1, page(""), tmp_path / "docs", stale=False)
