"""Checks of dlnotes.bert.infilling."""

import math
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
import torch
from scipy.stats import chisquare, poisson

from dlnotes.bert.infilling import infill, noise_spans, put_sentinels
from tests.statistics import REJECT, SIGMAS

MASK = 4


@pytest.fixture
def texts():
    """Rows of 0 to 20 different tokens from 10 on, then padding."""
    place = torch.arange(20)
    seen = place < torch.arange(21)[:, None]
    return torch.where(seen, place + 10, 0), seen


def program(length, ratio, mean, source):
    """BART's noise for one text of words of one piece, in our words."""
    budget = math.ceil(length * ratio)
    sizes, total = [], 0
    while total < budget:
        size = min(source.poisson(mean), budget - total)
        sizes.append(size)
        total += size
    real = [size for size in sizes if size]
    text = list(range(10, 10 + length))
    gone = set()
    for start, size in zip(source.permutation(length), real, strict=False):
        text[start] = MASK
        gone |= set(range(start + 1, min(start + size, length)))
    kept = [token for i, token in enumerate(text) if i not in gone]
    added = len(sizes) - len(real)
    places = set(source.permutation(len(kept) + added)[:added].tolist())
    rest = iter(kept)
    return [MASK if i in places else next(rest) for i in range(len(kept) + added)]


def test_tokens_that_stay_keep_their_order(texts, rng):
    """Eq. (infill): rising numbers with masks between, then padding."""
    ids, seen = (x.repeat(300, 1) for x in texts)
    found = infill(ids, seen, mask=MASK, padding=0, generator=rng())
    assert found.shape == (6300, 40)
    for row, length in zip(found.tolist(), seen.sum(1).tolist(), strict=True):
        end = row.index(0)
        kept = [token for token in row[:end] if token != MASK]
        assert kept == sorted(set(kept))
        assert set(kept) <= set(range(10, 10 + length))
        assert not any(row[end:])
        assert len(kept) >= length - math.ceil(0.3 * length)
        assert (MASK in row) == (length > 0)


def test_infilling_has_the_law_of_the_published_program(rng):
    """Eq. (infill): four statistics against a loop written out."""
    length, rows = 30, 2**15  # about a million tokens
    ids = torch.arange(10, 10 + length).expand(rows, length)
    found = infill(ids, ids > 0, mask=MASK, padding=0, generator=rng())
    source = np.random.default_rng(0)
    theirs = [program(length, 0.3, 3.0, source) for _ in range(8000)]
    for name, ours, others in (
        ("length", (found > 0).sum(1), [len(row) for row in theirs]),
        ("masks", (found == MASK).sum(1), [row.count(MASK) for row in theirs]),
        ("first", found[:, 0] == MASK, [row[0] == MASK for row in theirs]),
        ("last kept", (found == 39).any(1), [39 in row for row in theirs]),
    ):
        one, other = ours.double(), torch.tensor(others).double()
        error = (one.var() / len(one) + other.var() / len(other)).sqrt()
        assert abs(one.mean() - other.mean()) <= SIGMAS * error, name


def test_lengths_of_spans_have_poissons_law():
    """Eq. (infill): the first span in the front, all others at the end."""
    rows, length = 4000, 64
    noise = torch.full((rows, 4, length), 0.5)
    noise[:, 0] = (length - torch.arange(length)) / (length + 1)
    noise[:, 0, 0] = 0
    noise[:, 1, 0] = (torch.arange(rows) + 0.5) / rows
    noise[:, 1, 1:] = 0.99999  # 13 tokens: in the front where the first has none
    ids = torch.arange(10, 10 + length).expand(rows, length)
    found = infill(ids, ids > 0, mask=MASK, padding=0, noise=noise)
    sizes = torch.where(found > MASK, found, 1000).amin(1) - 10
    counts = torch.where(sizes == 13, 0, sizes).bincount(minlength=13)
    wanted = torch.tensor(poisson.pmf(range(13), 3)) * rows
    assert ((counts - wanted).abs() <= 1).all()


