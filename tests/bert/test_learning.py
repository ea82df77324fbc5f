"""Checks of dlnotes.bert.learning."""

import math
from copy import deepcopy

import pytest
import torch
from torch.nn.functional import cross_entropy

from dlnotes.bert.heads import TextClassifier
from dlnotes.bert.learning import (
    answer_loss,
    learn_answers,
    learn_language,
    share_right,
)
from dlnotes.bert.model import Bert, draw_weights
from dlnotes.bert.pretraining import MaskedLanguageModel, Pretraining

SIZES = {"dim": 8, "depth": 1, "heads": 2, "positions": 6}


def alternating() -> torch.Tensor:
    """Texts of one word that repeats, words 4 to 7, between tokens 1 and 2."""
    words = torch.arange(4, 8).repeat(16)[:, None].expand(-1, 4)
    return torch.nn.functional.pad(
        torch.nn.functional.pad(words, (1, 0), value=1), (0, 1), value=2
    )


def test_hidden_words_are_learned(rng):
    """A repeated word is known from its neighbors, at far below the log of four."""
    model = MaskedLanguageModel(Bert(8, **SIZES))
    draw_weights(model, std=0.2, generator=rng())
    texts = alternating()
    settings = {"special": 4, "mask": 3, "steps": 120, "learning_rate": 1e-2}
    learn_language(model, texts, **settings, generator=rng(1))
    hidden = texts.clone()
    hidden[:, 2] = 3
    scores = model(hidden)[:, 2]
    assert cross_entropy(scores, texts[:, 2]) < 0.3


def test_training_repeats_and_tells_its_losses(rng):
    """The first loss is that of guessing among 8 words, and of both kinds of pairs."""
    texts = alternating()
    model = Pretraining(Bert(8, **SIZES))
    draw_weights(model, std=1e-6, generator=rng())
    again = deepcopy(model)
    settings = {"special": 4, "mask": 3, "steps": 60, "labels": texts[:, 1] % 2}
    told, same = (
        learn_language(net, texts, **settings, generator=rng(1))
        for net in (model, again)
    )
    assert told == same
    assert told[0] == pytest.approx(math.log(8) + math.log(2), abs=1e-3)
    for one, other in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_padding_is_not_read(rng):
    """Texts that are followed by padding teach what the texts alone teach."""
    texts, found = alternating()[:, :-1], []
    for tokens in (texts, torch.nn.functional.pad(texts, (0, 1))):
        model = TextClassifier(Bert(8, **SIZES), 4)
        draw_weights(model, std=0.2, generator=rng())
        told = tokens, torch.zeros_like(tokens), texts[:, 1] - 4
        learn_answers(model, *told, steps=3, generator=rng(1))
        found.append(model.output.weight)
    torch.testing.assert_close(*found, rtol=0, atol=1e-5)


def test_labels_of_pairs_are_learned_only_where_they_are_given(rng):
    """Without them the head for pairs stays as it was drawn."""
    texts = alternating()
    labels = (texts[:, 1] > 5).long()
    for given in (None, labels):
        model = Pretraining(Bert(8, **SIZES))
        draw_weights(model, std=0.2, generator=rng())
        before = model.pair.weight.clone()
        settings = {"special": 4, "mask": 3, "steps": 100, "learning_rate": 1e-2}
        learn_language(model, texts, **settings, labels=given, generator=rng(1))
        assert torch.equal(model.pair.weight, before) == (given is None)
    _, pairs = model(texts)
    assert (pairs.argmax(-1) == labels).all()


def test_labels_without_a_head_for_them_are_refused():
    texts = alternating()
    settings = {"special": 4, "mask": 3, "steps": 1, "labels": texts[:, 1] % 2}
    with pytest.raises(TypeError, match="must be a Pretraining to learn labels, got a"):
        learn_language(MaskedLanguageModel(Bert(8, **SIZES)), texts, **settings)


def test_answers_are_learned(rng):
    model = TextClassifier(Bert(8, **SIZES), 4)
    draw_weights(model, std=0.2, generator=rng())
    texts = alternating()
    told = texts, torch.zeros_like(texts), texts[:, 1] - 4
    learn_answers(model, *told, steps=60, learning_rate=1e-2, generator=rng(1))
    assert share_right(model(texts), told[2]) == 1


def test_the_loss_of_an_answer_is_that_of_torch(rng):
    """Classes, tags with some left out, and both ends of a span."""
    scores = torch.randn(3, 5, 4, generator=rng()).double()
    labels = torch.randint(4, (3, 5), generator=rng(1))
    labels[0, :2] = -100
    wanted = cross_entropy(scores.flatten(0, 1), labels.flatten())
    torch.testing.assert_close(answer_loss(scores, labels), wanted)
    starts, ends = scores[:, 0], scores[:, 1]
    wanted = cross_entropy(starts, labels[:, 3]) + cross_entropy(ends, labels[:, 4])
    torch.testing.assert_close(answer_loss((starts, ends), labels[:, 3:]), wanted)


