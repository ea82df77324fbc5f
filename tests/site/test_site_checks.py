"""The check of the finished site finds dead ends, and all that comes from outside."""

from pathlib import Path

import pytest

from sitebuild.site_check import check_site

GOOD = """<!doctype html><html><head>
<link rel="stylesheet" href="look.css"><link rel="canonical" href="https://a.b/c/">
<script src="look.js"></script></head><body id="top">
<h2 id="here">Here</h2><a name="old"></a>
<a href="#here">a</a> <a href="#old">b</a> <a href="sub/">c</a> <a href="sub/#x y">d</a>
<a href="sub/#x%20y">e</a> <a href="https://example.org/">f</a> <a href="#">g</a>
<a href="mailto:a@b.c">h</a> <a href="#__top">i</a> <a href="?q=1#here">j</a>
<img src="data:image/png;base64,AA=="> <img src="a%20b.svg" srcset="a%20b.svg 2x">
<p style="background: url(a%20b.svg)"></p></body></html>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small site without faults."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text(GOOD)
    (tmp_path / "sub/index.html").write_text('<p id="x y">X</p><a href="../">up</a>')
    (tmp_path / "look.css").write_text('a { background: url("a b.svg") }')
    (tmp_path / "look.js").write_text("")
    (tmp_path / "a b.svg").write_text("<svg></svg>")
    (tmp_path / "404.html").write_text('<a href="/base/sub/">x</a>')
    return tmp_path


def test_a_good_site_has_no_problems(site):
    assert check_site(site) == []


HOST = "https://cdn.example.org/x"
LOADS = [
    f'<img src="{HOST}">',
    f'<img src="look.js" srcset="look.js 1x, {HOST} 2x">',
    f'<source srcset="{HOST} 2x">',
    '<img src="//cdn.example.org/x">',
    f'<script src="{HOST}"></script>',
    f'<link rel="stylesheet" href="{HOST}">',
    f'<link rel="preconnect" href="{HOST}">',
    f'<iframe src="{HOST}"></iframe>',
    f'<video poster="{HOST}"></video>',
    f'<object data="{HOST}"></object>',
    f'<input type="image" src="{HOST}">',
    f'<p style="background: url({HOST})"></p>',
    f"<p style=\"background: url('{HOST}')\"></p>",
    f"<style>p {{ background: url({HOST}) }}</style>",
    f"<style>@import '{HOST}';</style>",
    f'<svg><image href="{HOST}"/></svg>',
    f'<svg><use xlink:href="{HOST}#a"/></svg>',
    f'<IMG SRC="{HOST}">',
]


@pytest.mark.parametrize("markup", LOADS)
def test_what_a_page_would_load_from_outside_is_found(site, markup):
    (site / "index.html").write_text(GOOD.replace("</body>", f"{markup}</body>"))
    (problem,) = check_site(site)
    assert problem.startswith("index.html loads ")
    assert "cdn.example.org/x" in problem


@pytest.mark.parametrize(
    "rule",
    [
        f"a {{ background: url({HOST}) }}",
        f'a {{ background: url( "{HOST}" ) }}',
        f"@import '{HOST}';",
        f'@import "{HOST}";',
        f'@import url("{HOST}");',
        f"@font-face {{ src: local('a'), url({HOST}) format('woff2') }}",
    ],
)
def test_what_a_style_sheet_would_load_from_outside_is_found(site, rule):
    (site / "look.css").write_text(rule)
    assert check_site(site) == [f"look.css loads {HOST} from another host"]


@pytest.mark.parametrize(
    ("markup", "problem"),
    [
        ('<a href="lost/">x</a>', "dead link lost/"),
        ('<a href="sub/lost.html">x</a>', "dead link sub/lost.html"),
        ('<a href="/lost/">x</a>', "dead link /lost/"),
        ('<a href="../index.html">x</a>', "dead link ../index.html"),
        ('<a href="#lost">x</a>', "dead anchor #lost"),
        ('<a href="sub/#lost">x</a>', "dead anchor sub/#lost"),
        ('<area href="lost/">', "dead link lost/"),
        ('<img src="lost.svg">', "dead link lost.svg"),
        ('<img src="a%20b.svg" srcset="lost.svg 2x">', "dead link lost.svg"),
        ('<script src="lost.js"></script>', "dead link lost.js"),
        ('<p style="background: url(lost.svg)"></p>', "dead link lost.svg"),
        ("<style>p { background: url(lost.svg) }</style>", "dead link lost.svg"),
    ],
)
def test_what_leads_nowhere_is_found(site, markup, problem):
    (site / "index.html").write_text(GOOD.replace("</body>", f"{markup}</body>"))
    assert check_site(site) == [f"index.html: {problem}"]


def test_a_style_sheet_may_not_name_a_lost_file(site):
    (site / "look.css").write_text("a { background: url(lost.svg) }")
    assert check_site(site) == ["look.css: dead link lost.svg"]


def test_the_error_page_may_not_load_from_outside_either(site):
    """Its own links begin with the path of the published site, which is not known."""
    (site / "404.html").write_text(f'<script src="{HOST}"></script>')
    assert check_site(site) == [f"404.html loads {HOST} from another host"]
    (site / "404.html").write_text('<a href="lost/">x</a>')
    assert check_site(site) == ["404.html: dead link lost/"]


def test_a_fault_is_reported_once(site):
    (site / "index.html").write_text('<a href="lost/">x</a><a href="lost/">y</a>')
    assert check_site(site) == ["index.html: dead link lost/"]
