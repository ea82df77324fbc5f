"""The same solids as triangle meshes, voxel grids and depth images."""

import math

import torch
from einops import rearrange
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_finite, check_positive
from dlnotes.toy.shapes import Solids


def triangulate(solids: Solids, resolution: int) -> tuple[Tensor, Tensor]:
    """Cover each surface of solids with a grid of triangles.

    Corners lie on the surfaces. Where two surfaces touch, there are corners of both at
    the same places: `weld` joins them, and removes triangles without area.

    Args:
        solids: `B` solids.
        resolution: Cells along each side of a surface, 3 or more.

    Returns:
        Corners, shape `(B, V, 3)`, and for each triangle the numbers of its three,
        counterclockwise seen from outside, int64, shape `(F, 3)`.
    """
    check_count("resolution", resolution, least=3)
    areas = solids.areas
    line = torch.linspace(0, 1, resolution + 1, dtype=areas.dtype)
    grid = torch.cartesian_prod(line, line)
    where = grid.expand(len(areas), -1, -1)
    corners = [surface.place(where)[0] for surface in solids.surfaces]
    numbers = torch.arange(len(grid)).view(resolution + 1, -1)
    a, b = numbers[:-1, :-1], numbers[1:, :-1]
    c, d = numbers[1:, 1:], numbers[:-1, 1:]
    faces = torch.stack([a, b, c, a, c, d], -1).view(-1, 3)
    shifts = torch.arange(len(corners)).view(-1, 1, 1) * len(grid)
    return torch.cat(corners, 1), (faces + shifts).view(-1, 3)


def weld(
    corners: Tensor, faces: Tensor, *, tolerance: float = 1e-5
) -> tuple[Tensor, Tensor]:
    """Join the corners of one mesh that lie at the same place.

    Args:
        corners: Shape `(V, 3)`.
        faces: Numbers of corners, int64, shape `(F, 3)`.
        tolerance: Corners are at one place if their coordinates, in units of it, round
            to the same whole numbers, or if they share such a corner in a grid that is
            shifted by half a unit.

    Returns:
        The corners that are left, and the triangles with three different ones.
    """
    check_finite("corners", corners)
    check_positive("tolerance", tolerance)
    joined = torch.arange(len(corners))
    for shift in (0.0, 0.5):
        cells = (corners[joined].double() / tolerance + shift).round().long()
        group: Tensor = torch.unique(cells, dim=0, return_inverse=True)[1]
        first = torch.full((len(corners),), len(corners))
        first.scatter_reduce_(0, group, joined, "amin")
        joined = first[group]
    kept, number = torch.unique(joined, return_inverse=True)
    faces = number[faces]
    whole = (faces != faces.roll(1, -1)).all(-1)
    return corners[kept], faces[whole]


def triangle_areas(corners: Tensor, faces: Tensor) -> Tensor:
    """Measure triangles.

    Args:
        corners: Shape `(..., V, 3)`.
        faces: Numbers of corners, int64, shape `(F, 3)`.

    Returns:
        Areas, shape `(..., F)`.
    """
    a, b, c = corners[..., faces, :].unbind(-2)
    across: Tensor = torch.linalg.cross(b - a, c - a)
    return across.square().sum(-1).sqrt() / 2


def voxelize(points: Tensor, resolution: int, *, extent: float = 1.0) -> Tensor:
    """Mark the cells of a cube that contain a point.

    A surface is covered without gaps once its points are closer than half a cell; what
    lies outside of the cube is left out. The faces of the cube belong to it.

    Args:
        points: Shape `(B, N, 3)`.
        resolution: Cells along a side, `R`.
        extent: Half the side of the cube, whose middle is the origin.

    Returns:
        Truth values, shape `(B, R, R, R)`, by x, y and z.
    """
    check_finite("points", points)
    check_count("resolution", resolution)
    check_positive("extent", extent)
    cells, inside = _cells(points, resolution, extent)
    x, y, z = cells.unbind(-1)
    flat = (x * resolution + y) * resolution + z
    shape = len(points), resolution**3 + 1
    grid = torch.zeros(shape, dtype=torch.bool, device=points.device)
    grid = grid.scatter(1, torch.where(inside, flat, resolution**3), True)
    return grid[:, :-1].view(-1, *[resolution] * 3)


def camera_views(count: int, *, elevation: float = math.pi / 6) -> Tensor:
    """Place cameras in a circle around the z axis, all of them looking at the origin.

    Args:
        count: How many, `V`.
        elevation: Above the horizon, in radians.

    Returns:
        Shape `(V, 3, 3)`; rows are what is right, up, and toward the camera.
    """
    check_count("count", count)
    angle = 2 * math.pi * torch.arange(count, dtype=torch.float64) / count
    zero = torch.zeros_like(angle)
    low, high = math.cos(elevation), math.sin(elevation)
    right = torch.stack([-angle.sin(), angle.cos(), zero], -1)
    toward = [low * angle.cos(), low * angle.sin(), zero + high]
    camera = torch.stack(toward, -1)
    return torch.stack([right, torch.linalg.cross(camera, right), camera], 1).float()


def render_depth(
    points: Tensor, views: Tensor, resolution: int, *, extent: float = 1.0
) -> Tensor:
    """Draw depth images by parallel projection; in each pixel the nearest point wins.

    Args:
        points: Shape `(B, N, 3)`; dense, some eight to a pixel, or there are holes.
        views: Rows right, up and toward the camera, shape `(V, 3, 3)`.
        resolution: Pixels along a side, `R`.
        extent: Half the side of the cube that is seen.

    Returns:
        Shape `(B, V, R, R)`, rows from top to bottom: 0 where nothing is seen, else
        from 0 at the far side of the cube to 1 at its near side.
    """
    check_finite("points", points)
    check_count("resolution", resolution)
    check_positive("extent", extent)
    turned = torch.einsum("bnc,vdc->bvnd", points, views.to(points))
    cells, inside = _cells(turned, resolution, extent)
    pixel = (resolution - 1 - cells[..., 1]) * resolution + cells[..., 0]
    depth = torch.where(inside, (turned[..., 2] / extent + 1) / 2, 0)
    image = depth.new_zeros(*depth.shape[:2], resolution**2)
    image.scatter_reduce_(2, torch.where(inside, pixel, 0), depth, "amax")
    return rearrange(image, "b v (h w) -> b v h w", h=resolution)


def _cells(points: Tensor, resolution: int, extent: float) -> tuple[Tensor, Tensor]:
    """Numbers of cells along each axis, and whether points are inside of the cube."""
    cells = ((points / extent + 1) / 2 * resolution).floor().long()
    border = (cells == resolution) & (points <= extent)  # of the last cell
    inside = ((cells >= 0) & ((cells < resolution) | border)).all(-1)
    return cells.clamp(0, resolution - 1), inside