def test_shares_count_what_was_asked():
    scores = torch.eye(3)[[0, 1, 2, 2]]
    assert share_right(scores, torch.tensor([0, 1, 1, -100])) == pytest.approx(2 / 3)
    starts, ends = torch.eye(4)[[0, 1]], torch.eye(4)[[1, 2]]
    spans = torch.tensor([[0, 1], [1, 3]])
    assert share_right((starts, ends), spans) == 0.5
    assert share_right((starts, ends), spans.where(spans != 3, -100)) == 1
    assert share_right((starts[:0], ends[:0]), spans[:0]) == 0


@pytest.mark.parametrize("judge", [answer_loss, share_right])
@pytest.mark.parametrize(
    ("outputs", "labels", "message"),
    [
        (torch.zeros(3, 2), torch.zeros(3, 1), r"shape \(3,\), got \(3, 1\)"),
        (torch.zeros(3, 2), torch.tensor([0, -5, 1]), "from 0 to 1, got -5"),
        ((torch.zeros(3, 2),) * 2, torch.zeros(3, 3), r"shape \(3, 2\), got \(3, 3\)"),
        ((torch.zeros(1, 2),) * 2, torch.tensor([[0, 2]]), "from 0 to 1, got 2"),
        (torch.zeros(3, 0), torch.zeros(3), r"outputs must be \(\.\.\., K\)"),
    ],
)
def test_labels_that_do_not_fit_are_refused(judge, outputs, labels, message):
    with pytest.raises(ValueError, match=message):
        judge(outputs, labels.long())


def test_neither_one_tensor_nor_two_is_refused():
    with pytest.raises(TypeError, match="outputs must be a tensor or two of them"):
        share_right((torch.zeros(3, 2),), torch.zeros(3, 1).long())


def test_bad_arguments_are_refused():
    x, model = alternating(), MaskedLanguageModel(Bert(8, **SIZES))
    with pytest.raises(ValueError, match="special must be from 1 to 7, got 8"):
        learn_language(model, x, special=8, mask=3, steps=1)
    with pytest.raises(ValueError, match="steps must be at least 0, got -1"):
        learn_language(model, x, special=4, mask=3, steps=-1)
    with pytest.raises(ValueError, match="ratio must be above 0, got 0"):
        learn_language(model, x, special=4, mask=3, steps=1, ratio=0.0)


def test_special_tokens_are_never_asked_for():
    """A step without any blank teaches nothing of words, and pairs all the same."""
    settings = {"special": 4, "mask": 3, "steps": 2, "ratio": 0.9}
    model = MaskedLanguageModel(Bert(8, **SIZES))
    before = deepcopy(model.state_dict())
    assert learn_language(model, alternating() % 4, **settings) == [0, 0]
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, before[name])
    both = Pretraining(model.body)
    told = learn_language(
        both, alternating() % 4, **settings, labels=torch.arange(64) % 2
    )
    assert all(0 < loss < 5 for loss in told)


def test_a_model_without_segments_learns(rng):
    model = TextClassifier(Bert(8, **SIZES, segments=0), 4)
    draw_weights(model, std=0.2, generator=rng())
    texts = alternating()
    told = texts, None, texts[:, 1] - 4
    learn_answers(model, *told, steps=60, learning_rate=1e-2, generator=rng(1))
    assert share_right(model(texts), told[2]) == 1


def test_texts_and_labels_of_different_number_are_refused():
    model = TextClassifier(Bert(8, **SIZES), 4)
    x = alternating()
    with pytest.raises(ValueError, match="labels must be of B texts"):
        learn_answers(model, x, torch.zeros_like(x), x[:3, 1], steps=1)


@pytest.mark.parametrize("name", ["tokens", "segments", "labels"])
def test_what_is_no_tensor_is_refused_by_its_name(name):
    x = alternating()
    data = {"tokens": x, "segments": 0 * x, "labels": x[:, 1] % 2}
    data[name] = data[name].tolist()
    with pytest.raises(TypeError, match=rf"^{name} must be a tensor, got list"):
        learn_answers(TextClassifier(Bert(8, **SIZES), 2), **data, steps=1)
    model = Pretraining(Bert(8, **SIZES))
    with pytest.raises(TypeError, match=rf"^{name} must be a tensor, got list"):
        learn_language(model, **data, special=4, mask=3, steps=1)
