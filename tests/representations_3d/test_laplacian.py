"""Laplacians of graphs and meshes."""

import math

import numpy as np
import pytest
import torch
from scipy.sparse import csgraph

from dlnotes.representations_3d.laplacian import (
    cotangent_laplacian,
    graph_laplacian,
    lumped_mass,
    neighbor_graph,
    normalized_laplacian,
    slowest_waves,
)


@pytest.fixture
def weights(rng):
    """Of a graph with a vertex that has no edge."""
    some = torch.rand(6, 6, dtype=torch.float64, generator=rng()).triu(1)
    some[:, 3] = some[3] = 0
    return some + some.T


@pytest.fixture(scope="module")
def sphere():
    """A mesh of the unit sphere: triangles of an octahedron, cut in four four times."""
    corners = torch.cat([torch.eye(3), -torch.eye(3)]).double()
    faces = [[a, b, c] for a in (0, 3) for b in (1, 4) for c in (2, 5)]
    triangles = corners[torch.tensor(faces)]
    for _ in range(4):
        a, b, c = triangles.unbind(1)
        ab, bc, ca = ((x + y) / 2 for x, y in ((a, b), (b, c), (c, a)))
        parts = (a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)
        triangles = torch.cat([torch.stack(part, 1) for part in parts])
    places, index = triangles.flatten(0, 1).unique(dim=0, return_inverse=True)
    return torch.nn.functional.normalize(places, dim=1), index.view(-1, 3)


def test_laplacians_of_a_graph_are_those_of_scipy(weights):
    """Eq. (graph-laplacian) and Eq. (normalized-laplacian), also without an edge."""
    for function, normed in ((graph_laplacian, False), (normalized_laplacian, True)):
        wanted = csgraph.laplacian(weights.numpy(), normed=normed)
        np.testing.assert_allclose(function(weights), wanted, rtol=0, atol=1e-14)


def test_the_graph_joins_in_both_directions(rng):
    """A point is no neighbor of itself."""
    index = torch.randint(7, (3, 7, 2), generator=rng())
    joined = neighbor_graph(index)
    for b in range(3):
        for i in range(7):
            for j in range(7):
                wanted = i != j and (j in index[b, i] or i in index[b, j])
                assert joined[b, i, j] == wanted


@pytest.mark.parametrize(
    "index",
    [
        torch.full((1, 3, 1), 3),
        torch.full((1, 3, 1), -1),
        torch.zeros(3, 1, dtype=torch.int64),
        torch.zeros(1, 3, 1),
    ],
)
def test_numbers_of_no_point_are_refused(index):
    """And what is no table of numbers for each cloud."""
    with pytest.raises(ValueError, match="index must be"):
        neighbor_graph(index)


def test_the_quadratic_form_is_a_sum_over_edges(weights, rng):
    """So no eigenvalue is below 0, and constants are at 0."""
    x = torch.randn(6, dtype=torch.float64, generator=rng(1))
    pairs = weights * (x[:, None] - x).square() / 2
    assert x @ graph_laplacian(weights) @ x == pytest.approx(pairs.sum().item(), 1e-12)


def test_cotangents_are_the_energy_of_linear_functions(rng):
    """Eq. (cotangent-weights): half the integral of the squared slope.

    On each triangle the slope of the linear function with given values at the corners
    solves two equations, one an edge.
    """
    corners = torch.randn(8, 3, dtype=torch.float64, generator=rng())
    faces = torch.tensor([[0, 1, 2], [2, 1, 3], [4, 5, 6], [0, 6, 7], [7, 3, 2]])
    values, energy = torch.randn(8, dtype=torch.float64, generator=rng(1)), 0.0
    for face in faces.tolist():
        a, b, c = corners[face]
        edges = torch.stack([b - a, c - a])
        slope = torch.linalg.pinv(edges) @ (values[face[1:]] - values[face[0]])
        energy += slope.square().sum() * torch.linalg.cross(*edges).norm() / 2
    matrix = cotangent_laplacian(corners, faces)
    torch.testing.assert_close(values @ matrix @ values, energy, rtol=1e-10, atol=0)


def test_mass_is_the_area(sphere):
    """Eq. (lumped-mass)."""
    corners, faces = sphere
    a, b, c = corners[faces].unbind(1)
    area = torch.linalg.cross(b - a, c - a).norm(dim=1).sum() / 2
    mass = lumped_mass(corners, faces)
    assert mass.sum().item() == pytest.approx(area.item(), rel=1e-12)
    assert mass.sum().item() == pytest.approx(4 * math.pi, rel=0.01)


def test_the_sphere_has_its_eigenvalues(sphere):
    """Eq. (mesh-laplacian): l (l + 1), each 2 l + 1 times; errors fall with the mesh.

    An inscribed mesh of side h has a relative error of the order h^2 l (l + 1) / 12;
    here h is 0.12 and l is up to 3, so below 2 %.
    """
    corners, faces = sphere
    matrix, mass = cotangent_laplacian(corners, faces), lumped_mass(corners, faces)
    waves = slowest_waves(matrix, mass, 16)
    wanted = [float(n * (n + 1)) for n in range(4) for _ in range(2 * n + 1)]
    torch.testing.assert_close(
        waves.values, torch.tensor(wanted).double(), rtol=0.02, atol=1e-9
    )
    inner = waves.functions.T @ (mass[:, None] * waves.functions)
    torch.testing.assert_close(inner, torch.eye(16).double(), rtol=0, atol=1e-10)
    left = matrix @ waves.functions
    right = mass[:, None] * waves.functions * waves.values
    torch.testing.assert_close(left, right, rtol=0, atol=1e-10)


def test_a_triangle_without_area_is_refused():
    """By its number."""
    corners = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0]])
    with pytest.raises(ValueError, match="must have an area, got 1"):
        cotangent_laplacian(corners, torch.tensor([[0, 1, 2], [0, 1, 3]]))
