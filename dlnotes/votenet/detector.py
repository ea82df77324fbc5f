"""Learning to find objects in rooms, and how well it is done."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import check_members, check_module, check_tensor, holds
from dlnotes.blocks.grouping import check_index, check_truth, gather_points
from dlnotes.blocks.inputs import check_kind
from dlnotes.blocks.supervised import take_rows
from dlnotes.blocks.training import rise_and_fall, train
from dlnotes.representations_3d.groups import Groups
from dlnotes.toy.rooms import Rooms
from dlnotes.votenet._inputs import check_numbers, validate_rooms
from dlnotes.votenet.average_precision import detection_precision, mean_of_classes
from dlnotes.votenet.clipping import box_iou
from dlnotes.votenet.model import Seeds, VoteNet
from dlnotes.votenet.objectness import Truths, assign_objects
from dlnotes.votenet.proposals import Detections
from dlnotes.votenet.suppression import suppress
from dlnotes.votenet.targets import ObjectVotes, height_above_floor, object_votes

Loss = Callable[[Detections, ObjectVotes, Truths, Tensor], tuple[Tensor, Any]]


class Lessons(NamedTuple):
    """Rooms, ready to be learned from.

    Attributes:
        points: Shape `(B, N, 3)`.
        heights: Above the floor, a feature of each point, shape `(B, N, 1)`.
        groups: What the levels of a backbone look at.
        votes: The true ones.
        truths: The objects.
        seeds: What a backbone found, for networks that learn from seeds alone.
    """

    points: Tensor
    heights: Tensor
    groups: list[Groups]
    votes: ObjectVotes
    truths: Truths
    seeds: Seeds | None = None


def prepare_rooms(rooms: Rooms, model: VoteNet) -> Lessons:
    """Find groups and true votes once, before steps of learning.

    Args:
        rooms: What to learn from, or to be tested on.
        model: Any with the backbone that will learn.

    Returns:
        All that `learn_detector` needs; rows are taken by `take_rows`.
    """
    check_module("model", model)
    votes = object_votes(rooms.points, rooms.owner, rooms.boxes)
    truths = Truths(rooms.boxes, rooms.classes, rooms.real)
    heights = height_above_floor(rooms.points)
    return Lessons(rooms.points, heights, model.group(rooms.points), votes, truths)


@torch.no_grad()
def keep_seeds(model: VoteNet, lessons: Lessons) -> Lessons:
    """Find the seeds of rooms once, by a backbone that learns no more.

    Args:
        model: Has learned; its mode stays as it is.
        lessons: The rooms.

    Returns:
        The rooms with their seeds. From these `learn_detector` and `find_objects` go
        on: the backbone of a model that they are given is not used.
    """
    check_module("model", model)
    _check_lessons(lessons)
    seeds = model.backbone(lessons.points, lessons.groups, lessons.heights)
    return lessons._replace(seeds=seeds)


def learn_detector(
    model: VoteNet,
    loss: Loss,
    lessons: Lessons,
    *,
    steps: int,
    batch: int = 8,
    learning_rate: float = 4e-3,
    generator: Generator | None = None,
) -> None:
    """Train a model in place, in train mode, and leave this mode.

    Args:
        model: `VoteNet` or `BoxNet`, with `channels=1` for the heights.
        loss: `detection_loss` or `boxnet_loss`.
        lessons: From `prepare_rooms`.
        steps: Number of steps; the rate rises, then falls.
        batch: Rooms in a step.
        learning_rate: Adam's largest step size.
        generator: Source of the order of the rooms; `None` means torch's global one.
    """
    check_module("model", model)
    _check_lessons(lessons)

    def of_rows(model: VoteNet, rows: Tensor, _: int) -> Tensor:
        some = cast(Lessons, take_rows(lessons, rows))
        found = _look(model, some)
        return loss(found, some.votes, some.truths, model.means)[0]

    numbers = torch.arange(len(lessons.points))
    sizes: dict[str, Any] = {"steps": steps, "batch": batch, "generator": generator}
    rates: dict[str, Any] = {"learning_rate": learning_rate, "schedule": rise_and_fall}
    train(model.train(), numbers, of_rows, **sizes, **rates)
    model.eval()


@torch.no_grad()
def find_objects(model: VoteNet, lessons: Lessons) -> Detections:
    """Look at rooms without gradients.

    Args:
        model: `VoteNet` or `BoxNet`; its mode stays as it is.
        lessons: The rooms.

    Returns:
        What the model says.
    """
    check_module("model", model)
    _check_lessons(lessons)
    return _look(model, lessons)


def vote_distances(found: Detections, lessons: Lessons) -> tuple[Tensor, ...]:
    """Measure how far seeds, and their first votes, are from their object's center.

    Args:
        found: What a model says of the rooms.
        lessons: The rooms.

    Returns:
        Distances of seeds and of votes, and the class of the object that a seed is on,
        -1 for none, each `(B, M)`. Without an object, distances are from the seed.
    """
    _check_lessons(lessons)
    _check_found(found, lessons)
    offsets = gather_points(lessons.votes.offsets, found.seeds)
    centers = found.places + offsets
    boxes, classes, real = lessons.truths
    own = assign_objects(centers, boxes[..., :3], mask=real).objects
    on_object = lessons.votes.on_object.gather(1, found.seeds)
    kinds = classes.gather(1, own).where(on_object, -1)
    return offsets.norm(dim=-1), (found.votes[:, :, 0] - centers).norm(dim=-1), kinds


@torch.no_grad()
def class_precision(
    model: VoteNet, lessons: Lessons, thresholds: Sequence[float] = (0.25, 0.5)
) -> tuple[Tensor, Tensor]:
    """Find the average precision of each class.

    Of boxes that overlap by more than a quarter the best is kept.

    Args:
        model: `VoteNet` or `BoxNet`; its mode stays as it is.
        lessons: Rooms to be tested on.
        thresholds: That the overlap with an object must exceed, one or more.

    Returns:
        Average precisions `(T, C)` for `T` thresholds, and the number of objects of
        each class `(C,)`.
    """
    check_module("model", model)
    if not len(thresholds):
        raise ValueError("thresholds must hold a number, got none")
    boxes, scores = model.detect(find_objects(model, lessons))
    kept = suppress(scores.amax(-1), box_iou(boxes, boxes))
    objects, classes, real = lessons.truths
    each = [
        detection_precision(
            boxes, scores, objects, classes, threshold=some, mask=kept, truths=real
        )
        for some in thresholds
    ]
    return torch.stack([precision for precision, _ in each]), each[0][1]


def detector_precision(
    model: VoteNet, lessons: Lessons, thresholds: Sequence[float] = (0.25, 0.5)
) -> Tensor:
    """Find the mean of the average precision over those classes that have an object.

    Args:
        model: As in `class_precision`.
        lessons: As in `class_precision`.
        thresholds: As in `class_precision`.

    Returns:
        One number for each threshold.
    """
    precisions, counts = class_precision(model, lessons, thresholds)
    return mean_of_classes(precisions, counts.expand(precisions.shape))


def _check_lessons(lessons: Lessons) -> None:
    check_kind("lessons", lessons, Lessons)
    kinds: dict[str, type] = {"votes": ObjectVotes, "truths": Truths}
    if lessons.seeds is not None:
        kinds["seeds"] = Seeds
    for field, kind in kinds.items():
        check_kind(f"lessons.{field}", getattr(lessons, field), kind)
        check_members(f"lessons.{field}", getattr(lessons, field))
    check_tensor("lessons.heights", lessons.heights)
    validate_rooms(lessons.points)
    rooms, count = lessons.points.shape[:2]
    (offsets, on_object), (boxes, classes, real) = lessons.votes, lessons.truths
    objects = tuple(boxes.shape[1:2])
    _check_shape("heights", lessons.heights, (rooms, count, 1))
    _check_shape("votes.offsets", offsets, (rooms, count, 3))
    check_truth("lessons.votes.on_object", on_object, (rooms, count))
    _check_shape("truths.boxes", boxes, (rooms, *objects, 7))
    check_numbers("lessons.truths.classes", classes, (rooms, *objects))
    check_truth("lessons.truths.real", real, (rooms, *objects))


def _check_shape(field: str, part: Tensor, shape: tuple[int, ...]) -> None:
    if part.shape != shape:
        given = tuple(part.shape)
        raise ValueError(f"lessons.{field} must have shape {shape}, got {given}")


def _check_found(found: Detections, lessons: Lessons) -> None:
    """Seeds are points, so that their places tell whose they are."""
    check_kind("found", found, Detections)
    check_members("found", found)
    rooms, given = len(lessons.points), len(found.places)
    if given != rooms:
        raise ValueError(f"found must be of {rooms} rooms as lessons, got {given}")
    check_numbers("found.seeds", found.seeds, found.places.shape[:2])
    check_index("found.seeds", found.seeds, lessons.points)
    if not holds(gather_points(lessons.points, found.seeds) == found.places):
        raise ValueError("found must be of the rooms of lessons, got other places")


def _look(model: VoteNet, lessons: Lessons) -> Detections:
    if lessons.seeds is not None:
        return model.propose(lessons.seeds)
    return cast(Detections, model(lessons.points, lessons.groups, lessons.heights))
