"""Heads that see a map in several ways, with equally many parameters.

Each is two pointwise layers at every node. They differ in what the first layer gets:
the node alone, nine nodes joined, or nine nodes one by one. Which nine it is, is for a
window of `dlnotes.so_net.node_windows` to say.
"""

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_count
from dlnotes.blocks.grouping import Selection
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.blocks.pooling import masked_max
from dlnotes.so_net._inputs import validate_node_groups, validate_nodes, validate_window
from dlnotes.so_net.node_windows import SIDE, take_window
from dlnotes.so_net.overlap import NodeGroups, group_maxima

Head = Callable[[int, int, int], nn.Module]


class SharedHead(nn.Module):
    """Map each node alone: the published layer after the map.

    Args:
        channels: Of the features, `C`.
        hidden: Width of the first layer.
        outputs: Of the second one, `O`.
    """

    def __init__(self, channels: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.layers = Pointwise([channels, hidden, outputs])

    def forward(self, features: Tensor, window: Selection) -> Tensor:
        """Map `(B, M, C)` to `(B, M, O)`; the windows do not matter."""
        validate_nodes(features, window, self.layers.channels, like=self)
        return cast(Tensor, self.layers(features))


class WindowHead(nn.Module):
    """Map the joined features of nine nodes: on windows of a grid, a convolution.

    Args:
        channels: Of the features, `C`.
        hidden: Width of the first layer.
        outputs: Of the second one, `O`.
    """

    def __init__(self, channels: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.channels = channels
        self.layers = Pointwise([channels * SIDE**2, hidden, outputs])

    def forward(self, features: Tensor, window: Selection) -> Tensor:
        """Map `(B, M, C)` to `(B, M, O)`, each place of a window by its own weights."""
        validate_nodes(features, window, self.channels, like=self)
        if window.indices.shape[2] != SIDE**2:
            given = tuple(window.indices.shape)
            raise ValueError(f"window.indices must be (B, M, {SIDE**2}), got {given}")
        return cast(Tensor, self.layers(take_window(features, window).flatten(2)))


class PooledHead(nn.Module):
    """Map each of nine nodes alone, and keep the largest of each channel in between.

    The second layer follows the maximum. If the maximum came last, that over all nodes
    would undo the windows: it is the largest of all nodes, with them or without.

    Args:
        channels: Of the features, `C`.
        hidden: Width of the first layer.
        outputs: Of the second one, `O`.
    """

    def __init__(self, channels: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.before = Pointwise([channels, hidden])
        self.after = Pointwise([hidden, outputs])

    def forward(self, features: Tensor, window: Selection) -> Tensor:
        """Map `(B, M, C)` to `(B, M, O)`; the order in a window does not matter."""
        validate_nodes(features, window, self.before.channels, like=self)
        around = take_window(self.before(features), window)
        return cast(Tensor, self.after(masked_max(around)))


class MapClassifier(nn.Module):
    """Classify clouds by the nodes of their maps.

    Points are encoded one by one, the largest feature of each group is the node's, a
    head maps the nodes, and a linear layer the largest of what it gives.

    Args:
        classes: How many there are.
        widths: Of the layers that encode a point; the last one is `C`.
        hidden: Of the head.
        outputs: Of the head.
        head: Makes it from channels, hidden width and outputs.
        coordinates: Of a node that are joined to its feature; 0 to leave them out.
    """

    def __init__(
        self,
        classes: int,
        widths: Sequence[int],
        hidden: int,
        outputs: int,
        *,
        head: Head = WindowHead,
        coordinates: int = 3,
    ) -> None:
        super().__init__()
        check_count("classes", classes)
        check_count("coordinates", coordinates, least=0)
        check_count("number of widths", len(widths))
        self.coordinates = coordinates
        self.encoder = Pointwise([3, *widths])
        self.head = head(widths[-1] + coordinates, hidden, outputs)
        self.output = nn.Linear(outputs, classes)

    def forward(self, groups: NodeGroups, window: Selection) -> Tensor:
        """Score the classes of clouds, `(B, classes)`.

        Args:
            groups: Of the points around the nodes of the maps.
            window: The nodes that the head sees around each node, `(B, M, 9)`.
        """
        validate_node_groups(groups, like=self)
        validate_window(window, groups.centers)
        encoded = self.encoder(groups.offsets)
        count = groups.centers.shape[1]
        features = group_maxima(encoded, groups.indices, count, real=groups.real)
        if self.coordinates:
            features = torch.cat([features, groups.centers], -1)
        return cast(Tensor, self.output(masked_max(self.head(features, window))))


def hidden_width(inputs: int, outputs: int, parameters: int) -> int:
    """Width with which two pointwise layers have about so many parameters.

    Args:
        inputs: Of the first layer: `C`, or nine times as many for joined nodes.
        outputs: Of the second layer.
        parameters: Wanted of both, with those of the normalizations.

    Returns:
        The width that comes nearest.
    """
    for name, value in {"inputs": inputs, "outputs": outputs}.items():
        check_count(name, value)
    check_count("parameters", parameters)
    norm = 2  # scale and shift of a channel; linear layers before it have no bias
    return max(1, round((parameters - norm * outputs) / (inputs + outputs + norm)))
