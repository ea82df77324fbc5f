"""Filters on graphs."""

import pytest
import torch

from dlnotes.representations_3d.laplacian import normalized_laplacian
from dlnotes.representations_3d.spectral import (
    ChebNet,
    chebyshev_filter,
    chebyshev_terms,
    heat_signature,
    spectral_filter,
)
from tests.representations_3d.peers import ChebConv
from tests.weights import enliven


@pytest.fixture
def ring():
    """A ring of twelve vertices: its eigenvalues come in equal pairs."""
    steps = torch.arange(12)
    far = (steps[:, None] - steps).abs()
    return (torch.minimum(far, 12 - far) == 1).double()


@pytest.fixture
def signal(rng):
    return torch.randn(12, 3, dtype=torch.float64, generator=rng(3))


def test_a_polynomial_of_the_matrix_is_one_of_the_eigenvalues(ring, signal, rng):
    """Eq. (chebyshev) is Eq. (spectral-filter) with cos(k arccos) of each value."""
    laplacian = normalized_laplacian(ring) - torch.eye(12)
    values, functions = torch.linalg.eigh(laplacian)
    weights = torch.randn(5, dtype=torch.float64, generator=rng())
    angles = values.clamp(-1, 1).arccos()
    response = (weights[:, None] * (torch.arange(5)[:, None] * angles).cos()).sum(0)
    wanted = spectral_filter(functions, response, signal)
    found = chebyshev_filter(
        laplacian, signal, weights[:, None, None] * torch.eye(3).double()
    )
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-12)


def test_a_term_sees_as_many_edges_as_its_degree(ring):
    """And no farther: on a ring, exactly the vertices within that distance."""
    laplacian = normalized_laplacian(ring) - torch.eye(12)
    peak = torch.eye(12)[:, :1].double()
    terms = chebyshev_terms(laplacian, peak, 5)[:, :, 0]
    steps = torch.arange(12).minimum(12 - torch.arange(12))
    for degree in range(5):
        assert (terms[steps > degree, degree] == 0).all()
        assert (terms[steps == degree, degree] != 0).all()


def test_signs_and_bases_change_waves_and_no_filter(ring, signal, rng):
    """A filter treats equal eigenvalues alike; so does the heat signature."""
    values, functions = torch.linalg.eigh(normalized_laplacian(ring))
    others = functions.clone()
    turn = torch.linalg.qr(torch.randn(2, 2, generator=rng()).double())[0]
    others[:, 1:3] = functions[:, 1:3] @ turn  # the first pair of equal eigenvalues
    others[:, -1] *= -1
    assert values[1].item() == pytest.approx(values[2].item(), rel=1e-12)
    assert (others - functions).abs().max() > 0.1
    response, times = (-values).exp(), torch.tensor([0.5, 2.0]).double()
    for one, other in (
        (spectral_filter(x, response, signal) for x in (functions, others)),
        (heat_signature(values, x, times) for x in (functions, others)),
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def test_heat_stays_as_the_exponential_of_the_matrix_says(ring):
    """All of its diagonal."""
    laplacian = normalized_laplacian(ring)
    found = heat_signature(
        *torch.linalg.eigh(laplacian), torch.tensor([0.7], dtype=torch.float64)
    )
    wanted = torch.matrix_exp(-0.7 * laplacian).diagonal()
    torch.testing.assert_close(found[:, 0], wanted, rtol=0, atol=1e-12)


def test_the_filter_is_that_of_torch_geometric(ring, signal):
    """With copied weights; its largest eigenvalue is 2 by default."""
    peer = ChebConv(3, 4, 3).double()
    weights = torch.stack([layer.weight.mT for layer in peer.lins])
    laplacian = normalized_laplacian(ring) - torch.eye(12)
    found = chebyshev_filter(laplacian, signal, weights) + peer.bias
    edges = ring.nonzero().T
    torch.testing.assert_close(found, peer(signal, edges), rtol=0, atol=1e-12)


def test_the_network_is_its_formula_with_layers_of_torch_geometric(ring, rng):
    """Eq. (chebyshev) in each layer with copied weights, forward and every gradient."""
    network = ChebNet(5, order=4, widths=(6, 7), head=(8,))
    enliven(network, rng(7))
    network = network.double().eval()
    points = torch.randn(2, 12, 3, dtype=torch.float64, generator=rng())
    points.requires_grad_()
    laplacian, edges = normalized_laplacian(ring) - torch.eye(12), ring.nonzero().T
    scores = []
    for current in points:
        for layer in network.filters:
            linear, *others = layer.layers[0]
            peer = ChebConv(current.shape[1], linear.out_features, 4).double()
            parts = linear.weight.chunk(4, 1)  # the terms stand side by side
            for theirs, ours in zip(peer.lins, parts, strict=True):
                del theirs.weight
                theirs.weight = ours
            current = peer(current, edges) - peer.bias + linear.bias
            for other in others:
                current = other(current)
        scores.append(network.head(current.max(0, keepdim=True).values)[0])
    results = network(points, laplacian), torch.stack(scores)
    torch.testing.assert_close(*results, rtol=1e-9, atol=1e-11)
    inputs = [points, *network.parameters()]
    slope = torch.randn(2, 5, dtype=torch.float64, generator=rng(5))
    one, other = (torch.autograd.grad(r, inputs, slope) for r in results)
    for a, b in zip(one, other, strict=True):
        assert (a != 0).any()
        torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-10)


def test_one_polynomial_sees_each_point_alone(ring, rng):
    """Of degree 0: the graph does not matter."""
    network = ChebNet(5, order=1, widths=(8,)).double().eval()
    points = torch.randn(2, 12, 3, dtype=torch.float64, generator=rng())
    assert torch.equal(network(points, ring), network(points, 0 * ring))


def test_the_network_does_not_see_numbers_of_vertices(ring, rng):
    """Points and graph may be put in another order; scores change by rounding."""
    network = ChebNet(5, widths=(8, 16), head=(8,)).double().eval()
    points = torch.randn(2, 12, 3, dtype=torch.float64, generator=rng())
    laplacian = (normalized_laplacian(ring) - torch.eye(12)).expand(2, -1, -1)
    order = torch.randperm(12, generator=rng(1))
    turned = network(points[:, order], laplacian[:, order][:, :, order])
    torch.testing.assert_close(turned, network(points, laplacian), rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match="points must have shape"):
        network(points[..., :2], laplacian)
    with pytest.raises(
        ValueError, match=r"laplacian must have shape \(2, 12, 12\), got"
    ):
        network(points, laplacian[:, 1:])
    with pytest.raises(ValueError, match="laplacian must be finite, got nan"):
        network(points, laplacian * torch.nan)
