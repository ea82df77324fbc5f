"""Checks of dlnotes.votenet.targets."""

import numpy as np
import pytest
import torch

from dlnotes.toy.rooms import draw_rooms
from dlnotes.votenet.targets import height_above_floor, object_votes


def test_a_point_with_its_true_vote_is_the_center_of_its_object(rng):
    """Eq. (true-votes), point by point in a loop."""
    rooms = draw_rooms(3, 100, generator=rng())
    found = object_votes(rooms.points, rooms.owner, rooms.boxes)
    assert found.on_object.any()
    for room in range(3):
        for point in range(100):
            owner = int(rooms.owner[room, point])
            place, offset = rooms.points[room, point], found.offsets[room, point]
            if owner < 0:
                assert not found.on_object[room, point]
                assert not offset.any()
            else:
                assert found.on_object[room, point]
                center = rooms.boxes[room, owner, :3]
                torch.testing.assert_close(place + offset, center)


def test_true_votes_turn_with_the_room(rng):
    """Eq. (true-votes) turns with the points and moves with nothing."""
    rooms = draw_rooms(2, 60, generator=rng())
    points, boxes = rooms.points.double(), rooms.boxes.double()
    turn = torch.linalg.qr(torch.randn(3, 3, generator=rng()).double()).Q
    shift = torch.tensor([3.0, -1, 2], dtype=torch.float64)
    moved = torch.cat([boxes[..., :3] @ turn.mT + shift, boxes[..., 3:]], -1)
    one = object_votes(points, rooms.owner, boxes).offsets @ turn.mT
    two = object_votes(points @ turn.mT + shift, rooms.owner, moved).offsets
    torch.testing.assert_close(one, two, rtol=0, atol=1e-12)


@pytest.mark.parametrize("count", [1, 2, 37, 1000])
def test_the_floor_is_the_percentile_of_the_published_program(rng, count):
    points = torch.randn(2, count, 3, generator=rng(), dtype=torch.float64)
    floor = np.percentile(points[..., 2].numpy(), 0.99, axis=1)
    wanted = points[..., 2:] - torch.from_numpy(floor)[:, None, None]
    found = height_above_floor(points)
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-12)
