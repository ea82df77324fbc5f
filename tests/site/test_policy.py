"""A page carries the policy that allows its own scripts, and its text has none."""

import base64
import hashlib
from types import SimpleNamespace

import pytest
from mkdocs.exceptions import PluginError

from sitebuild import hooks, policy
from tests.site.attempts import EXECUTED
from tests.site.miniature import Project

CODE = "a = 'é';\n b()"
PAGE = f"""<!doctype html><html><head><title>T</title></head><body>
<script>{CODE}</script><script id="x">{CODE}</script><script src="a.js"></script>
<script type="application/json">{{"a": 1}}</script></body></html>"""


def test_a_page_names_its_own_scripts_by_their_hashes():
    digest = base64.b64encode(hashlib.sha256(CODE.encode()).digest()).decode()
    page = policy.with_policy(PAGE)
    assert page.count("sha256-") == 1
    assert f"script-src 'self' 'sha256-{digest}';" in page
    assert page.index("Content-Security-Policy") < page.index("<title>")
    assert "unsafe-inline'; script" not in page.split("style-src")[0]


def test_nothing_is_allowed_that_the_rules_do_not_name():
    assert policy.RULES["default-src"] == "'none'"
    for name, value in policy.RULES.items():
        allowed = {"'self'", "'none'", "data:", "'unsafe-inline'"}
        assert set(value.split()) <= allowed, name
    assert policy.RULES["script-src"] == "'self'"


def test_serve_shows_the_page_without_it():
    served = []
    server = SimpleNamespace(
        _inject_js_into_html=lambda *page: served.append(page), builder=None
    )
    hooks.on_serve(server, None, None)
    server._inject_js_into_html(policy.with_policy(PAGE).encode(), 3)
    assert served == [(PAGE.encode(), 3)]


@pytest.mark.parametrize(
    "markup",
    [text for text in EXECUTED if "script>" in text.lower() or "<script" in text]
    + [
        '<body background="x">',
        '<base href="x">',
        "<head>",
        "<FRAMESET>",
        "<script\n>",
    ],
)
def test_code_in_the_text_of_a_page_is_refused(markup):
    with pytest.raises(PluginError, match=r"docs/a\.md: the text of a page has '<"):
        policy.refuse_code(f"<p>a</p>{markup}", "docs/a.md")


def test_what_only_looks_like_code_is_not():
    policy.refuse_code("<p>&lt;script&gt; <mjx-script></mjx-script> header</p>", "a")
    policy.refuse_code("<header>a</header><bodyguard>", "a")


def test_every_built_page_has_the_policy(base: Project):
    pages = list((base.root / "site").rglob("*.html"))
    assert len(pages) > 5
    for page in pages:
        text = page.read_text("utf-8")
        assert text.count('http-equiv="Content-Security-Policy"') == 1
        assert text.index("Content-Security-Policy") < text.index("<script")
