"""Times and memory of the two forms of PointConv, and of its layer.

8 clouds, 16 neighbors of each point, 16 hidden values of the weight network. The naive
form makes the kernel of each neighbor: with 16,384 points of 32 channels in and out it
would have 8 GiB, so that only 4 in and out are timed there.
"""

from functools import partial

import pytest
import torch

from dlnotes.pointconv.continuous import point_convolution
from dlnotes.pointconv.density import normalized_inverse
from dlnotes.pointconv.efficient import efficient_convolution, factorized_kernel
from dlnotes.pointconv.layer import PointConv
from dlnotes.pointconv.neighborhood import neighborhood, pyramid

B, K, M = 8, 16, 16
SHAPES = [(1024, 4), (1024, 16), (1024, 32), (16384, 4)]  # points, channels
RNG = torch.Generator().manual_seed(0)


@pytest.fixture(params=[1, 2], autouse=True)
def threads(request, one_thread):
    """`one_thread` puts the number back."""
    torch.set_num_threads(request.param)
    return request.param


def convolve(form, features, hidden, last):
    if form == "naive":
        return point_convolution(features, factorized_kernel(hidden, last))
    return efficient_convolution(features, hidden, last)


@pytest.mark.parametrize(("points", "channels"), SHAPES)
@pytest.mark.parametrize("form", ["dlnotes", "naive"])
def test_forward_and_backward(benchmark, weigh, form, points, channels, threads):
    shape = f"{points:,} points, {channels} to {channels} channels"
    benchmark.group = f"convolution with gradients, {shape}, {threads} threads"
    inputs = [
        torch.randn(size, generator=RNG).requires_grad_()
        for size in (
            (B, points, K, channels),
            (B, points, K, M),
            (M, channels, channels),
        )
    ]
    slope = torch.randn(B, points, channels, generator=RNG)

    def step():
        return torch.autograd.grad(convolve(form, *inputs), inputs, slope)

    found = benchmark.pedantic(step, rounds=5, warmup_rounds=1)
    assert all(gradient.isfinite().all() for gradient in found)
    weigh(form, step)


@pytest.mark.parametrize("points", [1024, 16384])
@pytest.mark.parametrize("part", ["dlnotes", "geometry"])
def test_layer(benchmark, part, points, threads):
    """From N points to N / 4, with 64 channels: the layer, or what comes before it.

    `geometry` chooses points, finds neighbors and estimates densities, which a training
    does once. With 16,384 points all pairs are needed for the densities.
    """
    benchmark.group = f"PointConv, {points:,} to {points // 4:,}, {threads} threads"
    cloud = torch.rand(B, points, 3, generator=RNG)
    width = None if points > 1024 else 0.1
    (level,) = pyramid(cloud, (points // 4,), (K,), start=0)
    if width is not None:
        around = neighborhood(cloud, level.points, K, bandwidth=width)
    else:
        around = level.around
    inverse = normalized_inverse if width else None
    layer = PointConv(64, (64,), 64, inverse=inverse)
    features = torch.randn(B, points, 64, generator=RNG).requires_grad_()

    def train():
        layer.zero_grad()
        result = layer(features, around)
        result.square().mean().backward()
        return result

    widths = None if width is None else (width,)
    prepare = partial(pyramid, cloud, (points // 4,), (K,), bandwidths=widths, start=0)
    benchmark.pedantic(
        train if part == "dlnotes" else prepare, rounds=3, warmup_rounds=1
    )
