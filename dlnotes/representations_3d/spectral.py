"""Convolution on graphs: filters of waves, and the same without any waves."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import (
    check_count,
    check_finite,
    check_floating,
    check_positive,
)
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.pooling import masked_max
from dlnotes.blocks.precision import widen_half
from dlnotes.representations_3d.inputs import check_points
from dlnotes.representations_3d.layers import BIASED, Head, Layers


@widen_half
def spectral_filter(functions: Tensor, response: Tensor, signal: Tensor) -> Tensor:
    """Take a signal apart into waves, weigh them, and add them, Eq. (spectral-filter).

    Args:
        functions: Orthonormal eigenvectors in columns, `(..., N, K)`; with fewer than
            `N` of them the rest of the signal is lost.
        response: Factor of each wave, `(..., K)`.
        signal: At the vertices, `(..., N, C)`.

    Returns:
        Shape `(..., N, C)`. The sign of a wave does not matter; with equal factors
        where eigenvalues are equal, neither does the choice of the waves, if all waves
        of an eigenvalue are there.
    """
    check_finite("functions", functions)
    check_finite("response", response)
    check_finite("signal", signal)
    shapes = tuple(functions.shape), tuple(response.shape), tuple(signal.shape)
    fits = functions.ndim > 1 and signal.ndim > 1 and response.ndim > 0
    if not fits or (shapes[0][-1], shapes[0][-2]) != (shapes[1][-1], shapes[2][-2]):
        raise ValueError(f"must be (..., N, K), (..., K), (..., N, C), got {shapes}")
    return functions @ (response[..., None] * (functions.mT @ signal))


def chebyshev_terms(laplacian: Tensor, signal: Tensor, order: int) -> Tensor:
    """Apply the first Chebyshev polynomials of a matrix to a signal.

    Args:
        laplacian: Scaled, so that its eigenvalues are from -1 to 1, `(..., N, N)`. A
            normalized one less the identity is.
        signal: At the vertices, `(..., N, C)`.
        order: How many polynomials, `J`, of degrees from 0 to `J - 1`.

    Returns:
        Shape `(..., N, J, C)`. The term of degree `k` at a vertex depends on those at
        most `k` edges away.
    """
    _check_graph(laplacian, signal)
    check_count("order", order)
    return _recur(laplacian, signal, order)


@widen_half
def chebyshev_filter(laplacian: Tensor, signal: Tensor, weights: Tensor) -> Tensor:
    """Filter by a polynomial of the Laplacian, Eq. (chebyshev).

    Args:
        laplacian: Scaled, as in `chebyshev_terms`.
        signal: At the vertices, `(..., N, C)`.
        weights: For each polynomial, `(J, C, O)`.

    Returns:
        Shape `(..., N, O)`.
    """
    check_floating("signal", signal)
    check_finite("weights", weights)
    if weights.ndim != 3 or weights.shape[1] != signal.shape[-1] or not len(weights):
        given, wanted = tuple(weights.shape), signal.shape[-1]
        raise ValueError(f"weights must be (J, {wanted}, O), got {given}")
    terms = chebyshev_terms(laplacian, signal, len(weights))
    return terms.flatten(-2) @ weights.flatten(0, 1)


@widen_half
def heat_signature(values: Tensor, functions: Tensor, times: Tensor) -> Tensor:
    """Say how much heat stays at each vertex (Sun et al. 2009).

    Args:
        values: Eigenvalues, `(K,)`.
        functions: Their waves, `(V, K)`.
        times: How long, above 0, `(T,)`.

    Returns:
        Shape `(V, T)`. Neither signs nor the choice among waves of one eigenvalue
        matter, if all of these are there.
    """
    check_finite("values", values)
    check_finite("functions", functions)
    check_floating("times", times)
    check_positive("times", times)
    shapes = tuple(values.shape), tuple(functions.shape), tuple(times.shape)
    if [len(shape) for shape in shapes] != [1, 2, 1] or shapes[0][0] != shapes[1][1]:
        raise ValueError(f"must be (K,), (V, K) and (T,), got {shapes}")
    return functions.square() @ (-values[:, None] * times).exp()


class ChebNet(nn.Module):
    """Classify clouds by filters on a graph of their points.

    Args:
        classes: How many there are.
        order: Polynomials of each filter.
        channels: Numbers of a point.
        widths: Of the filters, one layer each.
        head: Widths of the hidden layers after the largest values.
        dropout: Share of the entries dropped after each of these in train mode.
        layers: Makes layers.
    """

    def __init__(
        self,
        classes: int,
        *,
        order: int = 3,
        channels: int = 3,
        widths: Sequence[int] = (32, 64, 128),
        head: Sequence[int] = (64,),
        dropout: float = 0.0,
        layers: Layers = BIASED,
    ) -> None:
        super().__init__()
        check_count("order", order)
        check_count("number of widths", len(widths))
        before = [channels, *widths[:-1]]
        self.order, self.channels = order, channels
        self.filters = nn.ModuleList(
            layers([order * one, other])
            for one, other in zip(before, widths, strict=True)
        )
        sizes, rates = [widths[-1], *head], [dropout] * len(head)
        self.head = Head(sizes, classes, dropout=rates, layers=layers)

    def forward(self, points: Tensor, laplacian: Tensor) -> Tensor:
        """Score the classes of clouds `(B, N, channels)`, `(B, classes)`.

        Args:
            points: One or more of each cloud.
            laplacian: Scaled, as in `chebyshev_terms`, `(B, N, N)`, or `(N, N)` for
                all clouds.
        """
        check_points("points", points, ("B", "N", self.channels), like=self)
        check_floating("laplacian", laplacian)
        batch, count = points.shape[:2]
        square = count, count
        sizes = square if laplacian.ndim == 2 else (batch, *square)
        check_input("laplacian", laplacian, sizes, like=self)
        check_finite("laplacian", laplacian)  # once: it takes as long as a filter
        current = points
        for layer in self.filters:
            terms = _recur(laplacian, current, self.order)
            current = layer(terms.flatten(-2))
        return cast(Tensor, self.head(masked_max(current)))


def _check_graph(laplacian: Tensor, signal: Tensor) -> None:
    check_finite("laplacian", laplacian)
    check_finite("signal", signal)
    shapes = tuple(laplacian.shape), tuple(signal.shape)
    fits = laplacian.ndim > 1 and signal.ndim > 1
    if not fits or not shapes[0][-1] == shapes[0][-2] == shapes[1][-2]:
        raise ValueError(f"must be (..., N, N) and (..., N, C), got {shapes}")


@widen_half
def _recur(laplacian: Tensor, signal: Tensor, order: int) -> Tensor:
    terms = [signal]
    if order > 1:
        terms.append(laplacian @ signal)
    for _ in range(order - 2):
        terms.append(2 * (laplacian @ terms[-1]) - terms[-2])
    return torch.stack(terms, -2)
