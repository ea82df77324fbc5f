"""Laplacians of graphs and of meshes, and the waves that they have."""

from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_count, check_finite, first_where, holds
from dlnotes.blocks.distances import safe_root
from dlnotes.blocks.grouping import check_index
from dlnotes.blocks.precision import widen_half


class Modes(NamedTuple):
    """Waves of a mesh or a graph, the slowest first.

    Attributes:
        values: Eigenvalues, `(K,)`, one over the square of a length on a mesh.
        functions: What each is at the vertices, `(V, K)`; sums of squares, weighted by
            the mass, are 1. The sign of each is arbitrary, and where eigenvalues are
            equal, so is the choice of functions among their combinations.
    """

    values: Tensor
    functions: Tensor


def neighbor_graph(index: Tensor) -> Tensor:
    """Join each point with its neighbors, in both directions.

    Args:
        index: Numbers of the neighbors of each point, integers `(B, N, K)`, each within
            its own cloud. An edge to the point itself does not count.

    Returns:
        1 where two points are joined, else 0, symmetric, float32 `(B, N, N)`.

    Examples:
        >>> import torch
        >>> neighbor_graph(torch.tensor([[[1], [1], [1]]]))
        tensor([[[0., 1., 0.],
                 [1., 0., 1.],
                 [0., 1., 0.]]])
    """
    check_index("index", index, index)
    batch, count, _ = index.shape
    joined = torch.zeros(batch, count, count, device=index.device)
    joined = joined.scatter(2, index.long(), 1.0)
    joined = joined.maximum(joined.mT)
    return joined * (1 - torch.eye(count, device=index.device))


@widen_half
def graph_laplacian(weights: Tensor) -> Tensor:
    """Subtract weights from degrees, Eq. (graph-laplacian).

    Args:
        weights: Of the edges, symmetric, 0 or more, `(..., N, N)`.

    Returns:
        Shape `(..., N, N)`. Rows sum to 0.

    Examples:
        >>> import torch
        >>> graph_laplacian(torch.tensor([[0.0, 2.0], [2.0, 0.0]]))
        tensor([[ 2., -2.],
                [-2.,  2.]])
    """
    _check_weights(weights)
    degrees = weights.sum(-1)
    _check_degrees(degrees, degrees)
    return torch.diag_embed(degrees) - weights


@widen_half
def normalized_laplacian(weights: Tensor) -> Tensor:
    """Divide by the roots of degrees on both sides, Eq. (normalized-laplacian).

    Args:
        weights: Of the edges, symmetric, 0 or more, `(..., N, N)`.

    Returns:
        Shape `(..., N, N)`, eigenvalues from 0 to 2. The row and the column of a vertex
        without edges are 0.

    Raises:
        ValueError: Also for weights of which a sum overflows, or the inverse of a sum.
    """
    _check_weights(weights)
    degrees = weights.sum(-1)
    joined = degrees > 0
    roots = degrees.where(joined, 1).rsqrt()
    _check_degrees(degrees, roots.square())
    inner = weights * roots[..., :, None] * roots[..., None, :]
    return torch.diag_embed(degrees * roots.square()) - inner


@widen_half
def cotangent_laplacian(corners: Tensor, faces: Tensor) -> Tensor:
    """Weigh edges by the angles that face them, Eq. (cotangent-weights).

    Args:
        corners: Of the triangles of one mesh, `(V, 3)`.
        faces: Numbers of the corners of each, int64 `(F, 3)`.

    Returns:
        Shape `(V, V)`, symmetric, rows sum to 0, no eigenvalue below 0. Entries beside
        the diagonal may be above 0 where angles are obtuse.

    Raises:
        ValueError: Also for a triangle that rounding does not tell from a flat one,
            whose angles are undefined.
    """
    _check_mesh(corners, faces)
    triangles = corners[faces]
    one, other = triangles.roll(-1, 1) - triangles, triangles.roll(-2, 1) - triangles
    squares = torch.linalg.cross(one, other).square().sum(-1)  # of twice the area
    _check_areas(faces, triangles.detach(), squares.detach())
    halves = (one * other).sum(-1) / squares.sqrt() / 2  # cotangents at the corners
    start, end = faces.roll(-1, 1).flatten(), faces.roll(-2, 1).flatten()
    weights = corners.new_zeros(len(corners), len(corners))
    weights = weights.index_put((start, end), halves.flatten(), accumulate=True)
    weights = weights + weights.mT
    return torch.diag_embed(weights.sum(-1)) - weights


