"""Checks of what the networks on a map are given."""

from torch import Tensor, nn

from dlnotes.blocks.checks import check_count, check_members
from dlnotes.blocks.grouping import Selection, check_index, check_truth
from dlnotes.blocks.inputs import check_input, check_kind, check_selection
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
    check_kind("groups", groups, NodeGroups)
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
    sizes = (*nodes.shape[:2], "K")
    check_selection("window", window, sizes, nodes.shape[1])


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
    check_input("features", features, ("B", "M", channels), like=like)
    validate_window(window, features)
