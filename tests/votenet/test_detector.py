"""Checks of dlnotes.votenet.detector."""

import pytest
import torch

from dlnotes.blocks.supervised import take_rows
from dlnotes.toy.furniture import FURNITURE
from dlnotes.toy.rooms import draw_rooms
from dlnotes.votenet.box_loss import detection_loss
from dlnotes.votenet.boxnet import BoxNet, boxnet_loss
from dlnotes.votenet.detector import (
    detector_precision,
    learn_detector,
    prepare_rooms,
)
from dlnotes.votenet.model import VoteNet

MEANS = torch.tensor([kind.size for kind in FURNITURE])


@pytest.mark.parametrize(
    ("kind", "loss"), [(VoteNet, detection_loss), (BoxNet, boxnet_loss)]
)
def test_learning_lowers_the_loss_and_repeats_with_its_generator(rng, kind, loss):
    """Eq. (detection-loss) falls in a few steps on two rooms."""
    rooms = draw_rooms(2, 300, generator=rng())
    ends = []
    for _ in range(2):
        torch.manual_seed(0)
        model = kind(MEANS, count=16, channels=1)
        lessons = prepare_rooms(rooms, model)
        losses = []
        for steps in (1, 12):
            learn_detector(model, loss, lessons, steps=steps, generator=rng())
            model.train()
            found = model(lessons.points, lessons.groups, lessons.heights)
            value, _ = loss(found, lessons.votes, lessons.truths, MEANS)
            losses.append(value.item())
        assert losses[1] < losses[0]
        ends.append(losses[1])
    assert ends[0] == ends[1]


class Oracle(VoteNet):
    """Finds the true boxes, of the first class with the lowest score."""

    def forward(self, points, groups=None, features=None, *, generator=None):
        """Look at nothing."""

    def detect(self, found):
        """Give what was laid down."""
        return self.boxes, self.scores


def test_true_boxes_have_precision_one_and_moved_ones_none(rng):
    rooms = draw_rooms(12, 64, generator=rng())
    model = Oracle(MEANS)
    lessons = prepare_rooms(rooms, model)
    far = torch.tensor([50.0, 0, 0, 0, 0, 0, 0])
    model.boxes = rooms.boxes + far * ~rooms.real[..., None]
    model.boxes[..., 3:6] = model.boxes[..., 3:6].clamp_min(0.1)
    one_hot = torch.nn.functional.one_hot(rooms.classes, len(FURNITURE))
    model.scores = one_hot * rooms.real[..., None] * 0.9
    assert detector_precision(model, lessons).tolist() == pytest.approx([1, 1])
    model.boxes = model.boxes + far
    assert detector_precision(model, lessons, (0.25,)).tolist() == [0]
    half = take_rows(lessons, slice(0, 6))
    assert half.points.shape[0] == len(half.truths.real) == 6
