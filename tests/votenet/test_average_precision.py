"""Checks of dlnotes.votenet.average_precision."""

import numpy as np
import pytest
import torch
from mean_average_precision import MetricBuilder
from sklearn.metrics import average_precision_score

from dlnotes.votenet.average_precision import (
    RULES,
    average_precision,
    detection_precision,
    match_detections,
    mean_of_classes,
)
from dlnotes.votenet.clipping import bounds_iou, box_iou
from tests.votenet.test_boxes import draw_boxes

HITS = [1, 0, 1, 1, 0, 0, 1]  # of seven detections, best first; there are six objects
BY_HAND = {"all-point": 43 / 84, "11-point": 39 / 77, "101-point": 723 / 1414}
BY_HAND["raw"] = 251 / 504


def scored(hits, rule, positives):
    scores = torch.arange(len(hits), 0, -1, dtype=torch.float64)[None]
    hits, positives = torch.tensor([hits]) > 0, torch.tensor([positives])
    return float(average_precision(scores, hits, positives, rule=rule))


@pytest.mark.parametrize("rule", RULES)
def test_the_list_that_was_computed_by_hand(rule):
    """Eq. (average-precision): four rules, four numbers for one list.

    Precision at the four hits is 1, 2/3, 3/4, 4/7, its envelope 1, 3/4, 3/4, 4/7; so
    the areas are 43/14 and 251/84 sixths. Of 11 levels of recall 2, 2, 2 and 1 need
    one, two, three and four hits, of 101 levels 17, 17, 17 and 16; others give 0.
    """
    assert scored(HITS, rule, 6) == pytest.approx(BY_HAND[rule], abs=1e-14)


def by_definition(hits, rule, positives):
    """Precision and recall as fractions, level by level."""
    found, points = 0, []
    for rank, hit in enumerate(hits, 1):
        found += hit
        points.append((found, found / rank))
    if rule in ("all-point", "raw"):
        total = 0.0
        for at, hit in enumerate(hits):
            best = (
                max(p for _, p in points[at:]) if rule == "all-point" else points[at][1]
            )
            total += best if hit else 0
        return total / positives
    steps = int(rule.split("-")[0]) - 1
    levels = []
    for level in range(steps + 1):
        reached = [p for n, p in points if n * steps >= level * positives]
        levels.append(max(reached, default=0))
    return sum(levels) / len(levels)


@pytest.mark.parametrize("rule", RULES)
def test_all_lists_of_up_to_seven_detections_agree_with_the_definition(rule):
    """Eq. (average-precision), by enumeration."""
    for count in range(1, 8):
        for number in range(2**count):
            hits = [number >> k & 1 for k in range(count)]
            for positives in {max(sum(hits), 1), 10}:
                wanted = by_definition(hits, rule, positives)
                assert scored(hits, rule, positives) == pytest.approx(wanted, abs=1e-12)


def test_a_level_of_recall_is_reached_by_counts_and_not_by_fractions():
    """Eq. (average-precision): three of ten objects reach the level 0.3.

    Steps of 0.1 from 0 are no tenths: the fourth of them lies above 3 / 10.
    """
    assert np.arange(0.0, 1.1, 0.1)[3] > 3 / 10
    hits = [1, 1, 1]
    assert scored(hits, "11-point", 10) == pytest.approx(4 / 11, abs=1e-15)


def test_without_envelope_it_is_that_of_scikit_learn(rng):
    """Eq. (average-precision), `raw`: scikit-learn's times the share that was found."""
    for seed in range(20):
        hits = torch.rand(1, 30, generator=rng(seed)) < 0.4
        scores = torch.rand(1, 30, dtype=torch.float64, generator=rng(seed + 50))
        found, positives = int(hits.sum()), int(hits.sum()) + 5
        peer = average_precision_score(hits[0].numpy(), scores[0].numpy())
        own = average_precision(scores, hits, torch.tensor([positives]), rule="raw")
        assert float(own) == pytest.approx(peer * found / positives)


