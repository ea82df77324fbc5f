"""Checks of dlnotes.representations_3d.layers."""

from functools import partial

import pytest
import torch

from dlnotes.blocks.pointwise import Pointwise
from dlnotes.representations_3d.layers import BIASED, Head
from tests.representations_3d.by_loops import score
from tests.weights import enliven


def test_a_head_is_its_layers_one_after_the_other(rng):
    head = Head([4, 6, 5], 3, dropout=(0.5, 0.0)).double().eval()
    enliven(head, rng())
    vectors = torch.randn(2, 4, dtype=torch.float64, generator=rng(1))
    for vector, found in zip(vectors, head(vectors), strict=True):
        torch.testing.assert_close(found, score(head.parts, vector))


def test_entries_are_dropped_in_train_mode_alone():
    head = Head([4, 500], 1, dropout=(0.5,), layers=partial(Pointwise, norm=None))
    rows = torch.ones(1, 4)
    assert not torch.equal(head(rows), head(rows))
    head.eval()
    assert torch.equal(head(rows), head(rows))


def test_the_published_layers_have_biases_before_normalizations():
    assert BIASED([3, 4]).layers[0][0].bias is not None
    assert Pointwise([3, 4]).layers[0][0].bias is None


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"one for each hidden layer, got \(2, 1\)"):
        Head([4, 6], 3, dropout=(0.5, 0.5))
    with pytest.raises(ValueError, match="classes must be at least 1, got 0"):
        Head([4, 6], 0, dropout=(0.5,))
    with pytest.raises(ValueError, match="number of sizes must be at least 1"):
        Head([], 3, dropout=())
