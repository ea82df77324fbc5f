"""What is listed in several places agrees in all of them."""

import ast
import re
from pathlib import Path

from tests.test_layout import NOTES, ROOT, any_note, modules, relative, tree

ENTRY = re.compile(r"(?m)^ *::: (dlnotes\.[\w.]+)$")
NAME = re.compile(r"`(\w+)`")


def shown(name: str) -> list[str]:
    """The functions whose code a note shows, in its order, as `module.function`."""
    found = ENTRY.findall(NOTES[name].read_text("utf-8"))
    return [".".join(dotted.split(".")[-2:]) for dotted in found]


def defined(path: Path) -> list[str]:
    """The public functions and classes of a file, in its order."""
    nodes = (ast.ClassDef, ast.FunctionDef)
    names = [node.name for node in tree(path).body if isinstance(node, nodes)]
    return [name for name in names if not name.startswith("_")]


@any_note
def test_functions_stand_in_the_order_of_the_page(name):
    """Who reads a file beside its note meets the same things in the same order."""
    for path in modules(name):
        names = [f"{path.stem}.{function}" for function in defined(path)]
        page = [entry for entry in shown(name) if entry in names]
        code = [entry for entry in names if entry in page]
        assert code == page, f"{relative(path)}: put the functions in the page's order"


@any_note
def test_a_package_names_its_modules_in_the_order_of_the_page(name):
    """Where its docstring says that they are in that order."""
    first = modules(name)[0]
    if first.name != "__init__.py":
        return
    public = {p.stem for p in modules(name) if not p.stem.startswith("_")}
    public -= {"checks"}
    text = ast.get_docstring(tree(first)) or ""
    missing = public - set(NAME.findall(text))
    assert not missing, f"{relative(first)}: its docstring does not name {missing}"
    listed = re.search(r"in the\s+order of the page: ([^.]*)\.", text)
    if listed:
        names = NAME.findall(listed[1])
        gone = set(names) - public
        assert not gone, f"{relative(first)} names {gone}, which are no modules"
        page = list(dict.fromkeys(entry.split(".")[0] for entry in shown(name)))
        order = [module for module in page if module in names]
        code = [module for module in names if module in order]
        assert code == order, f"{relative(first)}: list the modules in the page's order"


@any_note
def test_every_list_of_notes_lists_it(name):
    """README and home page; and its examples have a heading for the gallery."""
    for place, link in (
        ("README.md", f"(docs/notes/{name}.md)"),
        ("docs/index.md", f"(notes/{name}.md)"),
    ):
        text = (ROOT / place).read_text("utf-8")
        assert link in text, f"{place}: link the note by {link}"
    readme = ROOT / f"examples/{name}/README.md"
    first = readme.read_text("utf-8").splitlines()[0]
    assert first.startswith("## "), f"{relative(readme)} must begin with '## Title'"
