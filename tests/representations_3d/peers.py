"""Parts of torch_geometric, whose import is slow and calls what torch deprecates."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from torch_geometric.nn import ChebConv, EdgeConv, PointNetConv
    from torch_geometric.utils import get_mesh_laplacian

__all__ = ["ChebConv", "EdgeConv", "PointNetConv", "get_mesh_laplacian"]
