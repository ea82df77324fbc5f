"""The check of the finished site finds dead ends, and all that comes from outside."""

from pathlib import Path

import pytest

from sitebuild import site_check
from sitebuild.known import Known
from tests.site.attempts import HOST, LEADS, LOADS

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


def check_site(site: Path) -> list[str]:
    """Messages about a site of which nothing is known."""
    return site_check.check_site(site, Known(site.parent / "known", ""))


def test_a_good_site_has_no_problems(site):
    assert check_site(site) == []


@pytest.mark.parametrize("markup", LOADS + LEADS)
def test_what_a_page_would_load_from_outside_is_found(site, markup):
    (site / "index.html").write_text(GOOD.replace("</body>", f"{markup}</body>"))
    assert [text for text in check_site(site) if text.startswith("index.html ")]


@pytest.mark.parametrize(
    ("markup", "problem"),
    [
        ("<iframe></iframe>", "has the element <iframe>, which no page needs"),
        ("<script type=importmap>{}</script>", "has a script of the type importmap"),
        ('<meta http-equiv="refresh" content="9">', "has <meta http-equiv=refresh>"),
        ('<a href="javascript:a()">x</a>', "links javascript:a()"),
        (f'<img src="{HOST}">', f"loads {HOST} from another host"),
    ],
)
def test_what_no_page_needs_is_named(site, markup, problem):
    (site / "index.html").write_text(GOOD.replace("</body>", f"{markup}</body>"))
    assert check_site(site) == [f"index.html {problem}"]


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("a.htm", "<p>x</p>", "a.htm is a file of a kind that no page needs"),
        ("a.wasm", "", "a.wasm is a file of a kind that no page needs"),
        ("a.js", f"fetch('{HOST}')", f"a.js loads {HOST} from another host"),
        (
            "a.svg",
            "<svg><script>a()</script></svg>",
            "a.svg is no plain image: <script",
        ),
        (
            "a.svg",
            f'<svg><use href="{HOST}"/></svg>',
            'a.svg is no plain image: href="',
        ),
        ("a.svg", '<svg onload="a()"/>', "a.svg is no plain image: onload="),
        ("a.html", "x" * 5_000_001, "a.html has 5,000,001 bytes, at most 5,000,000"),
    ],
)
def test_files_that_browsers_would_execute_are_found(site, file, text, problem):
    (site / file).write_text(text)
    assert check_site(site) == [problem]


@pytest.mark.parametrize(
    "rule",
    [
        f"a {{ background: url({HOST}) }}",
        f'a {{ background: url( "{HOST}" ) }}',
        f"@import '{HOST}';",
        f'@import "{HOST}";',
        f'@import url("{HOST}");',
        f"@font-face {{ src: local('a'), url({HOST}) format('woff2') }}",
        f"a {{ background: image-set('{HOST}' 1x) }}",
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
        ('<a href="#there">x</a>', "dead anchor #there; near it: here"),
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
