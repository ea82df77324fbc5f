"""Shared fixtures."""

from collections.abc import Callable

import hypothesis
import pytest
import torch

hypothesis.settings.register_profile(
    "dlnotes", derandomize=True, deadline=None, max_examples=100
)
hypothesis.settings.load_profile("dlnotes")  # a test may ask for more examples only
torch.set_num_threads(1)  # tests run side by side, one on each core


@pytest.fixture
def rng() -> Callable[..., torch.Generator]:
    """A maker of generators; each call starts again from its seed."""
    return lambda seed=0: torch.Generator().manual_seed(seed)
