"""Source text that stayed on a page is found, and what only looks like it is not."""

import json
from pathlib import Path

import pytest

from sitebuild import leftovers
from sitebuild.jobs import Job
from sitebuild.sources import Sources

TEX = [
    r"$\frac{1}{2$",
    r"$$ x = 1",
    r"\begin{align}",
    r"Half of \alpha.",
    r"The set \{1, 2\}.",
    r"By \(x\) alone",
    "costs $x without end",
    "the sum x_{i} over i",
    "a &amp;= b",
    "one line \\\\",
]
FORMULAS = ["at x^2 it is", "more than 10^10 years", "e^(-x)", "s^{2}"]
MACROS = [
    '{{ measured("a/b") }}',
    '&lt;% measured("a/b") %&gt;',
    "{% if x %}",
    "{# a note #}",
    "ends with %}",
]
MARKDOWN = [
    "this is **bold",
    "a *word alone",
    "an _emphasis",
    "__strong",
    "a ` tick",
    "[text](notes/bias.md",
    "[text][ref]",
    "![An image](a.svg",
    "a note[^1]",
    "::: dlnotes.bias.affine",
    '??? note "Proof"',
    "!!! warning",
    "{: .class }",
    "{.class}",
    "~~gone~~",
    "==marked==",
    "- [ ] open",
    "[TOC]",
    "Things:\n- one\n- two",
    "Things:\n* one",
    "Steps:\n1. one",
    "Text\n## Heading",
    "# Heading",
    "Text\n> quoted",
    "| a | b |",
    "Text\n| a | b |",
    "~~~ python",
    "&gt;&gt;&gt; 1 + 1",
    ":func:`dlnotes.bias.affine`",
    ":math:x",
    "*[HTML]: markup",
    ":material-check:",
    ".. note:: this",
    "Args:\n  x: The input.",
    "Returns: nothing",
]
MARKUP = [
    "&amp;lt;b",
    "&amp;nbsp;",
    "&amp;#124;",
    "&lt;br&gt;",
    "&lt;/div&gt;",
    "&lt;!-- x",
]
PYTHON = [
    "None",
    "nan",
    "NoneNone",
    "it is 3 ± nan",
    "error = None",
    "&lt;function f at 0x7f0011223344&gt;",
    "[object Object]",
    "[]",
    "2.252.25",
    "it is 12.5012.50 m",
]
GOOD = [
    "None of these is NaN, and a * b is no * b.",
    "version 2.13.0 of 2026-11-25, 1.0 to 2.0, 2.25 2.25, arXiv 1611.01144",
    "a/b, a_b_c, f(x)[0], [u, v] (o &lt; 3) – x &lt; y &gt; z &amp; w, 5 %, {1, 2}",
    "random_mask and dlnotes.bias.affine, p. 5; e.g. this: that (see below) #3",
    "Raises an error. Returns follow. 5 -- 6 − 7 — 8 ± 0.5 × 2",
]
PAGE = "<html><head><title>{title}</title></head><body><nav>{nav}</nav><article>{text}"


def found(text: str, **others: str) -> set[str]:
    """The kinds of leftovers on a page with that text."""
    page = PAGE.format(text=text, **{"title": "T", "nav": "N", **others})
    return {piece.kind for piece in leftovers.find(page, "index.html")}


@pytest.mark.parametrize("tag", ["p", "td"])
@pytest.mark.parametrize(
    ("kind", "text"),
    [("TeX", text) for text in TEX]
    + [("a formula in plain text", text) for text in FORMULAS]
    + [("a macro", text) for text in MACROS]
    + [("Markdown", text) for text in MARKDOWN]
    + [("HTML", text) for text in MARKUP],
)
def test_source_text_on_a_page_is_found(kind, text, tag):
    assert kind in found(f"<{tag}>{text}</{tag}>")


@pytest.mark.parametrize("text", PYTHON)
def test_values_that_nobody_meant_to_show_are_found(text):
    assert found(f"<p><a>{text}</a></p>") & {"Python", "a number twice"}


@pytest.mark.parametrize("text", GOOD)
def test_plain_text_is_left_alone(text):
    assert found(f"<p>{text}</p><table><td>{text}</td></table>") == set()


@pytest.mark.parametrize("text", [*TEX, *MACROS, *MARKDOWN, *MARKUP, *PYTHON])
def test_code_output_and_typeset_formulas_may_say_anything(text):
    shown = text.replace("\\begin{", "\\begin {")
    for tag in ("pre", "code", "mjx-container", "style"):
        assert found(f"<p>a <{tag} class='x'>{shown}</{tag}> b</p>") == set()


@pytest.mark.parametrize(
    "attribute", ["alt", "title", "aria-label", "placeholder", "data-title"]
)
def test_what_is_read_out_or_shown_on_pointing_counts(attribute):
    assert found(f'<p><img {attribute}="where $x$ is"></p>') == {"TeX"}
    assert found(f'<p><img {attribute}="**x" data-x="$x$"></p>') == {"Markdown"}


