"""A small network of each family, and what it makes of a cloud before it looks."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_count
from dlnotes.representations_3d.dgcnn import DGCNN
from dlnotes.representations_3d.edges import find_edges
from dlnotes.representations_3d.hierarchy import HierarchicalEncoder
from dlnotes.representations_3d.laplacian import neighbor_graph, normalized_laplacian
from dlnotes.representations_3d.mvcnn import MVCNN
from dlnotes.representations_3d.pointnet import PointEncoder, PointNet
from dlnotes.representations_3d.pointnet2 import PointNet2
from dlnotes.representations_3d.spectral import ChebNet
from dlnotes.representations_3d.voxnet import VoxNet, occupancy
from dlnotes.toy.rendering import camera_views, render_depth

SIDE = 16  # of images in pixels, and of grids in cells
VIEWS = 6
NEIGHBORS = 8


class Family(NamedTuple):
    """A network for clouds.

    Attributes:
        network: Maps what is prepared to scores `(B, classes)`.
        prepare: Makes from clouds `(B, N, 3)` in the ball of radius 1 a tuple, what the
            network is given. It learns nothing.
    """

    network: nn.Module
    prepare: Callable[[Tensor], tuple[Any, ...]]


def small_network(family: str, classes: int) -> Family:
    """Make a network with some ten to thirty thousand parameters.

    Args:
        family: A name in `FAMILIES`.
        classes: How many there are.

    Returns:
        The network, and what is done to a cloud before.

    Examples:
        >>> import torch
        >>> network, prepare = small_network("voxnet", 8)
        >>> network(*prepare(torch.rand(2, 100, 3))).shape
        torch.Size([2, 8])
    """
    check_count("classes", classes)
    if family not in FAMILIES:
        raise ValueError(f"family must be one of {sorted(FAMILIES)}, got {family!r}")
    return FAMILIES[family](classes)


def _views(classes: int) -> Family:
    views = camera_views(VIEWS)
    network = MVCNN(classes, resolution=SIDE, widths=(8, 16, 32), head=(64,), dropout=0)
    return Family(network, lambda points: (render_depth(points, views, SIDE),))


def _cells(classes: int) -> Family:
    network = VoxNet(
        classes, resolution=SIDE, widths=(8, 16), hidden=64, dropout=(0, 0, 0)
    )
    return Family(network, lambda points: (occupancy(points, SIDE),))


def _points(classes: int) -> Family:
    encoder = PointEncoder(
        local=(32, 32),
        widths=(32, 64, 128),
        point_alignment=None,
        feature_alignment=None,
    )
    network = PointNet(classes, encoder=encoder, head=(64,), dropout=0)
    return Family(network, lambda points: (points,))


def _balls(classes: int) -> Family:
    encoder = HierarchicalEncoder(
        counts=(64, 16),
        radii=((0.4,), (0.8,)),
        sizes=((16,), (16,)),
        widths=(((16, 16, 32),), ((32, 32, 64),)),
        top=(64, 128),
    )
    network = PointNet2(classes, encoder=encoder, head=(64,), dropout=0)
    return Family(network, lambda points: (points, encoder.group(points)))


def _edges(classes: int) -> Family:
    network = DGCNN(
        classes, k=NEIGHBORS, widths=(16, 32), joined=64, head=(64,), dropout=0
    )
    return Family(network, lambda points: (points, find_edges(points, NEIGHBORS)))


def _waves(classes: int) -> Family:
    return Family(ChebNet(classes, widths=(16, 32, 64)), _spectrum)


def _spectrum(points: Tensor) -> tuple[Tensor, Tensor]:
    """Points, and the Laplacian of their graph with eigenvalues from -1 to 1."""
    joined = neighbor_graph(find_edges(points, NEIGHBORS).indices)
    identity = torch.eye(points.shape[1], dtype=points.dtype)
    return points, normalized_laplacian(joined).to(points) - identity


FAMILIES: dict[str, Callable[[int], Family]] = {
    "mvcnn": _views,
    "voxnet": _cells,
    "pointnet": _points,
    "pointnet2": _balls,
    "dgcnn": _edges,
    "chebyshev": _waves,
}
