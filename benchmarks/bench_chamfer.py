"""Times and memory of distances of Chamfer beside a table and SciPy's k-d tree.

8 pairs of clouds in a cube, both ways, in float32, on one thread. `table` compares all
points by `torch.cdist`, which many programs do; `scipy` has no gradients, so that it
stands beside the forward direction alone. Ours asks a tree, too, and makes gradients
from the pairs that it finds.
"""

import pytest
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from dlnotes.blocks.chamfer import chamfer_distance

B, SIZES = 8, (1024, 4096)
RNG = torch.Generator().manual_seed(0)
PAIRS = {n: torch.rand(2, B, n, 3, generator=RNG).unbind() for n in SIZES}

any_size = pytest.mark.parametrize("points", SIZES)


def table(one: Tensor, other: Tensor) -> Tensor:
    gaps = torch.cdist(one, other)
    return gaps.amin(2).mean(1) + gaps.amin(1).mean(1)


def tree(one: Tensor, other: Tensor) -> Tensor:
    found = []
    for some, others in zip(one.numpy(), other.numpy(), strict=True):
        there, back = cKDTree(others).query(some)[0], cKDTree(some).query(others)[0]
        found.append(there.mean() + back.mean())
    return torch.tensor(found, dtype=torch.float32)


PEERS = {
    "dlnotes": lambda one, other: chamfer_distance(one, other, eps=0),
    "table": table,
    "scipy": tree,
}


@any_size
@pytest.mark.parametrize("peer", PEERS)
def test_forward(benchmark, peer, points):
    benchmark.group = f"Chamfer, {B} pairs of {points:,} points"
    found = benchmark.pedantic(PEERS[peer], PAIRS[points], rounds=5, warmup_rounds=1)
    # Products of matrices in `cdist` leave errors of 1e-4 in distances.
    torch.testing.assert_close(found, tree(*PAIRS[points]), rtol=1e-2, atol=0)


@any_size
@pytest.mark.parametrize("peer", ["dlnotes", "table"])
def test_forward_and_backward(benchmark, weigh, peer, points):
    benchmark.group = f"Chamfer with gradients, {B} pairs of {points:,} points"
    inputs = [cloud.clone().requires_grad_() for cloud in PAIRS[points]]

    def step() -> tuple[Tensor, ...]:
        return torch.autograd.grad(PEERS[peer](*inputs).sum(), inputs)

    found = benchmark.pedantic(step, rounds=5, warmup_rounds=1)
    assert all(gradient.isfinite().all() for gradient in found)
    weigh(peer, step)
