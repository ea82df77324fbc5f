"""The examples in the docstrings of the library run as they stand."""

import doctest
import importlib

import pytest

from tests.test_layout import LIBRARY, ROOT

MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in LIBRARY
    if path.name != "__init__.py"
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_print_what_they_say(name):
    failed, _ = doctest.testmod(
        importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert failed == 0


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
