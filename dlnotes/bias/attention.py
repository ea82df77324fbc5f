"""The four biases of attention: one does nothing, one can move, two act."""

from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from dlnotes.bias.checks import check_axes, check_full, check_length
from dlnotes.blocks.checks import Parameter, check_finite, check_positive
from dlnotes.blocks.precision import widen_half


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


@widen_half
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
    """
    check_finite("query_bias", query_bias)
    check_axes("query_bias", query_bias, 1)
    for name, tensor in {"query": query, "key": key}.items():
        check_finite(name, tensor)
        if tensor.ndim < 2 or tensor.shape[-1] != len(query_bias):
            raise ValueError(
                f"{name} must have shape (..., N, {len(query_bias)}), as query_bias "
                f"has it, got {tuple(tensor.shape)}"
            )
    check_finite("key_bias", key_bias)
    check_length("key_bias", key_bias, len(query_bias))
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
        and the outputs are equal up to rounding. The sum is computed in float64 and
        rounded once.

    Raises:
        ValueError: If it has no biases, appends keys of its own, or drops attention
            weights because it is in train mode.
    """
    _check_foldable(attention)
    folded = deepcopy(attention)
    out = folded.out_proj
    with torch.no_grad():
        _, key_bias, value_bias = folded.in_proj_bias.chunk(3)
        moved = out.weight.double() @ value_bias.double()
        out.bias.copy_(out.bias.double() + moved)
        key_bias.zero_()
        value_bias.zero_()
    return folded


def rotate(x: Tensor, positions: Tensor, *, base: Parameter = 10_000.0) -> Tensor:
    r"""Turn pairs of features by an angle that grows with position, Eq. (rotary).

    Angles are computed in float64, where an angle `a` has an error of at most
    `(3 + abs(log(base)) / 2) * abs(a) * 2**-53`: half a unit in the last place of the
    exponent, one of the power, and the rounding of the product. With the usual base
    that stays below the rounding of float32 up to an angle of 70 million.

    Args:
        x: Vectors, shape `(..., N, D)` with an even `D`. Features `i` and `i + D / 2`
            form a pair.
        positions: Of each vector, shape `(N,)`: integers, or floating-point numbers,
            but not in half precision, which cannot hold a position.
        base: The slowest pair turns `base ** (1 - 2 / D)` times more slowly than the
            fastest; a number, or a tensor `(..., N, 1)`.

    Returns:
        The shape of `x`.

    Examples:
        >>> quarter = torch.tensor([torch.pi / 2], dtype=torch.float64)
        >>> rotate(torch.tensor([[3.0, 4.0]]), quarter).round(decimals=5)
        tensor([[-4.,  3.]])
    """
    check_finite("x", x)
    if x.ndim < 2 or x.shape[-1] % 2 or not x.shape[-1]:
        shape = tuple(x.shape)
        raise ValueError(f"x must be (..., N, D) with an even D, got shape {shape}")
    _check_positions(positions, x.shape[-2])
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    check_positive("base", base, like=wide, row=True)
    base = base.double() if isinstance(base, Tensor) else base
    half = x.shape[-1] // 2
    steps = torch.arange(half, dtype=torch.float64, device=x.device)
    angles = positions.unsqueeze(-1) * base ** (-steps / half)  # (N, D / 2)
    cos, sin = angles.cos().to(wide.dtype), angles.sin().to(wide.dtype)
    first, second = wide.chunk(2, dim=-1)
    turned = (first * cos - second * sin, first * sin + second * cos)
    return torch.cat(turned, dim=-1).to(x.dtype)


def _check_foldable(attention: nn.MultiheadAttention) -> None:
    if type(attention) is not nn.MultiheadAttention:
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


def _check_positions(positions: Tensor, count: int) -> None:
    if not isinstance(positions, Tensor):
        kind = type(positions).__name__
        raise TypeError(f"positions must be a tensor, got {kind}")
    if positions.dtype is torch.bool or positions.is_complex():
        raise TypeError(f"positions must be numbers, got {positions.dtype}")
    if positions.is_floating_point():
        check_full("positions", positions)
    check_length("positions", positions, count)
