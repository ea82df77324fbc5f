"""The perceptron: a threshold that moves to the other side, and how it is learned."""

from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.bias.checks import check_axes, check_length
from dlnotes.blocks.checks import check_count, check_finite


def fires(x: Tensor, weight: Tensor, bias: float | Tensor = 0.0) -> Tensor:
    r"""Decide whether a unit fires, Eq. (perceptron).

    Args:
        x: Inputs, shape `(..., D)`.
        weight: Shape `(D,)`.
        bias: Minus the threshold, one number.

    Returns:
        Booleans, shape `(...)`: true where the weighted sum exceeds the threshold
        strictly.

    Raises:
        TypeError: If inputs or weights are not floating-point tensors.
        ValueError: If they are not finite, or their lengths differ.
    """
    check_finite("x", x)
    check_finite("weight", weight)
    check_axes("weight", weight, 1)
    if not x.ndim or x.shape[-1] != len(weight):
        raise ValueError(
            f"x must end in {len(weight)} features, as weight does, "
            f"got shape {tuple(x.shape)}"
        )
    fired: Tensor = x @ weight + bias > 0
    return fired


def append_one(x: Tensor) -> Tensor:
    r"""Give every input a last feature that is 1, Eq. (constant-input).

    Args:
        x: Inputs, shape `(..., D)`, of any type.

    Returns:
        Shape `(..., D + 1)`. The last weight of a layer on these inputs is its bias.

    Raises:
        ValueError: If `x` has no axis.
    """
    if not x.ndim:
        raise ValueError("x must have a last axis of features, got a single number")
    return torch.cat([x, torch.ones_like(x[..., :1])], dim=-1)


class Training(NamedTuple):
    """What the perceptron rule left behind.

    Attributes:
        weight: The final weights, shape `(D,)`.
        rows: Which example each mistake was made on, in order, int64. The weights
            after `k` mistakes are the sum of `signs[rows[:k]]` times `x[rows[:k]]`.
        separated: Whether the final weights make no mistake.
    """

    weight: Tensor
    rows: Tensor
    separated: bool


def train_perceptron(
    x: Tensor, signs: Tensor, *, max_mistakes: int = 10_000
) -> Training:
    r"""Add every misclassified example to the weights, Eq. (perceptron-update).

    The examples are visited in order, again and again, from zero weights on. There
    is no bias; `append_one` provides it.

    Args:
        x: Inputs, shape `(N, D)`.
        signs: Classes, 1 or -1, shape `(N,)`.
        max_mistakes: Where to give up. Inputs that no hyperplane through 0 separates
            cause mistakes forever.

    Returns:
        The weights, the mistakes, and whether they came to an end.

    Raises:
        TypeError: If the inputs are not a floating-point tensor.
        ValueError: If shapes do not match, or a sign is neither 1 nor -1.
    """
    signed = _signed(x, signs)
    check_count("max_mistakes", max_mistakes, least=0)
    weight = torch.zeros_like(signed[0])
    rows: list[int] = []
    while len(wrong := torch.nonzero(signed @ weight <= 0).flatten()):
        if len(rows) == max_mistakes:
            break
        ahead = wrong[wrong > rows[-1]] if rows else wrong
        rows.append(int(ahead[0] if len(ahead) else wrong[0]))
        weight = weight + signed[rows[-1]]
    return Training(weight, torch.tensor(rows, dtype=torch.int64), not len(wrong))


def margin(x: Tensor, signs: Tensor, weight: Tensor) -> Tensor:
    r"""Measure how far the nearest example is from the hyperplane, Eq. (margin).

    Args:
        x: Inputs, shape `(N, D)`.
        signs: Classes, 1 or -1, shape `(N,)`.
        weight: Normal of a hyperplane through 0, shape `(D,)`, not 0.

    Returns:
        One number, in the units of `x`; negative if an example is on the wrong side.

    Raises:
        TypeError: If inputs or weights are not floating-point tensors.
        ValueError: If shapes do not match, a sign is neither 1 nor -1, or the weights
            are 0.
    """
    signed = _signed(x, signs)
    check_finite("weight", weight)
    check_length("weight", weight, x.shape[1])
    if not weight.any():
        raise ValueError("weight must not be 0: it has no direction")
    distances: Tensor = signed @ (weight / torch.linalg.vector_norm(weight))
    return distances.amin()


def mistake_bound(x: Tensor, signs: Tensor, weight: Tensor) -> Tensor:
    r"""Bound the mistakes that the perceptron rule can make, Eq. (novikoff).

    Args:
        x: Inputs, shape `(N, D)`.
        signs: Classes, 1 or -1, shape `(N,)`.
        weight: Any weights that separate the classes, shape `(D,)`. Those with the
            largest margin give the lowest bound.

    Returns:
        One number; the rule makes at most as many mistakes, in whatever order the
        examples come.

    Raises:
        TypeError: If inputs or weights are not floating-point tensors.
        ValueError: If shapes do not match, a sign is neither 1 nor -1, or the weights
            do not separate the classes.
    """
    distance = margin(x, signs, weight)
    if distance <= 0:
        raise ValueError(
            f"weight must separate the classes, got a margin of {float(distance)}"
        )
    radius = torch.linalg.vector_norm(x, dim=1).amax()
    bound: Tensor = (radius / distance) ** 2
    return bound


def _signed(x: Tensor, signs: Tensor) -> Tensor:
    """Check a labelled data set and multiply every input with its class."""
    check_finite("x", x)
    check_axes("x", x, 2)
    check_length("signs", signs, len(x))
    odd = signs[(signs != 1) & (signs != -1)]
    if len(odd):
        raise ValueError(f"signs must be 1 or -1, got {odd[0].item()}")
    return signs.to(x.dtype).unsqueeze(1) * x
