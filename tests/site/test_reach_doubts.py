"""Where reading cannot tell what running would reach, more counts, never less."""

import pytest
from mkdocs.exceptions import PluginError

from sitebuild.freshness.modules import parse
from sitebuild.freshness.reach import reached_units
from tests.site.tree import Tree

# Each script calls `work` of the module `hidden` without saying so in a plain way.
HIDDEN = "def work(x):\n    return x + 1\n"
SCRIPTS = {
    "getattr": "from dlnotes import hidden\ngetattr(hidden, 'wo' + 'rk')(1)",
    "local variable": "import dlnotes.hidden\nm = dlnotes.hidden\nm.work(1)",
    "argument": "import dlnotes.hidden as m\n(lambda m: m.work(1))(m)",
    "dict": "import dlnotes.hidden\ndlnotes.hidden.__dict__['work'](1)",
    "vars": "import dlnotes.hidden\nvars(dlnotes.hidden)['work'](1)",
    "star": "from dlnotes.hidden import *\nwork(1)",
    "importlib": "import importlib\nimport dlnotes.hidden\n"
    "importlib.import_module('dlnotes.hidden').work(1)",
    "import_module": "from importlib import import_module as get\n"
    "import dlnotes.hidden\nget('dlnotes.hidden').work(1)",
    "__import__": "import dlnotes.hidden\n__import__('dlnotes.hidden').hidden.work(1)",
    "sys.modules": "import sys\nimport dlnotes.hidden\n"
    "sys.modules['dlnotes.hidden'].work(1)",
    "modules": "from sys import modules as m\nimport dlnotes.hidden\n"
    "m['dlnotes.hidden'].work(1)",
    "help": "from dlnotes import hidden\nfrom dlnotes.hidden import work\nhelp(work)",
    "eval": "import dlnotes.hidden\neval('dlnotes.hidden.work(1)')",
    "exec": "exec('from dlnotes.hidden import work; work(1)')\nimport dlnotes.hidden",
    "inspect": "import inspect\nimport dlnotes.hidden\n"
    "dict(inspect.getmembers(dlnotes.hidden))['work'](1)",
    "folder": "import dlnotes.open.hidden\ngetattr(dlnotes.open, 'hidden').work(1)",
    "folder renamed": "import dlnotes.open.hidden, dlnotes.open as m\nn = m\n"
    "n.hidden.work(1)",
    "runpy": "import runpy\nimport dlnotes.hidden\nrunpy.run_module('dlnotes.hidden')",
    "logging": "import logging.config as c\nimport dlnotes.hidden\n"
    "c.BaseConfigurator({}).resolve('dlnotes.hidden.work')(1)",
    "sys.path": "import sys\nimport dlnotes.hidden\nsys.path.insert(0, 'dlnotes')",
    "frame": "import sys\nimport dlnotes.hidden\nsys._getframe(0)",
    "generator": "import dlnotes.hidden\n(x for x in []).gi_frame.f_globals",
    "text": "import dlnotes.hidden\nfrom dlnotes import hidden\n"
    "getattr(len, '__globals__')['work'](1)",
    "timeit": "import timeit\nimport dlnotes.hidden\ntimeit.timeit('work(1)')",
    "pickle": "import pickle\nimport dlnotes.hidden\npickle.loads(b'...')(1)",
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_that_looks_around_reaches_whole_modules(tmp_path, script):
    name = "open/hidden" if "dlnotes.open" in script else "hidden"
    tree = Tree(tmp_path, script, **{name: HIDDEN})
    assert tree.notices(name, "x + 1", "x + 2")


# Each module makes the call `used()` depend on `hidden.work` in its own way.
MODULES = {
    "star": "from dlnotes.hidden import *\n\ndef used(): return work(1)",
    "star of a star": "from dlnotes.between import *\n\ndef used(): return work(1)",
    "through a star": "from dlnotes.named import *\n\ndef used(): return work(1)",
    "relative": "from .hidden import work\n\ndef used(): return work(1)",
    "relative module": "from . import hidden\n\ndef used(): return hidden.work(1)",
    "relative inside": "def used():\n    from .hidden import work\n    return work(1)",
    "relative star": "from .hidden import *\n\ndef used(): return work(1)",
    "getattr": "from dlnotes import hidden\n\n"
    "def used(): return getattr(hidden, 'work')(1)",
    "module __getattr__": "import dlnotes.hidden as h\n\n"
    "def __getattr__(name): return lambda: h.work(1)",
    "globals": "from dlnotes.hidden import work\n\n"
    "def used(): return globals()['work']",
    "rebound": "from dlnotes.hidden import work\n\ndef used(): ...\n\nused = work",
    "rebound by a global": "from dlnotes.hidden import work\n\ndef used(): ...\n\n"
    "def swap():\n    global used\n    used = work\n\nswap()",
    "patched": "import dlnotes.hidden\nimport dlnotes.patched as p\n"
    "p.tool = dlnotes.hidden.work\n\ndef used(): return p.tool(1)",
    "registered function": "from dlnotes.registry import entries, enter\n\n"
    "@enter\ndef some():\n    from dlnotes.hidden import work\n    return work(1)\n\n"
    "def used(): return entries[0]()",
    "registered class": "from dlnotes.registry import Base, entries\n\n"
    "class Some(Base):\n    def go(self):\n        from dlnotes.hidden import work\n"
    "        return work(1)\n\ndef used(): return entries[0]().go()",
    "registered method": "from dlnotes.registry import enter, entries\n\n"
    "class Some:\n    @enter\n    def go():\n        from dlnotes.hidden import work\n"
    "        return work(1)\n\ndef used(): return entries[0]()",
    "descriptor": "from dlnotes.registry import Field, entries\n\n"
    "class Some:\n    field = Field()\n    def go(self):\n"
    "        from dlnotes.hidden import work\n        return work(1)\n\n"
    "def used(): return entries[0]().go()",
    "metaclass": "from dlnotes.registry import Meta, entries\n\n"
    "class Some(metaclass=Meta):\n    def go(self):\n"
    "        from dlnotes.hidden import work\n        return work(1)\n\n"
    "def used(): return entries[0]().go()",
    "foreign registry": "import unknown\n\n@unknown.enter\ndef some():\n"
    "    from dlnotes.hidden import work\n    return work(1)\n\n"
    "def used(): return unknown.call()",
    "default of another": "from dlnotes.registry import enter, entries\n"
    "from dlnotes.hidden import work\n\ndef other(x=enter(work)): ...\n\n"
    "def used(): return entries[0](1)",
    "class body of another": "from dlnotes.registry import enter, entries\n"
    "from dlnotes.hidden import work\n\nclass Table:\n"
    "    rows = list(map(enter, [work]))\n\ndef used(): return entries[0](1)",
    "two meanings": "import sys\nif sys.argv:\n    from dlnotes.hidden import work\n"
    "else:\n    from dlnotes.patched import tool as work\n\ndef used(): return work(1)",
    "shadowed module": "from dlnotes.package import both\n\ndef used(): return both(1)",
}
OTHERS = {
    "between": "from dlnotes.hidden import *\n",
    "named": "from dlnotes.hidden import work\n",
    "patched": "def tool(x): ...\n",
    "package/__init__": "from dlnotes.hidden import work as both\n",
    "package/both": "",
    "registry": """\
entries = []
def enter(x):
    entries.append(x)
class Base:
    def __init_subclass__(cls): entries.append(cls)
class Meta(type):
    def __init__(cls, *args): entries.append(cls)
class Field:
    def __set_name__(self, owner, name): entries.append(owner)
""",
}


@pytest.mark.parametrize("text", MODULES.values(), ids=MODULES)
def test_a_module_with_hidden_ways_still_counts(tmp_path, text):
    script = "import dlnotes.lib as lib\nlib.used()"
    tree = Tree(tmp_path, script, lib=text, hidden=HIDDEN, **OTHERS)
    assert tree.notices("hidden", "x + 1", "x + 2")


def test_modules_that_import_each_other_come_to_an_end(tmp_path):
    a = "from dlnotes.b import g, h\n\ndef f(): return g()"
    b = "import dlnotes.a\nfrom dlnotes.a import h\n\ndef g(): return dlnotes.a.f()"
    tree = Tree(tmp_path, "from dlnotes.a import f, h\nf()\nh()", a=a, b=b)
    assert tree.notices("b", "return dlnotes.a.f()", "return 1")


def test_code_that_reads_docstrings_counts_to_the_letter(tmp_path):
    lib = 'def used():\n    """One."""  # note\n'
    tree = Tree(tmp_path, "from dlnotes.lib import used\nused.__doc__", lib=lib)
    assert tree.notices("lib", "One", "Two")
    assert tree.notices("lib", "# note", "")


def test_the_order_of_two_bindings_counts(tmp_path):
    lib = "def used(): return 1\n\nused = max\n"
    tree = Tree(tmp_path, "from dlnotes.lib import used\nused()", lib=lib)
    other = "used = max\n\ndef used(): return 1\n"
    assert tree.notices("lib", lib, other)


@pytest.mark.parametrize(
    "head",
    [
        "class Net(torch.nn.Module):",
        "@torch.no_grad()\ndef outer():",
        "@functools.lru_cache(maxsize=None)\ndef outer():",
        "@dataclass(frozen=True)\nclass Net:\n    x: list = field(default_factory=int)",
        "class Kind(enum.Enum):",
        "class Pair(NamedTuple):",
        "class Fault(ValueError):",
    ],
)
def test_usual_classes_and_decorators_count_only_where_used(tmp_path, head):
    """Else any change in a module would run everything that imports it."""
    imports = "import enum, functools, torch\nfrom typing import NamedTuple\n"
    imports += "from dataclasses import dataclass, field\n"
    lib = f"{imports}{head}\n    def inner(self): return 1\n\ndef used(): return 2\n"
    tree = Tree(tmp_path, "from dlnotes.lib import used\nused()", lib=lib)
    assert not tree.notices("lib", "return 1", "return 3")
    assert tree.notices("lib", "return 2", "return 3")


def test_a_relative_import_starts_at_its_package():
    package = parse("from . import a\nfrom .b import c\nfrom ..d import e", "x.y", True)
    assert [name for name, _, _ in package.imports(package.tree)] == [
        "x.y",
        "x.y.b",
        "x.d",
    ]
    module = parse("from . import a\nfrom .b import c", "x.y")
    assert [name for name, _, _ in module.imports(module.tree)] == ["x", "x.b"]


def test_a_syntax_error_names_its_file(tmp_path):
    tree = Tree(tmp_path, "from dlnotes.lib import used\nused()", lib="def used(:\n")
    with pytest.raises(PluginError, match=r"dlnotes/lib\.py"):
        reached_units(tree.script, tree.root)
