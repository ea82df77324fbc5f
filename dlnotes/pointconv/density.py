"""How densely points lie, and what is made of it."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import (
    Parameter,
    check_finite,
    check_floating,
    check_positive,
    first_where,
    holds,
)
from dlnotes.blocks.distances import in_parts, squared_distances
from dlnotes.blocks.grouping import check_cloud, check_truth, offsets
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.neighbors import first_within
from dlnotes.blocks.pointwise import Pointwise
from dlnotes.blocks.precision import half_to_single, widen_half

ENTRIES = 2**20  # of the table of distances that is held at one time
ROWS = 16  # of that table, at least


@widen_half
def monte_carlo_integral(values: Tensor, density: Tensor) -> Tensor:
    """Estimate an integral from points of a known density, Eq. (monte-carlo).

    Its variance is infinite where the square of the function over the density has no
    integral, as with a density that vanishes where the function does not.

    Args:
        values: Of the function at the points, shape `(..., K)`.
        density: Of the points there, which integrates to 1, same shape.

    Returns:
        Shape `(...)`.

    Examples:
        >>> import torch
        >>> monte_carlo_integral(torch.tensor([3.0, 5.0]), torch.tensor([0.5, 0.5]))
        tensor(8.)
    """
    check_finite("values", values)
    _check_density(density, None)
    if values.shape != density.shape:
        shapes = tuple(values.shape), tuple(density.shape)
        raise ValueError(f"values and density must have one shape, got {shapes}")
    return (values / density).mean(-1)


@half_to_single
def kernel_density(
    points: Tensor, bandwidth: Parameter, *, mask: Tensor | None = None
) -> Tensor:
    """Estimate the density of points where they are, by Gaussians, Eq. (density).

    Args:
        points: Shape `(B, N, D)`.
        bandwidth: Standard deviation of the Gaussians, positive. Where it is a tensor
            `(..., 1)`, the density of each point is estimated with its own. Where a
            program gives a variance, as that of the authors in TensorFlow does, this
            is its root.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Shape `(B, N)`, each point counted itself; with one bandwidth for all it
        integrates to 1. At padding it is the density of the real points there. Without
        gradients few rows of the table of distances are held at one time.
    """
    check_cloud("points", points)
    check_truth("mask", mask, points.shape[:2])
    check_positive("bandwidth", bandwidth, like=points, row=True)
    width = torch.as_tensor(bandwidth, dtype=points.dtype, device=points.device)
    width = width.expand(*points.shape[:2], 1)
    counts = points.shape[1] if mask is None else mask.sum(1).clamp_min(1)[:, None]

    def total(some: Tensor, spread: Tensor) -> Tensor:
        kernels = _gaussian(squared_distances(some, points), spread, points.shape[2])
        return (kernels if mask is None else kernels * mask[:, None]).sum(-1)

    return _in_parts(total, points, width) / counts


@half_to_single
def local_density(
    points: Tensor,
    radius: float,
    bandwidth: float,
    *,
    k: int = 128,
    mask: Tensor | None = None,
) -> Tensor:
    """Average the Gaussians over each ball's own points, Eq. (local-density).

    So the authors' program in TensorFlow does it. It divides by the number of points in
    the ball, which is what the density should be proportional to, and so hardly depends
    on the density.

    Args:
        points: Shape `(B, N, D)`, one point or more.
        radius: Of the balls.
        bandwidth: Standard deviation of the Gaussians, positive.
        k: How many points of a ball count at most, the first in order.
        mask: Which points are real, truth values `(B, N)`; by default all are.

    Returns:
        Shape `(B, N)`.
    """
    check_cloud("points", points)
    check_positive("bandwidth", bandwidth, like=points)

    def mean(some: Tensor) -> Tensor:
        index, real = first_within(points, some, radius, k, mask=mask)
        squares = offsets(points, some, index).square().sum(-1)
        kernels = _gaussian(squares, bandwidth, points.shape[2]) * real
        return kernels.sum(-1) / real.sum(-1).clamp_min(1)

    return _in_parts(mean, points)


@widen_half
def relative_inverse(density: Tensor, *, real: Tensor | None = None) -> Tensor:
    """Invert densities, 1 for the lowest of a neighborhood, Eq. (relative-inverse).

    Args:
        density: At the neighbors, positive, shape `(..., K)`.
        real: Which of them count, truth values of that shape; by default all do.

    Returns:
        Shape `(..., K)`, at most 1, and 0 for what does not count. A constant factor of
        all densities cancels.

    Examples:
        >>> import torch
        >>> relative_inverse(torch.tensor([2.0, 8.0, 4.0]))
        tensor([1.0000, 0.2500, 0.5000])
    """
    _check_density(density, real)
    if real is None:
        return density.amin(-1, keepdim=True) / density
    least = density.where(real, torch.inf).amin(-1, keepdim=True)
    least = least.where(real.any(-1, keepdim=True), 0)
    return least / density.where(real, 1) * real


@widen_half
def normalized_inverse(density: Tensor, *, real: Tensor | None = None) -> Tensor:
    """Invert densities, with a sum of 1 in a neighborhood, Eq. (normalized-inverse).

    A sum with these weights estimates the mean of a function over the neighborhood.

    Args:
        density: At the neighbors, positive, shape `(..., K)`.
        real: Which of them count, truth values of that shape; by default all do.

    Returns:
        Shape `(..., K)`; 0 for what does not count. A constant factor of all densities
        cancels.

    Examples:
        >>> import torch
        >>> normalized_inverse(torch.tensor([1.0, 3.0]))
        tensor([0.7500, 0.2500])
    """
    relative = relative_inverse(density, real=real)
    total = relative.sum(-1, keepdim=True)
    return relative / total.where(total > 0, 1)


class DensityNetwork(nn.Module):
    """Map inverse densities by a network of one number, Eq. (density-network).

    Args:
        sizes: Of its hidden layers, with ReLU. The authors have 16 in TensorFlow, 16
            and 8 in PyTorch.
        bounded: Whether it ends with a sigmoid, as in the paper. The authors' program
            in PyTorch never reaches its sigmoid and ends as a hidden layer does, with
            a ReLU, which can set a point to 0 and knows no bound.
        norm: Makes the normalization of so many channels of the hidden layers; `None`
            for none.
    """

    def __init__(
        self,
        sizes: tuple[int, ...] = (16,),
        *,
        bounded: bool = True,
        norm: Callable[[int], nn.Module] | None = nn.BatchNorm1d,
    ) -> None:
        super().__init__()
        self.layers: nn.Module = Pointwise((1, *sizes, 1), norm=norm)
        if bounded:
            last = nn.Linear((1, *sizes)[-1], 1)
            hidden = Pointwise((1, *sizes), norm=norm)
            self.layers = nn.Sequential(hidden, last, nn.Sigmoid())

    def forward(self, density: Tensor, *, real: Tensor | None = None) -> Tensor:
        """Map densities at neighbors `(..., K)` to factors of that shape."""
        check_input("density", density, (..., "K"), like=self)
        inverse = relative_inverse(density, real=real)[..., None]
        factors: Tensor = self.layers(inverse)[..., 0]
        return factors if real is None else factors * real


def _check_density(density: Tensor, real: Tensor | None) -> None:
    check_floating("density", density)
    if not density.ndim or not density.shape[-1]:
        raise ValueError(f"density must be (..., K), got {tuple(density.shape)}")
    good = (density.detach() > 0) & (density.detach() < math.inf)
    if real is not None:
        check_truth("real", real, density.shape)
        good = good | ~real
    if not holds(good):
        odd = first_where(density, ~good)
        raise ValueError(f"density must be positive and finite, got {odd}")


def _gaussian(squares: Tensor, width: Parameter, coordinates: int) -> Tensor:
    """Density of a Gaussian at squared distances from its middle."""
    scale = (width * math.sqrt(2 * math.pi)) ** coordinates
    return (-squares / (2 * width**2)).exp() / scale


def _in_parts(function: Callable[..., Tensor], *rows: Tensor) -> Tensor:
    """Call a function for some rows at a time, `(B, N, ...)`, and join the results."""
    batch, count = rows[0].shape[:2]
    size = max(ROWS, ENTRIES // max(1, batch * count))
    return in_parts(lambda *some: [function(*some)], *rows, size=size)[0]
