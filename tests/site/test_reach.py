"""What a script reaches: a change there, and nowhere else, makes its outputs old."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sitebuild.freshness.reach import fingerprint, named_definitions
from tests.site.tree import Tree

LIB = '''\
"""A module."""

import math

from dlnotes.deep import sink

RATE = 3


def used(x):
    """Double."""
    return sink(x) * RATE  # faster


def unused(x):
    return math.pi


class Used:
    def method(self):
        return 1
'''
DEEP = """\
DEPTH = 1


def sink(x):
    return x + DEPTH


def float_up(x):
    return x - DEPTH
"""


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Tree]:
    """A maker of a library with the two modules, or others in their places."""
    return lambda script, **own: Tree(
        tmp_path, script, **{"lib": LIB, "deep": DEEP} | own
    )


WAYS = {
    "from-import": "from dlnotes.lib import used\nused(1)",
    "renamed": "from dlnotes.lib import used as u\nu(1)",
    "module": "import dlnotes.lib\ndlnotes.lib.used(1)",
    "module-renamed": "import dlnotes.lib as m\nm.used(1)",
    "module-from-package": "from dlnotes import lib\nlib.used(1)",
    "package": "import dlnotes.deep\ndlnotes.lib.used(1)",
    "partial": "from functools import partial\nfrom dlnotes.lib import used\n"
    "partial(used, 1)()",
    "inner": "def go():\n    from dlnotes.lib import used\n    return used(1)\ngo()",
    "inner-module": "def go():\n    import dlnotes.deep\n"
    "    return dlnotes.lib.used(1)\ngo()",
    "conditional": "try:\n    from dlnotes.lib import used\nexcept ImportError:\n"
    "    from dlnotes.deep import float_up as used\nused(1)",
}


@pytest.mark.parametrize("way", WAYS)
def test_reached_code_counts_and_other_code_does_not(tree, way):
    """However it is imported, directly or through another module."""
    project = tree(WAYS[way])
    assert project.notices("lib", "sink(x) * RATE", "sink(x) / RATE")
    assert project.notices("deep", "x + DEPTH", "x - 2 * DEPTH")
    assert project.notices("lib", "RATE = 3", "RATE = 4")
    assert project.notices("deep", "DEPTH = 1", "DEPTH = 2")
    assert not project.notices("lib", "math.pi", "math.e")
    assert not project.notices("lib", "return 1", "return 2")
    assert not project.notices("lib", "  # faster", "")
    assert not project.notices("lib", '"""Double."""', '"""Triple."""')
    assert not project.notices("lib", '"""A module."""', '"""The module."""')
    if way != "conditional":
        assert not project.notices("deep", "x - DEPTH", "x - 3 * DEPTH")


def test_a_new_definition_changes_nothing(tree):
    project = tree(WAYS["module"])
    assert not project.notices("lib", "class Used", "def new(): ...\n\n\nclass Used")


def test_the_text_of_the_script_counts_as_it_stands(tree):
    """Its page shows it, comments and all."""
    project = tree(WAYS["module"])
    before = fingerprint(project.script, project.root)[0]
    project.write(Tree.SCRIPT, WAYS["module"] + "  # so")
    assert fingerprint(project.script, project.root)[0] != before


def test_a_method_counts_with_its_class(tree):
    project = tree("from dlnotes.lib import Used\nUsed()")
    assert project.notices("lib", "return 1", "return 2")


INDIRECT = {
    "decorator": "from dlnotes.deep import float_up\n\n@float_up\ndef used(x): ...",
    "default": "from dlnotes.deep import float_up\n\ndef used(x=float_up(1)): ...",
    "base": "from dlnotes import deep\n\nclass used(deep.float_up): ...",
    "constant": "from dlnotes.deep import float_up\nTABLE = [float_up(1)]\n"
    "def used(x): ...",
    "alias": "from dlnotes.deep import float_up\nused = float_up",
    "again": "from dlnotes.deep import float_up as used",
    "nested": "def used(x):\n    def go():\n        import dlnotes.deep as d\n"
    "        return d.float_up(x)\n    return go()",
    "if": "import dlnotes.deep as d\nif True:\n    def used(x): return d.float_up(x)",
    "global": "import dlnotes.deep as d\ntool = None\n\n"
    "def set_up():\n    global tool\n    tool = d.float_up\n\n"
    "set_up()\n\ndef used(x): return tool(x)",
    "except": "try:\n    from dlnotes.deep import float_up as used\n"
    "except ImportError:\n    from dlnotes.other import used",
    "class-body": "from dlnotes.deep import float_up\n\nclass Table:\n"
    "    rows = float_up(1)\n\ndef used(x): ...",
    "property": "import dlnotes.deep as d\n\n"
    "class used:\n    def __init__(self, x): ...\n"
    "    @property\n    def up(self): return d.float_up(1)",
}


@pytest.mark.parametrize("way", INDIRECT)
def test_what_reached_code_or_an_import_uses_counts(tree, way):
    project = tree("from dlnotes.lib import used\nused(1)", lib=INDIRECT[way])
    assert project.notices("deep", "x - DEPTH", "x - 2 * DEPTH")
    assert not project.notices("deep", "x + DEPTH", "x + 2 * DEPTH")


def test_a_package_above_a_module_counts(tree):
    project = tree("from dlnotes.lib import used")
    project.write("dlnotes/__init__.py", "import dlnotes.other\nSIZE = 1\n")
    project.write("dlnotes/other.py", "print('side effect')\n")
    assert project.notices("__init__", "SIZE = 1", "SIZE = 2")
    assert project.notices("other", "side effect", "another")


def test_third_party_packages_are_those_of_all_reached_files(tree):
    project = tree("import numpy\nfrom dlnotes.lib import used")
    project.write("dlnotes/deep.py", "import torch.nn as nn\nfrom .other import a\n")
    assert fingerprint(project.script, project.root)[1] == {"numpy", "math", "torch"}


def test_named_definitions_are_those_that_the_script_itself_uses(tree):
    project = tree(
        "from dlnotes.lib import used\nimport dlnotes.deep as d\nused(d.DEPTH)"
    )
    assert named_definitions(project.script, project.root) == {"dlnotes.lib.used"}
