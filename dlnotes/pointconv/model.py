"""A classifier of clouds, and one of their points."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, cast

from torch import Tensor, nn

from dlnotes.blocks.checks import check_count
from dlnotes.blocks.dropout import Dropout
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.pointconv.deconvolution import Layer, Norm, PointDeconv
from dlnotes.pointconv.layer import PointConv
from dlnotes.pointconv.neighborhood import (
    Level,
    Step,
    check_each,
    check_neighborhood,
    check_step,
)

Decoder = Callable[[int, int, Sequence[int], int], nn.Module]

# The authors' classifier of ModelNet40 in PyTorch, for points with normals. Its last
# level is the whole cloud. A layer encodes neighbors by the widths but the last one.
PUBLISHED: dict[str, Any] = {
    "counts": (512, 128),
    "neighbors": (32, 64),
    "bandwidths": (0.1, 0.2, 0.4),
    "widths": ((64, 64, 128, 128), (128, 128, 256, 256), (256, 512, 1024, 1024)),
    "middle": 16,
    "head": (512, 256),
    "dropout": 0.7,
}


class PointConvClassifier(nn.Module):
    """Classify clouds: one `PointConv` for each level, then fully connected layers.

    Args:
        classes: How many there are.
        widths: For each level the widths of its layer; the last one is its output.
        channels: Of the features of the points; 0 if they have none.
        head: Widths of the hidden layers after the last level.
        dropout: Share of the entries dropped after each of these in train mode.
        layer: Makes a layer from channels, widths and outputs.
        norm: Makes the normalization of so many channels after the last level; `None`
            for none.
    """

    def __init__(
        self,
        classes: int,
        widths: Sequence[Sequence[int]],
        *,
        channels: int = 0,
        head: Sequence[int] = (512, 256),
        dropout: float = 0.7,
        layer: Layer = PointConv,
        norm: Norm | None = nn.BatchNorm1d,
    ) -> None:
        super().__init__()
        check_count("classes", classes)
        self.layers = _layers(channels, widths, layer)
        sizes = [widths[-1][-1], *head]
        parts: list[nn.Module] = []
        for pair in pairwise(sizes):
            parts += [Pointwise(pair, norm=norm), Dropout(dropout)]
        self.head = nn.Sequential(*parts, nn.Linear(sizes[-1], classes))

    def forward(self, features: Tensor | None, levels: Sequence[Level]) -> Tensor:
        """Score the classes of clouds, `(B, classes)`.

        Args:
            features: Of the points, `(B, N, channels)`, or `None`.
            levels: Of `pyramid`, and of `whole_cloud` on top, one for each layer.
        """
        _check_levels(self, levels)
        points = levels[-1].around.indices.shape[1]
        if points != 1:
            raise ValueError(f"the last level must have one point, got {points}")
        current = features
        for layer, level in zip(self.layers, levels, strict=True):
            current = layer(current, level.around)
        return cast(Tensor, self.head(cast(Tensor, current)[:, 0]))


class PointConvSegmenter(nn.Module):
    """Classify each point: levels of `PointConv`, and as many deconvolutions back.

    Args:
        parts: How many classes of points there are.
        widths: For each level the widths of its layer; the last one is its output.
        decoder_widths: The same for each step back, from the top on.
        channels: Of the features of the points; 0 if they have none.
        decoder: Makes a step back, from channels, skipped channels, widths and outputs:
            `PointDeconv`, `PublishedDeconv` or `InterpolationOnly`.
        layer: Makes a layer on the way up, from channels, widths and outputs.
    """

    def __init__(
        self,
        parts: int,
        widths: Sequence[Sequence[int]],
        decoder_widths: Sequence[Sequence[int]],
        *,
        channels: int = 0,
        layer: Layer = PointConv,
        decoder: Decoder = PointDeconv,
    ) -> None:
        super().__init__()
        check_count("parts", parts)
        if len(decoder_widths) != len(widths):
            sizes = len(widths), len(decoder_widths)
            raise ValueError(f"there must be as many steps back as levels, got {sizes}")
        self.layers = _layers(channels, widths, layer)
        lengths = [channels, *(width[-1] for width in widths)]
        self.steps = nn.ModuleList()
        length = lengths.pop()
        for width in decoder_widths:
            *inner, outputs = width
            self.steps.append(decoder(length, lengths.pop(), inner, outputs))
            length = outputs
        self.output = nn.Linear(length, parts)

    def forward(
        self, features: Tensor | None, levels: Sequence[Level], steps: Sequence[Step]
    ) -> Tensor:
        """Score the classes of points, `(B, N, parts)`.

        Args:
            features: Of the points, `(B, N, channels)`, or `None`.
            levels: Of `pyramid`, one for each layer.
            steps: Of `steps_back`.
        """
        _check_levels(self, levels)
        _check_steps(self, steps, len(levels[0].around.indices))
        skips = [features]
        for layer, level in zip(self.layers, levels, strict=True):
            skips.append(layer(skips[-1], level.around))
        current = skips.pop()
        for step, geometry in zip(self.steps, steps, strict=True):
            current = step(current, skips.pop(), geometry)
        return cast(Tensor, self.output(current))


def _layers(
    channels: int, widths: Sequence[Sequence[int]], layer: Layer
) -> nn.ModuleList:
    if not widths:
        raise ValueError("widths must be of one level or more, got none")
    layers = nn.ModuleList()
    for *inner, outputs in widths:
        layers.append(layer(channels, inner, outputs))
        channels = outputs
    return layers


def _check_levels(
    model: PointConvClassifier | PointConvSegmenter, levels: Sequence[Level]
) -> None:
    check_each("levels", levels, Level)
    wanted, given = len(model.layers), len(levels)
    if wanted != given:
        raise ValueError(f"levels must be {wanted}, one a layer, got {given}")
    batch = len(levels[0].around.indices)
    for i, level in enumerate(levels):
        name = f"levels[{i}].around"
        check_neighborhood(name, level.around, like=model, batch=batch)


def _check_steps(model: PointConvSegmenter, steps: Sequence[Step], batch: int) -> None:
    check_each("steps", steps, Step)
    wanted, given = len(model.steps), len(steps)
    if wanted != given:
        raise ValueError(f"steps must be {wanted}, one a level, got {given}")
    for i, step in enumerate(steps):
        check_step(f"steps[{i}]", step, like=model, batch=batch)
