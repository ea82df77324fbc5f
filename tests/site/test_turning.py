"""A reader turns a figure with three dimensions, in a real browser, on a small site."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.site.browser import (
    ACCESSIBLE,
    AXE,
    LOOKS,
    SCHEMES,
    SETTLE,
    find_browser,
    served,
)
from tests.site.miniature import wait_until
from tests.site.space import (
    ABOVE,
    ALT,
    COLORS,
    INK,
    come_to_figure,
    differ,
    middle,
    painted,
    seen,
    switch,
    with_figure,
)

if find_browser() is None:
    pytest.skip("no Chromium or Chrome on this machine", allow_module_level=True)


@pytest.fixture(scope="module")
def site(shared, base) -> Path:
    """A site with one such figure, far down on a note and on its own page."""
    return shared("space", lambda root: with_figure(base.copy(root))).root / "site"


@pytest.fixture(scope="module")
def url(site) -> Iterator[str]:
    with served(site) as address:
        yield address


@pytest.fixture
def tab(browser, url) -> Iterator[Page]:
    """A new tab, which must not complain, nor ask another host."""
    with browser.new_page(viewport={"width": 1280, "height": 800}) as page:
        page.asked, page.errors = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda m: m.type == "error" and page.errors.append(m.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        yield page
        assert page.errors == []
        inside = (url, "data:", "blob:")
        assert [asked for asked in page.asked if not asked.startswith(inside)] == []


@pytest.fixture
def figure(tab, url):
    """The figure on the note, in view, ready to be turned."""
    tab.goto(f"{url}notes/space/")
    return come_to_figure(tab)


def test_nothing_is_loaded_before_the_figure_is_in_view(tab, url):
    tab.goto(f"{url}notes/space/", wait_until="networkidle")
    needed = ("solid/", ".bin")
    assert [asked for asked in tab.asked if any(n in asked for n in needed)] == []
    assert tab.locator(".solid canvas").count() == 0
    come_to_figure(tab)
    names = {asked.rsplit("/", 1)[1] for asked in tab.asked}
    assert {"view.js", "paint.js", "file.js", "mkd_glr_plot_shapes_001.bin"} <= names


def test_pages_without_such_a_figure_load_nothing(tab, url):
    tab.goto(f"{url}gallery/", wait_until="networkidle")
    tab.goto(f"{url}notes/waves/", wait_until="networkidle")
    assert [asked for asked in tab.asked if "solid/" in asked or ".bin" in asked] == []


@pytest.mark.parametrize("width", [1280, 390])
def test_the_viewer_begins_with_the_picture_that_matplotlib_drew(tab, figure, width):
    """Each point is where it is in the image below, in both layouts."""
    tab.set_viewport_size({"width": width, "height": 800})
    come_to_figure(tab)
    turned = seen(figure)
    tab.add_style_tag(content=".solid canvas { opacity: 0 }")
    drawn = seen(figure)
    for color in (*COLORS.values(), ABOVE):
        assert np.abs(middle(turned, color) - middle(drawn, color)).max() < 1.5
    assert (turned != drawn).any()  # labels are not where matplotlib puts them


def test_dragging_and_keys_turn_it_and_home_resets(tab, figure):
    first = painted(figure)
    box = figure.locator("canvas").bounding_box()
    x, y = box["x"] + box["width"] / 4, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 60, y + 20, steps=3)
    tab.mouse.up()
    dragged = painted(figure)
    assert differ(first, dragged)
    pictures = [first, dragged]
    for key in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowRight", "ArrowDown"):
        tab.keyboard.press(key)
        pictures.append(painted(figure))
        assert differ(*pictures[-2:])
    for key in ("Home", "ArrowLeft", "0"):
        tab.keyboard.press(key)
    assert not differ(first, painted(figure))


def test_to_the_right_means_that_the_near_side_comes_along(tab, figure):
    """The green point is in front: it follows the pointer, as far as the box allows."""
    before = middle(painted(figure), COLORS["green"])
    box = figure.locator("canvas").bounding_box()
    tab.mouse.move(box["x"] + before[0], box["y"] + before[1])
    tab.mouse.down()
    tab.mouse.move(box["x"] + before[0] + 20, box["y"] + before[1], steps=2)
    tab.mouse.up()
    after = middle(painted(figure), COLORS["green"])
    assert 5 < after[0] - before[0] < 40


def test_keys_and_the_wheel_zoom_but_the_page_scrolls_past_it(tab, figure):
    def size(picture):
        spots = [middle(picture, color) for color in COLORS.values()]
        return np.ptp(spots, axis=0).max()

    first = size(painted(figure))
    canvas, scrolled = figure.locator("canvas"), "window.scrollY"
    canvas.hover(position={"x": 150, "y": 150})
    before = tab.evaluate(scrolled)
    tab.mouse.wheel(0, 30)
    wait_until(lambda: tab.evaluate(scrolled) > before)
    assert size(painted(figure)) == pytest.approx(first, abs=1)
    canvas.focus()
    tab.keyboard.press("+")
    assert size(painted(figure)) == pytest.approx(1.15 * first, rel=0.05)
    tab.keyboard.press("-")
    assert size(painted(figure)) == pytest.approx(first, rel=0.02)
    before = tab.evaluate(scrolled)
    tab.mouse.wheel(0, -50)
    assert size(painted(figure)) == pytest.approx(1.15 * first, rel=0.05)
    canvas.blur()
    tab.keyboard.down("Control")
    tab.mouse.wheel(0, -50)
    tab.keyboard.up("Control")
    assert size(painted(figure)) == pytest.approx(1.15**2 * first, rel=0.05)
    assert tab.evaluate(scrolled) == before


def test_colors_follow_the_scheme(tab, figure):
    """The fourth point has the color of text, and the page shows around it."""
    for scheme, other in (("light", "dark"), ("dark", "light"), ("light", "dark")):
        switch(tab, scheme)
        picture = painted(figure)
        middle(picture, INK[scheme])
        page = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        page = np.array(page[4:-1].split(","), int)
        assert np.abs(picture[40, 40] - page).max() <= 1  # rounded where a panel ends
        assert (np.abs(picture - INK[other]) < 9).all(axis=2).mean() < 0.5
        middle(picture, COLORS["red"])


@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible_and_fits_the_page(tab, figure, width):
    tab.set_viewport_size({"width": width, "height": 800})
    canvas = figure.locator("canvas")
    canvas.focus()
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    assert canvas.evaluate("(e) => e === document.activeElement")
    assert canvas.evaluate("(e) => getComputedStyle(e).outlineStyle") == "solid"
    assert tab.get_by_role("application", name=ALT).count() == 1
    images = figure.locator("img")  # not read, nor reached by keys, beside the canvas
    assert images.evaluate_all("(all) => all.map((image) => image.inert)") == [True] * 2
    described = canvas.get_attribute("aria-describedby")
    assert "arrow keys" in tab.locator(f"#{described}").inner_text()
    tab.add_style_tag(content=".md-top { display: none }")  # it may be half faded
    tab.evaluate(AXE.read_text("utf-8"))
    for scheme in SCHEMES:
        switch(tab, scheme)
        assert tab.evaluate(ACCESSIBLE) == []
    assert tab.evaluate(LOOKS) == []


def test_the_page_of_the_script_lets_it_turn_too(tab, url):
    tab.goto(f"{url}gallery/space/plot_shapes/")
    figure = come_to_figure(tab)
    first = painted(figure)
    figure.locator("canvas").press("ArrowLeft")
    assert differ(first, painted(figure))


def test_paper_shows_the_image(tab, figure):
    figure.locator("canvas").press("ArrowLeft")
    tab.emulate_media(media="print")
    assert not figure.locator("canvas, .solid-help").filter(visible=True).count()
    assert figure.locator("img.only-light").is_visible()


def test_without_a_canvas_the_image_stays(tab, url):
    tab.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    with tab.expect_response("**/*.bin"):
        tab.goto(f"{url}notes/space/")
        tab.locator(".solid").scroll_into_view_if_needed()
    tab.evaluate(SETTLE)
    assert tab.locator(".solid canvas").count() == 0
    tab.locator(".solid img.only-light").click()
    assert tab.locator("dialog[open] img").count() == 1


def test_without_scripts_the_image_stays(browser, url):
    with browser.new_page(java_script_enabled=False) as page:
        page.goto(f"{url}notes/space/")
        images = page.locator(".solid img")
        assert [image.is_visible() for image in images.all()].count(True) == 1


def test_a_finger_turns_it_sideways_and_scrolls_past_it(browser, url):
    """By one finger up and down the page scrolls, until a tap; two fingers zoom."""
    phone = {"width": 390, "height": 800}
    with browser.new_context(viewport=phone, has_touch=True, is_mobile=True) as context:
        tab = context.new_page()
        tab.goto(f"{url}notes/space/")
        figure = come_to_figure(tab)
        tab.evaluate(
            "document.querySelector('.solid').scrollIntoView({block: 'center'})"
        )
        assert "Drag it sideways" in figure.locator(".solid-help").inner_text()
        protocol = context.new_cdp_session(tab)

        def swipe(dx, dy, fingers=1):
            box = figure.locator("canvas").bounding_box()
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 4

            def at(step):
                spread = (x - 30 - dx * step, x + 30 + dx * step)
                places = [x + dx * step] if fingers == 1 else spread
                return [
                    {"x": a, "y": y + dy * step, "id": i} for i, a in enumerate(places)
                ]

            for step in (0, 0.25, 0.5, 0.75, 1):
                kind = "touchMove" if step else "touchStart"
                protocol.send(
                    "Input.dispatchTouchEvent", {"type": kind, "touchPoints": at(step)}
                )
            protocol.send(
                "Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []}
            )

        first, place = painted(figure), tab.evaluate("window.scrollY")
        swipe(60, 0)
        sideways = painted(figure)
        assert differ(first, sideways)
        swipe(40, 0, fingers=2)
        near = painted(figure)
        assert differ(sideways, near)
        assert tab.evaluate("window.scrollY") == place
        swipe(0, -80)
        wait_until(lambda: tab.evaluate("window.scrollY") > place + 30)
        assert not differ(near, painted(figure))
        figure.locator("canvas").tap()
        place = tab.evaluate("window.scrollY")
        swipe(0, -60)
        assert differ(near, painted(figure))
        assert tab.evaluate("window.scrollY") == place
