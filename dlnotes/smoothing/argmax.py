"""The place of the maximum, as a distribution and as a number."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import Parameter
from dlnotes.blocks.precision import half_to_single, widen_half
from dlnotes.smoothing._rows import below_leader, check_row, leader
from dlnotes.smoothing.means import p_norm_max


@widen_half
def soft_onehot(values: Tensor, sharpness: Parameter) -> Tensor:
    """Smooth the one-hot vector of the argmax by a softmax, Eq. (soft-onehot).

    Args:
        values: Shape `(..., K)`; minus infinity masks an entry.
        sharpness: Positive.

    Returns:
        Points of the simplex, shape `(..., K)`: the gradient of the smooth maximum.
    """
    check_row("values", values, sharpness)
    return below_leader(values, sharpness).softmax(-1)


@half_to_single
def soft_argmax(values: Tensor, sharpness: Parameter) -> Tensor:
    """Smooth the index of the maximum by a mean index, Eq. (soft-argmax).

    Args:
        values: Shape `(..., K)`; minus infinity masks an entry.
        sharpness: Positive.

    Returns:
        Mean indices, counted from 0, shape `(...)`. Where two separate entries share
        the weight the mean lies between them, at neither.

    Examples:
        >>> peaks = torch.tensor([0.0, 5, 0, 0, 0, 0, 0, 4, 0])
        >>> soft_argmax(peaks, 10.0)
        tensor(1.0003)
    """
    p, index, place = _seen_from_leader(values, sharpness)
    return place + (p * index).sum(-1)


@half_to_single
def index_deviation(values: Tensor, sharpness: Parameter) -> Tensor:
    """Spread of the index behind a soft argmax, Eq. (index-deviation).

    Args:
        values: Shape `(..., K)`; minus infinity masks an entry.
        sharpness: Positive.

    Returns:
        Standard deviations of the index in entries, shape `(...)`: near 0 where the
        soft argmax is an index, large where it is an average of distant ones. Where
        it is 0 the gradient is 0.
    """
    p, index, _ = _seen_from_leader(values, sharpness)
    mean = (p * index).sum(-1, keepdim=True)
    scaled = below_leader(values, sharpness)
    # Roots of the weights, from half of their logs: they reach further than squares.
    root = torch.exp(scaled / 2) / scaled.exp().sum(-1, keepdim=True).sqrt()
    return p_norm_max((root * (index - mean)).abs(), 2.0)


def _seen_from_leader(
    values: Tensor, sharpness: Parameter
) -> tuple[Tensor, Tensor, Tensor]:
    """The softmax, indices counted from the leader, and its own index.

    Where the leader has nearly all of the weight, the small distances from it keep
    their digits; from the start of the row they would drown in its index.
    """
    p = soft_onehot(values, sharpness)
    place = leader(values)[1]
    index = torch.arange(values.shape[-1], device=values.device) - place
    return p, index.to(p.dtype), place.squeeze(-1).to(p.dtype)
