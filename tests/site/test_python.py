"""The build finds its own code, and needs nothing that newer Pythons lack."""

from types import SimpleNamespace

import pytest
from mkdocs.exceptions import PluginError

from sitebuild.build import Build
from tests.site.miniature import ALL, ROOT

# Takes away, in every process of a build, what Python 3.14 has no more.
NEWER = """\
import ast

vars(ast).pop("__getattr__", None)
for name in ("Bytes", "Ellipsis", "NameConstant", "Num", "Str"):
    vars(ast).pop(name, None)
for name in {"n", "s"} & set(vars(ast.Constant)):
    delattr(ast.Constant, name)
"""


def test_a_python_without_old_names_builds_the_site(project):
    project.write(
        "sitebuild/__init__.py", NEWER + project.read("sitebuild/__init__.py")
    )
    project.change("dlnotes/ledger.py", "4, 18", "4, 17")  # every job reaches this
    project.build()
    assert project.executed() == ALL
    assert "A crest is high" in project.page("gallery/waves/plot_crest")


def test_a_build_without_asserts_is_refused(monkeypatch):
    flags = SimpleNamespace(optimize=1)
    monkeypatch.setattr("sitebuild.build.sys", SimpleNamespace(flags=flags))
    config = SimpleNamespace(config_file_path=str(ROOT / "mkdocs.yml"))
    with pytest.raises(PluginError, match="run Python without -O: proofs are asserts"):
        Build.of(config)


def test_the_code_of_another_project_does_not_build_this_one(tmp_path):
    """Its library would run, while the hashes would be those of the library here."""
    config = SimpleNamespace(config_file_path=str(tmp_path / "mkdocs.yml"))
    with pytest.raises(PluginError, match=f"run mkdocs in {tmp_path}: Python finds"):
        Build.of(config)
