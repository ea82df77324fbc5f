"""From few points back to many."""

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_floating, check_members
from dlnotes.blocks.inputs import check_features, check_input
from dlnotes.blocks.interpolation import inverse_distance_weights, mix_points
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.blocks.precision import widen_half
from dlnotes.pointconv.layer import PointConv
from dlnotes.pointconv.neighborhood import Neighborhood, Step, check_step

Layer = Callable[[int, Sequence[int], int], nn.Module]
Norm = Callable[[int], nn.Module]


@widen_half
def carry_up(
    features: Tensor, upward: Neighborhood, *, power: float = 2.0, eps: float = 1e-8
) -> Tensor:
    """Interpolate features by inverse distance, Eq. (interpolation).

    Args:
        features: Of few points, shape `(B, N, C)`.
        upward: The nearest of them around each of many points, `M`.
        power: As in `inverse_distance_weights`.
        eps: As in `inverse_distance_weights`.

    Returns:
        Shape `(B, M, C)`.
    """
    check_floating("features", features)
    check_members("upward", upward, optional=("density",))
    squares = upward.offsets.square().sum(-1)
    weights = inverse_distance_weights(squares, real=upward.real, power=power, eps=eps)
    return mix_points(features, upward.indices, weights)


class PointDeconv(nn.Module):
    """Interpolate, join what was there before, convolve, Eq. (point-deconv).

    This is the order of the paper.

    Args:
        channels: Of the features of the few points.
        skipped: Of the features that the many points had before; 0 if none.
        widths: Of the layers of `PointConv` that encode neighbors.
        outputs: Channels of the result.
        layer: Makes the convolution from channels, widths and outputs.
    """

    def __init__(
        self,
        channels: int,
        skipped: int,
        widths: Sequence[int],
        outputs: int,
        *,
        layer: Layer = PointConv,
    ) -> None:
        super().__init__()
        self.channels, self.skipped = channels, skipped
        self.convolution = layer(channels + skipped, widths, outputs)

    def forward(self, features: Tensor, skip: Tensor | None, step: Step) -> Tensor:
        """Map `(B, N, channels)` and `(B, M, skipped)` to `(B, M, outputs)`."""
        _check(self, features, skip, step)
        joined = _join(carry_up(features, step.upward), skip)
        return cast(Tensor, self.convolution(joined, step.beside))


class PublishedDeconv(nn.Module):
    """Interpolate, convolve, then join and mix: the order of the published program.

    Args:
        channels: Of the features of the few points.
        skipped: Of the features that the many points had before; 0 if none.
        widths: Of the layers of `PointConv` that encode neighbors.
        outputs: Channels of the convolution and of the result.
        layer: Makes the convolution from channels, widths and outputs.
        norm: Makes the normalization of so many channels in the last step; `None` for
            none.
    """

    def __init__(
        self,
        channels: int,
        skipped: int,
        widths: Sequence[int],
        outputs: int,
        *,
        layer: Layer = PointConv,
        norm: Norm | None = nn.BatchNorm1d,
    ) -> None:
        super().__init__()
        self.channels, self.skipped = channels, skipped
        self.convolution = layer(channels, widths, outputs)
        self.mix = Pointwise([outputs + skipped, outputs], norm=norm)

    def forward(self, features: Tensor, skip: Tensor | None, step: Step) -> Tensor:
        """Map `(B, N, channels)` and `(B, M, skipped)` to `(B, M, outputs)`."""
        _check(self, features, skip, step)
        carried = carry_up(features, step.upward)
        convolved = self.convolution(carried, step.beside)
        return cast(Tensor, self.mix(_join(convolved, skip)))


class InterpolationOnly(nn.Module):
    """Interpolate, join and mix each point alone, without any convolution.

    This is the way of PointNet++ (Qi et al. 2017), to compare with.

    Args:
        channels: Of the features of the few points.
        skipped: Of the features that the many points had before; 0 if none.
        widths: Of the layers that mix.
        outputs: Of the last one of them.
        norm: Makes the normalization of so many channels; `None` for none.
    """

    def __init__(
        self,
        channels: int,
        skipped: int,
        widths: Sequence[int],
        outputs: int,
        *,
        norm: Norm | None = nn.BatchNorm1d,
    ) -> None:
        super().__init__()
        self.channels, self.skipped = channels, skipped
        self.mix = Pointwise([channels + skipped, *widths, outputs], norm=norm)

    def forward(self, features: Tensor, skip: Tensor | None, step: Step) -> Tensor:
        """Map `(B, N, channels)` and `(B, M, skipped)` to `(B, M, outputs)`."""
        _check(self, features, skip, step)
        return cast(Tensor, self.mix(_join(carry_up(features, step.upward), skip)))


def _check(
    module: PointDeconv | PublishedDeconv | InterpolationOnly,
    features: Tensor,
    skip: Tensor | None,
    step: Step,
) -> None:
    check_step("step", step, like=module)
    batch, many = step.upward.indices.shape[:2]
    check_input("features", features, (batch, "N", module.channels), like=module)
    check_features("skip", skip, (batch, many), module.skipped, like=module)


def _join(features: Tensor, skip: Tensor | None) -> Tensor:
    return features if skip is None else torch.cat([features, skip], -1)
