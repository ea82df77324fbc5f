"""Checks of dlnotes.bert.boundary."""

import pytest
import torch
from torch.nn import functional as F

from dlnotes.bert.boundary import BoundaryHead, span_bounds
from tests.blocks.test_attention import fill

CHOSEN = torch.tensor(
    [[0, 1, 1, 0, 0, 1, 0, 0], [0, 0, 0, 1, 1, 1, 1, 0]], dtype=torch.bool
)


def test_bounds_are_those_of_a_walk_to_both_sides():
    """Eq. (bounds)."""
    before, after = span_bounds(CHOSEN)
    for row, chosen in enumerate(CHOSEN.tolist()):
        for i in range(8):
            left = right = i
            while chosen[left]:
                left -= 1
            while chosen[right]:
                right += 1
            assert (before[row, i], after[row, i]) == (left, right)


def test_a_word_is_scored_by_both_neighbors_and_its_place(rng):
    """Eq. (boundary), written out for each hidden token."""
    head = BoundaryHead(6, 5, 20, longest=4, place=3).double()
    fill(head, rng())
    states = torch.randn(2, 8, 6, dtype=torch.float64, generator=rng(1))
    words = torch.randn(20, 5, dtype=torch.float64, generator=rng(2))
    found = head(states, words, CHOSEN)
    first, _, norm, second, _, last = head.layers
    spans = [(0, 1, 0, 3), (0, 2, 0, 3), (0, 5, 4, 6)]
    spans += [(1, i, 2, 7) for i in (3, 4, 5, 6)]
    for logits, (b, i, left, right) in zip(found, spans, strict=True):
        inside = head.places[i - left - 1]
        x = torch.cat([states[b, left], states[b, right], inside])
        x = norm(F.gelu(first.weight @ x + first.bias))
        x = last(F.gelu(second.weight @ x + second.bias))
        torch.testing.assert_close(logits, words @ x + head.bias)


def test_what_is_inside_of_a_span_is_not_read(rng):
    head = BoundaryHead(6, 5, 20, longest=4, place=3)
    states = torch.randn(2, 8, 6, generator=rng()).requires_grad_()
    logits = head(states, torch.randn(20, 5, generator=rng(1)), CHOSEN)
    (slope,) = torch.autograd.grad(logits.square().sum(), states)
    reads = slope.abs().sum(-1) > 0
    assert reads.nonzero().tolist() == [[0, 0], [0, 3], [0, 4], [0, 6], [1, 2], [1, 7]]


def test_spans_without_neighbors_or_too_long_are_refused(rng):
    with pytest.raises(ValueError, match="must leave the first and the last token"):
        span_bounds(torch.tensor([True, False]))
    with pytest.raises(TypeError, match="chosen must hold truth values"):
        span_bounds(torch.ones(3))
    head = BoundaryHead(6, 5, 20, longest=3, place=3)
    with pytest.raises(ValueError, match="chosen must have spans up to 3, got 4"):
        head(torch.zeros(2, 8, 6), torch.zeros(20, 5), CHOSEN)
