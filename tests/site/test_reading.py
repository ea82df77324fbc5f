"""What a reader does with a page: copies, follows links, filters, prints, tabs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.site.browser import PAGES, SITE, find_browser

NOTES = [page for page in PAGES if page.startswith("notes/")]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 900}
# Copies what is selected, and gives the text that arrives.
COPY = """() => {
  const options = {clipboardData: new DataTransfer(), cancelable: true};
  const event = new ClipboardEvent('copy', options);
  document.dispatchEvent(event);
  return event.clipboardData.getData('text/plain');
}"""
SELECT = """(block) => {
  const glyph = block.querySelector('mjx-c');
  getSelection().setBaseAndExtent(glyph, 0, block, block.childNodes.length);
}"""
IN_ARTICLE = "() => document.activeElement.closest('article') !== null"
COLORS = """() => ['body', 'article p', 'article p a'].map((name) => {
  const style = getComputedStyle(document.querySelector(name));
  const color = name === 'body' ? style.backgroundColor : style.color;
  return color.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
})"""

if find_browser() is None:
    pytest.skip("no Chromium or Chrome on this machine", allow_module_level=True)
if not PAGES:
    pytest.fail(f"no site in {SITE}: run `make site`", pytrace=False)


@pytest.fixture(scope="module")
def one_tab(browser) -> Iterator[Page]:
    with browser.new_page() as tab:
        yield tab


@pytest.fixture
def tab(one_tab) -> Page:
    """One tab for all tests, since a new one loads fonts and styles again."""
    one_tab.emulate_media(media="screen")
    one_tab.set_viewport_size(DESK)
    return one_tab


def test_a_formula_is_copied_as_its_tex(tab, address):
    tab.goto(f"{address}notes/mae/")
    block = tab.locator(".arithmatex:has(mjx-labels)").first
    block.evaluate(SELECT)
    text = tab.evaluate(COPY)
    tex = block.locator("[data-tex]").get_attribute("data-tex")
    assert text == f"$${tex}$$"
    tab.locator("h1").evaluate("(title) => getSelection().selectAllChildren(title)")
    assert tab.evaluate(COPY) == ""  # text goes as browsers copy it


def test_an_anchor_shows_beside_what_it_leads_to(tab, address):
    tab.goto(f"{address}notes/mae/")
    link = tab.locator(".beside > a").first
    opacity = "(link) => getComputedStyle(link).opacity"
    assert link.evaluate(opacity) == "0"
    tab.locator(".beside + .arithmatex").first.hover()
    tab.wait_for_function(
        f"(link) => ({opacity})(link) === '1'", arg=link.element_handle()
    )


@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_claims_show_their_verdicts_and_are_filtered_by_them(
    browser, address, viewport
):
    """Also without scripts; on a phone each verdict is in sight."""
    with browser.new_context(viewport=viewport, java_script_enabled=False) as context:
        tab = context.new_page()
        tab.goto(f"{address}claims/")
        verdicts = tab.locator(".claims .verdict")
        total = verdicts.count()
        for verdict in verdicts.all()[:: total // 8]:
            box = verdict.bounding_box()
            assert 0 <= box["x"] < box["x"] + box["width"] <= viewport["width"]
        tab.locator("#show-refuted").check()
        refuted = tab.locator(".claims tr:visible .verdict.refuted").count()
        assert 0 < refuted < total
        assert tab.locator(".claims tr:visible .verdict").count() == refuted
        tab.locator("#show-all").check()
        assert tab.locator(".claims tr:visible .verdict").count() == total


@pytest.mark.parametrize("page", ["", "gallery/", "notes/mae/"])  # notes are alike
@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_few_stops_lie_before_the_article(tab, address, page, viewport):
    tab.set_viewport_size(viewport)
    tab.goto(address + page)
    stops = 0
    while stops <= 15 and not tab.evaluate(IN_ARTICLE):
        tab.keyboard.press("Tab")
        stops += 1
    assert tab.evaluate(IN_ARTICLE)  # the last stop is its first


@pytest.mark.parametrize("page", NOTES)
def test_links_open_what_is_folded_and_paper_shows_all_but_code(tab, address, page):
    """Links to equations and proofs; both in one test, since notes load slowly."""
    tab.goto(address + page)
    anchors = tab.locator(".beside > a")
    names = anchors.evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
    assert len(set(names)) == len(names) > 10
    proofs = [name for name in names if name.startswith("#proof-")]
    for name in [proofs[0], proofs[-1]]:
        tab.evaluate(f"location.hash = '{name}'")
        target = tab.locator(f"[id='{name[1:]}']")
        tab.wait_for_function(
            "(e) => e.closest('details').open", arg=target.element_handle()
        )
        assert 0 < target.bounding_box()["y"] < DESK["height"]

    # Two proofs are open now; on paper the others are, too.
    tab.set_viewport_size({"width": 718, "height": 1000})  # of A4, without margins
    tab.emulate_media(media="print")
    tab.evaluate("document.body.dataset.mdColorScheme = 'slate'")  # paper is light
    assert tab.locator("article img.only-light").first.is_visible()
    assert tab.locator("article img.only-dark:visible").count() == 0
    assert tab.locator(".body-links:visible, .headerlink:visible").count() == 0
    assert tab.locator(".highlight:has(+ .body-links):visible").count() == 0
    folds = tab.locator("details:has(.fold-target) > p")
    assert folds.evaluate_all("(all) => all.every((p) => p.checkVisibility())")
    blocks = tab.locator("article :is(p, pre, table, img, mjx-container)")
    right = "(all) => Math.max(...all.map((e) => e.getBoundingClientRect().right))"
    assert blocks.evaluate_all(right) <= 718


def test_a_dark_system_gets_the_dark_scheme_without_scripts(browser, address):
    with browser.new_context(java_script_enabled=False, color_scheme="dark") as context:
        tab = context.new_page()
        tab.goto(f"{address}notes/mae/")
        page, *texts = tab.evaluate(COLORS)
        assert page < 150
        assert min(texts) > 450
        assert tab.locator("article img.only-dark").first.is_visible()
        assert not tab.locator("article img.only-light").first.is_visible()
