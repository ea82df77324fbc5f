"""Checks of dlnotes.votenet.boxes."""

import itertools
import math

import torch

from dlnotes.votenet.boxes import box_bounds, box_corners, points_in_boxes


def draw_boxes(*shape, generator, spread=2.0):
    """Boxes of sides from 0.2 to 1.2, near each other, at any heading."""
    boxes = torch.rand(*shape, 7, dtype=torch.float64, generator=generator)
    boxes[..., :3] *= spread
    boxes[..., 3:6] += 0.2
    boxes[..., 6] = 8 * boxes[..., 6] - 4
    return boxes


def test_corners_are_turned_by_complex_numbers(rng):
    """Eq. (corners): a heading is a factor of unit length in the plane."""
    boxes = draw_boxes(20, generator=rng())
    for box, found in zip(boxes.tolist(), box_corners(boxes), strict=True):
        x, y, z, *sides, heading = box
        turn = complex(math.cos(heading), math.sin(heading))
        wanted = set()
        for a, b, c in itertools.product((-0.5, 0.5), repeat=3):
            at = complex(x, y) + turn * complex(a * sides[0], b * sides[1])
            wanted.add(tuple(round(v, 9) for v in (at.real, at.imag, z + c * sides[2])))
        assert {
            tuple(round(v, 9) for v in corner) for corner in found.tolist()
        } == wanted


def test_a_quarter_turn_leads_from_x_to_y_and_corners_run_counter_clockwise():
    """Eq. (corners), and the order of the corners."""
    box = torch.tensor([1.0, 2, 3, 4, 2, 6, 0], dtype=torch.float64)
    below = [[-1, 1, 0], [3, 1, 0], [3, 3, 0], [-1, 3, 0]]
    assert box_corners(box).tolist() == below + [[x, y, 6] for x, y, _ in below]
    box[6] = math.pi / 2
    low, high = box_bounds(box)
    torch.testing.assert_close(low, low.new_tensor([0, 0, 0]))
    torch.testing.assert_close(high, low.new_tensor([2, 4, 6]))
    # area by the shoelace formula is positive for an outline that runs so
    for half in box_corners(box).reshape(2, 4, 3):
        x, y = half[:, 0], half[:, 1]
        area = (x * y.roll(-1) - y * x.roll(-1)).sum() / 2
        torch.testing.assert_close(area, area.new_tensor(8.0))


def test_bounds_have_a_closed_form(rng):
    boxes = draw_boxes(50, generator=rng(1))
    length, width, height, heading = boxes[:, 3:].unbind(-1)
    cos, sin = heading.cos().abs(), heading.sin().abs()
    spans = [cos * length + sin * width, sin * length + cos * width, height]
    reach = torch.stack(spans, -1) / 2
    wanted = torch.stack([boxes[:, :3] - reach, boxes[:, :3] + reach], 1)
    torch.testing.assert_close(box_bounds(boxes), wanted)


def test_points_in_a_box_are_those_that_its_half_spaces_hold(rng):
    """Eq. (corners): a convex solid is what lies behind each of its faces."""
    boxes = draw_boxes(2, 6, generator=rng(2))
    points = 3 * torch.rand(2, 300, 3, dtype=torch.float64, generator=rng(3)) - 0.5
    found, corners = points_in_boxes(points, boxes), box_corners(boxes)
    assert found.shape == (2, 6, 300)
    assert found.any(2).sum() >= 6
    for b, m in itertools.product(range(2), range(6)):
        first = corners[b, m, 0]
        inside = torch.ones(300, dtype=torch.bool)
        for other in (1, 3, 4):  # along the three edges of the first corner
            edge = corners[b, m, other] - first
            along = (points[b] - first) @ edge / edge.square().sum()
            inside &= (along >= 0) & (along <= 1)
        assert torch.equal(found[b, m], inside)


def test_points_on_faces_are_inside_and_a_flat_box_holds_its_plane():
    boxes = torch.tensor([[[0.0, 0, 0, 2, 2, 2, 0], [0, 0, 0, 2, 2, 0, 0]]])
    points = torch.tensor([[[1.0, 1, 1], [1, 0, 0], [0, 0, 0.1], [1.01, 0, 0]]])
    wanted = [[True, True, True, False], [False, True, False, False]]
    assert points_in_boxes(points, boxes)[0].tolist() == wanted
