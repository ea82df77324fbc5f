"""A note shows of a function what computes, as it is written, with a line of links."""

import ast
import re

import pytest
from mkdocs.exceptions import PluginError

from sitebuild.citations import ENTRY, parsed
from sitebuild.pages.bodies import definition, show_bodies, unknown
from tests.site.miniature import ROOT
from tests.site.test_links import index  # noqa: F401

SOURCE = '''\
def flat(
    x: Tensor, names: dict[str, int], *, scale: float = 1.0
) -> Tensor:
    """Flatten, Eq. (flat)."""
    check_finite("x", x)
    for name, value in names.items():
        _check_count(name, value)
    if isinstance(scale, int):
        check_count("scale", scale)
    else:
        check_real("scale", scale)
    shape = tuple(x.shape)
    # This goes with the refusal below it.
    if not shape:
        odd = shape
        raise ValueError(f"x has {odd}")
    # Squares lose digits.
    x = x / scale  # in half units
    return x


@widen_half
def only_checks(x):
    check_finite("x", x)


def change(layer):
    check_module("layer", layer)
    size = layer.size
    layer.size = 2 * size
    layer.sizes[0] = size
    return layer


class Layer(nn.Module):
    """A layer."""

    def __init__(self, size: int) -> None:
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """Pass on."""
        return x


class Pair(NamedTuple):
    """Two numbers."""

    first: int
    second: int = 0

    @property
    def sum(self) -> int:
        """Add, Eq. (sum)."""
        return self.first + self.second

    def other(self) -> int:
        """Nothing to derive."""
        return self.first
'''
FLAT = """\
def flat(x, names, *, scale=1.0):
    # Squares lose digits.
    x = x / scale  # in half units
    return x"""
CHANGE = """\
def change(layer):
    size = layer.size
    layer.size = 2 * size
    layer.sizes[0] = size
    return layer"""
PAIR = """\
class Pair(NamedTuple):
    first: int
    second: int = 0

    @property
    def sum(self):
        return self.first + self.second"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "dlnotes").mkdir(exist_ok=True)
    (tmp_path / "dlnotes/tides.py").write_text(SOURCE)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("flat", FLAT),
        ("only_checks", 'def only_checks(x):\n    check_finite("x", x)'),
        (
            "Layer",
            "class Layer(nn.Module):\n\n    def forward(self, x):\n        return x",
        ),
        ("Pair", PAIR),
        ("change", CHANGE),
    ],
)
def test_what_computes_is_shown_as_it_is_written(root, name, shown):
    assert definition(f"dlnotes.tides.{name}", root, "a note") == shown


def test_a_long_signature_takes_lines_of_its_own(root):
    names = ", ".join(f"number_{i}" for i in range(9))
    (root / "dlnotes/tides.py").write_text(f"def f({names}):\n    return 1\n")
    assert definition("dlnotes.tides.f", root, "") == (
        f"def f(\n    {names}\n):\n    return 1"
    )


@pytest.mark.parametrize("dotted", ["dlnotes.tides.lost", "dlnotes.lost.flat"])
def test_code_that_is_not_there_is_named(root, dotted):
    with pytest.raises(PluginError, match=f"notes/a.md: there is no {dotted}"):
        show_bodies(f"::: {dotted}\n", "notes/a.md", "notes/a/", None, root)


def test_all_that_is_not_there_is_named_at_once_with_its_line(root):
    text = "# A\n\n::: dlnotes.tides.flut\n\n::: dlnotes.lost.flat\n"
    assert list(unknown(text, "notes/a.md", root)) == [
        "notes/a.md:3: there is no dlnotes.tides.flut; near it: flat",
        "notes/a.md:5: there is no dlnotes.lost.flat",
    ]


def test_the_parsed_file_stays_as_it_was(root):
    """Others read it, too."""
    parsed.cache_clear()
    definition("dlnotes.tides.flat", root, "a note")
    assert ast.dump(parsed(SOURCE)) == ast.dump(ast.parse(SOURCE))


def test_code_in_a_fold_stays_there(index, tmp_path):  # noqa: F811
    text = "Text\n\n    ::: dlnotes.waves.high.crest\n\nMore"
    (tmp_path / "dlnotes/waves/high.py").write_text("def crest():\n\n    return 1\n")
    shown = show_bodies(text, "notes/waves.md", "notes/waves/", index, tmp_path)
    assert "\n    ```python\n    def crest():\n" in shown
    assert re.search(r"\n    API <a .*\n    \{: \.body-links \}\n\nMore$", shown)


def test_every_body_of_the_library_is_python():
    """What a note shows parses, and lacks no name that the source gives it."""
    for note in (ROOT / "docs/notes").glob("*.md"):
        for _, dotted in ENTRY.findall(note.read_text("utf-8")):
            tree = ast.parse(definition(dotted, ROOT, note.name))
            assert len(tree.body) == 1, dotted


def test_a_page_shows_the_code_of_this_build(base):
    page = base.page("notes/waves")
    assert "def crest(force):\n    return lift(force)" in page
    assert "Find the height" not in page
    html = base.read("site/notes/waves/index.html")
    assert '<a href="../../api/waves/#dlnotes.waves.crest"><code>crest</code>' in html
    assert 'id="dlnotes.waves.crest"' not in html
    assert "equation-links" not in html
