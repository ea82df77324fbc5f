"""Checks of dlnotes.toy.distortions."""

import pytest
import torch
from scipy.stats import kstest

from dlnotes.toy.distortions import (
    choose_points,
    draw_rotations,
    fit_ball,
    jitter,
    seen_from,
    turn_clouds,
)
from dlnotes.toy.shapes import draw_sizes, draw_surface, make_solids
from tests.statistics import REJECT, within

CONVEX = ("sphere", "cube", "cylinder", "cone", "superquadric", "capsule")


@pytest.mark.parametrize("protocol", ["none", "z", "so3"])
def test_rotations_are_orthogonal_with_determinant_one(protocol, rng):
    turns = draw_rotations(protocol, 500, generator=rng()).double()
    eye = torch.eye(3, dtype=torch.float64).expand(500, 3, 3)
    torch.testing.assert_close(turns @ turns.mT, eye, rtol=0, atol=1e-6)
    assert (torch.linalg.det(turns) - 1).abs().max() < 1e-6


def test_rotations_about_z_have_a_uniform_angle(rng):
    turns = draw_rotations("z", 5000, generator=rng())
    assert (turns[:, 2] - torch.tensor([0.0, 0, 1])).abs().max() < 1e-6
    angle = torch.atan2(turns[:, 1, 0], turns[:, 0, 0])
    uniform = ((angle / torch.pi + 1) / 2).numpy()
    assert kstest(uniform, "uniform").pvalue > REJECT


def test_rotations_in_space_are_haar_distributed(rng):
    """Moments of the Haar measure, and the angle's distribution function.

    The trace has mean 0 and mean square 1; a fixed vector becomes uniform on the
    sphere; the angle has density (1 - cos) / pi.
    """
    turns = draw_rotations("so3", 20000, generator=rng())
    trace = turns.diagonal(dim1=1, dim2=2).sum(-1).double()
    assert within(trace, 0.0)
    assert within(trace.square(), 1.0)
    assert within(turns[:, 0, 1].square(), 1 / 3)
    assert kstest(turns[:, 2, 1].numpy(), "uniform", (-1, 2)).pvalue > REJECT
    angle = ((trace - 1) / 2).clamp(-1, 1).acos()
    share = (angle - angle.sin()) / torch.pi
    assert kstest(share.numpy(), "uniform").pvalue > REJECT


def test_no_rotation_leaves_points_and_turns_act_on_rows(rng):
    points = torch.rand(4, 7, 3, generator=rng())
    assert torch.equal(turn_clouds(points, draw_rotations("none", 4)), points)
    turns = draw_rotations("so3", 4, generator=rng())
    wanted = torch.stack([turns[2] @ point for point in points[2]])
    torch.testing.assert_close(turn_clouds(points, turns)[2], wanted)
    with pytest.raises(ValueError, match="'y'"):
        draw_rotations("y", 1)


def test_jitter_has_its_standard_deviation(rng):
    moved = jitter(torch.ones(4, 5000, 3), 0.1, generator=rng()) - 1
    assert within(moved.flatten(), 0.0)
    assert within(moved.flatten().square(), 0.01)


@pytest.mark.parametrize("kind", CONVEX)
def test_of_a_convex_body_all_that_faces_the_camera_is_seen(kind, rng):
    solids = make_solids(kind, draw_sizes(kind, 4, generator=rng()))
    cloud = draw_surface(solids, 500, generator=rng(1))
    toward = draw_rotations("so3", 4, generator=rng(2))[:, 0]
    seen = seen_from(cloud.points, cloud.normals, toward)
    facing = (cloud.normals * toward[:, None]).sum(-1) > 0
    assert torch.equal(seen, facing)


def test_from_above_a_lamp_hides_its_pole(rng):
    """And of its plate what lies below the shade; its foot's rim is seen."""
    sizes = {"plate": 0.7, "pole": 0.1, "shade": 0.4, "height": 1.8, "neck": 0.2}
    lamp = make_solids("lamp", {k: torch.tensor([x]) for k, x in sizes.items()})
    cloud = draw_surface(lamp, 6000, generator=rng())
    seen = seen_from(cloud.points, cloud.normals, torch.tensor([[0.0, 0, 1]]))
    up = cloud.normals[..., 2] > 0.5
    radius = cloud.points[..., :2].norm(dim=-1)
    plate = up & (cloud.parts == 0)
    assert not seen[cloud.parts == 1].any()
    assert seen[plate & (radius > 0.52)].all()  # a pixel's diagonal beyond the shade
    assert not seen[plate & (radius < 0.3)].any()
    assert seen[up & (cloud.parts == 2)].all()


def test_chosen_points_are_seen_and_none_comes_twice_while_others_wait(rng):
    seen = torch.tensor([[True, False, True, True, True], [False, True] + [False] * 3])
    chosen = choose_points(seen, 3, generator=rng())
    assert seen.gather(1, chosen).all()
    assert len(chosen[0].unique()) == 3
    assert chosen[1].tolist() == [1, 1, 1]
    assert sorted(choose_points(seen, 4)[0].tolist()) == [0, 2, 3, 4]
    with pytest.raises(ValueError, match="row 1"):
        choose_points(seen & torch.tensor([[True], [False]]), 1)


@pytest.mark.parametrize("middle", ["box", "mean"])
def test_a_cloud_fits_the_unit_ball_wherever_it_was(middle, rng):
    points = torch.rand(3, 50, 3, generator=rng(), dtype=torch.float64)
    fitted = fit_ball(points, middle=middle)
    reach = fitted.norm(dim=-1).amax(1)
    torch.testing.assert_close(reach, torch.ones(3, dtype=torch.float64))
    torch.testing.assert_close(fit_ball(7 * points - 2, middle=middle), fitted)
    doubled = torch.cat([points, points[:, :9]], 1)
    same = torch.allclose(fit_ball(doubled, middle=middle)[:, :50], fitted)
    assert same == (middle == "box")


def test_a_cloud_without_extent_is_refused():
    with pytest.raises(ValueError, match="differ"):
        fit_ball(torch.ones(1, 4, 3))
    with pytest.raises(ValueError, match="'median'"):
        fit_ball(torch.rand(1, 4, 3), middle="median")
