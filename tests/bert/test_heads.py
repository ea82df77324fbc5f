"""Checks of dlnotes.bert.heads."""

import math

import pytest
import torch
from transformers import (
    BertConfig,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
)

from dlnotes.bert.heads import (
    SpanExtractor,
    TextClassifier,
    TokenClassifier,
    best_span,
)
from dlnotes.bert.loading import from_transformers
from dlnotes.bert.model import Bert
from dlnotes.bert.pretraining import Pooler
from tests.bert.test_loading import SIZE, called, close, texts
from tests.blocks.test_attention import fill

HEADS = {
    "text": (BertForSequenceClassification, TextClassifier, "classifier"),
    "token": (BertForTokenClassification, TokenClassifier, "classifier"),
    "span": (BertForQuestionAnswering, SpanExtractor, "qa_outputs"),
}


@pytest.mark.parametrize("kind", HEADS)
def test_a_head_is_that_of_transformers(kind, rng):
    """Eq. (text-class), Eq. (token-class), Eq. (span-scores), with a pair."""
    make, ours, name = HEADS[kind]
    labels = 2 if kind == "span" else 4
    peer = make(BertConfig(**SIZE, num_labels=labels)).double().eval()
    fill(peer, rng())
    body = {
        key: tensor
        for key, tensor in peer.state_dict().items()
        if key.startswith("bert.")
    }
    encoder = from_transformers(body, "bert", 3)
    model = (ours(encoder) if kind == "span" else ours(encoder, 4)).double().eval()
    model.output.load_state_dict(getattr(peer, name).state_dict())
    if kind == "text":
        model.pooler.load_state_dict(peer.bert.pooler.state_dict())
    given = texts("bert", rng)
    found, theirs = model(*given), called(peer, *given)
    if kind == "span":
        close(found[0], theirs.start_logits)
        close(found[1], theirs.end_logits)
    else:
        close(found, theirs.logits)


def test_a_pooler_that_was_trained_can_be_kept(rng):
    body = Bert(30, dim=12, depth=1, heads=3)
    pooler = Pooler(12)
    assert TextClassifier(body, 2, pooler=pooler).pooler is pooler
    dropping = TextClassifier(body, 2, dropout=0.5).train()
    tokens = torch.randint(30, (2, 5), generator=rng())
    assert not torch.equal(dropping(tokens), dropping(tokens))


def enumerated(starts, ends, allowed, longest):
    """The best of all spans, one by one; first of equal ones."""
    best = (0, 0, -math.inf)
    for first in range(len(starts)):
        for last in range(first, min(first + longest, len(starts))):
            score = float(starts[first] + ends[last])
            if allowed[first] and allowed[last] and score > best[2]:
                best = (first, last, score)
    return best


@pytest.mark.parametrize("longest", [None, 1, 3, 99])
def test_the_best_span_is_that_of_an_enumeration(longest, rng):
    """Eq. (best-span); integers, so that there are ties."""
    starts, ends = torch.randint(-4, 5, (2, 200, 7), generator=rng()).double()
    allowed = torch.rand(200, 7, generator=rng(1)) < 0.7
    allowed[0] = False
    first, last, score = best_span(starts, ends, allowed=allowed, longest=longest)
    for row in range(200):
        expected = enumerated(starts[row], ends[row], allowed[row], longest or 7)
        found = (int(first[row]), int(last[row]), float(score[row]))
        assert found == expected, row


def test_argmax_of_both_alone_may_end_before_it_begins():
    starts, ends = torch.tensor([0.0, 1.0, 5.0]), torch.tensor([4.0, 2.0, 0.0])
    assert starts.argmax() > ends.argmax()
    first, last, score = best_span(starts, ends)
    assert (int(first), int(last), float(score)) == (2, 2, 5.0)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"ends": torch.ones(4)}, ValueError, "ends must be .* like starts"),
        ({"longest": 0}, ValueError, "longest must be at least 1, got 0"),
        ({"allowed": torch.ones(3)}, TypeError, "allowed must hold truth values"),
        ({"allowed": torch.ones(2) > 0}, ValueError, r"broadcast to \(3,\)"),
    ],
)
def test_scores_of_other_forms_are_refused(change, error, message):
    given = {"starts": torch.ones(3), "ends": torch.ones(3), **change}
    starts, ends = given.pop("starts"), given.pop("ends")
    with pytest.raises(error, match=message):
        best_span(starts, ends, **given)


@pytest.mark.parametrize("make", [TextClassifier, TokenClassifier])
def test_a_head_needs_an_encoder_and_classes(make):
    with pytest.raises(TypeError, match="body must be a module"):
        make(3, 2)
    body = Bert(30, dim=12, depth=1, heads=3)
    with pytest.raises(ValueError, match="classes must be at least 1"):
        make(body, 0)
