"""Checks of dlnotes.bert.masking, its laws over a million tokens."""

import math
from itertools import combinations

import pytest
import torch
from scipy.stats import chisquare
from torch.nn.functional import cross_entropy
from transformers import BertTokenizerFast, DataCollatorForLanguageModeling

from dlnotes.bert.masking import (
    choose_bernoulli,
    choose_exact,
    corrupt,
    count_hidden,
    distinct_masks,
    ever_hidden,
    uniform,
    word_labels,
)
from dlnotes.bert.pretraining import label_loss
from dlnotes.bert.tokens import SPECIAL
from tests.statistics import REJECT, SIGMAS

ROWS, N, V = 8192, 128, 1000  # 2 ** 20 tokens
MASK = 4


@pytest.fixture(scope="module")
def drawn():
    rng = torch.Generator().manual_seed(0)
    ids = torch.randint(5, V, (ROWS, N), generator=rng)
    open_ = torch.ones(ROWS, N, dtype=torch.bool)
    open_[:, 0] = open_[:, -1] = False
    others = torch.randint(V, (ROWS, N), generator=rng)
    return ids, open_, others, rng


def near(count, total, p):
    """Whether a count of independent events is within five standard deviations."""
    return abs(int(count) - total * p) <= SIGMAS * math.sqrt(total * p * (1 - p))


def test_the_count_is_that_of_the_published_program():
    """Eq. (exact-count): the law written out for each length, with Python's round."""
    for ratio, most in ((0.15, 20), (0.15, None), (0.5, None), (0.4, 7)):
        lengths = range(0, 140)
        seen = torch.arange(140) < torch.tensor(lengths)[:, None]
        wanted = [min(most or n, max(1, round(n * ratio))) if n else 0 for n in lengths]
        assert count_hidden(seen, ratio, most=most).tolist() == wanted


def test_exactly_so_many_are_chosen_and_nothing_closed(drawn):
    """Eq. (exact): 19 of 128, over a million tokens, every open place alike."""
    _, open_, _, rng = drawn
    count = count_hidden(torch.ones_like(open_), 0.15)
    chosen = choose_exact(open_, count, generator=rng)
    assert (count == 19).all()
    assert (chosen.sum(-1) == 19).all()
    assert not (chosen & ~open_).any()
    # Places of a row are dependent, each by itself is binomial over the rows.
    share = 19 / (N - 2)
    each = chosen[:, 1:-1].sum(0).double()
    deviation = math.sqrt(ROWS * share * (1 - share))
    assert ((each - ROWS * share).abs() <= SIGMAS * deviation).all()


def test_every_set_of_tokens_is_equally_likely(rng):
    """Eq. (exact): chi-square over the 10 sets of 2 out of 5."""
    open_ = torch.tensor([True, True, False, True, True, True]).expand(20_000, 6)
    chosen = choose_exact(open_, torch.full((20_000,), 2), generator=rng())
    codes = (chosen * 2 ** torch.arange(6)).sum(1)
    sets = [2**a + 2**b for a, b in combinations([0, 1, 3, 4, 5], 2)]
    counts = [int((codes == code).sum()) for code in sets]
    assert sum(counts) == 20_000
    assert chisquare(counts).pvalue > REJECT


def test_where_fewer_tokens_are_open_all_of_them_are_chosen():
    open_ = torch.tensor([[True, False, True], [False, False, False]])
    chosen = choose_exact(open_, torch.tensor([3, 2]), noise=torch.rand(2, 3))
    assert torch.equal(chosen, open_)


