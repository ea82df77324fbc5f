"""Where the last bias should start, and how to move it when the classes change."""

import torch
from torch import Tensor

from dlnotes.bias.checks import check_axes
from dlnotes.blocks.checks import check_finite


def prior_bias(probability: float | Tensor) -> Tensor:
    r"""Turn the frequency of the positive class into a bias, Eq. (prior-bias).

    Args:
        probability: Strictly between 0 and 1; a number, or a tensor with one for each
            of several binary outputs.

    Returns:
        The log-odds, with the shape of `probability`; a number becomes a float64
        tensor without axes.

    Raises:
        TypeError: If a tensor is not of floating point.
        ValueError: If a probability is not strictly between 0 and 1.
    """
    if not isinstance(probability, Tensor):
        probability = torch.tensor(float(probability), dtype=torch.float64)
    check_finite("probability", probability)
    outside = (probability <= 0) | (probability >= 1)
    if outside.any():
        odd = float(probability[outside].flatten()[0])
        raise ValueError(f"probability must lie strictly between 0 and 1, got {odd}")
    return probability.log() - torch.log1p(-probability)


def log_prior(counts: Tensor) -> Tensor:
    r"""Turn class counts into the biases of a softmax, Eq. (log-prior).

    Args:
        counts: How many training examples each class has, shape `(K,)`; of integers
            or of floating point.

    Returns:
        Logs of the frequencies, shape `(K,)`, float32 for integer counts.

    Raises:
        ValueError: If a class has no examples, or `counts` is not a vector of finite
            numbers.
    """
    counts = counts if counts.is_floating_point() else counts.float()
    check_finite("counts", counts)
    check_axes("counts", counts, 1)
    if not (counts > 0).all():
        empty = torch.nonzero(counts <= 0).flatten().tolist()
        raise ValueError(
            f"every class needs a positive count, but classes {empty} have none: "
            "leave them out or add a pseudo-count to all"
        )
    return (counts / counts.sum()).log()


def prior_entropy(frequencies: Tensor) -> Tensor:
    r"""Compute the loss of the best constant prediction, Eq. (prior-entropy).

    Args:
        frequencies: Of the classes, nonnegative with sum 1, shape `(K,)`.

    Returns:
        The entropy in nats, one number.

    Raises:
        TypeError: If `frequencies` is not a floating-point tensor.
        ValueError: If they are not a distribution.
    """
    check_finite("frequencies", frequencies)
    check_axes("frequencies", frequencies, 1)
    total = float(frequencies.sum())
    if (frequencies < 0).any() or abs(total - 1) > 1e-4:
        raise ValueError(
            f"frequencies must be nonnegative and sum to 1, got {frequencies.tolist()}"
        )
    entropies: Tensor = torch.special.entr(frequencies)
    return entropies.sum()


def shift_prior(bias: Tensor, old: Tensor, new: Tensor) -> Tensor:
    r"""Move a classifier to other class frequencies, Eq. (prior-shift).

    Args:
        bias: Biases of the last layer, shape `(K,)`.
        old: Frequencies in the training data, positive, shape `(K,)`.
        new: Frequencies where the classifier will be used, positive, shape `(K,)`.

    Returns:
        The biases to use there, shape `(K,)`.

    Raises:
        TypeError: If an argument is not a floating-point tensor.
        ValueError: If lengths differ, or a frequency is not positive.
    """
    check_finite("bias", bias)
    for name, frequencies in {"old": old, "new": new}.items():
        prior_entropy(frequencies)
        if frequencies.shape != bias.shape:
            raise ValueError(
                f"{name} must have the shape of bias, {tuple(bias.shape)}, "
                f"got {tuple(frequencies.shape)}"
            )
        if not (frequencies > 0).all():
            raise ValueError(f"{name} must be positive, got {frequencies.tolist()}")
    return bias + new.log() - old.log()
