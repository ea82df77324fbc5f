"""The links of a notebook work wherever it was downloaded to."""

import json

import pytest

from sitebuild.pages.notebooks import with_whole_links

FOLDER = "gallery/waves"
SITE = "https://waves.example/site/"


@pytest.mark.parametrize(
    ("link", "place"),
    [
        ("../../notes/waves.md", "notes/waves/"),
        ("../../notes/waves.md#high", "notes/waves/#high"),
        ("../../labs/harbor.py", "labs/harbor/"),
        ("../index.md", "gallery/"),
        ("plot_trough.md", "gallery/waves/plot_trough/"),
        ("../../notes/waves/", "notes/waves/"),
        ("images/a.svg", "gallery/waves/images/a.svg"),
    ],
)
def test_a_link_to_the_site_is_whole(link, place):
    assert shown(f"See [it]({link}), [b](c.md).", SITE) == (
        f"See [it]({SITE}{place}), [b]({SITE}gallery/waves/c/)."
    )
    assert shown(f"See [it]({link}).", "") == "See it."


@pytest.mark.parametrize(
    "text", ["[a](https://b.example/c.md)", "[a](#b)", "![a](b.svg)", "`x[1](2)`"]
)
def test_what_is_whole_stays(text):
    assert shown(text, SITE) == text


def shown(text: str, address: str) -> str:
    """A cell with that text; code is left alone."""
    cells = [
        {"cell_type": "markdown", "source": text.splitlines(keepends=True)},
        {"cell_type": "code", "source": "a[0](b)"},
    ]
    found = json.loads(with_whole_links(json.dumps({"cells": cells}), FOLDER, address))
    assert found["cells"][1] == cells[1]
    return found["cells"][0]["source"]
