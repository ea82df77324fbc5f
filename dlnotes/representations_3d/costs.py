"""How many parameters the networks have, and how often they multiply."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from dlnotes.blocks.checks import check_count, check_module

UNSEEN = (nn.LSTM, nn.MultiheadAttention, nn.Bilinear)  # each one step of its own
ALIGNMENT = ((64, 128, 1024), (512, 256))  # widths of a TNet


def pointnet_parameters(
    classes: int,
    *,
    channels: int = 3,
    local: Sequence[int] = (64, 64),
    widths: Sequence[int] = (64, 128, 1024),
    head: Sequence[int] = (512, 256),
    alignment: Sequence[Sequence[int]] = ALIGNMENT,
) -> int:
    """Count the parameters of PointNet with both alignments.

    Args:
        classes: How many there are.
        channels: Numbers of a point.
        local: As in `PointEncoder`.
        widths: As in `PointEncoder`.
        head: As in `PointNet`.
        alignment: Widths of both of its `TNet`.

    Returns:
        Weights, biases, and two for each channel that is normalized. A bias before a
        normalization counts, though it does nothing.

    Examples:
        >>> pointnet_parameters(40)
        3480049
    """
    check_count("classes", classes)
    inner = [channels, *local]
    total = _layers(inner) + _layers([inner[-1], *widths])
    for size in (channels, inner[-1]):
        chain = [size, *alignment[0], *alignment[1]]
        total += _layers(chain) + (chain[-1] + 1) * size**2
    last = [[inner[-1], *widths][-1], *head]
    return total + _layers(last) + (last[-1] + 1) * classes


def pointnet_macs(
    points: int,
    classes: int,
    *,
    channels: int = 3,
    local: Sequence[int] = (64, 64),
    widths: Sequence[int] = (64, 128, 1024),
    head: Sequence[int] = (512, 256),
    alignment: Sequence[Sequence[int]] = ALIGNMENT,
) -> int:
    """Count the multiplications of PointNet for one cloud.

    Args:
        points: Of the cloud, `N`.
        classes: How many there are.
        channels: Numbers of a point.
        local: As in `PointEncoder`.
        widths: As in `PointEncoder`.
        head: As in `PointNet`.
        alignment: Widths of both of its `TNet`.

    Returns:
        Pairs of a multiplication and an addition in products of matrices; a FLOP count
        is twice as large.

    Examples:
        >>> pointnet_macs(1024, 40)
        448025856
    """
    check_count("points", points)
    check_count("classes", classes)
    inner = [channels, *local]
    each = _products(inner) + _products([inner[-1], *widths])
    once = _products([[inner[-1], *widths][-1], *head, classes])
    for size in (channels, inner[-1]):
        each += _products([size, *alignment[0]]) + size**2
        once += _products([[size, *alignment[0]][-1], *alignment[1], size**2])
    return points * each + once


def dgcnn_macs(
    points: int,
    classes: int,
    *,
    times: int = 1,
    channels: int = 3,
    widths: Sequence[int] = (64, 64, 128, 256),
    joined: int = 1024,
    head: Sequence[int] = (512, 256),
) -> int:
    """Count the multiplications of DGCNN for one cloud whose edges are given.

    Args:
        points: Of the cloud, `N`.
        classes: How many there are.
        times: How often a point enters the product of an edge convolution: once here,
            20 times where the edges to 20 neighbors are multiplied one by one.
        channels: Numbers of a point.
        widths: As in `DGCNN`.
        joined: As in `DGCNN`.
        head: As in `DGCNN`.

    Returns:
        As in `pointnet_macs`. To find edges among features of more than eight channels
        takes `N**2` more for each channel.
    """
    check_count("points", points)
    check_count("classes", classes)
    check_count("times", times)
    edges = 2 * _products([channels, *widths])
    each = times * edges + sum(widths) * joined
    return points * each + _products([2 * joined, *head, classes])


def chebnet_macs(
    points: int,
    classes: int,
    *,
    entries: int | None = None,
    order: int = 3,
    channels: int = 3,
    widths: Sequence[int] = (32, 64, 128),
    head: Sequence[int] = (64,),
) -> int:
    """Count the multiplications of ChebNet for one cloud whose Laplacian is given.

    Args:
        points: Of the cloud, `N`.
        classes: How many there are.
        entries: Of the Laplacian that are multiplied. By default all `N**2`, as with a
            matrix that stores its zeros; else the number of those that are not 0.
        order: As in `ChebNet`.
        channels: Numbers of a point.
        widths: As in `ChebNet`.
        head: As in `ChebNet`.

    Returns:
        As in `pointnet_macs`.

    Examples:
        >>> chebnet_macs(256, 8), chebnet_macs(256, 8, entries=256 * 9)
        (20922880, 8402944)
    """
    check_count("points", points)
    check_count("classes", classes)
    check_count("order", order)
    sizes = _counts([channels, *widths])
    entries = points**2 if entries is None else entries
    check_count("entries", entries, least=0, most=points**2)
    waves = (order - 1) * sum(sizes[:-1]) * entries
    maps = order * _products(sizes) * points
    return waves + maps + _products([sizes[-1], *head, classes])


def counted_macs(model: nn.Module, *inputs: Any) -> int:
    """Count the multiplications of a model by running it once, in eval mode.

    Args:
        model: Its mode afterwards is that of before. Layers whose products would not be
            seen, those in `UNSEEN`, are refused.
        *inputs: What it gets, tensors of any device among them.

    Returns:
        Pairs of a multiplication and an addition in products of matrices and in
        convolutions, for all rows of the batch. Not seen are products of entries, of a
        vector with a matrix or a vector, distances, and what a k-d tree does.
    """
    check_module("model", model)
    for name, part in model.named_modules():
        if isinstance(part, UNSEEN):
            where = f"{type(part).__name__} {name!r}"
            raise ValueError(f"model must have products that are seen, got {where}")
    training = model.training
    model.eval()
    counter = FlopCounterMode(display=False)
    try:
        with counter, torch.no_grad():
            model(*inputs)
    finally:
        model.train(training)
    return counter.get_total_flops() // 2


def _layers(sizes: Sequence[int]) -> int:
    """Parameters of layers with biases and normalizations."""
    return sum((before + 3) * after for before, after in pairwise(_counts(sizes)))


def _products(sizes: Sequence[int]) -> int:
    """Multiplications of layers for one row."""
    return sum(before * after for before, after in pairwise(_counts(sizes)))


def _counts(sizes: Sequence[int]) -> Sequence[int]:
    for size in sizes:
        check_count("every size", size)
    return sizes
