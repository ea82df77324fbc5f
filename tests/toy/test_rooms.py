"""Checks of dlnotes.toy.rooms."""

import math

import pytest
import torch
from scipy.spatial import ConvexHull

from dlnotes.toy.furniture import FURNITURE, parts_of, turn_around_z
from dlnotes.toy.rooms import OBJECTS, SPREAD, draw_rooms, in_view
from tests.statistics import within


def inside(points, boxes, margin=0.0):
    """Which points `(B, N, 3)` are in which boxes `(B, T, 7)`, by angles of complex."""
    away = points[:, :, None] - boxes[:, None, :, :3]
    flat = torch.complex(away[..., 0], away[..., 1])
    flat = flat * torch.polar(torch.ones_like(boxes[..., 6]), -boxes[..., 6])[:, None]
    local = torch.stack([flat.real, flat.imag, away[..., 2]], -1).abs()
    return (local <= boxes[:, None, :, 3:6] / 2 + margin).all(-1)


@pytest.fixture
def rooms(rng):
    return draw_rooms(40, 512, generator=rng())


def test_shapes_and_padding_of_rooms(rooms):
    assert rooms.points.shape == (40, 512, 3)
    assert rooms.owner.shape == (40, 512)
    assert rooms.boxes.shape == (40, OBJECTS, 7)
    number = rooms.real.sum(1)
    assert number.min() == 2
    assert number.max() == OBJECTS
    assert not rooms.boxes[~rooms.real].any()
    assert not rooms.classes[~rooms.real].any()
    assert rooms.real.gather(1, rooms.owner.clamp_min(0))[rooms.owner >= 0].all()
    assert rooms.points[..., 2].min() > -1e-6


def test_points_lie_in_the_box_of_their_owner_and_in_no_other(rooms):
    within_box = inside(rooms.points, rooms.boxes, 1e-4) & rooms.real[:, None]
    owned = rooms.owner[..., None] == torch.arange(OBJECTS)
    assert (within_box | ~owned).all()
    strictly = inside(rooms.points, rooms.boxes, -1e-4) & rooms.real[:, None]
    assert not (strictly & ~owned).any()


def test_points_of_objects_lie_on_the_surface_of_a_part(rng):
    rooms = draw_rooms(10, 256, generator=rng())
    parts = parts_of(rooms.boxes, rooms.classes)
    outer, inner = inside(rooms.points, parts, 1e-4), inside(rooms.points, parts, -1e-4)
    kinds = rooms.classes.gather(1, rooms.owner.clamp_min(0))
    angular = (rooms.owner >= 0) & (kinds != len(FURNITURE) - 1)
    assert (outer & ~inner).any(-1)[angular].all()


def test_points_of_a_bin_lie_on_its_cylinder(rng):
    rooms = draw_rooms(30, 512, generator=rng())
    kinds = rooms.classes.gather(1, rooms.owner.clamp_min(0))
    room, point = ((rooms.owner >= 0) & (kinds == len(FURNITURE) - 1)).nonzero().T
    box = rooms.boxes[room, rooms.owner[room, point]]
    away = (rooms.points[room, point] - box[:, :3]) / box[:, 3:6] * 2
    radius = away[:, :2].norm(dim=-1)
    side, cap = (radius - 1).abs() < 1e-4, (away[:, 2] - 1).abs() < 1e-4
    assert (side | cap).all()
    # uniform on a disc: the squared radius is uniform
    assert within(radius[cap & ~side].square().double(), 0.5)


def test_objects_do_not_overlap(rooms):
    """Footprints whose circles do not meet cannot overlap."""
    radius = rooms.boxes[..., 3:5].norm(dim=-1) / 2
    gap = (rooms.boxes[:, :, None, :2] - rooms.boxes[:, None, :, :2]).norm(dim=-1)
    both = rooms.real[:, :, None] & rooms.real[:, None] & ~torch.eye(5).bool()
    assert (gap - radius[:, :, None] - radius[:, None])[both].min() > -1e-5


def test_sizes_and_headings_have_the_stated_means(rng):
    rooms = draw_rooms(400, 8, generator=rng())
    for number, kind in enumerate(FURNITURE):
        boxes = rooms.boxes[rooms.real & (rooms.classes == number)]
        mean = torch.tensor(kind.size)
        assert within(boxes[:, 3:6], mean.double())
        assert ((boxes[:, 3:6] / mean - 1).abs() <= SPREAD + 1e-6).all()
        assert (boxes[:, 6].abs() <= kind.turn / 2 + 1e-6).all()
        torch.testing.assert_close(boxes[:, 2], boxes[:, 5] / 2)


