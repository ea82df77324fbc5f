"""Checks of dlnotes.bert.corruption."""

from itertools import chain, permutations

import pytest
import torch
from scipy.stats import chisquare

from dlnotes.bert.corruption import (
    delete,
    fragment,
    permute_sentences,
    rotate_text,
    shift_in,
)
from tests.statistics import REJECT, within


@pytest.fixture
def texts():
    """Rows of 1 to 12 different tokens from 10 on, then padding."""
    place = torch.arange(12)
    seen = place < torch.arange(1, 13)[:, None]
    return torch.where(seen, place + 10, 0), seen


def test_a_fragment_is_half_of_the_text_in_one_piece(rng):
    """Eq. (fragment): length max(1, round(n / 2)), a single run inside of the text."""
    length = torch.arange(1, 13).repeat(500)
    chosen = fragment(length, 12, generator=rng())
    assert chosen.sum(1).tolist() == [max(1, round(n / 2)) for n in length.tolist()]
    runs = (chosen[:, 1:] & ~chosen[:, :-1]).sum(1) + chosen[:, 0]
    assert (runs == 1).all()
    assert not (chosen & (torch.arange(12) >= length[:, None])).any()


def test_a_fragment_begins_where_the_program_lets_it_begin(rng):
    """Eq. (fragment) over a million tokens: 1/5 first, 1/5 last, 3/5 in between."""
    rows = 2**16
    chosen = fragment(torch.full((rows,), 16), 16, generator=rng())
    counts = chosen.long().argmax(1).bincount(minlength=9)
    wanted = torch.full((9,), 0.6 / 8, dtype=torch.float64)
    wanted[0] += 0.2
    wanted[8] = 0.2
    assert chisquare(counts, wanted * rows).pvalue > REJECT


def test_a_decoder_sees_the_chosen_tokens_one_place_later(texts):
    """Eq. (decoder-input), each place by itself."""
    ids, seen = texts
    chosen = seen & (ids % 3 == 0)
    given = shift_in(ids, chosen, mask=4)
    for b in range(12):
        for i in range(12):
            known = i > 0 and bool(chosen[b, i - 1])
            assert given[b, i] == (ids[b, i - 1] if known else 4)


def test_what_is_left_keeps_its_order(texts, rng):
    """Eq. (delete) against lists."""
    ids, seen = texts
    gone = (torch.rand(ids.shape, generator=rng()) < 0.4) | ~seen
    found = delete(ids, gone, padding=0)
    for row, one, left_out in zip(found, ids, gone, strict=True):
        kept = one[~left_out].tolist()
        assert row.tolist() == kept + [0] * (12 - len(kept))


def test_a_text_may_begin_at_each_of_its_tokens(texts, rng):
    """Eq. (rotate): a rotation, uniform over the tokens, padding stays."""
    ids, seen = texts
    turned = rotate_text(ids, seen, generator=rng())
    assert torch.equal(turned[~seen], ids[~seen])
    for row, one, known in zip(turned, ids, seen, strict=True):
        text, length = one[known].tolist(), int(known.sum())
        start = text.index(row[0])
        assert row[known].tolist() == text[start:] + text[:start], length
    rows = ids[6].expand(70_000, 12), seen[6].expand(70_000, 12)
    counts = rotate_text(*rows, generator=rng(1))[:, 0].bincount()[10:]
    assert chisquare(counts).pvalue > REJECT
    assert len(counts) == 7


def test_sentences_come_in_every_order_and_stay_whole(rng):
    """Eq. (permute): the six orders of three sentences, padding last."""
    ids = torch.tensor([1, 2, 3, 4, 5, 6, 0, 0]).expand(6000, 8)
    sentences = torch.tensor([0, 0, 0, 1, 2, 2, -1, -1]).expand(6000, 8)
    found = permute_sentences(ids, sentences, generator=rng())
    parts = [[1, 2, 3], [4], [5, 6]]
    wanted = [[*chain(*order), 0, 0] for order in permutations(parts)]
    counts = [int((found == torch.tensor(w)).all(1).sum()) for w in wanted]
    assert sum(counts) == 6000
    assert chisquare(counts).pvalue > REJECT


def test_deletion_has_the_share_that_is_chosen(rng):
    """Eq. (delete) with independent choices: lengths over a million tokens."""
    ids = torch.ones(2**13, 128, dtype=torch.int64)
    gone = torch.rand(ids.shape, generator=rng()) < 0.15
    lengths = delete(ids, gone, padding=0).sum(1)
    assert within(lengths, 0.85 * 128)


def test_what_cannot_be_is_refused(texts):
    ids, seen = texts
    with pytest.raises(ValueError, match="length must be from 0 to 12, got 13"):
        fragment(torch.tensor([13]), 12)
    with pytest.raises(TypeError, match="gone must hold truth values"):
        delete(ids, ids, padding=0)
    with pytest.raises(ValueError, match="sentences must be from 0 to 12, got 13"):
        permute_sentences(ids, ids // 10 * 12)
    with pytest.raises(ValueError, match="seen must have shape"):
        rotate_text(ids, seen[:3])
