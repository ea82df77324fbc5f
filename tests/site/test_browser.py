"""Every page of the built site, in a real browser, as a reader sees it."""

from collections.abc import Iterator

import pytest
from browser import AXE, FLAGS, PAGES, ROOT, SITE, find_browser, served
from playwright.sync_api import Browser, Page, sync_playwright

LOOKS = (ROOT / "tests/site/looks.js").read_text("utf-8")
# axe looks at every element of a page. Formulas and code repeat a few kinds of them
# thousands of times: of code it keeps one of each color, of formulas the boxes.
THIN_OUT = """() => {
  for (const formula of document.querySelectorAll('mjx-container')) {
    formula.replaceChildren();
  }
  const seen = new Set();
  for (const token of document.querySelectorAll('.highlight span')) {
    if (token.childElementCount > 0) continue;
    if (seen.has(token.className)) token.remove();
    else seen.add(token.className);
  }
}"""
# Serious and critical findings, one line each.
ACCESSIBLE = """() => axe.run({resultTypes: ['violations']}).then((result) =>
  result.violations.filter((v) => /serious|critical/.test(v.impact)).map((v) =>
    `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target).join(' ; ')}`))
"""
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
        problems += _in_all_ways(tab, LOOKS)
        tab.evaluate(THIN_OUT)
        tab.add_script_tag(path=AXE)
        problems += _in_all_ways(tab, ACCESSIBLE)
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


def _in_all_ways(tab: Page, check: str) -> list[str]:
    """Run a check in both schemes and at both widths; give what it finds."""
    problems = []
    for scheme in SCHEMES:
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 900})
            found = tab.evaluate(check)
            problems += [f"{scheme}, {width} px: {text}" for text in found]
        other = {"light": "dark", "dark": "light"}[scheme]
        tab.locator(f"label[title='Switch to {other}']").click()
    return problems
