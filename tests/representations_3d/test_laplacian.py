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
from tests.representations_3d.peers import get_mesh_laplacian

FACES = torch.tensor([[0, 1, 2], [2, 1, 3], [4, 5, 6], [0, 6, 7], [7, 3, 2]])


@pytest.fixture
def weights(rng):
    """Of a graph with a vertex that has no edge."""
    some = torch.rand(6, 6, dtype=torch.float64, generator=rng()).triu(1)
    some[:, 3] = some[3] = 0
    return some + some.T


def sphere(cuts):
    """A mesh of the unit sphere: triangles of an octahedron, each cut in four often."""
    corners = torch.cat([torch.eye(3), -torch.eye(3)]).double()
    faces = [[a, b, c] for a in (0, 3) for b in (1, 4) for c in (2, 5)]
    triangles = corners[torch.tensor(faces)]
    for _ in range(cuts):
        a, b, c = triangles.unbind(1)
        ab, bc, ca = ((x + y) / 2 for x, y in ((a, b), (b, c), (c, a)))
        parts = (a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)
        triangles = torch.cat([torch.stack(part, 1) for part in parts])
    places, index = triangles.flatten(0, 1).unique(dim=0, return_inverse=True)
    return torch.nn.functional.normalize(places, dim=1), index.view(-1, 3)


@pytest.fixture
def crumpled(rng):
    """Five triangles in space, some of them obtuse."""
    return torch.randn(8, 3, dtype=torch.float64, generator=rng()), FACES


def test_laplacians_of_a_graph_are_those_of_scipy(weights):
    """Eq. (graph-laplacian) and Eq. (normalized-laplacian), also without an edge."""
    for function, normed in ((graph_laplacian, False), (normalized_laplacian, True)):
        wanted = csgraph.laplacian(weights.numpy(), normed=normed)
        np.testing.assert_allclose(function(weights), wanted, rtol=0, atol=1e-14)


def test_the_graph_joins_in_both_directions(rng):
    """A point is no neighbor of itself."""
    index = torch.randint(7, (3, 7, 2), generator=rng())
    joined = neighbor_graph(index)
    assert torch.equal(neighbor_graph(index.int()), joined)
    for b in range(3):
        for i in range(7):
            for j in range(7):
                wanted = i != j and (j in index[b, i] or i in index[b, j])
                assert joined[b, i, j] == wanted


@pytest.mark.parametrize(
    ("index", "error"),
    [
        (torch.full((1, 3, 1), 3), "index must be from 0 to 2, got 3"),
        (torch.full((1, 3, 1), -1), "index must be from 0 to 2, got -1"),
        (torch.zeros(3, 1, dtype=torch.int64), "index must be"),
        (torch.zeros(1, 3, 1), "index must hold integers, got torch.float32"),
    ],
)
def test_numbers_of_no_point_are_refused(index, error):
    """And what is no table of numbers for each cloud."""
    with pytest.raises((ValueError, TypeError), match=error):
        neighbor_graph(index)


def test_the_quadratic_form_is_a_sum_over_edges(weights, rng):
    """So no eigenvalue is below 0, and constants are at 0."""
    x = torch.randn(6, dtype=torch.float64, generator=rng(1))
    pairs = weights * (x[:, None] - x).square() / 2
    assert x @ graph_laplacian(weights) @ x == pytest.approx(pairs.sum().item(), 1e-12)


def test_cotangents_are_the_energy_of_linear_functions(crumpled, rng):
    """Eq. (cotangent-weights): half the integral of the squared slope.

    On each triangle the slope of the linear function with given values at the corners
    solves two equations, one an edge.
    """
    corners, faces = crumpled
    values, energy = torch.randn(8, dtype=torch.float64, generator=rng(1)), 0.0
    for face in faces.tolist():
        a, b, c = corners[face]
        edges = torch.stack([b - a, c - a])
        slope = torch.linalg.pinv(edges) @ (values[face[1:]] - values[face[0]])
        energy += slope.square().sum() * torch.linalg.cross(*edges).norm() / 2
    matrix = cotangent_laplacian(corners, faces)
    torch.testing.assert_close(values @ matrix @ values, energy, rtol=1e-10, atol=0)


def test_the_mesh_is_that_of_torch_geometric(crumpled):
    """Eq. (cotangent-weights), divided by Eq. (lumped-mass); of opposite sign."""
    corners, faces = crumpled
    matrix, mass = cotangent_laplacian(corners, faces), lumped_mass(corners, faces)
    for name, wanted in ((None, matrix), ("rw", matrix / mass[:, None])):
        edges, entries = get_mesh_laplacian(corners, faces.T, name)
        found = torch.zeros(8, 8).double().index_put(tuple(edges), entries)
        torch.testing.assert_close(-found, wanted, rtol=1e-12, atol=1e-12)


