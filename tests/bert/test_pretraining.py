"""Checks of dlnotes.bert.pretraining."""

import pytest
import torch
from torch.nn import functional as F

from dlnotes.bert.model import Bert
from dlnotes.bert.pretraining import (
    MaskedLanguageModel,
    Pooler,
    Pretraining,
    add_means,
    label_loss,
    pick,
)
from tests.blocks.test_attention import fill

SIZES = {"dim": 12, "depth": 1, "heads": 3, "positions": 10}


@pytest.fixture
def tokens(rng):
    return torch.randint(20, (2, 6), generator=rng(1))


@pytest.mark.parametrize("width", [None, 8])
def test_words_are_scored_by_the_table_of_the_embedding(rng, tokens, width):
    """Eq. (word-logits), written out; the table is one parameter, not two."""
    model = MaskedLanguageModel(Bert(20, **SIZES, width=width)).double()
    fill(model, rng())
    head = model.head
    inner = F.gelu(model.body(tokens) @ head.dense.weight.T + head.dense.bias)
    inner = F.layer_norm(inner, inner.shape[-1:], head.norm.weight, head.norm.bias)
    expected = inner @ model.body.embedding.words.T + head.bias
    # The head's eps is 1e-12, that of the line above 1e-5.
    torch.testing.assert_close(model(tokens), expected, rtol=1e-3, atol=1e-3)
    shapes = [tuple(p.shape) for p in model.parameters()]
    assert shapes.count((20, width or 12)) == 1


def test_chosen_places_have_the_logits_of_all_places(rng, tokens):
    model = Pretraining(Bert(20, **SIZES)).double()
    fill(model, rng())
    chosen = torch.rand(2, 6, generator=rng(2)) < 0.5
    words, pair = model(tokens)
    some, same = model(tokens, chosen=chosen)
    torch.testing.assert_close(some, words[chosen])
    torch.testing.assert_close(same, pair)
    single = MaskedLanguageModel(model.body).double()
    single.head = model.head
    torch.testing.assert_close(single(tokens, chosen=chosen), some)


def test_the_first_token_sums_a_text_up(rng):
    """Eq. (pooled)."""
    pooler = Pooler(3)
    states = torch.randn(2, 4, 3, generator=rng())
    weight, bias = pooler.dense.weight, pooler.dense.bias
    torch.testing.assert_close(pooler(states), (states[:, 0] @ weight.T + bias).tanh())


def test_sum_over_count_is_the_mean_cross_entropy(rng):
    """Eq. (label-loss) against torch's, and what is not counted is free."""
    logits = torch.randn(5, 7, dtype=torch.float64, generator=rng())
    labels = torch.tensor([0, 6, -100, 3, -100])
    total, count = label_loss(logits, labels)
    torch.testing.assert_close(total / count, F.cross_entropy(logits, labels))
    assert count == 3
    moved = logits.clone()
    moved[[2, 4]] += torch.randn(7, generator=rng(1)).double() * 10
    assert label_loss(moved, labels)[0] == total


def test_means_of_parts_are_not_the_mean_of_the_whole(rng):
    """Sums and counts of two processes add up; their means do not."""
    logits = torch.randn(19, 5, dtype=torch.float64, generator=rng())
    labels = torch.randint(5, (19,), generator=rng(1))
    whole = torch.div(*label_loss(logits, labels))
    parts = [
        label_loss(x, y)
        for x, y in ((logits[:13], labels[:13]), (logits[13:], labels[13:]))
    ]
    added = sum(total for total, _ in parts) / sum(count for _, count in parts)
    torch.testing.assert_close(added, whole)
    averaged = sum(total / count for total, count in parts) / 2
    assert (averaged - whole).abs() > 1e-3


def test_both_parts_of_the_loss_are_added(rng, tokens):
    """Eq. (pretraining-loss): its gradient is that of both means."""
    model = Pretraining(Bert(20, **SIZES)).double()
    fill(model, rng())
    chosen = torch.zeros(2, 6, dtype=torch.bool)
    chosen[0, 2] = chosen[1, 3] = chosen[1, 4] = True
    words, pair = model(tokens, chosen=chosen)
    parts = [label_loss(words, tokens[chosen]), label_loss(pair, torch.tensor([0, 1]))]
    loss = add_means(parts)
    expected = F.cross_entropy(words, tokens[chosen])
    expected = expected + F.cross_entropy(pair, torch.tensor([0, 1]))
    torch.testing.assert_close(loss, expected)
    weighed = add_means(parts, (5.0, 0.5))
    single = [total / count for total, count in parts]
    torch.testing.assert_close(weighed, 5 * single[0] + single[1] / 2)
    with pytest.raises(ValueError, match="must count something, got a count of 0"):
        add_means([label_loss(pair, torch.tensor([-100, -100]))])
    with pytest.raises(ValueError, match=r"must be as many, 1 or more, got \(2, 1\)"):
        add_means(parts, [1.0])


def test_a_text_without_tokens_has_no_sum():
    with pytest.raises(ValueError, match="number of tokens must be at least 1, got 0"):
        Pooler(3)(torch.ones(2, 0, 3))


@pytest.mark.parametrize(
    ("chosen", "error", "message"),
    [
        (torch.ones(2, 6), TypeError, "chosen must hold truth values"),
        (torch.ones(2, 5, dtype=torch.bool), ValueError, r"chosen must have shape"),
    ],
)
def test_choices_of_another_form_are_refused(chosen, error, message):
    with pytest.raises(error, match=message):
        pick(torch.ones(2, 6, 3), chosen)


@pytest.mark.parametrize(
    ("logits", "labels", "message"),
    [
        (torch.ones(2, 3), torch.tensor([0, 3]), "labels must be from 0 to 2, got 3"),
        (torch.ones(2, 3), torch.tensor([0]), r"labels must have shape \(2,\)"),
        (torch.ones(2, 0), torch.tensor([0, 0]), "logits must be"),
    ],
)
def test_labels_that_are_no_classes_are_refused(logits, labels, message):
    with pytest.raises(ValueError, match=message):
        label_loss(logits, labels)
