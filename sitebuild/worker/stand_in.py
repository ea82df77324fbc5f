"""Lets what takes the place of a function look like it."""

from collections.abc import Callable
from functools import WRAPPER_ASSIGNMENTS
from typing import Any


def stand_in(original: Any, new: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function the name and the documentation of another.

    A job that reads them finds what it finds without a build. `functools.wraps` would
    also lead to the original.

    Args:
        original: What is replaced, a function or a class.
        new: Changed in place.
    """
    for name in WRAPPER_ASSIGNMENTS:
        if hasattr(original, name):
            setattr(new, name, getattr(original, name))
    return new
