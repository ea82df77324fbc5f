"""What happens to clouds of points: turns, noise, a camera that sees one side."""

import torch
from torch import Generator, Tensor

from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_floating,
    check_positive,
)
from dlnotes.toy.rendering import render_depth

PROTOCOLS = ("none", "z", "so3")


def draw_rotations(
    protocol: str, count: int, *, generator: Generator | None = None
) -> Tensor:
    """Draw rotations.

    Args:
        protocol: "none" for no turn, "z" for a uniform angle around the z axis, "so3"
            for the uniform (Haar) distribution on all rotations.
        count: How many, `B`.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Shape `(B, 3, 3)`, float32.
    """
    check_count("count", count, least=0)
    if protocol not in PROTOCOLS:
        raise ValueError(f"protocol must be one of {PROTOCOLS}, got {protocol!r}")
    four = torch.randn(count, 4, dtype=torch.float64, generator=generator)
    if protocol == "none":
        four = four.new_tensor([1.0, 0, 0, 0]).expand(count, 4)
    if protocol == "z":
        four = four * four.new_tensor([1.0, 0, 0, 1])
    return _from_quaternions(four / four.norm(dim=-1, keepdim=True)).float()


def turn_clouds(vectors: Tensor, rotations: Tensor) -> Tensor:
    """Turn points or normals, each cloud by its rotation.

    Args:
        vectors: Shape `(B, N, 3)`.
        rotations: Shape `(B, 3, 3)`.

    Returns:
        Shape `(B, N, 3)`.
    """
    return vectors @ rotations.to(vectors).mT


def jitter(points: Tensor, std: float, *, generator: Generator | None = None) -> Tensor:
    """Move each coordinate by a normal distance.

    Args:
        points: Shape `(B, N, 3)`.
        std: Standard deviation, positive.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Shape `(B, N, 3)`.
    """
    check_finite("points", points)
    check_positive("std", std, like=points)
    noise = torch.randn(points.shape, dtype=points.dtype, generator=generator)
    return points + std * noise


def seen_from(
    points: Tensor, normals: Tensor, toward: Tensor, *, resolution: int = 24
) -> Tensor:
    """Tell which points a far camera sees.

    A point is seen if its normal points to the camera and no other point of its pixel
    is nearer by more than the slope of its own tangent plane explains. So of a convex
    body all that faces the camera is seen.

    Args:
        points: Shape `(B, N, 3)`.
        normals: Outward, of length 1, shape `(B, N, 3)`.
        toward: Direction to the camera, of length 1, shape `(B, 3)`.
        resolution: Pixels along a side of the image in which points hide each other.

    Returns:
        Truth values, shape `(B, N)`.
    """
    check_finite("points", points)
    check_floating("normals", normals)
    if not len(points):
        return torch.zeros(points.shape[:2], dtype=torch.bool, device=points.device)
    extent = float(points.norm(dim=-1).max()) * (1 + 1e-3)
    turned = points @ _views_to(toward).mT
    front = render_depth(turned, torch.eye(3)[None], resolution, extent=extent)
    column, row = (
        ((turned[..., axis] / extent + 1) / 2 * resolution).floor().long()
        for axis in (0, 1)
    )
    pixel = (resolution - 1 - row) * resolution + column
    nearest = (front.flatten(1).gather(1, pixel) * 2 - 1) * extent
    facing = (normals * toward[:, None]).sum(-1)
    slope = (1 - facing.square()).clamp_min(0).sqrt() / facing.clamp_min(1e-6)
    explained = 2**0.5 * (2 * extent / resolution) * slope + 1e-4 * extent
    return (facing > 0) & (nearest - turned[..., 2] <= explained)


def choose_points(
    seen: Tensor, count: int, *, generator: Generator | None = None
) -> Tensor:
    """Choose as many points of each cloud, among those that are seen.

    Args:
        seen: Truth values, shape `(B, N)`, with at least one true in each row.
        count: How many, `M`; where fewer are seen, all of them come, and some again.
        generator: Source of randomness; `None` means torch's global one.

    Returns:
        Numbers of points, int64, shape `(B, M)`.
    """
    check_count("count", count)
    found = seen.sum(1, keepdim=True)
    if not bool((found > 0).all()):
        row = int((found[:, 0] == 0).nonzero()[0])
        raise ValueError(f"seen must have a true entry in each row, row {row} has none")
    order = torch.rand(seen.shape, generator=generator).masked_fill(~seen, 2).argsort(1)
    return order.gather(1, torch.arange(count).expand(len(seen), -1) % found)


def fit_ball(points: Tensor, *, middle: str = "box") -> Tensor:
    """Center clouds, then scale each so that its farthest point is at distance 1.

    Args:
        points: Shape `(B, N, 3)`; in each cloud two points differ.
        middle: "box" for the center of the bounding box, which the density of points
            does not move; "mean" for their mean, as in PointNet.

    Returns:
        Shape `(B, N, 3)`.
    """
    check_finite("points", points)
    if middle not in ("box", "mean"):
        raise ValueError(f"middle must be 'box' or 'mean', got {middle!r}")
    if middle == "box":
        center = (points.amax(1, keepdim=True) + points.amin(1, keepdim=True)) / 2
    else:
        center = points.mean(1, keepdim=True)
    radius = (points - center).norm(dim=-1).amax(1)[:, None, None]
    differ = (points.amax(1) > points.amin(1)).any(-1)
    if not bool((differ & (radius[:, 0, 0] > 0)).all()):
        raise ValueError("points must differ within each cloud, got a single place")
    fitted: Tensor = (points - center) / radius
    return fitted


def _from_quaternions(four: Tensor) -> Tensor:
    w, x, y, z = four.unbind(-1)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def _views_to(toward: Tensor) -> Tensor:
    """Rows right, up and toward the camera, shape `(B, 3, 3)`."""
    least = toward.abs().argmin(-1)
    aside = torch.nn.functional.one_hot(least, 3).to(toward)
    right = torch.linalg.cross(aside, toward)
    right = right / right.norm(dim=-1, keepdim=True)
    return torch.stack([right, torch.linalg.cross(toward, right), toward], 1)