def test_padding_changes_nothing_and_a_class_without_object_has_zero(rng):
    """Eq. (average-precision) of three classes at once, one of them empty."""
    scores = torch.rand(3, 20, dtype=torch.float64, generator=rng())
    hits = torch.rand(3, 20, generator=rng(1)) < 0.5
    mask = torch.arange(20) < torch.tensor([[20], [8], [5]])
    hits[2] = False
    positives = torch.tensor([15, 9, 0])
    for rule in RULES:
        found = average_precision(scores, hits, positives, rule=rule, mask=mask)
        short = average_precision(
            scores[1:2, :8], hits[1:2, :8], positives[1:2], rule=rule
        )
        assert found[1] == short[0]
        assert found[2] == 0
        mean = mean_of_classes(found, positives)
        torch.testing.assert_close(mean, found[:2].mean())
    assert float(mean_of_classes(found, positives * 0)) == 0


@pytest.mark.parametrize("rule", RULES)
def test_without_detections_or_scenes_precision_is_zero(rule):
    """Eq. (average-precision) of empty lists, from ranks and from boxes."""
    none = torch.zeros(2, 0)
    assert (
        average_precision(none, none > 0, torch.tensor([3, 0]), rule=rule).eq(0).all()
    )
    for scenes, count in ((2, 0), (0, 3)):
        boxes, objects = torch.ones(scenes, count, 7), torch.ones(scenes, 4, 7)
        classes = torch.zeros(scenes, 4, dtype=torch.int64)
        found, counts = detection_precision(
            boxes, boxes[..., :2], objects, classes, rule=rule
        )
        assert found.tolist() == [0, 0]
        assert counts.tolist() == [4 * scenes, 0]


@pytest.mark.parametrize("rule", RULES)
def test_where_values_are_hidden_a_class_without_object_has_zero(rule):
    """Eq. (average-precision): hits that cannot be, and cannot be refused here."""
    one = torch.ones(1, 1, 2)
    many = torch.func.vmap(lambda *rows: average_precision(*rows, rule=rule))
    assert many(one, one > 0, torch.zeros(1, 1, dtype=torch.int64)) == 0


def one_by_one(scores, overlaps, threshold, real, truths):
    """Work off detections from the best, with a list of what was found."""
    hits, found = [False] * len(scores), set()
    for k in sorted(range(len(scores)), key=lambda k: -scores[k]):
        best = max(truths, key=lambda t: overlaps[k][t], default=None)
        if best is None or not real[k] or not overlaps[k][best] > threshold:
            continue
        hits[k] = best not in found
        found.add(best)
    return hits


def test_hits_are_those_of_a_list_worked_off(rng):
    """Each detection asks for one object, and each object is found once."""
    overlaps = torch.rand(4, 30, 6, dtype=torch.float64, generator=rng())
    overlaps = (overlaps * 10).round() / 10  # many are equal, some at the threshold
    scores = (torch.rand(4, 30, generator=rng(1)) * 10).round() / 10
    mask = torch.rand(4, 30, generator=rng(2)) < 0.8
    truths = torch.arange(6) < torch.tensor([[6], [3], [1], [0]])
    hits = match_detections(scores, overlaps, threshold=0.7, mask=mask, truths=truths)
    for b, count in enumerate((6, 3, 1, 0)):
        given = scores[b].tolist(), overlaps[b].tolist(), 0.7, mask[b].tolist()
        assert hits[b].tolist() == one_by_one(*given, range(count))
    assert hits.sum(1).tolist() == [6, 3, 1, 0]
    assert not match_detections(scores, overlaps[..., :0]).any()


def test_a_detection_whose_best_object_is_taken_finds_no_second_one():
    overlaps = torch.tensor([[[0.9, 0.3], [0.8, 0.7]]])
    hits = match_detections(torch.tensor([[0.9, 0.8]]), overlaps)
    assert hits.tolist() == [[True, False]]
    exactly = match_detections(torch.ones(1, 1), torch.full((1, 1, 1), 0.25))
    assert not exactly.any()


def corners_of_pixels(boxes):
    """Bounds of boxes; the peer counts pixels, and so adds 1 to a width."""
    low, high = boxes[:, :2] - boxes[:, 3:5] / 2, boxes[:, :2] + boxes[:, 3:5] / 2
    return torch.cat([low, high - 1], 1)


LEVELS = {"all-point": None, "11-point": 11, "101-point": 101}


