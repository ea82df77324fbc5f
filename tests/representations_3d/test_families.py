"""Small networks of each family."""

import pytest
import torch

from dlnotes.representations_3d.families import FAMILIES, small_network
from dlnotes.representations_3d.objects import EIGHT, draw_upright, spoil


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_whatever_happens_to_a_cloud_the_network_takes_it(family, rng):
    """Also fewer points than it has neighbors and centers."""
    network, prepare = small_network(family, len(EIGHT))
    for points in spoil(
        draw_upright(1, 64, generator=rng(0)), generator=rng(1)
    ).values():
        scores = network(*prepare(points))
        assert scores.shape == (8, 8)
        assert scores.isfinite().all()


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_row_of_what_is_prepared_belongs_to_one_cloud(family, rng):
    """So a training may prepare all clouds first, and take rows of them."""
    network, prepare = small_network(family, 5)
    points = draw_upright(1, 32, generator=rng(0)).points
    scores = network.eval()(*prepare(points))
    alone = torch.cat([network(*prepare(one)) for one in points.split(1)])
    torch.testing.assert_close(scores, alone, rtol=1e-4, atol=1e-5)


def test_sizes_are_alike():
    """Within a factor of three."""
    networks = [small_network(family, 8).network for family in FAMILIES]
    sizes = [sum(p.numel() for p in network.parameters()) for network in networks]
    assert max(sizes) < 3 * min(sizes)


def test_another_name_is_refused():
    """With those that there are."""
    with pytest.raises(ValueError, match="got 'meshes'"):
        small_network("meshes", 8)
    with pytest.raises(ValueError, match="classes"):
        small_network("voxnet", 0)
