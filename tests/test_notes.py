"""How a note reads: its opening, its code that runs, its sentences that end.

A block of Python on a page runs as it stands. What it prints stands in a block of text
below it, and is compared.
"""

import contextlib
import io
import re

import pytest

from tests.test_layout import NOTES, ROOT, any_note, relative

PAGES = [*NOTES.values(), ROOT / "docs/index.md", ROOT / "README.md"]
BLOCK = r"^( *)```{}\n(.*?)^ *```\n"
PYTHON = re.compile(
    BLOCK.format("python") + r"(?:\s*" + BLOCK.format("text") + ")?", re.M | re.S
)


def line_of(found: re.Match[str]) -> int:
    """The line of a page where a block of code begins."""
    return found.string.count("\n", 0, found.start()) + 1


SNIPPETS = [
    pytest.param(
        f"{relative(page)}:{line_of(found)}",
        "\n" * line_of(found) + re.sub(f"(?m)^{found[1]}", "", found[2]),
        re.sub(f"(?m)^{found[3]}", "", found[4]) if found[4] else None,
        id=f"{relative(page)}-{number}",
    )
    for page in PAGES
    for number, found in enumerate(PYTHON.finditer(page.read_text("utf-8")), 1)
]
OPENING = re.compile(r'^# .+\n\n!!! abstract "In short"\n((?: {4}.*)?\n)+', re.M)
SYMBOLS = "| symbol | meaning | in code | shape |\n"
PARTS = re.compile(
    r"(?m)^(?:\$\$\n[^$]*\$\$|::: .*|(?!\$\$|::: ).+(?:\n(?!\$\$|::: ).+)*)$"
)
TAG = re.compile(r"\s*(\\end\{\w+\})?\s*\\tag\{[^{}]*\}\\label\{[^{}]*\}\s*")
VAGUE = re.compile(
    r"last section but one|\b[Oo]ne copy\b|[Cc]ompanion program\b|two packages|Errata"
)


@pytest.mark.parametrize(("where", "code", "printed"), SNIPPETS)
def test_code_on_a_page_runs_and_prints_what_stands_below(where, code, printed):
    """A traceback names the page and its line."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, where.split(":")[0], "exec"), {"__name__": "snippet"})
    assert out.getvalue() == (printed or ""), f"{where} prints something else"


@any_note
def test_a_note_opens_in_short_and_names_its_symbols(name):
    """Problem, result, code that runs, what to read before; then the symbols."""
    text = NOTES[name].read_text("utf-8")
    opening = OPENING.search(text)
    assert opening, f'{name}.md: put !!! abstract "In short" below the title'
    found = PYTHON.search(opening[0])
    shown = found is not None and found[4]
    assert shown, f"{name}.md: show code and what it prints in the box"
    assert len(found[2].split("\n")) <= 10, f"{name}.md: five lines of code or so"
    assert "<% reading() %>" in opening[0], f"{name}.md: end the box by <% reading() %>"
    _, table, rows = text.split("\n## ")[0].partition(SYMBOLS)
    assert table, f"{name}.md: write the table {SYMBOLS!r} before the first section"
    cells = re.findall(r"(?m)^\| (.*?) \|", rows)
    symbols = [x for cell in cells if "for" not in cell for x in cell.split(", ")]
    twice = sorted({x for x in symbols if symbols.count(x) > 1} - {"---"})
    assert not twice, f"{name}.md: one meaning for each symbol, not two for {twice}"


@any_note
def test_a_sentence_ends_before_code_begins(name):
    """Code stands between two sentences, never inside of one."""
    unfolded = re.sub(r"(?m)^ {4}", "", NOTES[name].read_text("utf-8"))
    parts = PARTS.findall(re.sub(r"(?ms)^```.*?^```$", "", unfolded))
    for before, code, after in zip(parts, parts[1:], parts[2:], strict=False):
        if code.startswith("::: "):
            end = TAG.sub("", before.removesuffix("$$")).rstrip(' "*)}$%>\n')
            ended = before.startswith(("::: ", "![", "|"))
            where = f"{name}.md: before and after {code!r}"
            assert ended or end.endswith((".", ":", "?")), f"{where}: end the sentence"
            assert not after[0].islower(), f"{where}: begin a sentence"


@any_note
def test_a_note_names_what_it_speaks_of(name):
    vague = VAGUE.search(NOTES[name].read_text("utf-8"))
    assert not vague, f"{name}.md: name it: {vague and vague[0]!r}"
