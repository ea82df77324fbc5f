"""Checks of dlnotes.bert.training."""

from copy import deepcopy

import pytest
import torch

from dlnotes.bert.heads import TextClassifier
from dlnotes.bert.model import Bert, draw_weights
from dlnotes.bert.pretraining import MaskedLanguageModel
from dlnotes.bert.training import learn_labels, learn_texts


@pytest.fixture
def model(rng):
    found = MaskedLanguageModel(Bert(25, dim=16, depth=1, heads=2, positions=9))
    draw_weights(found, std=0.1, generator=rng())
    return found


def test_a_model_learns_to_fill_in_what_its_neighbors_give_away(model, rng):
    """Texts of one number each: it reads off the others, and training repeats."""
    start = torch.randint(20, (500, 1), generator=rng())
    rows = torch.cat([torch.full((500, 1), 2), 5 + start.expand(500, 8)], dim=1)
    again = deepcopy(model)
    settings = {
        "special": 5,
        "mask": 4,
        "steps": 150,
        "batch": 64,
        "learning_rate": 1e-2,
    }
    told = learn_texts(model, rows, **settings, generator=rng(1)).history
    assert told[0]["loss"] > 2.5  # about log 20
    assert sum(entry["loss"] for entry in told[-20:]) / 20 < 1.5
    learn_texts(again, rows, **settings, generator=rng(1))
    for one, other in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_classifier_learns_its_labels(model, rng):
    tokens = torch.randint(5, 25, (60, 7), generator=rng())
    mask = torch.arange(7) < torch.randint(3, 8, (60, 1), generator=rng(1))
    labels = (tokens[:, 1] > 14).long()
    classifier = TextClassifier(model.body, 2)
    draw_weights(classifier, std=0.1, generator=rng(2))
    learn_labels(classifier, tokens, mask, labels, steps=150, generator=rng(3))
    found = classifier(tokens, None, mask).argmax(1)
    assert (found == labels).float().mean() > 0.95


def test_bad_arguments_are_refused(model):
    rows = torch.full((3, 4), 7)
    with pytest.raises(ValueError, match="special must be from 0 to 24, got 25"):
        learn_texts(model, rows, special=25, mask=4, steps=1)
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        learn_labels(TextClassifier(model.body, 2), rows, rows > 0, rows[:, 0], steps=0)
