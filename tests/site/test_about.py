"""What the site says of itself, with and without an address; the dark scheme alone."""

from types import SimpleNamespace

from sitebuild.pages import about
from sitebuild.worker import figures
from tests.site.miniature import ROOT

ADDRESSES = {
    "DLNOTES_SITE_URL": "https://waves.example/site/",
    "DLNOTES_REPOSITORY": "https://code.example/waves",
}


def test_without_addresses_a_page_names_none(base):
    for page in ("index.html", "notes/waves/index.html"):
        text = base.read(f"site/{page}")
        for word in (
            "canonical",
            "og:url",
            "og:image",
            "Repository",
            "Report an error",
        ):
            assert word not in text
    assert "<loc>" not in base.read("site/sitemap.xml")


def test_with_addresses_a_page_is_found_installed_and_cited(project):
    project.write("pyproject.toml", (ROOT / "pyproject.toml").read_text("utf-8"))
    project.change("docs/index.md", "# Home\n", "# Home\n\n<% install_and_cite() %>\n")
    project.build(**ADDRESSES)
    page = project.read("site/notes/waves/index.html")
    site, repository = ADDRESSES.values()
    assert f'<link rel="canonical" href="{site}notes/waves/">' in page
    assert f'<meta property="og:url" content="{site}notes/waves/">' in page
    picture = f"{site}gallery/waves/images/thumb/mkd_glr_plot_crest_001.webp"
    assert f'<meta property="og:image" content="{picture}">' in page
    assert f'<a href="{repository}">Repository</a>' in page
    assert f'href="{repository}/issues/new?title=Error%20in%3A%20Waves"' in page
    assert 'href="../../index.html#install-and-cite"' in page
    needed = f'Downloads run after pip install "dlnotes[examples] @ git+{repository}".'
    assert needed in project.page("gallery/waves/plot_crest")
    home = project.page(".")
    assert f"pip install git+{repository}" in home
    assert "howpublished = {\\url{https://code.example/waves}}" in home
    pages = project.read("site/sitemap.xml")
    assert f"<loc>{site}notes/waves/</loc>" in pages
    assert "api/tests" not in pages


def test_a_missing_page_lists_the_notes(base):
    page = base.read("site/404.html")
    assert '<li><a href="/notes/waves/">Waves</a></li>' in page
    assert "<title>Page not found - dlnotes</title>" in page


def test_a_title_says_what_a_page_is_about(project):
    text = project.read("docs/notes/waves.md")
    front = "---\ndescription: Where they come from, and where to.\n---\n\n"
    project.write("docs/notes/waves.md", front + text)
    project.build()
    page = project.read("site/notes/waves/index.html")
    assert "<title>Waves: where they come from - dlnotes</title>" in page
    assert 'href="../../assets/favicon.svg"' in page


def test_other_sites_show_the_first_figure_that_is_a_picture(tmp_path):
    small = figures.thumbnail(tmp_path / "gallery/sea/images/b.svg")
    small.parent.mkdir(parents=True)
    small.touch()
    page = "".join(f'<img src="../../gallery/sea/images/{x}.svg">' for x in "ab")
    assert about.first_picture(page, tmp_path) == "gallery/sea/images/thumb/b.webp"
    assert about.first_picture("<p>none</p>", tmp_path) == ""


def test_the_dark_rules_hold_without_scripts():
    """Those of the site's own sheet last; what light pages hide is shown."""
    sheets = {
        "assets/site.css": "/* a, {b} */ "
        '[data-md-color-scheme="slate"] p { color: red }\n'
        '[data-md-color-scheme="default"] .only-dark,\n'
        '[data-md-color-scheme="slate"] .only-light { display: none }\n'
        '[data-md-color-scheme="default"] p { color: blue } p { margin: 0 }'
        + "@media print { a { b: c } [data-md-color-scheme=slate] { --paper: 1 } }",
        "assets/stylesheets/palette.1.css": "[data-md-color-scheme=slate]{--a:1}",
        "assets/other.css": "[data-md-color-scheme=slate]{--other:1}",
    }
    files = [
        SimpleNamespace(src_uri=name, content_string=text)
        for name, text in sheets.items()
    ]
    assert about.dark_without_scripts(files).splitlines() == [
        "[data-md-color-scheme] {--a:1}",
        "[data-md-color-scheme] p { color: red }",
        "[data-md-color-scheme] .only-dark { display: revert }",
        "[data-md-color-scheme] .only-light { display: none }",
    ]
