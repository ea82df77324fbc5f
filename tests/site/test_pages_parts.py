"""Figures are saved twice and shown in pairs; pages tell how they came about."""

from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgb
from mkdocs.exceptions import PluginError
from mkdocs_gallery.utils import get_md5sum

from sitebuild import gallery
from sitebuild.jobs import Job, find_jobs
from sitebuild.pages import content
from sitebuild.pages.figures import pair_figures
from sitebuild.pages.labs import clean_lab, fold_checks
from sitebuild.pages.macros import Macros
from sitebuild.pages.references import link_back
from sitebuild.worker import figures
from sitebuild.worker.twins import DARK, LIGHT

BLOCK = ("code", "plt.show()\n", 7)  # of a script


@pytest.fixture
def script(tmp_path: Path) -> SimpleNamespace:
    """What mkdocs-gallery tells of a script whose figures are to be saved."""
    paths = (tmp_path / f"{word}.png" for word in ("one", "two", "three"))
    figures.apply_style()
    variables = SimpleNamespace(image_path_iterator=paths)
    source = tmp_path / "examples/sea/plot_it.py"
    yield SimpleNamespace(run_vars=variables, src_py_file=source)
    plt.close("all")
    plt.rcdefaults()


def draw(alt: str) -> None:
    fig, ax = plt.subplots()
    fig.set_label(alt)
    ax.plot([0, 1])
    ax.set_title("Title")


def test_a_figure_is_saved_for_light_and_for_dark_pages(script, tmp_path):
    draw('Two "lines" & more')
    draw("Another")
    shown = figures.save_figures(BLOCK, script)
    assert 'alt="Two &quot;lines&quot; &amp; more"' in shown
    assert shown.count("<img") == 2
    light, dark = (tmp_path / name for name in ("one.svg", "one_dark.svg"))
    assert LIGHT in light.read_text()
    assert DARK not in light.read_text()
    assert LIGHT not in dark.read_text()
    assert dark.read_text() == light.read_text().replace(LIGHT, DARK)
    assert (tmp_path / "two_dark.svg").exists()
    assert plt.get_fignums() == []


def test_a_figure_is_the_same_at_any_time(script, tmp_path):
    draw("A line")
    figures.save_figures(BLOCK, script)
    draw("A line")
    figures.save_figures(BLOCK, script)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_the_first_figure_of_a_script_has_a_thumbnail_in_both_schemes(script, tmp_path):
    """Whose text has the color of the scheme; the figure keeps its own."""
    draw("A line")
    script.run_vars.image_path_iterator = iter([tmp_path / "a_001.png"])
    figures.save_figures(BLOCK, script)
    assert DARK not in (tmp_path / "a_001_narrow.svg").read_text()
    for suffix, color in (("", LIGHT), ("_dark", DARK)):
        pixels = plt.imread(tmp_path / f"thumb/a_001{suffix}.webp")
        assert pixels.shape[1] == figures.THUMBNAIL
        off = abs(pixels[..., :3] / 255.0 - to_rgb(color)).max(-1)
        assert off[pixels[..., 3] > 250].min() < 0.05


