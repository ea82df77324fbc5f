"""Clenshaw-Curtis quadrature: nodes and weights for integrals from 0 to 1."""

import math


def clenshaw_curtis(steps: int) -> tuple[list[float], list[float]]:
    """Find nodes and weights that integrate polynomials up to a degree exactly.

    Args:
        steps: The degree, even; there is one node more.

    Returns:
        The nodes, from 0 to 1, and the weights, which add up to 1.
    """
    nodes = [(1 - math.cos(math.pi * i / steps)) / 2 for i in range(steps + 1)]
    weights = []
    for i in range(steps + 1):
        cosines = [
            2 * math.cos(2 * math.pi * i * k / steps) / (4 * k * k - 1)
            for k in range(1, steps // 2 + 1)
        ]
        cosines[-1] /= 2
        ends = 2 if i in (0, steps) else 1
        weights.append((1 - math.fsum(cosines)) / (steps * ends))
    return nodes, weights
