"""Times and errors of self-organizing maps beside those of MiniSom.

4 clouds of 1,024 points, on spheres and in squares, a map of 8 x 8 nodes, from one
start in a ball. MiniSom fits cloud by cloud: 10,000 points one by one, as they are
drawn or in their order, or all points at once, sixty times. Its neighborhood is that of
a normal density, with the width 1 that is its default. Errors are taken of all maps by
the same functions, after a check that both libraries compute the same where they are
given the same rule: `torn` points have two nearest nodes that are no neighbors, `gap`
is the mean distance to the nearest node.
"""

from collections.abc import Callable

import pytest
import torch
from minisom import MiniSom
from torch import Tensor

from dlnotes.so_net.grid import GAUSSIAN
from dlnotes.so_net.kohonen import kohonen_som
from dlnotes.so_net.som import batch_som, online_som
from dlnotes.so_net.start import ball_nodes
from dlnotes.so_net.topology import (
    empty_nodes,
    quantization_error,
    topographic_error,
)

B, N, SIDE = 4, 1024, 8
RNG = torch.Generator().manual_seed(0)
DRAWN = torch.randn(B, N, 3, generator=RNG)
CLOUDS = {
    "sphere": DRAWN / DRAWN.norm(dim=-1, keepdim=True),
    "square": torch.rand(B, N, 3, generator=RNG) * torch.tensor([1.4, 1.4, 0.0]) - 0.7,
}
START = ball_nodes((SIDE, SIDE), generator=RNG)
ITERATIONS, PASSES = 10_000, 60


def peer(points: Tensor, how: str, times: int, sigma: float = 1.0) -> Tensor:
    """The maps of MiniSom, from our start."""
    maps = []
    for cloud in points.numpy():
        som = MiniSom(SIDE, SIDE, 3, sigma=sigma, random_seed=0)
        som._weights = START.double().view(SIDE, SIDE, 3).numpy().copy()
        getattr(som, how)(cloud, times)
        maps.append(torch.from_numpy(som.get_weights()).flatten(0, 1).float())
    return torch.stack(maps)


FITS: dict[str, Callable[[Tensor], Tensor]] = {
    "dlnotes": lambda points: batch_som(points, START),
    "dlnotes, divisor 2": lambda points: batch_som(points, START, divisor=GAUSSIAN),
    "dlnotes, Kohonen": lambda points: kohonen_som(points, START),
    "dlnotes, one by one": lambda points: online_som(points, START),
    "minisom, drawn": lambda points: peer(points, "train_random", ITERATIONS),
    "minisom, in order": lambda points: peer(points, "train_batch", ITERATIONS),
    "minisom, at once": lambda points: peer(points, "train_batch_offline", PASSES),
}


@pytest.mark.parametrize("shape", sorted(CLOUDS))
@pytest.mark.parametrize("fit", FITS)
def test_fit(benchmark, tell, fit, shape):
    benchmark.group = f"map of {SIDE} x {SIDE}, {B} clouds of {N:,} points, {shape}"
    points = CLOUDS[shape]
    rounds = 1 if fit.startswith("minisom") else 5
    nodes = benchmark.pedantic(FITS[fit], (points,), rounds=rounds)
    torn = topographic_error(points, nodes, (SIDE, SIDE)).mean()
    gap = quantization_error(points, nodes).mean()
    empty = empty_nodes(points, nodes).double().mean()
    tell(fit, f"torn {torn:6.1%}, gap {gap:.4f}, empty nodes {empty:4.1f}")


def test_the_same_rule_gives_the_same_map():
    """One pass in order: both divide rate and width by 1 + 2 t / T."""
    points = CLOUDS["sphere"].double()
    found = online_som(points, START.double(), divisor=GAUSSIAN)
    wanted = peer(points, "train_batch", N, sigma=0.4)
    torch.testing.assert_close(found.float(), wanted, rtol=0, atol=1e-5)
