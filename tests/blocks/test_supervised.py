"""Checks of dlnotes.blocks.supervised."""

from typing import NamedTuple

import pytest
import torch
from torch import nn

from dlnotes.blocks.supervised import find_classes, learn_classes, take_rows


class Pair(NamedTuple):
    """A tensor, and maybe another."""

    one: torch.Tensor
    other: torch.Tensor | None


class Nearer(nn.Module):
    """Scores of two classes for each entry of a row, from two inputs."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, pair, sign):
        """Two scores for each entry."""
        logits = self.weight * pair.one * sign[:, None]
        return torch.stack([-logits, logits], -1)


def test_rows_are_taken_of_all_tensors_however_nested():
    nested = ([torch.arange(6), None], Pair(torch.eye(6), None))
    rows = torch.tensor([4, 1])
    (numbers, nothing), pair = take_rows(nested, rows)
    assert numbers.tolist() == [4, 1]
    assert nothing is None
    assert isinstance(pair, Pair)
    assert torch.equal(pair.one, torch.eye(6)[rows])
    with pytest.raises(TypeError, match="str"):
        take_rows(("words",), rows)


def test_classes_of_entries_are_learned_and_those_without_label_do_not_count(rng):
    """The class of an entry is its sign times that of the row; half are hidden."""
    one = torch.randn(40, 5, generator=rng())
    sign = torch.randn(40, generator=rng(1)).sign()
    labels = (one * sign[:, None] > 0).long()
    shown = torch.where(torch.rand(40, 5, generator=rng(2)) < 0.5, labels, -1)
    model = Nearer()
    inputs = (Pair(one, None), sign)
    learn_classes(model, inputs, shown, steps=20, batch=8, generator=rng())
    assert not model.training
    assert model.weight > 0
    found = find_classes(model, inputs, 40, batch=7)
    assert torch.equal(found, labels)


def test_what_is_no_model_or_no_count_is_refused():
    with pytest.raises(TypeError, match="model"):
        learn_classes(None, (), torch.zeros(1), steps=1)
    with pytest.raises(TypeError, match="labels must be a tensor, got list"):
        learn_classes(nn.Identity(), (torch.eye(2),), [0, 1], steps=1)
    with pytest.raises(ValueError, match="batch"):
        find_classes(nn.Identity(), (torch.eye(2),), 2, batch=0)
