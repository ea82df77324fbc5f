"""Where the last bias should start, and how to move it when the classes change."""

import torch
from torch import Tensor

from dlnotes.bias.checks import check_axes, check_full
from dlnotes.blocks.checks import (
    Parameter,
    check_finite,
    check_real,
    first_where,
    holds,
)
from dlnotes.blocks.precision import widen_half


@widen_half
def prior_bias(probability: Parameter) -> Tensor:
    r"""Turn the frequency of the positive class into a bias, Eq. (prior-bias).

    Args:
        probability: Strictly between 0 and 1; a number, or a tensor with one for each
            of several binary outputs.

    Returns:
        The log-odds, with the shape of `probability`; a number becomes a float64
        tensor without axes.

    Examples:
        >>> round(prior_bias(0.01).item(), 3)
        -4.595
    """
    if not isinstance(probability, Tensor):
        check_real("probability", probability)
        probability = torch.tensor(float(probability), dtype=torch.float64)
    check_finite("probability", probability)
    inside = (probability > 0) & (probability < 1)
    if not holds(inside):
        odd = first_where(probability, ~inside)
        raise ValueError(f"probability must lie strictly between 0 and 1, got {odd}")
    # Each form loses digits where the other is used: the first near 1/2, where two
    # logarithms cancel, the second near 0.
    upper = probability.clamp(min=0.25)
    return torch.where(
        probability < 0.25,
        probability.log() - torch.log1p(-probability),
        torch.log1p((2 * upper - 1) / (1 - upper)),
    )


def log_prior(counts: Tensor) -> Tensor:
    r"""Turn class counts into the biases of a softmax, Eq. (log-prior).

    Args:
        counts: How many training examples each class has, shape `(K,)`, of floating
            point, but not in half precision, which cannot hold a count.

    Returns:
        Logs of the frequencies, shape `(K,)`.

    Examples:
        >>> log_prior(torch.tensor([50.0, 50.0]))
        tensor([-0.6931, -0.6931])
    """
    check_full("counts", counts)
    check_axes("counts", counts, 1)
    if not holds(counts > 0):
        empty = torch.nonzero(counts <= 0).flatten().tolist()
        raise ValueError(
            f"every class needs a positive count, but classes {empty} have none: "
            "leave them out or add a pseudo-count to all"
        )
    # Logarithms have no range to leave, and double precision spares their digits.
    return counts.double().log().log_softmax(dim=0).to(counts.dtype)


def prior_entropy(frequencies: Tensor) -> Tensor:
    r"""Compute the loss of the best constant prediction, Eq. (prior-entropy).

    Args:
        frequencies: Of the classes, nonnegative with sum 1 up to rounding, shape
            `(K,)`, not in half precision. A class that never occurs adds nothing, and
            gets no gradient.

    Returns:
        The entropy in nats, one number.
    """
    _check_distribution("frequencies", frequencies)
    # Where a frequency is 0, so is its term, and the logarithm is never seen.
    present = torch.where(frequencies > 0, frequencies, 1.0)
    return -(present * present.log()).sum()


def shift_prior(bias: Tensor, old: Tensor, new: Tensor) -> Tensor:
    r"""Move a classifier to other class frequencies, Eq. (prior-shift).

    Args:
        bias: Biases of the last layer, shape `(K,)`, in any precision.
        old: Frequencies in the training data, positive with sum 1, shape `(K,)`, not
            in half precision.
        new: Frequencies where the classifier will be used, in the same form.

    Returns:
        The biases to use there, shape `(K,)`.
    """
    check_finite("bias", bias)
    _check_positive_frequencies("old", old, bias)
    _check_positive_frequencies("new", new, bias)
    return (bias + (new.log() - old.log())).to(bias.dtype)


def _check_positive_frequencies(name: str, frequencies: Tensor, bias: Tensor) -> None:
    _check_distribution(name, frequencies)
    if frequencies.shape != bias.shape:
        raise ValueError(
            f"{name} must have the shape of bias, {tuple(bias.shape)}, "
            f"got {tuple(frequencies.shape)}"
        )
    positive = frequencies > 0
    if not holds(positive):
        odd = first_where(frequencies, ~positive)
        raise ValueError(f"{name} must be positive, got {odd}")


def _check_distribution(name: str, frequencies: Tensor) -> None:
    check_full(name, frequencies)
    check_axes(name, frequencies, 1)
    # Each frequency is rounded once, and so is each partial sum, which is below 1 or
    # about 1: half a unit in the last place for each of 2 K roundings.
    rounding = len(frequencies) * torch.finfo(frequencies.dtype).eps
    total = frequencies.detach().sum()
    if not holds((frequencies >= 0).all() & ((total - 1).abs() <= rounding)):
        raise ValueError(
            f"{name} must be nonnegative with sum 1, got {frequencies.tolist()}"
        )
