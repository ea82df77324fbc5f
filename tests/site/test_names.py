"""Links of one name go to one place, so that a list of links can be read."""

from collections import defaultdict
from urllib.parse import urljoin

import pytest
from lxml import html

from tests.site.browser import PAGES, SITE

# A measured number is its own name; its title tells which one it is. The sign by which
# a heading links itself is read together with it.
OWN = ("measured", "headerlink")


def places(page: str) -> dict[str, set[str]]:
    """Where the links of an article lead, by what a screen reader calls them."""
    file = SITE / page / "index.html" if not page.endswith(".html") else SITE / page
    found = defaultdict(set)
    for article in html.document_fromstring(file.read_text("utf-8")).iter("article"):
        for link in article.iterfind(".//a[@href]"):
            if not {*OWN} & {*link.get("class", "").split()}:
                name = link.get("aria-label") or link.text_content()
                at = urljoin(f"/{page}", link.get("href"))
                found[" ".join(name.split())].add(at)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_links_of_one_name_go_to_one_place(page):
    several = {name: at for name, at in places(page).items() if len(at) > 1}
    assert not several, f"give these links names of their own: {several}"
