"""Shared fixtures."""

import gc
from collections.abc import Callable

import hypothesis
import pytest
import torch

from sitebuild.processes import available_cores

hypothesis.settings.register_profile(
    "dlnotes", derandomize=True, deadline=None, max_examples=100
)
hypothesis.settings.load_profile("dlnotes")  # a test may ask for more examples only
torch.set_num_threads(1)  # tests run side by side, one on each core
gc.disable()  # what is collected stays: looking for garbage in it took half of the time


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests of the build often wait for it."""
    return available_cores() + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that at the end no core waits for another.

    These are tests that build a small site or look at pages in a browser.
    """
    long = {"project", "base", "browser"}
    items.sort(key=lambda item: long.isdisjoint(getattr(item, "fixturenames", ())))


def pytest_collection_finish() -> None:
    """From now on objects do go; those of the collection are not looked at again."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 20)  # tracing a model makes many at once


@pytest.fixture
def rng() -> Callable[..., torch.Generator]:
    """A maker of generators; each call starts again from its seed."""
    return lambda seed=0: torch.Generator().manual_seed(seed)
