"""Checks of dlnotes.votenet.detector."""

import pytest
import torch

from dlnotes.blocks.supervised import take_rows
from dlnotes.toy.furniture import FURNITURE
from dlnotes.toy.rooms import draw_rooms
from dlnotes.votenet.box_loss import detection_loss
from dlnotes.votenet.boxnet import BoxNet, boxnet_loss
from dlnotes.votenet.detector import (
    class_precision,
    detector_precision,
    find_objects,
    keep_seeds,
    learn_detector,
    prepare_rooms,
    vote_distances,
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


def test_a_class_that_is_found_has_precision_one_and_one_that_is_not_none(rng):
    rooms = draw_rooms(12, 64, generator=rng())
    model = Oracle(MEANS)
    lessons = prepare_rooms(rooms, model)
    missed = (rooms.classes == 2) | ~rooms.real
    far = torch.tensor([50.0, 0, 0, 0, 0, 0, 0])
    model.boxes = rooms.boxes + far * missed[..., None]
    model.boxes[..., 3:6] = model.boxes[..., 3:6].clamp_min(0.1)
    one_hot = torch.nn.functional.one_hot(rooms.classes, len(FURNITURE))
    model.scores = one_hot * rooms.real[..., None] * 0.9
    precisions, counts = class_precision(model, lessons, (0.25,))
    for number in range(len(FURNITURE)):
        there = int(((rooms.classes == number) & rooms.real).sum())
        assert counts[number] == there > 0
        assert float(precisions[0, number]) == pytest.approx(float(number != 2))


def test_without_a_threshold_there_is_no_precision(rng):
    with pytest.raises(ValueError, match="thresholds must hold a number, got none"):
        class_precision(*lesson_of(rng), ())


def test_from_kept_seeds_only_what_follows_learns(rng):
    """The backbone of the learner is neither used nor changed."""
    rooms = draw_rooms(2, 300, generator=rng())
    first, second = (VoteNet(MEANS, count=16, channels=1).eval() for _ in range(2))
    lessons = prepare_rooms(rooms, first)
    kept = keep_seeds(first, lessons)
    second.load_state_dict(first.state_dict())
    assert torch.equal(find_objects(second, kept).votes, first_votes(first, lessons))
    with torch.no_grad():
        for parameter in second.backbone.parameters():
            parameter.fill_(torch.nan)
    learn_detector(second, detection_loss, kept, steps=3, generator=rng())
    votes = find_objects(second, kept).votes
    assert votes.isfinite().all()
    assert not torch.equal(votes, first_votes(first, lessons))
    assert all(p.isnan().all() for p in second.backbone.parameters())
    assert kept.seeds is not None
    assert not kept.seeds.features.requires_grad


def first_votes(model, lessons):
    with torch.no_grad():
        return model(lessons.points, lessons.groups, lessons.heights).votes


def lesson_of(rng, rooms=2):
    model = VoteNet(MEANS, count=16, channels=1).eval()
    drawn = draw_rooms(rooms, 300, generator=rng())
    return model, prepare_rooms(drawn, model)


def test_what_are_no_lessons_or_detections_is_refused_by_name(rng):
    model, lessons = lesson_of(rng)
    found = find_objects(model, lessons)
    for wrong in (None, "rooms", tuple(lessons), found):
        for ask in (keep_seeds, class_precision, find_objects):
            with pytest.raises(TypeError, match="lessons must be of type Lessons, got"):
                ask(model, wrong)
        with pytest.raises(TypeError, match="lessons must be of type Lessons, got"):
            learn_detector(model, detection_loss, wrong, steps=1)
        with pytest.raises(TypeError, match="lessons must be of type Lessons, got"):
            vote_distances(found, wrong)
    for wrong in (None, tuple(found), lessons):
        with pytest.raises(TypeError, match="found must be of type Detections, got"):
            vote_distances(wrong, lessons)


@pytest.mark.parametrize(
    ("field", "wrong", "error", "message"),
    [
        ("points", None, TypeError, "points must be a tensor"),
        ("heights", [1.0], TypeError, "lessons.heights must be a tensor"),
        ("votes", None, TypeError, "lessons.votes must be of type ObjectVotes"),
        ("truths", (1, 2, 3), TypeError, "lessons.truths must be of type Truths"),
        ("seeds", (1, 2, 3), TypeError, "lessons.seeds must be of type Seeds"),
        ("heights", torch.zeros(3, 300, 1), ValueError, "lessons.heights must have"),
        ("points", torch.zeros(3, 300, 3), ValueError, "must have shape .3, 300"),
    ],
)
def test_parts_of_lessons_that_do_not_fit_are_refused_by_name(
    field, wrong, error, message, rng
):
    model, lessons = lesson_of(rng)
    with pytest.raises(error, match=message):
        keep_seeds(model, lessons._replace(**{field: wrong}))


def test_lessons_of_other_rooms_than_the_detections_are_refused(rng):
    model, lessons = lesson_of(rng, 3)
    found = find_objects(model, take_rows(lessons, slice(2)))
    vote_distances(found, take_rows(lessons, slice(2)))
    with pytest.raises(ValueError, match="found must be of 3 rooms as lessons, got 2"):
        vote_distances(found, lessons)
    with pytest.raises(ValueError, match="found must be of the rooms of lessons"):
        vote_distances(found, take_rows(lessons, slice(1, 3)))
    mask = lessons.truths.real.float()
    wrong = lessons._replace(truths=lessons.truths._replace(real=mask))
    with pytest.raises(TypeError, match="real must hold truth values"):
        class_precision(model, wrong)


def test_distances_of_votes_are_those_from_the_center_of_the_object(rng):
    """Against a loop over seeds, with the owner of each point."""
    rooms = draw_rooms(3, 300, generator=rng())
    model = VoteNet(MEANS, count=16, channels=1).eval()
    lessons = prepare_rooms(rooms, model)
    found = find_objects(model, lessons)
    seeds, votes, kinds = vote_distances(found, lessons)
    assert (kinds >= 0).any()
    for room, seed in torch.cartesian_prod(torch.arange(3), torch.arange(256)).tolist():
        owner = int(rooms.owner[room, found.seeds[room, seed]])
        if owner < 0:
            assert kinds[room, seed] == -1
            continue
        center = rooms.boxes[room, owner, :3]
        assert kinds[room, seed] == rooms.classes[room, owner]
        for gaps, place in (
            (seeds, found.places[room, seed]),
            (votes, found.votes[room, seed, 0]),
        ):
            torch.testing.assert_close(gaps[room, seed], (place - center).norm())
