"""VoxNet: convolution in space over the cells of a grid, most of which are empty."""

from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn

from dlnotes.blocks.checks import check_count, check_positive
from dlnotes.blocks.dropout import Dropout
from dlnotes.blocks.grouping import check_cloud, check_truth
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.precision import half_to_single
from dlnotes.toy.rendering import voxelize

SMALLEST = (
    11  # cells along a side, of which both convolutions and the pooling leave one
)


@half_to_single
def occupancy(
    points: Tensor,
    resolution: int,
    *,
    extent: float = 1.0,
    mask: Tensor | None = None,
) -> Tensor:
    """Mark the cells of a cube that contain a point, Eq. (occupancy).

    Args:
        points: Shape `(B, N, 3)`; what lies outside of the cube is left out.
        resolution: Cells along a side, `R`.
        extent: Half the side of the cube, whose middle is the origin.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        1 or 0 in the dtype of the points, shape `(B, R, R, R)`, by x, y and z.

    Examples:
        >>> import torch
        >>> occupancy(torch.tensor([[[0.5, 0.5, -0.5]]]), 2).nonzero()
        tensor([[0, 1, 1, 0]])
    """
    check_cloud("points", points)
    if points.shape[-1] != 3:
        raise ValueError(f"points must be (B, N, 3), got {tuple(points.shape)}")
    check_count("resolution", resolution)
    check_positive("extent", extent)
    check_truth("mask", mask, points.shape[:2])
    if mask is not None:
        points = points.where(mask[..., None], 3 * extent)
    return voxelize(points.detach(), resolution, extent=extent).to(points.dtype)


class VoxNet(nn.Module):
    """Classify grids by two convolutions, a pooling and two full layers.

    By default it has the published sizes (Maturana and Scherer 2015, section III-C):
    kernels of side 5 with stride 2, then of side 3, the largest of 2 by 2 by 2 cells,
    all without padding.

    Args:
        classes: How many there are.
        resolution: Cells along a side, `R`, 11 or more.
        widths: Channels of both convolutions.
        hidden: Width of the first full layer.
        dropout: Shares of the entries dropped in train mode, after the first
            convolution, after the pooling and after the first full layer.
    """

    def __init__(
        self,
        classes: int,
        *,
        resolution: int = 32,
        widths: Sequence[int] = (32, 32),
        hidden: int = 128,
        dropout: Sequence[float] = (0.2, 0.3, 0.4),
    ) -> None:
        super().__init__()
        _check(classes, resolution, widths, hidden)
        if len(dropout) != 3:
            raise ValueError(f"dropout must be three shares, got {dropout}")
        first, second = widths
        self.resolution = resolution
        self.features = nn.Sequential(
            nn.Conv3d(1, first, 5, stride=2),
            nn.LeakyReLU(0.1),
            Dropout(dropout[0]),
            nn.Conv3d(first, second, 3),
            nn.LeakyReLU(0.1),
            nn.MaxPool3d(2),
            Dropout(dropout[1]),
        )
        self.head = nn.Sequential(
            nn.Linear(second * _sides(resolution)[2] ** 3, hidden),
            nn.ReLU(),
            Dropout(dropout[2]),
            nn.Linear(hidden, classes),
        )

    def forward(self, grids: Tensor) -> Tensor:
        """Score the classes of grids `(B, R, R, R)`, `(B, classes)`."""
        check_input("grids", grids, ("B", *[self.resolution] * 3), like=self)
        return cast(Tensor, self.head(self.features(grids[:, None]).flatten(1)))


def voxnet_parameters(
    classes: int,
    *,
    resolution: int = 32,
    widths: Sequence[int] = (32, 32),
    hidden: int = 128,
) -> int:
    """Count the weights and biases of VoxNet.

    Args:
        classes: How many there are.
        resolution: As in `VoxNet`.
        widths: As in `VoxNet`.
        hidden: As in `VoxNet`.

    Returns:
        How many there are.

    Examples:
        >>> voxnet_parameters(40)
        921736
    """
    _check(classes, resolution, widths, hidden)
    first, second = widths
    convolutions = (5**3 + 1) * first + (3**3 * first + 1) * second
    flat = second * _sides(resolution)[2] ** 3
    return convolutions + (flat + 1) * hidden + (hidden + 1) * classes


def voxnet_macs(
    classes: int,
    *,
    resolution: int = 32,
    widths: Sequence[int] = (32, 32),
    hidden: int = 128,
) -> int:
    """Count the multiplications of VoxNet for one grid.

    Args:
        classes: How many there are.
        resolution: As in `VoxNet`.
        widths: As in `VoxNet`.
        hidden: As in `VoxNet`.

    Returns:
        As in `pointnet_macs`; empty cells are multiplied as full ones are.
    """
    _check(classes, resolution, widths, hidden)
    first, second = widths
    one, two, pooled = (side**3 for side in _sides(resolution))
    convolutions = one * 5**3 * first + two * 3**3 * first * second
    return convolutions + second * pooled * hidden + hidden * classes


def _sides(resolution: int) -> tuple[int, int, int]:
    """Cells along a side after each convolution and after the pooling."""
    one = (resolution - 5) // 2 + 1
    return one, one - 2, (one - 2) // 2


def _check(classes: int, resolution: int, widths: Sequence[int], hidden: int) -> None:
    check_count("classes", classes)
    check_count("resolution", resolution, least=SMALLEST)
    check_count("hidden", hidden)
    if len(widths) != 2:
        raise ValueError(f"widths must be two numbers, got {widths}")
    for width in widths:
        check_count("every width", width)
