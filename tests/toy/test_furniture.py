"""Checks of dlnotes.toy.furniture."""

import torch
from scipy.spatial.transform import Rotation

from dlnotes.toy.furniture import FURNITURE, PLACES, parts_of, turn_around_z


def test_a_box_is_tight_around_its_parts():
    """The corners of all parts span the box of each class at any heading."""
    size = torch.tensor([kind.size for kind in FURNITURE])
    count = len(FURNITURE)
    heading = torch.linspace(-3, 3, count)[:, None]
    boxes = torch.cat([torch.rand(count, 3), size, heading], 1)[None]
    parts = parts_of(boxes, torch.arange(count)[None]).reshape(count, PLACES, 7)
    signs = torch.cartesian_prod(*[torch.tensor([-0.5, 0.5])] * 3)
    corners = turn_around_z(signs * parts[:, :, None, 3:6], parts[:, :, None, 6])
    solid = (parts[..., 3:6] > 0).all(-1)
    for number in range(count):
        found = (corners[number] + parts[number, :, None, :3])[solid[number]]
        local = found.reshape(-1, 3) - boxes[0, number, :3]
        local = turn_around_z(local, -heading[number])
        torch.testing.assert_close(local.amax(0), size[number] / 2)
        torch.testing.assert_close(local.amin(0), -size[number] / 2)


def test_a_turn_is_counter_clockwise(rng):
    vectors = torch.randn(9, 3, generator=rng(), dtype=torch.float64)
    angle = torch.linspace(-4, 4, 9, dtype=torch.float64)
    turned = Rotation.from_euler("z", angle[:, None].numpy()).apply(vectors.numpy())
    wanted = torch.from_numpy(turned)
    torch.testing.assert_close(turn_around_z(vectors, angle), wanted)


def test_classes_differ_in_their_mean_sizes():
    sizes = torch.tensor([kind.size for kind in FURNITURE])
    gaps = torch.cdist(sizes, sizes) + torch.eye(len(FURNITURE))
    assert gaps.min() > 0.2