def test_a_hidden_point_has_a_part_between_it_and_the_camera(rng):
    """Steps along the line to the camera meet the same boxes as the closed form."""
    gen = rng()
    boxes = torch.rand(3, 4, 7, generator=gen) * 2
    points = torch.rand(3, 50, 3, generator=gen) * 6 - 2
    camera = torch.tensor([5.0, 4, 3]).expand(3, 3)
    own = torch.randint(0, 6, (3, 50), generator=gen)
    seen = in_view(points, own, boxes, camera)
    steps = torch.linspace(1e-4, 1, 2000)[:, None]
    for room in range(3):
        for number in range(50):
            start = points[room, number]
            line = start + steps * (camera[room] - start)
            # boxes a little smaller and larger: a line that grazes may go both ways
            small, large = (
                inside(line[None], boxes[room : room + 1], m)[0] for m in (-0.02, 0.02)
            )
            other = torch.arange(4) != own[room, number]
            if (small & other).any():
                assert not seen[room, number]
            if not (large & other).any():
                assert seen[room, number]


def test_the_camera_sees_each_point_from_the_front(rooms):
    """The side of an object that is turned away holds no point."""
    cabinet = 1
    room, place = (rooms.real & (rooms.classes == cabinet)).nonzero().T
    for r, t in zip(room.tolist(), place.tolist(), strict=True):
        box = rooms.boxes[r, t]
        mine = rooms.points[r][rooms.owner[r] == t]
        local = turn_around_z(mine - box[:3], -box[6]) / box[3:6] * 2
        eye = turn_around_z(rooms.camera[r] - box[:3], -box[6]) / box[3:6] * 2
        faces = torch.cat([eye > 1, eye < -1])  # the sides that the camera is before
        on = torch.cat([local, -local], 1) > 1 - 1e-4
        assert (on & faces).any(1).all()


def test_no_part_stands_between_the_camera_and_a_point(rooms):
    """Parts made a little smaller hide no point, but those of a bin its own."""
    parts = parts_of(rooms.boxes, rooms.classes)
    parts[..., 3:6] *= 0.98
    own = torch.full_like(rooms.owner, parts.shape[1])
    kinds = rooms.classes.gather(1, rooms.owner.clamp_min(0))
    of_bin = (rooms.owner >= 0) & (kinds == len(FURNITURE) - 1)
    assert (in_view(rooms.points, own, parts, rooms.camera) | of_bin).all()


def test_emphasis_multiplies_the_density_on_objects(rng):
    """A hull of the floor: with little emphasis nearly all points are on the shell."""
    rare = draw_rooms(20, 256, emphasis=0.01, generator=rng())
    often = draw_rooms(20, 256, emphasis=50.0, generator=rng())
    assert (rare.owner >= 0).double().mean() < 0.02
    assert (often.owner >= 0).double().mean() > 0.6
    floor = rare.points[0][rare.points[0, :, 2] < 1e-6][:, :2]
    assert ConvexHull(floor.numpy()).volume > 15  # of at least 3 x 2 cells of 1.9


def test_equal_generators_draw_equal_rooms_and_no_room_is_drawn_too(rng):
    one, other = (draw_rooms(3, 64, generator=rng()) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        assert torch.equal(a, b)
    none = draw_rooms(0, 64, generator=rng())
    assert none.points.shape == (0, 64, 3)
    assert none.boxes.shape == (0, OBJECTS, 7)
    assert none.owner.dtype == torch.int64


@pytest.mark.parametrize(
    ("count", "points", "emphasis", "message"),
    [
        (-1, 8, 1.0, "count must be at least 0, got -1"),
        (1, 0, 1.0, "points must be at least 1, got 0"),
        (1, 8, 0.0, "emphasis must be positive and finite, got 0.0"),
        (1, 8, math.nan, "emphasis must be finite, got nan"),
    ],
)
def test_odd_rooms_are_refused(count, points, emphasis, message):
    with pytest.raises(ValueError, match=message):
        draw_rooms(count, points, emphasis=emphasis)
