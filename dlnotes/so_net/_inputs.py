"""Checks of what the networks on a map are given."""

from torch import Tensor, nn

from dlnotes.blocks.checks import check_count, check_members
from dlnotes.blocks.grouping import Selection, check_index, check_truth
from dlnotes.blocks.inputs import check_input
from dlnotes.so_net.overlap import NodeGroups


def validate_node_groups(
    groups: NodeGroups, *, like: nn.Module, half: bool = True
) -> None:
    """Refuse what are not groups of points around nodes in space.

    Args:
        groups: What to check.
        like: The module that they are given to.
        half: As in `check_input`.
    """
    if not isinstance(groups, NodeGroups):
        raise TypeError(f"groups must be NodeGroups, got {type(groups).__name__}")
    check_members("groups", groups, optional=["real"])
    centers, offsets = groups.centers, groups.offsets
    check_input("groups.centers", centers, ("B", "M", 3), like=like, half=half)
    check_count("number of nodes", centers.shape[1])
    sizes = (len(centers), "K", "N", 3)
    check_input("groups.offsets", offsets, sizes, like=like, half=half)
    check_index("groups.indices", groups.indices, centers)
    if groups.indices.shape != offsets.shape[:3]:
        wanted, given = tuple(offsets.shape[:3]), tuple(groups.indices.shape)
        raise ValueError(f"groups.indices must have shape {wanted}, got {given}")
    check_truth("groups.real", groups.real, offsets.shape[:3])
    check_truth("groups.filled", groups.filled, centers.shape[:2])


def validate_window(window: Selection, nodes: Tensor) -> None:
    """Refuse what are not nodes around each node.

    Args:
        window: What to check, one node or more around each.
        nodes: A tensor `(B, M, C)`, checked before.
    """
    _check_selection(window)
    check_index("window.indices", window.indices, nodes)
    if window.indices.shape[:2] != nodes.shape[:2]:
        wanted, given = tuple(nodes.shape[:2]), tuple(window.indices.shape)
        raise ValueError(f"window.indices must be of nodes {wanted}, got {given}")


def validate_nodes(
    features: Tensor, window: Selection, channels: int, *, like: nn.Module
) -> None:
    """Refuse what a head cannot be applied to.

    Args:
        features: Of nodes, `(B, M, channels)`.
        window: The nodes around each of these.
        channels: Of the features.
        like: The head.
    """
    _check_selection(window)
    check_input("features", features, (*window.indices.shape[:2], channels), like=like)
    validate_window(window, features)


def _check_selection(window: Selection) -> None:
    if not isinstance(window, Selection):
        raise TypeError(f"window must be a Selection, got {type(window).__name__}")
    check_members("window", window)
    shape = tuple(window.indices.shape)
    if len(shape) != 3 or not shape[2]:
        wanted = "(B, M, one or more)"
        raise ValueError(f"window.indices must have shape {wanted}, got {shape}")
    check_truth("window.real", window.real, shape)
