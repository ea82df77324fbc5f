"""Shared fixtures."""

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


@pytest.fixture
def rng() -> Callable[..., torch.Generator]:
    """A maker of generators; each call starts again from its seed."""
    return lambda seed=0: torch.Generator().manual_seed(seed)