def test_a_figure_needs_alt_text_and_content(script):
    plt.figure()
    place = "^examples/sea/plot_it.py:7: "
    with pytest.raises(PluginError, match=f"{place}a figure has no alt text"):
        figures.save_figures(BLOCK, script)
    plt.close("all")
    plt.subplots(label="Empty axes")
    with pytest.raises(PluginError, match=f"{place}the figure 'Empty axes' is blank"):
        figures.save_figures(BLOCK, script)
    plt.close("all")
    plt.figure(label="No axes")
    with pytest.raises(PluginError, match="'No axes' is blank"):
        figures.save_figures(BLOCK, script)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page beside a wide figure, a narrow one, their thumbnails, and an image."""
    (tmp_path / "images/thumb").mkdir(parents=True)
    svg = '<svg xmlns="x" width="{}pt" height="75pt" version="1.1"></svg>'
    for name in ("a_001", "b_001"):
        for scheme in ("", "_dark"):
            (tmp_path / f"images/thumb/{name}{scheme}.webp").touch()
            (tmp_path / f"images/{name}{scheme}.svg").write_text(svg.format(300))
    for name in ("a_001_narrow", "a_001_narrow_dark"):
        (tmp_path / f"images/{name}.svg").write_text(svg.format(150))
    (tmp_path / "images/c.svg").touch()
    (tmp_path / "page").mkdir()
    return tmp_path / "page"


def test_a_figure_that_has_a_dark_twin_is_shown_twice(page):
    """With its size, fetched only when a reader comes near."""
    size = 'loading="lazy" width="400" height="100"'
    light = f'<img {size} alt="A" class="only-light wide" src="../images/b_001.svg">'
    dark = f'<img {size} alt="A" class="only-dark wide" src="../images/b_001_dark.svg">'
    text = '<p><img alt="A" class="wide" src="../images/b_001.svg"></p>'
    assert pair_figures(text, page) == f"<p>{light}{dark}</p>"
    for alone in (
        '<img src="../images/c.svg">',
        '<img src="https://a.b/images/a_001.svg">',
        '<img src="data:image/svg+xml;base64,AAAA">',
    ):
        assert pair_figures(alone, page) == alone
    assert 'class="only-dark"' in pair_figures('<img src="../images/b_001.svg">', page)


def test_a_narrow_page_shows_the_narrow_variant(page):
    shown = pair_figures('<img src="../images/a_001.svg">', page)
    for name in ("a_001_narrow", "a_001_narrow_dark"):
        place = f'srcset="../images/{name}.svg" width="200" height="100"'
        assert f'<picture><source media="(max-width: 44.99em)" {place}>' in shown
    assert shown.count("</picture>") == 2


def test_a_figure_with_three_dimensions_names_the_file_that_lets_it_turn(page):
    flat = pair_figures('<img src="../images/a_001.svg">', page)
    (page / "../images/a_001.bin").resolve().touch()
    shown = pair_figures('<img src="../images/a_001.svg">', page)
    file = "../images/a_001.bin"
    assert shown == f'<span class="solid" data-solid="{file}">{flat}</span>'
    small = pair_figures('<img src="../images/thumb/a_thumb.svg">', page)
    assert "solid" not in small


def test_the_index_of_the_gallery_shows_small_pictures(page):
    shown = pair_figures('<img src="../images/thumb/a_thumb.svg">', page)
    assert 'loading="lazy" class="only-light" src="../images/thumb/a_001.webp"' in shown
    assert 'src="../images/thumb/a_001_dark.webp"' in shown


def test_the_line_about_a_run_tells_what_was_run_and_when():
    finished = "2030-01-02T03:04:05+00:00"
    run = {"values": [1], "seconds": 2.04, "peak_mib": 210, "finished": finished}
    line = content.run_line(run, "examples/a<b.py", {"torch": "2.13"}, stale=False)
    for part in ("a&lt;b.py", "2.0 s", "210 MiB", "1 recorded value ", "torch 2.13"):
        assert part in line
    assert finished in line
    assert "Stale" not in line
    assert "Stale" in content.run_line(run, "a.py", {}, stale=True)


def test_names_in_table_cells_break_at_their_joints():
    cell = '<td style="a"><code>a.b_c(d/e)</code> <code>&lt;_x&gt;</code> f_g(h)</td>'
    broken = content.let_names_break(f"<p><code>a_b</code></p>{cell}")
    assert broken == (
        '<p><code>a_b</code></p><td style="a">'
        "<code>a.<wbr>b_<wbr>c(<wbr>d/<wbr>e)</code>"
        " <code>&lt;_x&gt;</code> f_g(h)</td>"
    )


def test_a_lab_loses_its_styles_and_scripts():
    text = "<style>p {}</style><p>a</p><script>b()</script><link rel='x'><p>c</p>"
    assert clean_lab(text) == "<p>a</p><p>c</p>"


def test_a_lab_figure_without_alt_text_fails():
    with pytest.raises(PluginError, match="no alt text"):
        clean_lab('<img src="data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=">')


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    """Two scripts and a lab; one script and the lab were run before."""
    for name in ("examples/waves/plot_a.py", "examples/waves/plot_b.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("print(1)\n")
    (tmp_path / "docs/labs").mkdir(parents=True)
    (tmp_path / "docs/labs/deep.py").touch()
    jobs = find_jobs(tmp_path, tmp_path / "docs")
    assert [job.source.name for job in jobs] == ["deep.py", "plot_a.py", "plot_b.py"]
    outputs = jobs[1].store / "gallery/waves"
    (outputs / "images").mkdir(parents=True)
    (outputs / "plot_a.md").write_text("new")
    (outputs / "plot_a.md").chmod(0o444)
    (outputs / "images/a.svg").write_text("<svg/>")
    return jobs


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_the_gallery_holds_the_stored_outputs_and_nothing_else(jobs, tmp_path):
    folder = tmp_path / "docs/gallery"
    (folder / "gone/images").mkdir(parents=True)
    (folder / "gone/images/x.svg").touch()
    (folder / "waves").mkdir()
    (folder / "waves/plot_a.md").write_text("old")
    (folder / "waves/plot_a.md").chmod(0o444)
    (folder / "waves/plot_b.md").write_text("of a script that never ran")
    gallery.lay_out(jobs, folder)
    assert files(folder) == {"waves/plot_a.md", "waves/images/a.svg"}
    assert (folder / "waves/plot_a.md").read_text() == "new"
    assert not (folder / "gone").exists()


def test_what_is_laid_out_already_is_not_touched(jobs, tmp_path):
    """Else `mkdocs serve` would see a change in every build."""
    folder = tmp_path / "docs/gallery"
    gallery.lay_out(jobs, folder)
    before = (folder / "waves/plot_a.md").stat().st_mtime_ns
    gallery.lay_out(jobs, folder)
    assert (folder / "waves/plot_a.md").stat().st_mtime_ns == before


def test_the_authors_mode_takes_scripts_for_run(jobs, tmp_path):
    folder = tmp_path / "docs/gallery"
    gallery.lay_out(jobs, folder)
    gallery.accept_as_is(jobs, folder)
    assert (folder / "waves/plot_a.md").read_text() == "new"
    assert "Not run yet" in (folder / "waves/plot_b.md").read_text()
    for job in jobs[1:]:
        digest = (folder / f"waves/{job.source.name}.md5").read_text()
        assert digest == get_md5sum(job.source, mode="t")


def test_a_reference_leads_back_to_each_place_that_cites_it():
    text = '<p><a href="#ref-a">A</a>, <a href="#ref-a">B</a></p>'
    page = link_back(text + '<ol><li><p><a id="ref-a"></a>Book.</p>\n</li></ol>')
    assert '<a id="cites-ref-a-2" href="#ref-a">B</a>' in page
    entry = page.split("Book.")[1]
    assert entry.count('href="#cites-ref-a-') == 2
    assert entry.index("↩2</a></p>") > entry.index('href="#cites-ref-a-1"')


def test_a_note_says_what_to_read_before_and_how_long_it_takes(tmp_path):
    """Words in folds and below References are not counted."""
    note = tmp_path / "notes/waves.md"
    note.parent.mkdir()
    note.write_text("# Waves\n")
    text = "word " * 151 + "\n    folded" * 999 + "\n## References\n" + "word " * 999
    page = SimpleNamespace(meta={"requires": ["waves"]}, markdown=text)
    build, plugin = SimpleNamespace(docs=tmp_path), SimpleNamespace(page=page)
    line = Macros(build, plugin).reading()
    assert "[Waves](waves.md)" in line
    assert "about 2 minutes" in line


def test_the_check_of_a_solution_is_folded():
    solved = '<div class="jp-Cell" id="1"><summary>Solution</summary></div>'
    solved += '<div class="jp-Cell jp-CodeCell"></div>'
    cell = '<div class="jp-Cell jp-CodeCell" id="2"><div>5 / 6</div></div>'
    page = fold_checks(f"<main>{cell}{solved}{cell}{cell}</main>")
    folded = "<details><summary>The check of the solution</summary>"
    assert page == f"<main>{cell}{solved}{folded}{cell}</details>{cell}</main>"
