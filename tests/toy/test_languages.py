"""Checks of dlnotes.toy.languages."""

import pytest
import torch

from dlnotes.toy.languages import (
    END,
    START,
    WORDS,
    draw_documents,
    draw_grammar,
    draw_sentences,
    frame,
    with_homonym,
)
from tests.statistics import within


def test_topics_share_the_words_of_kind_zero_alone(rng):
    grammar = draw_grammar(3, 4, 5, generator=rng())
    assert grammar.lexicon.shape == (3, 4, 5)
    assert grammar.tokens == WORDS + 5 + 3 * 3 * 5
    assert (grammar.lexicon[:, 0] == grammar.lexicon[0, 0]).all()
    own = grammar.lexicon[:, 1:].flatten().tolist() + grammar.lexicon[0, 0].tolist()
    assert sorted(own) == list(range(WORDS, grammar.tokens))
    torch.testing.assert_close(grammar.chains.sum(-1), torch.ones(3, 4))


def test_words_belong_to_their_topic_and_kind(rng):
    grammar = draw_grammar(3, 4, 5, generator=rng())
    drawn = draw_sentences(grammar, 50, 7, generator=rng(1))
    assert (drawn.kinds[:, 0] == 0).all()
    for words, kinds, topic in zip(*vars(drawn).values(), strict=True):
        for word, kind in zip(words, kinds, strict=True):
            assert word in grammar.lexicon[topic, kind]


def test_kinds_follow_each_other_as_the_chain_says(rng):
    grammar = draw_grammar(1, 3, 1, generator=rng())
    kinds = draw_sentences(grammar, 5000, 3, generator=rng(1)).kinds
    second = torch.nn.functional.one_hot(kinds[:, 1], 3)
    assert within(second, grammar.chains[0, 0])
    third = torch.nn.functional.one_hot(kinds[kinds[:, 1] == 1, 2], 3)
    assert within(third, grammar.chains[0, 1])


def test_a_homonym_stands_in_two_topics(rng):
    grammar, word = with_homonym(draw_grammar(3, 2, 4, generator=rng()))
    assert (grammar.lexicon == word).sum() == 2
    assert (grammar.lexicon == word).any(2)[:2, 1].all()


def test_documents_pass_through_the_topics_in_one_order(rng):
    grammar = draw_grammar(4, 2, 1, generator=rng())
    drawn, documents = draw_documents(grammar, 2000, 3, 4, stay=0.3, generator=rng(1))
    assert documents.tolist()[:7] == [0, 0, 0, 1, 1, 1, 2]
    steps = drawn.topics.view(-1, 3).diff(dim=1).remainder(4)
    assert steps.max() == 1
    assert within((steps == 0).flatten(), 0.3)


def test_a_frame_marks_beginning_end_and_the_second_part():
    one, two = torch.tensor([[7, 8]]), torch.tensor([[9]])
    tokens, segments = frame(one, two)
    assert tokens.tolist() == [[START, 7, 8, END, 9, END]]
    assert segments.tolist() == [[0, 0, 0, 0, 1, 1]]
    assert frame(one)[0].tolist() == [[START, 7, 8, END]]


def test_bad_arguments_are_refused(rng):
    with pytest.raises(ValueError, match="kinds must be at least 2, got 1"):
        draw_grammar(2, 1, 3)
    grammar = draw_grammar(2, 2, 3, generator=rng())
    with pytest.raises(ValueError, match=r"topics must have shape \(4,\)"):
        draw_sentences(grammar, 4, 3, topics=torch.zeros(3, dtype=torch.int64))