def test_exactly_so_many_tokens_and_spans_are_noise(rng):
    """Eq. (noise-spans): counts fixed by the length, kept first, a span last."""
    length = torch.arange(2, 101).repeat(20)
    hidden = noise_spans(length, 100, generator=rng())
    for row, n in zip(hidden, length.tolist(), strict=True):
        count = min(max(round(n * 0.15), 1), n - 1)
        assert row.sum() == count
        starts = (row & ~torch.nn.functional.pad(row, (1, 0))[:-1]).sum()
        assert starts == max(1, round(count / 3))
        assert not row[0]
        assert row[n - 1]
        assert not row[n:].any()


def test_halves_and_whole_shares_are_those_of_python():
    """float32 has 0.3 * 50 above 15, and 0.15 * 190 above 28.5, which rounds to 28."""
    assert noise_spans(torch.tensor([190]), 190).sum() == round(0.15 * 190) == 28
    seen = torch.ones(1, 50, dtype=torch.bool)
    noise = torch.full((1, 4, 50), 0.5)
    noise[:, 1] = 0.1  # spans of one token
    found = infill(9 * seen.long(), seen, mask=4, padding=0, noise=noise)
    assert (found == 4).sum() == math.ceil(0.3 * 50) == 15


def test_texts_of_up_to_three_tokens_lose_one_at_most():
    """Eq. (noise-spans): the bounds of both counts."""
    hidden = noise_spans(torch.arange(4), 3)
    assert hidden.int().tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_every_way_to_cut_is_equally_likely(rng):
    """Eq. (noise-spans): 3 tokens in 2 spans among 7, by enumeration: 2 * 3 ways."""
    rows = 12_000
    hidden = noise_spans(
        torch.full((rows,), 7), 7, ratio=0.43, mean=1.5, generator=rng()
    )
    counts = Counter(map(tuple, hidden.int().tolist()))
    assert len(counts) == len(list(combinations(range(2), 1))) * 3
    assert chisquare(list(counts.values())).pvalue > REJECT


def test_a_million_tokens_have_the_share_and_the_mean_of_t5(rng):
    """Eq. (noise-spans) at length 512: 77 tokens in 26 spans."""
    hidden = noise_spans(torch.full((2048,), 512), 512, generator=rng())
    assert (hidden.sum(1) == 77).all()
    starts = hidden[:, 1:] & ~hidden[:, :-1]
    assert (starts.sum(1) == 26).all()


def test_input_and_target_hold_the_text_together(texts, rng):
    """Eq. (sentinels): spans put back for their sentinels give the text again."""
    ids, seen = texts
    hidden = noise_spans(seen.sum(1), 20, ratio=0.4, mean=1.5, generator=rng())
    given = put_sentinels(ids, hidden, seen, last=99, padding=0)
    target = put_sentinels(ids, seen & ~hidden, seen, last=99, padding=0)
    for source, aim, text, known in zip(given, target, ids, seen, strict=True):
        if int(known.sum()) < 2:
            continue
        spans: dict[int, list[int]] = {}
        for token in aim[aim > 0].tolist():
            spans.setdefault(token, []) if token > 60 else spans[
                list(spans)[-1]
            ].append(token)
        assert list(spans) == list(range(99, 99 - len(spans), -1))
        restored = [
            t
            for token in source[source > 0].tolist()
            for t in spans.get(token, [token])
        ]
        assert restored == text[known].tolist()


def test_the_example_of_the_paper():
    """Eq. (sentinels): "Thank you for inviting me to your party last week ."."""
    ids = torch.arange(10, 20)
    hidden = torch.zeros(10, dtype=torch.bool)
    hidden[[2, 3, 8]] = True
    seen = torch.ones(10, dtype=torch.bool)
    given = put_sentinels(ids, hidden, seen, last=99, padding=0)
    assert given.tolist() == [10, 11, 99, 14, 15, 16, 17, 98, 19, 0]
    target = put_sentinels(ids, ~hidden, seen, last=99, padding=0)
    assert target.tolist() == [99, 12, 13, 98, 18, 97, 0, 0, 0, 0]


def test_what_cannot_be_is_refused(texts):
    ids, seen = texts
    with pytest.raises(ValueError, match="mean must be positive"):
        infill(ids, seen, mask=4, padding=0, mean=0.0)
    with pytest.raises(ValueError, match="length must be from 0 to 9, got 10"):
        noise_spans(torch.tensor([10]), 9)
    with pytest.raises(ValueError, match="hidden must have shape"):
        put_sentinels(ids, seen[:2], seen, last=99, padding=0)
