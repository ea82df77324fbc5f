"""Checks of dlnotes.votenet.clipping."""

import math

import pytest
import shapely
import torch
from shapely import affinity

from dlnotes.votenet import clipping
from dlnotes.votenet.boxes import points_in_boxes
from dlnotes.votenet.clipping import bounds_iou, box_iou, clipped_area
from tests.votenet.test_boxes import draw_boxes

TURNS = [0.0, 0.3, math.pi / 4, math.pi / 2, -2.0, math.pi, 100.0]
SMALL = {"rtol": 0, "atol": 1e-13}  # sides near 1, some hundred roundings of 2e-16


def outline(box):
    """A box from above, drawn and turned by shapely."""
    x, y, _, length, width, _, heading = box.tolist()
    flat = shapely.box(x - length / 2, y - width / 2, x + length / 2, y + width / 2)
    return affinity.rotate(flat, heading, origin=(x, y), use_radians=True)


def shared_areas(one, other):
    pairs = zip(one, other, strict=True)
    areas = [outline(a).intersection(outline(b)).area for a, b in pairs]
    return torch.tensor(areas, dtype=torch.float64)


def test_areas_are_those_of_shapely(rng):
    """Eq. (clipping), also for boxes that hold each other or lie apart."""
    one, other = (draw_boxes(500, generator=rng(seed)) for seed in (0, 1))
    other[:100, :2] = one[:100, :2]  # crosses, and one inside the other
    other[100:150, 3:5] *= 0.1
    wanted = shared_areas(one, other)
    assert (wanted == 0).sum() > 50
    assert (wanted > 0).sum() > 150
    torch.testing.assert_close(clipped_area(one, other), wanted, **SMALL)
    torch.testing.assert_close(clipped_area(other, one), wanted, **SMALL)
    torch.testing.assert_close(
        clipped_area(one.float(), other.float()).double(), wanted, rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_box_is_equal_to_itself_at_every_heading(turn, dtype, rng):
    """Eq. (iou) of identical boxes is 1, and their Eq. (clipping) their area."""
    boxes = draw_boxes(30, generator=rng()).to(dtype)
    boxes[:, 6] = turn
    area = boxes[:, 3] * boxes[:, 4]
    close = {"rtol": 8 * torch.finfo(dtype).eps, "atol": 0}
    torch.testing.assert_close(clipped_area(boxes, boxes), area, **close)
    again = boxes.clone()
    again[:, 6] += 2 * math.pi
    ious = box_iou(boxes, again).diagonal()
    close = {"rtol": 0, "atol": 200 * torch.finfo(dtype).eps}  # of the angle too
    torch.testing.assert_close(ious, torch.ones_like(ious), **close)


@pytest.mark.parametrize("turn", TURNS)
def test_boxes_that_touch_share_nothing(turn):
    """Eq. (clipping) is 0 along an edge, an edge in part, and at a corner."""
    box = torch.tensor([0.5, -1, 0, 2, 1, 1, turn], dtype=torch.float64)
    cos, sin = math.cos(turn), math.sin(turn)
    for along, across in ((2, 0), (0, 1), (2, 0.3), (2, 1), (-2, -1)):
        other = box.clone()
        other[0] += cos * along - sin * across
        other[1] += sin * along + cos * across
        torch.testing.assert_close(clipped_area(box, other), box.new_zeros(()), **SMALL)


@pytest.mark.parametrize("turn", TURNS)
def test_known_areas_at_special_angles(turn):
    """Eq. (clipping) by elementary geometry, both boxes turned along."""
    unit = torch.tensor([3.0, 4, 0, 1, 1, 1, turn], dtype=torch.float64)
    eighth = unit + unit.new_tensor([0, 0, 0, 0, 0, 0, math.pi / 4])
    quarter = unit + unit.new_tensor([0, 0, 0, 1, 0, 0, math.pi / 2])
    octagon = 2 * (math.sqrt(2) - 1)  # of two unit squares an eighth apart
    for other, wanted in ((eighth, octagon), (quarter, 1.0)):
        torch.testing.assert_close(
            clipped_area(unit, other), unit.new_tensor(wanted), **SMALL
        )


def test_boxes_a_rounding_apart_give_no_jump():
    """Eq. (clipping) is continuous: no tie of edges is decided wrongly."""
    box = torch.tensor([0.1, 0.2, 0, 1, 1, 1, 0.7], dtype=torch.float64)
    near = box + 1e-15 * torch.randn(2000, 7, dtype=torch.float64).sign()
    near[:1000, 6] = box[6] + torch.logspace(-17, -3, 1000, dtype=torch.float64)
    areas = clipped_area(box.expand(2000, 7), near)
    bound = (near - box).abs().sum(1) * 4 + 1e-14
    assert ((areas - 1).abs() <= bound).all()


def test_empty_boxes_share_nothing_and_their_overlap_is_zero():
    """Eq. (iou) of two boxes without volume is set to 0."""
    point = torch.zeros(1, 7, dtype=torch.float64)
    line = torch.tensor([[0.0, 0, 0, 1, 0, 1, 0.4]], dtype=torch.float64)
    full = torch.tensor([[0.0, 0, 0, 1, 1, 1, 0.4]], dtype=torch.float64)
    for a in (point, line):
        for b in (point, line, full):
            assert float(box_iou(a, b)) == float(bounds_iou(a, b, flat=True) * 0)


def test_volumes_are_those_of_random_points(rng):
    """Eq. (iou): the share of points in both boxes among those in one or both.

    With n points in either box the standard error is at most 0.5 / sqrt(n).
    """
    one, other = (draw_boxes(1, 12, generator=rng(seed)) for seed in (4, 5))
    other[..., :3] = one[..., :3] + 0.2 * other[..., :3]
    points = torch.rand(1, 100_000, 3, dtype=torch.float64, generator=rng(6))
    points = 4 * points - 1
    inside = [points_in_boxes(points, boxes)[0] for boxes in (one, other)]
    both, either = ((inside[0] & inside[1]).sum(1), (inside[0] | inside[1]).sum(1))
    found = box_iou(one[0], other[0]).diagonal()
    assert (found > 0.1).sum() >= 6
    assert either.min() > 100
    assert ((found - both / either).abs() <= 4.5 * 0.5 / either.sqrt()).all()


def test_from_above_it_is_shapely_and_for_equal_heights_the_same(rng):
    """Eq. (iou), flat and not."""
    one, other = (draw_boxes(40, generator=rng(seed)) for seed in (7, 8))
    one[:, 2], one[:, 5] = 0, 1
    other[:, 2], other[:, 5] = 0, 1
    common = shared_areas(one, other)
    union = one[:, 3] * one[:, 4] + other[:, 3] * other[:, 4] - common
    for flat in (True, False):
        found = box_iou(one, other, flat=flat).diagonal()
        torch.testing.assert_close(found, common / union, **SMALL)
    other[:, 2] = 0.5  # half of the height is shared
    halves = box_iou(one, other).diagonal()
    whole = one[:, 3:5].prod(1) + other[:, 3:5].prod(1)
    torch.testing.assert_close(halves, common / 2 / (whole - common / 2), **SMALL)


def test_upright_boxes_have_the_overlap_of_their_bounds(rng):
    """Eq. (iou) of boxes along the axes, by both functions."""
    one, other = (draw_boxes(15, generator=rng(seed)) for seed in (9, 10))
    for boxes in (one, other):
        boxes[:, 6] = (boxes[:, 6]).round() * math.pi / 2
    for flat in (True, False):
        turned, upright = (f(one, other, flat=flat) for f in (box_iou, bounds_iou))
        assert turned.shape == (15, 15)
        torch.testing.assert_close(turned, upright, **SMALL)


def test_bounds_of_turned_boxes_overlap_where_the_boxes_do_not():
    """Eq. (iou): two beams beside each other, an eighth turned."""
    beam = torch.tensor([0.0, 0, 0, 2, 0.4, 1, math.pi / 4], dtype=torch.float64)
    beside = beam + beam.new_tensor([-0.4, 0.4, 0, 0, 0, 0, 0])
    assert float(box_iou(beam[None], beside[None])) == 0
    side = 2.4 / math.sqrt(2)  # of the square that holds a beam
    common = (side - 0.4) ** 2
    wanted = beam.new_tensor([[common / (2 * side**2 - common)]])
    torch.testing.assert_close(bounds_iou(beam[None], beside[None]), wanted)
    assert float(wanted) > 0.25


def test_parts_of_rows_make_the_whole(rng, monkeypatch):
    one, other = (draw_boxes(2, 9, generator=rng(seed)) for seed in (11, 12))
    whole = [f(one, other) for f in (box_iou, bounds_iou)]
    monkeypatch.setattr(clipping, "ENTRIES", 2 * 9 * 24 * 2)  # two rows at a time
    for function, wanted in zip((box_iou, bounds_iou), whole, strict=True):
        assert torch.equal(function(one, other), wanted)


def test_gradients_are_those_of_finite_differences(rng):
    """Eq. (iou) can be a loss."""
    one, other = (draw_boxes(4, generator=rng(seed), spread=0.3) for seed in (13, 14))
    one.requires_grad_()
    assert torch.autograd.gradcheck(lambda b: box_iou(b, other), one)


def test_shapes_that_do_not_go_together_are_refused(rng):
    boxes = draw_boxes(2, 3, generator=rng())
    for function in (box_iou, bounds_iou):
        with pytest.raises(ValueError, match=r"\(2, 3, 7\)"):
            function(boxes, boxes[0])
    with pytest.raises(ValueError, match=r"sides of 0 or more, got -1"):
        clipped_area(boxes, torch.tensor([0.0, 0, 0, 1, -1, 1, 0]))