@widen_half
def lumped_mass(corners: Tensor, faces: Tensor) -> Tensor:
    """Give each corner a third of its triangles' areas, Eq. (lumped-mass).

    Args:
        corners: Of the triangles of one mesh, `(V, 3)`.
        faces: Numbers of the corners of each, int64 `(F, 3)`.

    Returns:
        Shape `(V,)`; they sum to the area of the mesh.
    """
    _check_mesh(corners, faces)
    a, b, c = corners[faces].unbind(1)
    squares = torch.linalg.cross(b - a, c - a).square().sum(-1)
    thirds = safe_root(squares) / 6
    mass = corners.new_zeros(len(corners))
    return mass.index_add(0, faces.flatten(), thirds.repeat_interleave(3))


def slowest_waves(laplacian: Tensor, mass: Tensor, count: int) -> Modes:
    """Solve for the smallest eigenvalues of a mesh or a graph, Eq. (mesh-laplacian).

    The whole matrix is decomposed, so this is for some thousand vertices. No gradient
    flows: equal eigenvalues have none.

    Args:
        laplacian: Symmetric, `(V, V)`.
        mass: Of the vertices, above 0, `(V,)`; ones for a graph.
        count: How many waves, `K`.
    """
    check_finite("laplacian", laplacian)
    check_finite("mass", mass)
    if mass.ndim != 1 or laplacian.shape != (len(mass), len(mass)):
        shapes = tuple(laplacian.shape), tuple(mass.shape)
        raise ValueError(f"laplacian and mass must be (V, V) and (V,), got {shapes}")
    check_count("count", count, most=len(mass))
    _check_symmetric("laplacian", laplacian)
    if not holds(mass > 0):
        raise ValueError(f"mass must be above 0, got {mass.min().item()}")
    roots = mass.detach().double().rsqrt()
    inner = laplacian.detach().double() * roots[:, None] * roots
    values, vectors = torch.linalg.eigh((inner + inner.mT) / 2)
    functions = roots[:, None] * vectors[:, :count]
    return Modes(values[:count].to(mass), functions.to(mass))


def _check_weights(weights: Tensor) -> None:
    check_finite("weights", weights)
    shape = tuple(weights.shape)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ValueError(f"weights must be (..., N, N), got {shape}")
    if not holds(weights >= 0):
        raise ValueError(f"weights must be 0 or more, got {weights.min().item()}")
    _check_symmetric("weights", weights, slack=0.0)


def _check_degrees(degrees: Tensor, needed: Tensor) -> None:
    """Refuse sums that are too large, or for which what is needed of them is."""
    good = degrees.detach().isfinite() & needed.detach().isfinite()
    if not holds(good):
        odd = first_where(degrees, ~good)
        raise ValueError(f"weights must have finite sums with inverses, got {odd}")


def _check_mesh(corners: Tensor, faces: Tensor) -> None:
    check_finite("corners", corners)
    if not isinstance(faces, Tensor):
        raise TypeError(f"faces must be a tensor, got {type(faces).__name__}")
    if corners.ndim != 2 or corners.shape[1] != 3:
        raise ValueError(f"corners must be (V, 3), got {tuple(corners.shape)}")
    if faces.dtype != torch.int64 or faces.ndim != 2 or faces.shape[1] != 3:
        given = f"{faces.dtype} {tuple(faces.shape)}"
        raise ValueError(f"faces must be int64 (F, 3), got {given}")
    if not holds((faces >= 0) & (faces < len(corners))):
        raise ValueError(f"faces must name corners from 0 to {len(corners) - 1}")


def _check_areas(faces: Tensor, triangles: Tensor, squares: Tensor) -> None:
    """Refuse a triangle that rounding does not tell from a flat one.

    A corner is rounded by up to half an epsilon of its distance from the origin, a side
    by twice that; twice the area is then off by two longest sides times this. Products
    add as much again for sides up to twice that distance: eight epsilon together.
    """
    longest = (triangles.roll(-1, 1) - triangles).square().sum(-1).amax(1)
    farthest = triangles.square().sum(-1).amax(1)
    limit = (8 * torch.finfo(squares.dtype).eps) ** 2 * longest * farthest
    good = squares.amin(1) > limit
    if not holds(good):
        face = faces[~good][0].tolist()
        raise ValueError(f"faces must have an area, got one of corners {face}")


def _check_symmetric(name: str, matrix: Tensor, *, slack: float | None = None) -> None:
    """By default half of the digits must agree, relative to the largest entry."""
    if not matrix.numel():
        return
    matrix = matrix.detach()
    slack = torch.finfo(matrix.dtype).eps ** 0.5 if slack is None else slack
    gap = (matrix - matrix.mT).abs()
    if not holds(gap <= slack * matrix.abs().amax((-2, -1), keepdim=True)):
        odd = gap.max().item()
        raise ValueError(f"{name} must be symmetric, got a difference of {odd}")
