"""The perceptron: a threshold that moves to the other side, and how it is learned."""

from typing import NamedTuple

import torch
from torch import Tensor

from dlnotes.bias.checks import check_axes, check_length
from dlnotes.blocks.checks import (
    Parameter,
    check_count,
    check_finite,
    check_real,
    first_where,
    holds,
)
from dlnotes.blocks.magnitude import near_one, power_of_two
from dlnotes.blocks.precision import half_to_single, widen_half


@widen_half
def fires(x: Tensor, weight: Tensor, bias: Parameter = 0.0) -> Tensor:
    r"""Decide whether a unit fires, Eq. (perceptron).

    Args:
        x: Inputs, shape `(..., D)`.
        weight: Shape `(D,)`.
        bias: Minus the threshold: a number, or a tensor that broadcasts to `(...)`.

    Returns:
        Booleans, shape `(...)`: true where the weighted sum exceeds the threshold
        strictly.

    Examples:
        >>> x = torch.tensor([[1.0, 1.0], [1.0, 2.0]])
        >>> fires(x, torch.tensor([1.0, 2.0]), -3.0)
        tensor([False,  True])
    """
    check_finite("x", x)
    check_finite("weight", weight)
    check_axes("weight", weight, 1)
    if isinstance(bias, Tensor):
        check_finite("bias", bias)
    else:
        check_real("bias", bias, like=x)
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
        x: Inputs, shape `(..., D)`.

    Returns:
        Shape `(..., D + 1)`. The last weight of a layer on these inputs is its bias.
    """
    check_finite("x", x)
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


@half_to_single
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
    """
    signed = _signed(x, signs)
    check_count("max_mistakes", max_mistakes, least=0)
    size = power_of_two(signed.abs().amax())
    signed = signed / size  # the rule makes the same mistakes at every scale
    weight = torch.zeros_like(signed[0])
    rows: list[int] = []
    while len(wrong := torch.nonzero(signed @ weight <= 0).flatten()):
        if len(rows) == max_mistakes:
            break
        rows.append(_next(wrong, rows))
        weight = weight + signed[rows[-1]]
    mistakes = torch.tensor(rows, dtype=torch.int64)
    return Training(weight * size, mistakes, not len(wrong))


@widen_half
def margin(x: Tensor, signs: Tensor, weight: Tensor) -> Tensor:
    r"""Measure how far the nearest example is from the hyperplane, Eq. (margin).

    Args:
        x: Inputs, shape `(N, D)`.
        signs: Classes, 1 or -1, shape `(N,)`.
        weight: Normal of a hyperplane through 0, shape `(D,)`, not 0.

    Returns:
        One number, in the units of `x`; negative if an example is on the wrong side,
        0 if none is but one lies on the hyperplane.
    """
    signed = _signed(x, signs)
    check_finite("weight", weight)
    check_length("weight", weight, x.shape[1])
    if not holds((weight.detach() != 0).any()):
        raise ValueError("weight must not be 0: it has no direction")
    weight = near_one(weight)
    distances: Tensor = signed @ (weight / torch.linalg.vector_norm(weight))
    return distances.amin()


@half_to_single
def mistake_bound(x: Tensor, signs: Tensor, weight: Tensor) -> Tensor:
    r"""Bound the mistakes that the perceptron rule can make, Eq. (novikoff).

    Args:
        x: Inputs, shape `(N, D)`.
        signs: Classes, 1 or -1, shape `(N,)`.
        weight: Any weights that separate the classes, shape `(D,)`. Those with the
            largest margin give the lowest bound.

    Returns:
        One number, at least 1 up to rounding; the rule makes at most as many mistakes,
        in whatever order the examples come and however often.

    Examples:
        >>> mistake_bound(torch.eye(4), torch.ones(4), torch.ones(4))
        tensor(4.)
    """
    check_finite("x", x)
    check_axes("x", x, 2)
    x = near_one(x, (0, 1))
    distance = margin(x, signs, weight)
    if not holds(distance.detach() > 0):
        raise ValueError(
            f"weight must separate the classes, got a margin of {float(distance)}"
        )
    radius = torch.linalg.vector_norm(x, dim=1).amax()
    bound: Tensor = (radius / distance) ** 2
    return bound


def _next(wrong: Tensor, rows: list[int]) -> int:
    """The first wrong example after the last mistake, round the data set."""
    ahead = wrong[wrong > rows[-1]] if rows else wrong
    return int(ahead[0] if len(ahead) else wrong[0])


def _signed(x: Tensor, signs: Tensor) -> Tensor:
    """Check a labelled data set and multiply every input with its class."""
    check_finite("x", x)
    check_axes("x", x, 2)
    if not isinstance(signs, Tensor):
        raise TypeError(f"signs must be a tensor, got {type(signs).__name__}")
    check_length("signs", signs, len(x))
    known = (signs == 1) | (signs == -1)
    if not holds(known):
        raise ValueError(f"signs must be 1 or -1, got {first_where(signs, ~known):g}")
    return signs.to(x.dtype).unsqueeze(1) * x
