"""The layer: encode the neighbors, scale by inverse density, convolve."""

import math
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Protocol

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_count
from dlnotes.blocks.grouping import gather_points
from dlnotes.blocks.inputs import check_features, check_input
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.pointconv.efficient import efficient_convolution, factorized_kernel
from dlnotes.pointconv.neighborhood import Neighborhood, check_neighborhood


class Inverse(Protocol):
    """What maps densities at neighbors to factors, such as `normalized_inverse`."""

    def __call__(self, density: Tensor, /, *, real: Tensor | None = None) -> Tensor:
        """Map `(B, M, K)` to the same shape."""


class PointConv(nn.Module):
    """Convolve the features of points, Eq. (point-conv) in the form of Eq. (efficient).

    As in the authors' program in PyTorch, the offsets are joined to the features, and a
    pointwise network encodes both before they are summed.

    Args:
        channels: Of the features, `C`; 0 if the points have none.
        widths: Output of each layer that encodes neighbors; may be none.
        outputs: Channels of the result, `O`.
        middle: Length `M` of what the weight network has before its linear layer.
        weight_widths: Of its layers before that.
        inverse: What is made of the density at the neighbors, a function of
            `dlnotes.pointconv.density` or a `DensityNetwork`; `None` ignores it.
        coordinates: Of a point.
        norm: Makes the normalization of so many channels; `None` for none.
    """

    def __init__(
        self,
        channels: int,
        widths: Sequence[int],
        outputs: int,
        *,
        middle: int = 16,
        weight_widths: Sequence[int] = (8, 8),
        inverse: Inverse | None = None,
        coordinates: int = 3,
        norm: Callable[[int], nn.Module] | None = nn.BatchNorm1d,
    ) -> None:
        super().__init__()
        check_count("channels", channels, least=0)
        check_count("outputs", outputs)
        check_count("middle", middle)
        self.channels = channels
        self.encoder = Pointwise([coordinates + channels, *widths], norm=norm)
        self.weights = Pointwise([coordinates, *weight_widths, middle], norm=norm)
        self.inverse = deepcopy(inverse)  # each layer has parameters of its own
        encoded = [coordinates + channels, *widths][-1]
        bound = 1 / math.sqrt(encoded * middle)  # as of torch.nn.Linear
        self.last = nn.Parameter(torch.empty(middle, encoded, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs)) if norm is None else None
        nn.init.uniform_(self.last, -bound, bound)
        self.norm = nn.Identity() if norm is None else norm(outputs)

    def forward(self, features: Tensor | None, around: Neighborhood) -> Tensor:
        """Map features `(B, N, C)` of the points to features `(B, M, O)` of places.

        Args:
            features: Of the points, or `None` if they have none.
            around: The neighbors of each place among the points.

        Returns:
            At least 0.
        """
        total = efficient_convolution(*self.factors(features, around))
        total = total if self.bias is None else total + self.bias
        rows: Tensor = self.norm(total.flatten(0, 1))
        return rows.relu().view(total.shape)

    def factors(
        self, features: Tensor | None, around: Neighborhood
    ) -> tuple[Tensor, Tensor, Tensor]:
        """What `efficient_convolution` gets.

        Args:
            features: Of the points, `(B, N, C)`, or `None`.
            around: The neighbors of each place among the points.

        Returns:
            Encoded features `(B, M, K, E)`; hidden values of the weight network times
            inverse densities, `(B, M, K, middle)`; its last layer.
        """
        self._check(around)
        sizes = len(around.indices), "N"
        check_features("features", features, sizes, self.channels, like=self)
        grouped = around.offsets
        if features is not None:
            taken = gather_points(features, around.indices)
            grouped = torch.cat([grouped, taken], -1)
        hidden = self.weights(around.offsets) * self._scale(around)[..., None]
        return self.encoder(grouped), hidden, self.last

    def scale(self, around: Neighborhood) -> Tensor:
        """The factor of each neighbor, `(B, M, K)`; 0 for what does not count."""
        self._check(around)
        return self._scale(around)

    def kernel(self, offsets: Tensor) -> Tensor:
        """The weight function at offsets `(..., K, D)`, `(..., K, E, O)`."""
        sizes = (..., "K", self.weights.channels)
        check_input("offsets", offsets, sizes, like=self, half=False)
        return factorized_kernel(self.weights(offsets), self.last)

    def _check(self, around: Neighborhood) -> None:
        coordinates = self.weights.channels
        check_neighborhood("around", around, like=self, coordinates=coordinates)
        if self.inverse is not None and around.density is None:
            raise ValueError("around must have a density for inverse, got None")

    def _scale(self, around: Neighborhood) -> Tensor:
        if self.inverse is None or around.density is None:
            return around.real.to(around.offsets.dtype)
        return self.inverse(around.density, real=around.real)
