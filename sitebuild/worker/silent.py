"""Wraps what Python does not report to audit hooks."""

import _posixsubprocess
import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import torch

from sitebuild.worker.refused import CLOCKS
from sitebuild.worker.stand_in import stand_in

# Whoever has one of these can be told whether a file is there, or reads it in C.
_LOOKING: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (os, ("access", "lstat", "readlink", "stat")),
    (torch, ("from_file",)),
    (torch._C, ("PyTorchFileReader",)),
    (torch.jit, ("load",)),
    (torch.UntypedStorage, ("from_file",)),
)


def wrap(
    looked: Callable[[Any, FrameType], None],
    clock: Callable[[str, FrameType], None],
    refuse: Callable[[str], None],
) -> None:
    """Call the functions before what they are about happens.

    Args:
        looked: Takes a path that is asked for, and the frame that asks.
        clock: Takes the name of what is different in each run, and the frame.
        refuse: Takes the reason why something does not happen.
    """
    for owner, names in _LOOKING:
        for name in names:
            known = _looking(getattr(owner, name), looked)
            setattr(
                owner, name, staticmethod(known) if isinstance(owner, type) else known
            )
    for module, names in CLOCKS.items():
        for name in names:
            if hasattr(module, name):
                told = f"{module.__name__}.{name}"
                setattr(module, name, _telling(getattr(module, name), told, clock))
    starting = "it starts another process"
    vars(_posixsubprocess)["fork_exec"] = lambda *_: refuse(starting)


def _looking(
    original: Callable[..., Any], looked: Callable[[Any, FrameType], None]
) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **options: Any) -> Any:
        path = next(iter((*arguments, *options.values())), None)
        looked(path, sys._getframe(1))
        return original(*arguments, **options)

    return stand_in(original, wrapped)


def _telling(
    original: Callable[..., Any], name: str, clock: Callable[[str, FrameType], None]
) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **options: Any) -> Any:
        clock(name, sys._getframe(1))
        return original(*arguments, **options)

    return stand_in(original, wrapped)