@pytest.mark.parametrize("rule", LEVELS)
@pytest.mark.parametrize("overlap", [box_iou, bounds_iou])
def test_whole_scenes_agree_with_another_program(rule, overlap, rng):
    """Eq. (average-precision) of upright boxes with equal heights, by a peer."""
    scenes, classes = 8, 3
    objects = draw_boxes(scenes, 5, generator=rng())
    objects[..., 2], objects[..., 5], objects[..., 6] = 0, 1, 0
    boxes = objects.repeat(1, 3, 1)
    shape = (scenes, 15, 4)
    shifts = torch.randn(shape, dtype=torch.float64, generator=rng(1))
    boxes[..., :2] += 0.2 * shifts[..., :2]
    boxes[..., 3:5] *= (0.2 * shifts[..., 2:]).exp()
    labels = torch.randint(2, (scenes, 5), generator=rng(2))  # none of class 2
    scores = torch.rand(scenes, 15, classes, dtype=torch.float64, generator=rng(3))
    found, counts = detection_precision(
        boxes, scores, objects, labels, threshold=0.3, rule=rule, overlap=overlap
    )
    assert counts.tolist() == [int((labels == c).sum()) for c in range(classes)]
    peer = MetricBuilder.build_evaluation_metric("map_2d", num_classes=classes)
    for b in range(scenes):
        truths = torch.cat([corners_of_pixels(objects[b]), labels[b, :, None]], 1)
        detections = [
            torch.cat([corners_of_pixels(boxes[b]), kind, scores[b, :, c, None]], 1)
            for c in range(classes)
            for kind in [torch.full((15, 1), float(c))]
        ]
        none = np.zeros((5, 2))
        peer.add(
            torch.cat(detections).numpy(), np.concatenate([truths.numpy(), none], 1)
        )
    levels = LEVELS[rule]
    recall = None if levels is None else np.linspace(0, 1, levels)
    value = peer.value(iou_thresholds=0.3, recall_thresholds=recall)
    wanted = [value[0.3][c]["ap"] for c in range(2)]
    assert 0.2 < min(wanted) < 0.9
    assert found[:2].tolist() == pytest.approx(wanted, rel=1e-6)
    assert found[2] == 0


def test_masks_leave_boxes_and_objects_out(rng):
    """Eq. (average-precision) of padded scenes is that of the scenes themselves."""
    boxes, objects = (draw_boxes(1, n, generator=rng(n)) for n in (6, 4))
    boxes[:, :4] = objects
    scores = torch.rand(1, 6, 2, dtype=torch.float64, generator=rng())
    classes = torch.tensor([[0, 1, 0, 1]])
    mask = torch.arange(6)[None] < 5
    truths = torch.arange(4)[None] < 3
    padded = detection_precision(
        boxes, scores, objects, classes, mask=mask, truths=truths
    )
    short = detection_precision(
        boxes[:, :5], scores[:, :5], objects[:, :3], classes[:, :3]
    )
    for one, other in zip(padded, short, strict=True):
        assert torch.equal(one, other)
    assert padded[1].tolist() == [2, 1]


def test_a_rule_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"rule must be one of .* got 'half'"):
        scored(HITS, "half", 6)
    with pytest.raises(ValueError, match="positives must be 0 or more, got -1"):
        scored(HITS, "raw", -1)
    with pytest.raises(TypeError, match="hits"):
        average_precision(torch.ones(1, 2), None, torch.tensor([1]))
    with pytest.raises(ValueError, match="at most as many as positives, got 4"):
        scored(HITS, "raw", 3)
    hits, positives = torch.tensor([[True, False], [True, True]]), torch.tensor([1, 1])
    with pytest.raises(ValueError, match="at most as many as positives, got 2"):
        average_precision(torch.ones(2, 2), hits, positives)


def test_objects_of_no_class_and_thresholds_below_zero_are_refused():
    boxes, classes = torch.ones(1, 2, 7), torch.tensor([[0, 2]])
    with pytest.raises(ValueError, match="classes must be from 0 to 1, got 2"):
        detection_precision(boxes, boxes[..., :2], boxes, classes)
    padded = torch.tensor([[True, False]])
    found = detection_precision(boxes, boxes[..., :2], boxes, classes, truths=padded)
    assert found[1].tolist() == [1, 0]
    with pytest.raises(ValueError, match=r"one or more\), got .*2, 0"):
        detection_precision(boxes, boxes[..., :0], boxes, classes)
    with pytest.raises(ValueError, match="threshold must be 0 or more, got -2"):
        match_detections(torch.ones(1, 1), torch.ones(1, 1, 1), threshold=-2)
