"""Which part of a bias a normalization takes away again."""

from collections.abc import Sequence

import torch
from einops import rearrange, reduce
from torch import Tensor, nn

from dlnotes.bias.checks import check_axes
from dlnotes.blocks.checks import check_count, check_finite


def standardize(x: Tensor, axes: Sequence[int], *, eps: float = 1e-5) -> Tensor:
    r"""Subtract the mean over some axes and divide by the deviation, Eq. (normalize).

    For feature maps `(B, C, H, W)` the axes `(0, 2, 3)` make it batch normalization,
    `(2, 3)` instance normalization and `(1, 2, 3)` layer normalization, each before
    its own scale and shift.

    Args:
        x: Any shape.
        axes: Over which axes mean and variance are taken.
        eps: Added to the variance, nonnegative.

    Returns:
        The shape of `x`.

    Raises:
        TypeError: If `x` is not a floating-point tensor.
        ValueError: If no axis is given, or `eps` is negative.
    """
    check_finite("x", x)
    if not axes:
        raise ValueError("axes must name at least one axis, got none")
    if not eps >= 0:
        raise ValueError(f"eps must not be negative, got {eps}")
    variance, mean = torch.var_mean(x, dim=tuple(axes), correction=0, keepdim=True)
    return (x - mean) / (variance + eps).sqrt()


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

    Raises:
        TypeError: If `bias` is not a floating-point tensor.
        ValueError: If it is not a vector, or the groups do not divide its length.
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
        Scale and shift of each channel in eval mode, each `(C,)`.

    Raises:
        ValueError: If the layer keeps no running statistics: it then uses those of
            the batch in eval mode too.
    """
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError(
            f"{type(norm).__name__} keeps no running statistics "
            "(track_running_stats=False), so it is no fixed scale and shift"
        )
    scale = (norm.running_var + norm.eps).rsqrt()
    if norm.weight is not None:
        scale = norm.weight * scale
    shift = -norm.running_mean * scale
    if norm.bias is not None:
        shift = norm.bias + shift
    return scale, shift


def running_mean_gap(
    bias: Tensor, norm: nn.modules.batchnorm._BatchNorm, *, batches: int
) -> Tensor:
    r"""Predict what a bias still does in eval mode, Eq. (running-mean-gap).

    Args:
        bias: What is added to each channel before the normalization, shape `(C,)`.
        norm: A batch normalization with running statistics.
        batches: Batches it has seen in train mode since the bias is there, after a
            start at 0 or after any history without the bias.

    Returns:
        The shift of its output in eval mode, shape `(C,)`.

    Raises:
        TypeError: If `bias` is not a floating-point tensor.
        ValueError: If the lengths differ, `batches` is negative, the layer keeps no
            running statistics, or averages them without a momentum.
    """
    check_finite("bias", bias)
    check_count("batches", batches, least=0)
    if bias.shape != (norm.num_features,):
        raise ValueError(
            f"bias must have shape ({norm.num_features},), got {tuple(bias.shape)}"
        )
    if norm.momentum is None:
        raise ValueError("norm must have a momentum, got None: a cumulative average")
    scale, _ = batch_norm_affine(norm)
    forgotten: float = (1 - norm.momentum) ** batches
    return scale * forgotten * bias
