"""Every page of the built site, in a real browser, as a reader sees it."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

import pytest
from playwright.sync_api import Page

from tests.site.attempts import ASKED, EXECUTED, LEADS, LOADS
from tests.site.browser import (
    ACCESSIBLE,
    AXE,
    LOOKS,
    PAGES,
    SCHEMES,
    SETTLE,
    SITE,
    find_browser,
    served,
)

# Of lists in the navigation this keeps the first two items and what is open. Pages of
# one kind have the whole of it in common, and it takes a while to look at.
SHORTEN_LISTS = """() => {
  const kept = '.md-nav__item--active, .md-nav__item--nested, :nth-child(-n + 2)';
  for (const item of document.querySelectorAll('.md-nav__item')) {
    if (!item.matches(kept)) item.remove();
  }
}"""
# axe looks at every element, and a page repeats a few kinds of them thousands of times.
# This keeps of code one token of each color, of formulas the boxes, of functions the
# first five, and of tables of names the first ten.
THIN_OUT = """() => {
  for (const entry of [...document.querySelectorAll('.doc-function')].slice(5)) {
    entry.remove();
  }
  for (const name of document.querySelectorAll('tr:nth-child(n + 11) td a > code')) {
    name.closest('tr').remove();
  }
  for (const formula of document.querySelectorAll('mjx-container')) {
    formula.replaceChildren();
  }
  const seen = new Set();
  for (const token of [...document.querySelectorAll('.highlight span')].reverse()) {
    if (token.childElementCount > 0) continue; // a line with tokens left
    if (seen.has(token.className)) token.remove();
    else seen.add(token.className);
  }
}"""
WAYS = [(width, scheme) for width in (1280, 390) for scheme in SCHEMES]
# Colors do not depend on the width, nor sizes and order of elements on the scheme. What
# pages of the gallery, or of the API, do not have in common shows on a phone.
FEW_WAYS = [(1280, "dark"), (390, "light")]
ON_A_PHONE = FEW_WAYS[1:]
# Pages of one kind have one look, and all around their text in common.
KINDS = {(page.split("/")[0], page.count("/")): page for page in reversed(PAGES)}
ONE_OF_EACH = sorted(KINDS.values())
FIRST_VIEW = re.compile(r"(gallery/|notes/\w+/)?")
IMAGES = """() => performance.getEntriesByType('resource').map((e) => e.name)
  .filter((name) => /\\.(gif|ico|jpg|png|svg|webp)$/.test(name))"""

if find_browser() is None:
    pytest.skip("no Chromium or Chrome on this machine", allow_module_level=True)
if not PAGES:
    pytest.fail(f"no site in {SITE}: run `make site`", pytrace=False)


@pytest.fixture(scope="module")
def tab(browser) -> Iterator[Page]:
    """One tab for all pages, since a window of its own for each would cost seconds."""
    with browser.new_context(reduced_motion="reduce") as context:
        context.add_init_script("localStorage.clear()")  # each page starts afresh
        yield context.new_page()


@pytest.fixture(scope="module")
def plain_tab(browser) -> Iterator[Page]:
    """The same with JavaScript off."""
    with browser.new_context(java_script_enabled=False) as context:
        yield context.new_page()


@pytest.fixture
def problems(tab, address) -> Iterator[list[str]]:
    """What the tab complains of during a test."""
    found = []
    listeners = {
        "console": lambda message: (
            message.type == "error" and found.append(message.text)
        ),
        "pageerror": lambda error: found.append(str(error)),
        "request": lambda request: (
            request.url.startswith((address, "data:", "blob:"))
            or found.append(f"asks another host: {request.url}")
        ),
    }
    for event, listener in listeners.items():
        tab.on(event, listener)
    yield found
    for event, listener in listeners.items():
        tab.remove_listener(event, listener)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_whole(tab, address, page, problems):
    """Nothing from outside, no error, all typeset, figures there, accessible."""
    if FIRST_VIEW.fullmatch(page):
        tab.set_viewport_size({"width": 1280, "height": 900})
        tab.goto(address + page, wait_until="networkidle")
        problems += _first_view(tab, page)
    else:
        tab.goto(address + page)
    ways = ON_A_PHONE if page.startswith(("gallery/", "api/")) else FEW_WAYS
    if page in ONE_OF_EACH:
        ways = WAYS
    else:
        tab.evaluate(SHORTEN_LISTS)
    tab.evaluate(SETTLE)
    problems += _look(tab, LOOKS, ways)
    tab.evaluate(SHORTEN_LISTS)
    tab.evaluate(THIN_OUT)
    tab.evaluate(AXE.read_text("utf-8"))  # the page's policy refuses it as a script
    problems += _look(tab, ACCESSIBLE, reversed(ways))  # a new width takes its time
    assert problems == []


@pytest.mark.parametrize("page", ONE_OF_EACH)
def test_a_page_needs_no_javascript(plain_tab, address, page):
    """Without scripts the text, the figures and the formulas are all there."""
    plain_tab.goto(address + page)
    file = SITE / page if page.endswith(".html") else SITE / page / "index.html"
    formulas = file.read_text("utf-8").count("<mjx-container")
    assert plain_tab.locator("mjx-container").count() == formulas
    assert len(plain_tab.locator("article").inner_text().strip()) > 20
    images = plain_tab.locator("article img.only-light")
    assert images.evaluate_all("(all) => all.every((i) => i.checkVisibility())")


def test_a_reader_can_switch_the_scheme(tab, address, problems):
    """By a click; the figures change with it."""
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.goto(address)
    for shown, other in (("light", "dark"), ("dark", "light")):
        assert tab.locator(f"article img.only-{shown}").first.is_visible()
        assert not tab.locator(f"article img.only-{other}").first.is_visible()
        tab.locator(f"label[title='Switch to {other}']").click()
    assert problems == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [1280, 390])
def test_a_figure_is_enlarged_by_key_or_click(tab, address, problems, width, scheme):
    """In the scheme and on the color of the page, at least as wide as it was drawn."""
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(f"{address}notes/mae/")
    tab.evaluate(f"document.body.dataset.mdColorScheme = '{SCHEMES[scheme]}'")
    figure = tab.locator(f"figure img.only-{scheme}").first
    shown = tab.locator("dialog[open] img")
    for open_it in (figure.click, lambda: figure.press("Enter")):
        open_it()
        assert shown.count() == 1
        for name in ("src", "alt"):
            assert shown.get_attribute(name) == figure.get_attribute(name)
        drawn = int(figure.get_attribute("width"))
        assert shown.bounding_box()["width"] >= max(drawn, width / 2)
        color = "(e) => getComputedStyle(e).backgroundColor"
        page, dialog = (tab.locator(s).evaluate(color) for s in ("body", "dialog"))
        assert dialog == page
        tab.keyboard.press("Escape")
        assert shown.count() == 0
    assert problems == []


@pytest.mark.parametrize(
    ("query", "found"),
    [("Gumbel", "Gumbel-Softmax"), ("sample_gumbel", "sample_gumbel")],
)
def test_search_finds(browser, query, found):
    """A reader finds a topic, and a name of the library."""
    with served(SITE) as whole, browser.new_page() as tab:
        tab.goto(whole)
        tab.keyboard.press("/")  # the keyboard is enough
        tab.keyboard.type(query)
        results = tab.locator(".md-search-result__list")
        results.get_by_text(found).first.wait_for(timeout=10_000)


def test_the_policy_keeps_a_page_from_other_hosts_and_from_other_code(browser, address):
    """A reader meets them all at once, in scripts of the site too."""
    page = (SITE / "claims/index.html").read_text("utf-8")
    attempts = [*LOADS, *LEADS[2:], *EXECUTED]
    with browser.new_context() as context:
        asked: list[str] = []
        context.route(
            "**/outside.example/**",
            lambda route: (asked.append(route.request.url), route.abort()),
        )
        context.route(
            f"{address}claims/attempt",
            lambda route: route.fulfill(body=text, content_type="text/html"),
        )
        tab = context.new_page()
        text = page.replace("</article>", "\n".join(attempts) + "</article>")
        tab.goto(f"{address}claims/attempt")
        for code in ASKED:
            tab.evaluate(f"async () => {{ try {{ await ({code}) }} catch {{}} }}")
        for link in tab.locator("article a[ping], article a[href^=javascript]").all():
            link.dispatch_event("click")
        tab.wait_for_timeout(300)
        assert (asked, tab.evaluate("window.hit")) == ([], None)


def _first_view(tab: Page, page: str) -> list[str]:
    """Images that were fetched in vain, or too many for a slow line."""
    found = [url.split("/", 3)[3] for url in tab.evaluate(IMAGES)]
    problems = [f"fetches {name} at once" for name in found if "_dark" in name]
    size = sum((SITE / name).stat().st_size for name in found) / 1000
    if size > (600 if page == "gallery/" else 300):
        problems += [f"its first view fetches {size:.0f} kB of images: {found}"]
    return problems


def _look(tab: Page, check: str, ways: Iterable[tuple[int, str]]) -> list[str]:
    """Run a check at some widths, in one or both schemes; give what it finds."""
    problems = []
    for width, schemes in groupby(ways, key=itemgetter(0)):
        size = {"width": width, "height": 900}
        if tab.viewport_size != size:
            tab.set_viewport_size(size)
            tab.evaluate(SETTLE)
        for _, name in schemes:
            tab.evaluate(f"document.body.dataset.mdColorScheme = '{SCHEMES[name]}'")
            found = tab.evaluate(check)
            problems += [f"{name}, {width} px: {text}" for text in found]
    return problems
