"""The four biases of attention: one does nothing, one can move, two act."""

from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from dlnotes.bias.checks import check_axes, check_length
from dlnotes.blocks.checks import check_finite, check_positive


class ScoreTerms(NamedTuple):
    """The score of each query with each key, in four terms.

    Attributes:
        content: Query with key, shape `(..., N, M)`.
        query_bias: Query bias with key, `(..., 1, M)`: one number per key.
        key_bias: Query with key bias, `(..., N, 1)`: one number per query.
        constant: Bias with bias, `(1, 1)`.
    """

    content: Tensor
    query_bias: Tensor
    key_bias: Tensor
    constant: Tensor


def score_terms(
    query: Tensor, key: Tensor, query_bias: Tensor, key_bias: Tensor
) -> ScoreTerms:
    r"""Multiply out the scores of biased queries and keys, Eq. (score-terms).

    Args:
        query: Queries without bias, shape `(..., N, D)`.
        key: Keys without bias, shape `(..., M, D)`.
        query_bias: Shape `(D,)`.
        key_bias: Shape `(D,)`.

    Returns:
        Four terms whose sum is the scores before the division by the root of `D`. A
        softmax over the keys sees only the first two.

    Raises:
        TypeError: If an argument is not a floating-point tensor.
        ValueError: If the lengths of the vectors differ.
    """
    width = query.shape[-1]
    names = ("query", "key", "query_bias", "key_bias")
    for name, tensor in zip(names, (query, key, query_bias, key_bias), strict=True):
        check_finite(name, tensor)
        if not tensor.ndim or tensor.shape[-1] != width:
            raise ValueError(
                f"{name} must end in {width} features, got {tuple(tensor.shape)}"
            )
    check_axes("query_bias", query_bias, 1)
    check_axes("key_bias", key_bias, 1)
    return ScoreTerms(
        query @ key.mT,
        (key @ query_bias).unsqueeze(-2),
        (query @ key_bias).unsqueeze(-1),
        (query_bias @ key_bias).reshape(1, 1),
    )


def fold_attention_biases(attention: nn.MultiheadAttention) -> nn.MultiheadAttention:
    r"""Copy attention with key and value biases of 0, Eq. (value-bias).

    Args:
        attention: torch's own layer, with biases. It is left as it is.

    Returns:
        The copy: the value bias has moved into the output bias, the key bias is gone,
        and the outputs are equal up to rounding.

    Raises:
        TypeError: If `attention` is something else.
        ValueError: If it has no biases, appends keys of its own, or drops attention
            weights because it is in train mode.
    """
    if not isinstance(attention, nn.MultiheadAttention):
        kind = type(attention).__name__
        raise TypeError(f"attention must be nn.MultiheadAttention, got {kind}")
    if attention.in_proj_bias is None:
        raise ValueError("attention must have biases, got one built with bias=False")
    if attention.add_zero_attn or attention.bias_k is not None:
        raise ValueError(
            "attention must not append keys without these biases, got one built with "
            "add_zero_attn or add_bias_kv"
        )
    if attention.training and attention.dropout:
        raise ValueError(
            f"attention drops weights with probability {attention.dropout} in train "
            "mode, so they do not sum to 1: call attention.eval()"
        )
    folded = deepcopy(attention)
    with torch.no_grad():
        _, key_bias, value_bias = folded.in_proj_bias.chunk(3)
        folded.out_proj.bias.add_(folded.out_proj.weight @ value_bias)
        key_bias.zero_()
        value_bias.zero_()
    return folded


def rotate(x: Tensor, positions: Tensor, *, base: float = 10_000.0) -> Tensor:
    r"""Turn pairs of features by an angle that grows with position, Eq. (rotary).

    Args:
        x: Vectors, shape `(..., N, D)` with an even `D`. Features `i` and `i + D / 2`
            form a pair.
        positions: Of each vector, shape `(N,)`.
        base: The slowest pair turns about `base` times more slowly than the fastest.

    Returns:
        The shape of `x`.

    Raises:
        TypeError: If an argument is not of floating point.
        ValueError: If `D` is odd, or there is not one position per vector.
    """
    check_finite("x", x)
    check_finite("positions", positions)
    check_positive("base", base)
    if x.ndim < 2 or x.shape[-1] % 2 or not x.shape[-1]:
        shape = tuple(x.shape)
        raise ValueError(f"x must be (..., N, D) with an even D, got shape {shape}")
    check_length("positions", positions, x.shape[-2])
    half = x.shape[-1] // 2
    speeds = base ** (-torch.arange(half, dtype=x.dtype, device=x.device) / half)
    angles = positions.unsqueeze(-1) * speeds  # (N, D / 2)
    first, second = x.chunk(2, dim=-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
