"""The rules of gallery scripts: each reads like a page, and uses the library."""

import ast
import re
from itertools import pairwise

import pytest

from sitebuild.pages.captions import words_before_figures
from tests.test_layout import SCRIPTS, relative, siblings, tree

any_script = pytest.mark.parametrize("path", SCRIPTS, ids=relative)


@any_script
def test_a_gallery_script_reads_like_a_page(path):
    """Title, one sentence for the tooltip, cells, 40 to 80 lines."""
    text = path.read_text("utf-8")
    assert path.name.startswith("plot_"), f"call it plot_{path.name}, or it never runs"
    title, *paragraphs = (ast.get_docstring(tree(path)) or "").split("\n\n")
    assert re.fullmatch(r"# .+", title.strip()), "begin the docstring with '# A title'"
    assert paragraphs, "write below the title one sentence, which becomes the tooltip"
    letters = len(" ".join(paragraphs[0].split()))
    assert letters <= 95, f"shorten the first sentence from {letters} to 95 letters"
    lines = text.splitlines()
    assert "# %%" in lines, "cut the script into cells, each below a line '# %%'"
    for number, (cell, heading) in enumerate(pairwise(lines), start=1):
        worded = cell != "# %%" or heading.startswith("# ")
        assert worded, f"line {number}: begin the cell with text, '# What comes'"
    assert 40 <= len(lines) <= 80, f"bring {len(lines)} lines to between 40 and 80"


@any_script
def test_a_gallery_script_uses_the_library_and_defines_nothing(path):
    assert siblings(path), "import from dlnotes what the script is about"
    for node in ast.walk(tree(path)):
        defines = isinstance(node, ast.FunctionDef | ast.ClassDef)
        assert not defines, f"line {node.lineno}: define it in dlnotes, and import it"
    code = ast.unparse(tree(path))
    changed = re.search(r"rcParams|plt\.style|(torch|random)\.(manual_)?seed", code)
    assert not changed, f"leave {changed and changed[0]}: seed only a generator"


@any_script
def test_a_gallery_script_says_before_a_figure_what_to_see(path):
    """The last paragraph of its cell, which becomes the caption on other pages."""
    said = words_before_figures(path.read_text("utf-8"))
    assert said, "show each figure by plt.show()"
    assert all(said), "write in the cell of the figure, below its heading, what to see"
    for words in said:
        assert words.endswith("."), f"end the caption with a full stop: {words!r}"


@any_script
def test_a_script_types_no_measured_number_into_alt_text_title_or_caption(path):
    """A number there is 0, 1, the 95 % of bars, or a setting that the code says too."""
    text = path.read_text("utf-8")
    nodes = list(ast.walk(tree(path)))
    settings = {0, 1, 95} | {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    }
    title = re.findall(r"(?m)^# .+$", text)[0]
    for words in [title, *words_before_figures(text), *map(typed_words, alts(nodes))]:
        numbers = re.findall(r"(?<!\w)(?<!\w-)\d+(?:\.\d+)?", words)
        typed = [number for number in numbers if float(number) not in settings]
        assert not typed, f"write {typed} as {{values}} of the script, or no: {words!r}"


def alts(nodes: list[ast.AST]) -> list[ast.expr]:
    """The arguments of `fig.set_label(...)`."""
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    return [c.args[0] for c in calls if ast.unparse(c.func).endswith("fig.set_label")]


def typed_words(text: ast.expr) -> str:
    """A string without the values that are put into it."""
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    return " ".join(part.value for part in parts if isinstance(part, ast.Constant))


@any_script
def test_every_figure_of_a_gallery_script_has_a_written_alt_text(path):
    code = ast.unparse(tree(path))
    pattern = r"(\w+)(?:, .+?)?\)? = plt\.(?:subplots|subplot_mosaic|figure)\("
    figures = re.findall(pattern, code)
    assert figures, "draw a figure: fig, ax = plt.subplots()"
    made = len(re.findall(r"plt\.(?:subplot|figure)", code))
    assert len(figures) == made, "give each figure a name: fig, ax = plt.subplots()"
    for figure in set(figures):
        labels = re.findall(rf"\b{figure}\.set_label\(", code)
        worded = len(labels) == figures.count(figure)
        assert worded, f"write the alt text: {figure}.set_label('What it shows.')"


@any_script
def test_words_about_a_figure_name_panels_by_their_number(path):
    """On a phone they stand below each other."""
    alt_texts = [typed_words(text) for text in alts(list(ast.walk(tree(path))))]
    for words in [*alt_texts, *words_before_figures(path.read_text("utf-8"))]:
        sides = re.findall(
            r"(?:^|\. )(?:Left|Middle|Right)[:,]|[Oo]n the (?:left|right)\b", words
        )
        assert not sides, f"write First:, Second: instead of {sides}: {words!r}"
