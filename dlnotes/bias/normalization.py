"""Which part of a bias a normalization takes away again."""

import math
from collections.abc import Sequence

import torch
from einops import rearrange, reduce
from torch import Tensor, nn

from dlnotes.bias.checks import check_axes, check_axis, check_batch_norm, check_length
from dlnotes.blocks.checks import check_count, check_finite, check_positive
from dlnotes.blocks.magnitude import power_of_two
from dlnotes.blocks.precision import widen_half


@widen_half
def standardize(x: Tensor, axes: Sequence[int], *, eps: float = 1e-5) -> Tensor:
    r"""Subtract the mean over some axes and divide by the deviation, Eq. (normalize).

    For feature maps `(B, C, H, W)` the axes `(0, 2, 3)` make it batch normalization,
    `(2, 3)` instance normalization and `(1, 2, 3)` layer normalization, each before
    its own scale and shift.

    Args:
        x: Any shape.
        axes: Over which axes mean and variance are taken.
        eps: Added to the variance, positive: equal entries give 0.

    Returns:
        The shape of `x`.

    Examples:
        >>> standardize(torch.tensor([1.0, 3.0, 1.0, 3.0]), (0,), eps=1e-12)
        tensor([-1.,  1., -1.,  1.])
    """
    check_finite("x", x)
    check_positive("eps", eps, like=x)
    # Neither the first entry nor the size matters to the result. Differences from an
    # entry lose no digit where entries are close, and halves of them cannot overflow.
    x = x / 2 - _first(x, _distinct(axes, x)) / 2
    root = math.sqrt(eps) / 2
    size = power_of_two(x.abs().amax(tuple(axes), keepdim=True).clamp(min=root))
    x = x / size
    x = x - x.mean(tuple(axes), keepdim=True)
    variance: Tensor = x.square().mean(tuple(axes), keepdim=True)
    return x / (variance + (root / size).square()).sqrt()


@widen_half
def inert_part(bias: Tensor, groups: int) -> Tensor:
    r"""Average a bias over the channels that are normalized together, Eq. (inert-part).

    Args:
        bias: One number per channel, shape `(C,)`.
        groups: Into how many groups of neighboring channels the normalization falls:
            `C` for batch and instance normalization, the number of groups for group
            normalization, 1 for layer normalization.

    Returns:
        The part of the bias that has no effect, shape `(C,)`: constant on each group.
        The rest, `bias - inert_part(bias, groups)`, acts.

    Examples:
        >>> inert_part(torch.tensor([1.0, 3.0, 5.0, 5.0]), groups=2)
        tensor([2., 2., 5., 5.])
    """
    check_finite("bias", bias)
    check_axes("bias", bias, 1)
    check_count("groups", groups)
    if len(bias) % groups:
        raise ValueError(f"groups must divide {len(bias)} channels, got {groups}")
    means = reduce(bias, "(g c) -> g 1", "mean", g=groups)
    return rearrange(means.expand(groups, len(bias) // groups), "g c -> (g c)")


def batch_norm_affine(
    norm: nn.modules.batchnorm._BatchNorm,
) -> tuple[Tensor, Tensor]:
    r"""Read a batch normalization as scale and shift, Eq. (batch-norm-eval).

    Args:
        norm: A batch normalization with running statistics.

    Returns:
        Scale and shift of each channel in eval mode, each `(C,)`; in float32 for a
        layer in half precision, where the variance would swallow `eps`.
    """
    check_batch_norm("norm", norm)
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None
    assert variance is not None
    dtype = torch.promote_types(variance.dtype, torch.float32)
    scale = (variance.to(dtype) + norm.eps).rsqrt()
    if norm.weight is not None:
        scale = norm.weight * scale
    shift = -mean * scale
    if norm.bias is not None:
        shift = norm.bias + shift
    return scale, shift


def running_mean_gap(
    bias: Tensor, norm: nn.modules.batchnorm._BatchNorm, *, batches: int
) -> Tensor:
    r"""Predict what a bias still does in eval mode, Eq. (running-mean-gap).

    Args:
        bias: What is added to each channel before the normalization, shape `(C,)`.
        norm: A batch normalization with running statistics and a momentum.
        batches: Batches it has seen in train mode since the bias is there, after a
            start at 0 or after any history without the bias.

    Returns:
        The shift of its output in eval mode, shape `(C,)`, in the precision of
        `batch_norm_affine`.
    """
    check_finite("bias", bias)
    check_count("batches", batches, least=0)
    scale, _ = batch_norm_affine(norm)
    check_length("bias", bias, norm.num_features)
    if norm.momentum is None:
        raise ValueError("norm must have a momentum, got None: a cumulative average")
    forgotten: float = (1 - norm.momentum) ** batches
    return scale * forgotten * bias


def _first(x: Tensor, axes: list[int]) -> Tensor:
    """The first entry along some axes, as a constant."""
    first = x.detach()
    for axis in axes:
        first = first.narrow(axis, 0, 1)
    return first


def _distinct(axes: Sequence[int], x: Tensor) -> list[int]:
    """Check which axes are averaged over, and count them from the front."""
    for axis in axes:
        check_axis("axes", axis, x)
    numbers = [axis % x.ndim for axis in axes]
    if not numbers or len(set(numbers)) < len(numbers):
        raise ValueError(f"axes must be one or more different axes, got {axes}")
    if not all(x.shape[number] for number in numbers):
        raise ValueError(f"axes must not be empty, got shape {tuple(x.shape)}")
    return numbers