def test_each_token_is_chosen_by_itself(drawn):
    """Eq. (bernoulli): the share, and pairs of neighbors, over a million tokens."""
    _, open_, _, rng = drawn
    chosen = choose_bernoulli(open_, 0.15, generator=rng)
    total = int(open_.sum())
    assert near(chosen.sum(), total, 0.15)
    assert not (chosen & ~open_).any()
    pairs = chosen[:, 1:-2:2] & chosen[:, 2:-1:2]  # disjoint, so independent
    assert near(pairs.sum(), ROWS * (N - 2) // 2, 0.15**2)


def test_the_chosen_become_masks_others_or_stay(drawn):
    """Eq. (corrupt): 80, 10 and 10 percent over a million tokens.

    Another token is by chance the same once in V.
    """
    ids, open_, others, rng = drawn
    chosen = choose_bernoulli(open_, 0.15, generator=rng)
    result = corrupt(ids, chosen, others, mask=MASK, generator=rng)
    assert torch.equal(result[~chosen], ids[~chosen])
    total = int(chosen.sum())
    assert near((result[chosen] == MASK).sum(), total, 0.8 + 0.1 / V)
    assert near((result[chosen] == ids[chosen]).sum(), total, 0.1 + 0.1 / V)
    moved = chosen & (result != ids) & (result != MASK)
    assert torch.equal(result[moved], others[moved])
    assert near(moved.sum(), total, 0.1 * (1 - 2 / V))


def test_other_shares_are_those_of_electra(drawn):
    """Eq. (corrupt) with 85 percent masks and 15 percent as they were."""
    ids, open_, others, rng = drawn
    chosen = choose_bernoulli(open_, 0.15, generator=rng)
    shares = {"masked": 0.85, "replaced": 0.0}
    result = corrupt(ids, chosen, others, mask=MASK, generator=rng, **shares)
    total = int(chosen.sum())
    assert near((result[chosen] == MASK).sum(), total, 0.85)
    assert ((result == ids) | (result == MASK)).all()


def test_the_law_is_that_of_transformers(drawn, tmp_path):
    """Eq. (bernoulli) and Eq. (corrupt) against the collator's frequencies."""
    ids, open_, others, rng = drawn
    words = [*SPECIAL, *(f"w{i}" for i in range(V - 5))]
    file = tmp_path / "vocab.txt"
    file.write_text("\n".join(words))
    collator = DataCollatorForLanguageModeling(BertTokenizerFast(str(file)), seed=0)
    theirs, labels = collator.torch_mask_tokens(ids.clone(), (~open_).long())
    picked = labels != -100
    chosen = choose_bernoulli(open_, 0.15, generator=rng)
    ours = corrupt(ids, chosen, others, mask=MASK, generator=rng)
    for one, other in (
        (chosen, picked),
        (chosen & (ours == MASK), picked & (theirs == MASK)),
        (chosen & (ours == ids), picked & (theirs == ids)),
    ):
        p = float(other.sum()) / ROWS / (N - 2)
        spread = math.sqrt(2 * ROWS * (N - 2) * p * (1 - p))
        assert abs(int(one.sum()) - int(other.sum())) <= SIGMAS * spread


def test_the_loss_counts_the_chosen_tokens_alone(rng):
    """Eq. (mlm): hidden or not, and logits elsewhere do not matter."""
    logits = torch.randn(3, 7, 11, generator=rng(), dtype=torch.float64)
    ids = torch.randint(11, (3, 7), generator=rng(1))
    chosen = torch.rand(3, 7, generator=rng(2)) < 0.4
    total, count = label_loss(logits, word_labels(ids, chosen))
    wanted = cross_entropy(logits[chosen], ids[chosen], reduction="sum")
    torch.testing.assert_close(total, wanted)
    assert count == chosen.sum()
    noise = torch.randn(logits.shape, generator=rng(3)) * ~chosen[..., None]
    assert torch.equal(label_loss(logits + noise, word_labels(ids, chosen))[0], total)


def test_a_mean_of_means_is_another_number(rng):
    """Eq. (mlm): sums and counts of two processes add up, means do not."""
    logits = torch.randn(2, 20, 11, generator=rng(), dtype=torch.float64)
    labels = torch.randint(11, (2, 20), generator=rng(1))
    labels[0, 13:] = labels[1, 6:] = -100
    whole = torch.div(*label_loss(logits, labels))
    parts = [label_loss(logits[i], labels[i]) for i in range(2)]
    added = sum(p[0] for p in parts) / sum(p[1] for p in parts)
    torch.testing.assert_close(added, whole)
    assert abs(sum(p[0] / p[1] for p in parts) / 2 - whole) > 0.01


def test_different_masks_are_counted_by_enumeration(rng):
    """Eq. (distinct-masks): all sequences of 3 out of 4; and by simulation."""
    every = torch.cartesian_prod(*[torch.arange(4)] * 3)
    mean = sum(len(row.unique()) for row in every) / 64
    assert math.isclose(distinct_masks(4, 3), mean)
    assert distinct_masks(1, 5) == 1
    assert distinct_masks(1, 0) == 0
    assert distinct_masks(4, 0) == 0
    assert math.isclose(distinct_masks(10**15, 40), 40, rel_tol=1e-12)


def test_masks_reach_more_and_more_tokens(drawn):
    """Eq. (ever-hidden) by ten masks of a million tokens."""
    _, open_, _, rng = drawn
    open_ = open_[:1000]
    masks = [choose_bernoulli(open_, 0.15, generator=rng) for _ in range(10)]
    reached = torch.stack(masks).any(0)
    assert near(reached.sum(), int(open_.sum()), ever_hidden(0.15, 10))


def test_bad_arguments_are_refused(drawn):
    ids, open_, others = (x[:2] for x in drawn[:3])
    with pytest.raises(TypeError, match="open_ must hold truth values, got torch"):
        choose_bernoulli(ids, 0.15)
    with pytest.raises(ValueError, match=r"ratio must be .*got 1\.5"):
        choose_bernoulli(open_, 1.5)
    with pytest.raises(ValueError, match=r"noise must have shape \(2, 128\)"):
        choose_bernoulli(open_, 0.15, noise=torch.rand(2, 3))
    with pytest.raises(ValueError, match="count must be whole numbers"):
        choose_exact(open_, torch.tensor(3))
    with pytest.raises(ValueError, match=r"must be at most 1, got 1\.1"):
        corrupt(ids, open_, others, mask=4, replaced=0.3)
    with pytest.raises(ValueError, match="most must be at least 1, got 0"):
        count_hidden(open_, 0.15, most=0)
    with pytest.raises(ValueError, match="noise must be finite"):
        uniform((2,), ids, noise=torch.full((2,), torch.nan))