def test_obtuse_angles_give_negative_weights_and_no_negative_eigenvalue(crumpled):
    """Eq. (cotangent-weights) still sums squares; on one part only constants give 0."""
    matrix = cotangent_laplacian(*crumpled)
    assert (matrix - matrix.diag().diag()).max() > 1e-3
    values = torch.linalg.eigvalsh(matrix)
    rounding = 8 * torch.finfo(matrix.dtype).eps * values[-1]
    assert values[0].abs() < rounding
    assert values[1] > 1e-3
    assert (matrix.sum(1).abs() < rounding).all()


def test_mass_is_the_area():
    """Eq. (lumped-mass)."""
    corners, faces = sphere(4)
    a, b, c = corners[faces].unbind(1)
    area = torch.linalg.cross(b - a, c - a).norm(dim=1).sum() / 2
    mass = lumped_mass(corners, faces)
    assert mass.sum().item() == pytest.approx(area.item(), rel=1e-12)
    assert mass.sum().item() == pytest.approx(4 * math.pi, rel=0.01)


def test_the_sphere_has_its_eigenvalues():
    """Eq. (mesh-laplacian): l (l + 1), each 2 l + 1 times; errors fall with the mesh.

    An inscribed mesh of side h has a relative error of the order h^2 l (l + 1) / 12;
    here h is 0.12 and l is up to 3, so below 2 %. With sides twice as long, the errors
    are four times as large but for terms in h^4.
    """
    wanted = torch.tensor([n * (n + 1.0) for n in range(4) for _ in range(2 * n + 1)])
    errors = []
    for cuts in (3, 4):
        corners, faces = sphere(cuts)
        matrix, mass = cotangent_laplacian(corners, faces), lumped_mass(corners, faces)
        waves = slowest_waves(matrix, mass, 16)
        errors.append((waves.values - wanted)[1:].abs().max())
    assert 3.5 < errors[0] / errors[1] < 4.5
    torch.testing.assert_close(waves.values, wanted.double(), rtol=0.02, atol=1e-9)
    inner = waves.functions.T @ (mass[:, None] * waves.functions)
    torch.testing.assert_close(inner, torch.eye(16).double(), rtol=0, atol=1e-10)
    left = matrix @ waves.functions
    right = mass[:, None] * waves.functions * waves.values
    torch.testing.assert_close(left, right, rtol=0, atol=1e-10)


def test_a_triangle_without_area_is_refused():
    """By its corners."""
    corners = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0]])
    with pytest.raises(ValueError, match=r"an area, got one of corners \[0, 1, 3\]"):
        cotangent_laplacian(corners, torch.tensor([[0, 1, 2], [0, 1, 3]]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_rounding_makes_no_area(dtype, scale, rng):
    """Three places on a line, rounded; a thin triangle of known angle passes."""
    start, step = torch.randn(2, 100, 3, dtype=dtype, generator=rng()) * scale
    face = torch.tensor([[0, 1, 2]])
    for one, other in zip(start, step, strict=True):
        line = torch.stack([one, one + 0.37 * other, one + other])
        with pytest.raises(ValueError, match="must have an area"):
            cotangent_laplacian(line, face)
    thin = torch.tensor([[0, 0, 0], [1, 0, 0], [0, 1e-4, 0]], dtype=dtype) * scale
    found = cotangent_laplacian(thin, face)[0, 2]
    assert found.item() == pytest.approx(-0.5e4, rel=1e-5)


def test_a_matrix_of_two_directions_has_no_waves(weights):
    """Rounding passes: products of three factors depend on their order."""
    slowest_waves(normalized_laplacian(weights), torch.ones(6).double(), 2)
    with pytest.raises(ValueError, match=r"symmetric, got a difference of 1\.0"):
        slowest_waves(torch.tensor([[1.0, -1], [0, 0]]), torch.ones(2), 1)


@pytest.mark.parametrize("function", [graph_laplacian, normalized_laplacian])
def test_sums_that_overflow_are_refused_and_no_point_has_no_sum(function):
    joined = 1 - torch.eye(3)
    with pytest.raises(ValueError, match=r"weights must have finite sums .* got inf"):
        function(3e38 * joined)
    assert function(joined[:0, :0]).shape == (0, 0)
    assert function(torch.ones(2, 0, 0)).shape == (2, 0, 0)


def test_sums_whose_inverse_overflows_are_refused():
    """Eq. (normalized-laplacian): in float32 that of 2e-42 does, of 2e-37 does not."""
    joined = 1 - torch.eye(3)
    with pytest.raises(ValueError, match=r"finite sums with inverses, got 2\.0.*e-42"):
        normalized_laplacian(1e-42 * joined)
    found = normalized_laplacian(1e-37 * joined)
    torch.testing.assert_close(found, normalized_laplacian(joined))


@pytest.mark.parametrize("mass", [torch.ones(3, 1), torch.ones(1, 3), torch.ones(())])
def test_masses_in_another_shape_are_refused(mass):
    """A column would be taken for a matrix."""
    with pytest.raises(ValueError, match=r"must be \(V, V\) and \(V,\)"):
        slowest_waves(graph_laplacian(1 - torch.eye(3)), mass, 1)
