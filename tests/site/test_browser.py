"""Every page of the built site, in a real browser, as a reader sees it."""

from collections.abc import Iterator

import pytest
from browser import AXE, FLAGS, PAGES, ROOT, SITE, find_browser, served
from playwright.sync_api import Browser, sync_playwright

LOOKS = (ROOT / "tests/site/looks.js").read_text("utf-8")
SCHEMES = ("light", "dark")
WIDTHS = (1280, 390)

if find_browser() is None:
    pytest.skip("no Chromium or Chrome on this machine", allow_module_level=True)
if not PAGES:
    pytest.fail(f"no site in {SITE}: run `make site`", pytrace=False)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(SITE) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_browser(), args=FLAGS
        )
        yield chromium
        chromium.close()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_whole(browser, address, page):
    """Nothing from outside, no error, all typeset, figures there, accessible."""
    with browser.new_context(reduced_motion="reduce") as context:
        tab = context.new_page()
        problems = []
        tab.on("console", lambda m: m.type == "error" and problems.append(m.text))
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on(
            "request",
            lambda request: (
                request.url.startswith((address, "data:", "blob:"))
                or problems.append(f"asks another host: {request.url}")
            ),
        )
        tab.goto(address + page)
        tab.add_script_tag(path=AXE)
        for scheme in SCHEMES:
            for width in WIDTHS:
                tab.set_viewport_size({"width": width, "height": 900})
                found = tab.evaluate(LOOKS) + _accessibility(tab)
                problems += [f"{scheme}, {width} px: {text}" for text in found]
            if scheme == "light":
                tab.locator("label[title='Switch to dark']").click()
    assert problems == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_needs_no_javascript(browser, address, page):
    """Without scripts the text, the figures and the formulas are all there."""
    with browser.new_context(java_script_enabled=False) as context:
        tab = context.new_page()
        tab.goto(address + page)
        file = SITE / page if page.endswith(".html") else SITE / page / "index.html"
        formulas = file.read_text("utf-8").count("<mjx-container")
        assert tab.locator("mjx-container").count() == formulas
        assert len(tab.locator("article").inner_text().strip()) > 20
        for image in tab.locator("article img.only-light").all():
            assert image.is_visible()


@pytest.mark.parametrize(
    ("query", "found"),
    [("Gumbel", "Gumbel-Softmax"), ("sample_gumbel", "sample_gumbel")],
)
def test_search_finds(browser, address, query, found):
    """A reader finds a topic, and a name of the library."""
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(address)
        tab.keyboard.press("/")  # the keyboard is enough
        tab.keyboard.type(query)
        results = tab.locator(".md-search-result__list")
        results.get_by_text(found).first.wait_for(timeout=10_000)


def _accessibility(tab) -> list[str]:
    """Serious and critical findings of axe-core, one line each."""
    found = tab.evaluate(
        # Inside a formula there are thousands of boxes and nothing of ours.
        "() => axe.run({exclude: [['mjx-math']]}, {resultTypes: ['violations']})"
        ".then(r => r.violations.filter(v => /serious|critical/.test(v.impact))"
        ".map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.target).join(' ; ')}`))"
    )
    return list(found)
