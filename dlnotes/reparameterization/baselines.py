"""What to subtract from f before it weighs a score."""

import torch
from torch import Tensor

from dlnotes.blocks.checks import check_finite, holds
from dlnotes.blocks.precision import widen_half
from dlnotes.reparameterization._samples import append_dims


@widen_half
def optimal_baseline(values: Tensor, scores: Tensor) -> Tensor:
    r"""Estimate the best constant baseline of each parameter, Eq. (optimal-baseline).

    Estimate it on other samples than those it is subtracted from; on the same ones it
    depends on each of them and adds a bias of order 1/S.

    Args:
        values: `f` of each sample, shape `(...)`.
        scores: Scores of one parameter, shape `(..., *parameter.shape)`.

    Returns:
        Baselines, shape `(*parameter.shape)`.

    Raises:
        ValueError: If all scores of an entry are 0: every baseline is as good there.

    Examples:
        >>> optimal_baseline(torch.tensor([1.0, 4.0]), torch.tensor([1.0, 2.0]))
        tensor(3.4000)
    """
    check_finite("values", values)
    check_finite("scores", scores)
    lead = values.ndim
    if scores.shape[:lead] != values.shape or not values.numel():
        raise ValueError(
            f"scores must have a shape that starts with {tuple(values.shape)}, that "
            f"of values, and hold samples, got {tuple(scores.shape)}"
        )
    if not lead:  # one sample
        values, scores, lead = values[None], scores[None], 1
    samples = tuple(range(lead))
    largest = scores.detach().abs().amax(samples, keepdim=True)
    if not holds(largest > 0):
        raise ValueError("scores must not be 0 for all samples")
    squares = (scores / largest).square()  # no square overflows or vanishes
    weights = squares / squares.sum(samples, keepdim=True)
    return (weights * append_dims(values, scores.ndim)).sum(samples)


@widen_half
def leave_one_out_baseline(values: Tensor, *, dim: int = 0) -> Tensor:
    r"""Average the other samples, Eq. (leave-one-out).

    The average does not depend on the sample it is subtracted from, so it adds no
    bias, although it is made of the same draw.

    Args:
        values: `f` of each sample.
        dim: The dimension along which the samples lie, two or more.

    Returns:
        One baseline per sample, same shape.

    Examples:
        >>> leave_one_out_baseline(torch.tensor([1.0, 3.0, 8.0]))
        tensor([5.5000, 4.5000, 2.0000])
    """
    check_finite("values", values)
    if not values.ndim or values.shape[dim] < 2:
        raise ValueError(
            "leaving one out takes two or more samples, "
            f"got shape {tuple(values.shape)} and dim {dim}"
        )
    # The total minus each value would lose the others beside a large one.
    count = values.shape[dim]
    shares = values / (count - 1)  # first, so that no sum overflows
    nothing = torch.zeros_like(values.narrow(dim, 0, 1))
    before = shares.narrow(dim, 0, count - 1).cumsum(dim)
    after = shares.narrow(dim, 1, count - 1).flip(dim).cumsum(dim).flip(dim)
    return torch.cat([nothing, before], dim) + torch.cat([after, nothing], dim)
