"""The examples in the docstrings of the library run as they stand."""

import ast
import doctest
import importlib
from collections.abc import Iterator

import pytest

from tests.test_layout import LIBRARY, ROOT, tree

MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in LIBRARY
    if path.name != "__init__.py"
]


def first_lines(node: ast.AST, dotted: str) -> Iterator[tuple[str, int]]:
    """The lines of docstrings; doctest does not find those of wrapped functions."""
    for item in getattr(node, "body", []):
        if isinstance(item, ast.FunctionDef | ast.ClassDef):
            yield f"{dotted}.{item.name}", item.body[0].lineno - 1
            yield from first_lines(item, f"{dotted}.{item.name}")


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_print_what_they_say(name):
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    lines = dict(first_lines(tree(ROOT / f"{name.replace('.', '/')}.py"), name))
    told: list[str] = []
    for test in doctest.DocTestFinder().find(importlib.import_module(name)):
        test.lineno = lines.get(test.name, test.lineno)
        runner.run(test, out=told.append)
    assert not told, "".join(told)


@pytest.mark.parametrize("package", sorted({n.split(".")[1] for n in MODULES}))
def test_every_note_and_floor_has_an_example(package):
    found = [
        test
        for name in MODULES
        if name.split(".")[1] == package
        for test in doctest.DocTestFinder().find(importlib.import_module(name))
        if test.examples
    ]
    assert found, f"no >>> example in dlnotes.{package}"
