"""Checks of dlnotes.blocks.training."""

import pytest
import torch

from dlnotes.blocks.training import minibatches


def test_minibatches_deal_every_row_once_in_another_order(rng):
    data = torch.arange(10 * 2).reshape(10, 2)
    batches = minibatches(data, 4, generator=rng())
    dealt = torch.cat(batches)

    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert not torch.equal(dealt, data)
    assert torch.equal(dealt[dealt[:, 0].argsort()], data)


def test_minibatches_repeat_with_an_equal_generator(rng):
    data = torch.arange(100)
    first, second = (torch.cat(minibatches(data, 7, generator=rng())) for _ in "ab")
    assert torch.equal(first, second)


def test_minibatches_refuse_an_empty_deal():
    with pytest.raises(ValueError, match="size must be positive, got 0"):
        minibatches(torch.zeros(3), 0)
    with pytest.raises(ValueError, match="data must have rows"):
        minibatches(torch.zeros(0, 3), 2)