def test_a_text_of_a_note_that_became_code_is_found():
    code = '<div class="highlight"><pre><code><span id="a">{}</span></code></pre></div>'
    for text, kinds in {
        "By $x$ it": {"indented text, as code,"},
        "so **bold**": {"indented text, as code,"},
        "loss 2.5": set(),
        '<span class="n">f</span>"$x$"': set(),
    }.items():
        page = PAGE.format(title="T", nav="N", text=code.format(text))
        assert {p.kind for p in leftovers.find(page, "notes/sea/index.html")} == kinds
        assert leftovers.find(page, "labs/sea/index.html") == []


def test_titles_and_descriptions_count_and_show_formulas_as_text():
    meta = '<meta name="description" content="{{ x }}">'
    assert found("", title=r"The \(x\)") == {"TeX"}
    assert found("", title=f"T</title>{meta}<title>") == {"a macro"}
    assert found("", title="E_q[x^2](y)", nav="∂_θ E[x](y)^2") == set()
    assert found("", nav="The $x") == {"TeX"}


def test_the_search_counts_and_shows_formulas_as_text(tmp_path):
    index = tmp_path / "search_index.json"
    entries = [
        {
            "location": "notes/sea/#a",
            "title": "A",
            "text": "<p>∂_θ x^2</p><pre>$</pre>",
        },
        {"location": "notes/sea/#b", "title": r"B \(x\)", "text": "<code>**</code>"},
        {"location": "", "title": "C", "text": "<p>&lt;% x %&gt; a &amp;lt; b</p>"},
    ]
    index.write_text(json.dumps({"docs": entries}))
    pieces = [(p.page, p.kind) for p in leftovers.find_in_search(index)]
    assert pieces == [
        ("notes/sea/index.html", "TeX"),
        ("index.html", "a macro"),
        ("index.html", "HTML"),
    ]


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """A project with a note, its claims, its code, a script and a lab."""
    texts = {
        "docs/notes/sea.md": "# Sea\n\nA **bold and\nlong wave.\n\n$\\frac{1}{2$\n"
        "\n[x](a.md#far)\n",
        "docs/claims/sea.yml": "- id: a\n  claim: More than 10^10 waves.\n",
        "dlnotes/sea.py": '"""Sea."""\n\n\ndef f():\n    """Raise the\n    `sea."""\n',
        "examples/sea/plot_it.py": '"""\n# It\n"""\n# %%\n# A **very\n# long line.\n',
        "examples/sea/README.md": "## Sea\n\nOf **seas.\n",
        "mkdocs.yml": "site_name: A **name\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    script = Job("gallery", tmp_path / "examples/sea/plot_it.py", tmp_path)
    return Sources(tmp_path, tmp_path / "docs", [script])


@pytest.mark.parametrize(
    ("page", "text", "place"),
    [
        ("notes/sea/index.html", "A **bold and long wave", "docs/notes/sea.md:3"),
        ("notes/sea/index.html", "Raise the `sea.", "dlnotes/sea.py:5"),
        ("notes/sea/index.html", "than 10^10 waves", "docs/claims/sea.yml:2"),
        ("api/sea/index.html", "Raise the `sea.", "dlnotes/sea.py:5"),
        ("claims/index.html", "than 10^10 waves", "docs/claims/sea.yml:2"),
        (
            "gallery/sea/plot_it/index.html",
            "A **very long",
            "examples/sea/plot_it.py:5",
        ),
        ("gallery/sea/index.html", "Of **seas.", "examples/sea/README.md:3"),
        ("notes/sea/index.html", "A **name", "mkdocs.yml:1"),
        ("notes/sea/index.html", "what a **macro wrote", "docs/notes/sea.md"),
        ("notes/sea/index.html", "$", "docs/notes/sea.md"),
        ("notes/sea/index.html", r"\(\frac{1}{2\)", "docs/notes/sea.md:6"),
        ("404.html", "nobody wrote **this", "404.html"),
    ],
)
def test_a_message_names_the_source_and_its_line(sources, page, text, place):
    assert sources.locate(page, text) == place


def test_messages_about_pages_name_the_source(sources):
    for given, told in {
        "notes/sea/index.html: dead link long wave": (
            "docs/notes/sea.md:4: dead link long wave"
        ),
        "notes/sea/index.html: Missing brace in the formula A **bold and long": (
            "docs/notes/sea.md:3: Missing brace in the formula A **bold and long"
        ),
        "notes/sea/index.html has <b>": "docs/notes/sea.md: has <b>",
        "notes/sea/index.html: dead anchor ../a/#far; near it: fair": (
            "docs/notes/sea.md:8: dead anchor ../a/#far; near it: fair"
        ),
        "a.css: dead link x": "a.css: dead link x",
    }.items():
        assert sources.explain(given) == told


def test_what_pages_share_is_told_once(sources):
    pieces = [
        leftovers.Leftover("index.html", "Markdown", "A **bold and", inside=False),
        leftovers.Leftover("notes/sea/index.html", "Markdown", "A **bold and", True),
        leftovers.Leftover("index.html", "Markdown", "A **bold and", False),
        leftovers.Leftover("notes/sea/index.html", "Markdown", "# Sea A **bold", False),
    ]
    assert leftovers.messages(pieces, sources) == [
        "docs/notes/sea.md:3: Markdown is left on the page: A **bold and"
    ]
