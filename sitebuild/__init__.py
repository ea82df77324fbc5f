"""The steps that build the site, around mkdocs' plugins; `hooks.py` is the entry."""

import ast
import importlib._bootstrap_external as _imports
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

_ROOT = str(Path(__file__).resolve().parents[1]) + os.sep
# Here, because every process of a build imports this file before it does anything.


class _Text(type):
    """Makes `isinstance` tell whether a node is a text."""

    def __instancecheck__(cls, node: object) -> bool:
        return isinstance(node, ast.Constant) and isinstance(node.value, str)


# mkdocs-gallery 0.10.4 asks whether a script begins with an `ast.Str`, and for its `s`.
# Python 3.14 has neither.
vars(ast).setdefault("Str", _Text("Str", (), {}))
if not hasattr(ast.Constant, "s"):
    ast.Constant.s = property(  # type: ignore[method-assign, assignment]
        lambda node: node.value
    )


def _source_only(cached: Callable[..., str]) -> Callable[..., str]:
    """Keep the import system from compiled files of this project.

    It would take an old one for current where a source keeps its size and its second.
    """

    def place(path: Any, *args: Any, **options: Any) -> str:
        name = os.path.realpath(os.fsdecode(path))
        inside = name.removeprefix(_ROOT)
        if inside != name and not inside.startswith((".venv", "node_modules")):
            raise NotImplementedError("code of the project is never kept compiled")
        return cached(path, *args, **options)

    return place


_imports.cache_from_source = _source_only(_imports.cache_from_source)
# This file, and the one that mkdocs itself loads, were compiled before that.
shutil.rmtree(Path(__file__).parent / "__pycache__", ignore_errors=True)
