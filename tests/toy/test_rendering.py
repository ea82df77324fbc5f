"""Checks of dlnotes.toy.rendering."""

import math
from itertools import pairwise

import pytest
import torch

from dlnotes.toy.rendering import (
    camera_views,
    render_depth,
    triangle_areas,
    triangulate,
    voxelize,
    weld,
)
from dlnotes.toy.shapes import draw_surface, make_solids

BALL = make_solids("sphere", {"radius": torch.tensor([0.9], dtype=torch.float64)})
BLOCK = make_solids("cube", dict.fromkeys(("width", "depth", "height"), torch.ones(1)))


def test_a_block_of_six_squares_has_a_corner_for_each_place():
    corners, faces = triangulate(BLOCK, 3)
    assert corners.shape == (1, 6 * 16, 3)
    assert faces.shape == (6 * 18, 3)
    joined, faces = weld(corners[0], faces)
    assert len(joined) == 4**3 - 2**3
    assert len(faces) == 6 * 18
    assert triangle_areas(joined, faces).sum().item() == pytest.approx(6, rel=1e-6)


def test_euler_numbers_are_those_of_sphere_and_torus():
    sizes = {"ring": torch.ones(1), "thread": torch.ones(1) / 3}
    for solids, euler in ((BALL, 2), (BLOCK, 2), (make_solids("torus", sizes), 0)):
        corners, faces = triangulate(solids, 8)
        corners, faces = weld(corners[0], faces)
        assert len(corners) - len(faces) / 2 == euler  # edges are 3/2 of the faces


def test_welding_joins_across_the_borders_of_its_cells():
    edge = 0.5 + torch.tensor([-1e-3, 1e-3, 3.0])
    corners = edge[:, None].expand(3, 3)
    joined, faces = weld(corners, torch.tensor([[0, 1, 2]]), tolerance=1.0)
    assert len(joined) == 2
    assert len(faces) == 0


def test_voxels_of_a_surface_grow_by_the_square_and_cells_by_the_cube(rng):
    """A cell is marked exactly if the sphere passes it, and most marked ones are found.

    The number of cells that a surface passes is proportional to its area: 6 pi R^2 r^2
    for radius r in units of half the cube, since each axis adds the projected area.
    """
    points = draw_surface(BALL, 200_000, generator=rng()).points
    marked = []
    for size in (8, 16, 32):
        grid = voxelize(points, size)[0]
        line = (torch.arange(size + 1) / size * 2 - 1).double()
        low, high = line[:-1], line[1:]
        near = torch.where(
            (low < 0) & (high > 0), 0, torch.minimum(low.abs(), high.abs())
        )
        far = torch.maximum(low.abs(), high.abs())
        least, most = (
            x[:, None, None] ** 2 + x[:, None] ** 2 + x**2 for x in (near, far)
        )
        passed = (least <= 0.81) & (most >= 0.81)
        assert not (grid & ~passed).any()
        assert grid.sum() > 0.95 * passed.sum()
        marked.append(grid.sum().item())
    for few, many in pairwise(marked):
        assert 1.8 < math.log2(many / few) < 2.2


def test_a_voxel_holds_the_points_of_its_cube_and_others_are_left_out():
    points = torch.tensor([[[-0.9, 0.1, 0.9], [0.1, 0.1, 3.0]]])
    grid = voxelize(points, 4)
    assert grid.sum() == 1
    assert grid[0, 0, 2, 3]


@pytest.mark.parametrize("extent", [0.1, 0.7, 1.0, 3.3])
def test_the_faces_of_the_cube_belong_to_it(extent):
    """A point on a far face is in the last cell, one beyond it in none."""
    points = torch.tensor([[[1.0, 0, 0]], [[-1, 1, 1]], [[0, 1 + 1e-6, 0]]]) * extent
    grid = voxelize(points, 4, extent=extent)
    assert grid.nonzero().tolist() == [[0, 3, 2, 2], [1, 0, 3, 3]]
    image = render_depth(points, torch.eye(3)[None], 4, extent=extent)[:, 0]
    assert image.nonzero().tolist() == [[0, 1, 3], [1, 0, 0]]
    assert image[1, 0, 0] == 1


def test_a_depth_image_of_a_sphere_is_its_closed_form(rng):
    """In each pixel the depth lies between those of its nearest and farthest corner."""
    points = draw_surface(BALL, 200_000, generator=rng()).points
    views = camera_views(3)
    images = render_depth(points, views, 16)
    assert images.shape == (1, 3, 16, 16)
    line = (torch.arange(17) / 16 * 2 - 1).double()
    low, high = line[:-1], line[1:]
    far = torch.maximum(low.abs(), high.abs())
    near = torch.where(low * high < 0, 0, torch.minimum(low.abs(), high.abs()))
    least, most = (x[:, None] ** 2 + x**2 for x in (near, far))
    top = ((0.81 - least).clamp_min(0).sqrt() + 1) / 2
    inner, outside = most < 0.81, least > 0.81
    for image in images[0]:
        assert not image[outside].any()
        assert (image[inner] <= top[inner] + 1e-7).all()
        floor = ((0.81 - most).clamp_min(0).sqrt() + 1) / 2
        assert (image[inner] >= floor[inner] - 1e-7).all()


def test_an_image_has_its_right_and_its_top_where_the_camera_has_them():
    """A camera at the height of the x axis: right is y, up is z."""
    view = camera_views(1, elevation=0.0)
    points = torch.tensor([[[0.0, 0.9, 0.4], [0.5, 0.9, 0.4]]])
    image = render_depth(points, view, 10)[0, 0]
    assert image.count_nonzero() == 1
    assert image[2, 9].item() == pytest.approx(0.75)


def test_cameras_are_rotations_that_look_down_at_the_origin():
    views = camera_views(12).double()
    torch.testing.assert_close(
        views @ views.mT, torch.eye(3).double().expand(12, 3, 3), atol=1e-6, rtol=0
    )
    assert (torch.linalg.det(views) - 1).abs().max() < 1e-6
    assert (views[:, 2, 2] - 0.5).abs().max() < 1e-6
    assert views[:, 0, 2].abs().max() == 0


def test_bad_grids_are_refused():
    with pytest.raises(ValueError, match="resolution"):
        triangulate(BALL, 2)
    with pytest.raises(ValueError, match="points must be finite"):
        voxelize(torch.full((1, 1, 3), math.nan), 4)
