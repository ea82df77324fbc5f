"""Checks of dlnotes.blocks.loading."""

import pytest
import torch
from torch import nn

from dlnotes.blocks.loading import load_exactly, renamed


def test_patterns_are_tried_one_after_the_other():
    state = {"old.1.w": torch.ones(1), "gone": torch.ones(1), "kept": torch.ones(1)}
    names = [(r"^old\.", "new."), (r"^new\.(\d)", r"part\1"), (r"^gone$", "")]
    assert list(renamed(state, names)) == ["part1.w", "kept"]


def test_a_state_that_does_not_fit_is_refused_by_name():
    model = nn.Sequential(nn.Linear(3, 2))
    state = dict(model.state_dict())
    message = r"0.bias must have shape \(2,\), got \(4,\)"
    with pytest.raises(ValueError, match=message):
        load_exactly(model, state | {"0.bias": torch.zeros(4)})
    with pytest.raises(ValueError, match=r"missing \[\], left over \['extra'\]"):
        load_exactly(model, state | {"extra": torch.zeros(4)})
    del state["0.weight"]
    with pytest.raises(ValueError, match=r"missing \['0.weight'\]"):
        load_exactly(model, state)


def test_a_state_that_fits_is_copied(rng):
    model = nn.Linear(3, 2)
    state = {"weight": torch.randn(2, 3, generator=rng()), "bias": torch.ones(2)}
    load_exactly(model, state)
    assert torch.equal(model.weight, state["weight"])
    assert (model.bias == 1).all()


def test_two_tensors_do_not_get_one_name():
    state = {"a.w": torch.ones(1), "b.w": torch.zeros(1)}
    with pytest.raises(ValueError, match=r"names must differ, got 'c\.w' twice"):
        renamed(state, [("^[ab]", "c")])
    assert renamed(state, [(".*", "")]) == {}
