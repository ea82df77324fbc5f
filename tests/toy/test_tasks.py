"""Checks of dlnotes.toy.tasks."""

import pytest
import torch

from dlnotes.toy.languages import END, START, draw_grammar
from dlnotes.toy.tasks import (
    draw_foreign,
    draw_kind_task,
    draw_pair_task,
    draw_recall,
    draw_span_task,
    draw_topic_task,
)
from tests.statistics import within


@pytest.fixture
def grammar(rng):
    return draw_grammar(4, 3, 5, generator=rng())


def topics_of(grammar, words):
    """Topics of the words that have only one; -1 for those of kind 0."""
    table = torch.full((grammar.tokens,), -1)
    for topic, own in enumerate(grammar.lexicon[:, 1:]):
        table[own.flatten()] = topic
    return table[words]


def test_the_topic_is_that_of_the_words(grammar, rng):
    tokens, segments, labels = draw_topic_task(grammar, 40, 8, generator=rng(1))
    found = topics_of(grammar, tokens[:, 1:-1])
    assert ((found == labels[:, None]) | (found == -1)).all()
    assert not segments.any()


def test_kinds_are_asked_of_words_alone(grammar, rng):
    tokens, _, labels = draw_kind_task(grammar, 40, 8, generator=rng(1))
    special = (tokens == START) | (tokens == END)
    assert torch.equal(labels == -100, special)
    for token, kind in zip(tokens[~special], labels[~special], strict=True):
        assert token in grammar.lexicon[:, kind]


def test_half_of_the_pairs_have_one_topic(grammar, rng):
    tokens, segments, labels = draw_pair_task(grammar, 60, 6, generator=rng(1))
    assert labels.sum() == 30
    found = topics_of(grammar, tokens)
    one = found.masked_fill(segments == 1, -1).amax(1)
    two = found.masked_fill(segments == 0, -1).amax(1)
    known = (one >= 0) & (two >= 0)
    assert known.sum() > 40
    assert torch.equal((one == two)[known], (labels == 1)[known])


def test_the_answer_is_all_of_the_text_about_the_topic_of_the_question(grammar, rng):
    tokens, segments, answers = draw_span_task(grammar, 200, 8, generator=rng(1))
    topics = topics_of(grammar, tokens)
    places = torch.arange(tokens.shape[1])
    inside = (places >= answers[:, :1]) & (places <= answers[:, 1:])
    about = (topics == topics[:, 1:2]) & (segments == 1)
    assert torch.equal(inside, about)
    sizes = answers[:, 1] - answers[:, 0] + 1
    assert sizes.unique().tolist() == [1, 2, 3]


def test_strings_follow_the_law_of_their_label(rng):
    chains = torch.tensor([[[0.9, 0.1], [0.5, 0.5]], [[0.2, 0.8], [1.0, 0.0]]])
    strings, labels = draw_foreign(2, 4000, 2, chains=chains, generator=rng())
    for label in (0, 1):
        for first in (0, 1):
            rows = (labels == label) & (strings[:, 0] == first)
            assert within(strings[rows, 1], chains[label, first, 1])


def test_a_key_keeps_its_value_in_a_text(rng):
    tokens, before = draw_recall(50, 10, generator=rng())
    for text, counts in zip(tokens.tolist(), before.tolist(), strict=True):
        known, met = {}, {}
        for key, value, count in zip(text[::2], text[1::2], counts, strict=True):
            assert 0 <= key < 8 <= value < 16
            assert known.setdefault(key, value) == value
            assert met.get(key, 0) == count
            met[key] = count + 1
        assert len(known) <= 4


def test_bad_arguments_are_refused(grammar, rng):
    with pytest.raises(ValueError, match="length must be at least 8, got 7"):
        draw_span_task(grammar, 3, 7)
    with pytest.raises(ValueError, match=r"chains must be \(K, 3, 3\)"):
        draw_foreign(3, 4, 5, chains=torch.ones(2, 2, 2))
    with pytest.raises(ValueError, match="used must be from 1 to 8, got 9"):
        draw_recall(3, 4, used=9)
