"""Reads the macros of a text once, not in every build while `mkdocs serve` runs."""

from functools import lru_cache
from types import CodeType
from typing import Any

from jinja2 import Environment, nodes
from jinja2.meta import find_undeclared_variables

START = "<%"  # of every macro, as mkdocs.yml says

Marks = tuple[str, str, str, str, str, str]


def remember(env: Environment) -> None:
    """Let the texts of pages be compiled once."""
    marks = _marks(env)

    def compile_once(source: Any, *_: Any, **__: Any) -> CodeType:
        return _compiled(source, marks)

    env.compile = compile_once  # type: ignore[assignment, method-assign]


def syntax(text: str, env: Environment) -> tuple[nodes.Template, frozenset[str]]:
    """What a text consists of, not to be changed, and the names that it asks for.

    Raises:
        TemplateSyntaxError: If a macro cannot be read.
    """
    return _parsed(text, _marks(env))


def _marks(env: Environment) -> Marks:
    """What macros and the like begin and end with."""
    return (
        env.block_start_string,
        env.block_end_string,
        env.variable_start_string,
        env.variable_end_string,
        env.comment_start_string,
        env.comment_end_string,
    )


@lru_cache(maxsize=1024)
def _compiled(text: str, marks: Marks) -> CodeType:
    return Environment(*marks).compile(text)


@lru_cache(maxsize=1024)
def _parsed(text: str, marks: Marks) -> tuple[nodes.Template, frozenset[str]]:
    tree = Environment(*marks).parse(text)
    return tree, frozenset(find_undeclared_variables(tree))
