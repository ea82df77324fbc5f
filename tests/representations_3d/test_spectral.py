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


def test_the_network_does_not_see_numbers_of_vertices(ring, rng):
    """Points and graph may be put in another order; scores change by rounding."""
    network = ChebNet(5, widths=(8, 16), head=(8,)).double().eval()
    points = torch.randn(2, 12, 3, dtype=torch.float64, generator=rng())
    laplacian = (normalized_laplacian(ring) - torch.eye(12)).expand(2, -1, -1)
    order = torch.randperm(12, generator=rng(1))
    turned = network(points[:, order], laplacian[:, order][:, :, order])
    torch.testing.assert_close(turned, network(points, laplacian), rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match="points must be"):
        network(points[..., :2], laplacian)
