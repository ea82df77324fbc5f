"""Scaled dot-product attention, written out and by torch's fused kernel."""

import math
from collections.abc import Sequence
from typing import cast

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from dlnotes.blocks.checks import (
    broadcasts_to,
    check_count,
    check_floating,
    check_tensor,
)
from dlnotes.blocks.dropout import Dropout
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.precision import widen_half


@widen_half
def attention_weights(
    query: Tensor,
    key: Tensor,
    *,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
) -> Tensor:
    """Share out each query's attention among the keys.

    Args:
        query: Shape `(..., N, D)`.
        key: Shape `(..., M, D)`.
        mask: Truth values that broadcast to `(..., N, M)`: which keys a query sees.
        bias: Added to the scores, `(..., N, M)` or broadcasts; minus infinity hides.

    Returns:
        The softmax of the scores over the square root of `D`, shape `(..., N, M)`. Rows
        sum to 1; one that sees no key is 0.
    """
    _check_attention(query, key, key, mask, bias)
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    if bias is not None:
        scores, possible = scores + bias.to(scores.dtype), bias > -math.inf
        mask = possible if mask is None else mask & possible
    return masked_softmax(scores, mask)


@widen_half
def masked_softmax(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Turn the scores of the keys that a query sees into weights.

    Args:
        scores: Shape `(..., N, M)`.
        mask: Truth values that broadcast to `(..., N, M)`: which keys a query sees.

    Returns:
        The shape of `scores`. Rows sum to 1; one that sees no key is 0.
    """
    check_floating("scores", scores)
    if mask is None:
        return scores.softmax(-1)
    _check_mask("mask", mask, scores.shape)
    blind = ~mask.any(-1, keepdim=True)
    seen = scores.masked_fill(~mask, -math.inf).masked_fill(blind, 0)
    return seen.softmax(-1).masked_fill(blind, 0)


@widen_half
def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
) -> Tensor:
    """Average the values by the weights of attention, written out.

    Args:
        query: Shape `(..., N, D)`.
        key: Shape `(..., M, D)`.
        value: Shape `(..., M, V)`.
        mask: Truth values that broadcast to `(..., N, M)`: which keys a query sees.
        bias: Added to the scores, `(..., N, M)` or broadcasts; minus infinity hides.

    Returns:
        Shape `(..., N, V)`; 0 for a query that sees no key.

    Examples:
        >>> import torch
        >>> key, value = torch.eye(2), torch.tensor([[1.0], [3.0]])
        >>> attend(torch.zeros(1, 2), key, value)
        tensor([[2.]])
    """
    _check_attention(query, key, value, mask, bias)
    return attention_weights(query, key, mask=mask, bias=bias) @ value


@widen_half
def fused_attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
) -> Tensor:
    """Compute the same by torch's kernel, which keeps no table of weights.

    Args:
        query: Shape `(..., N, D)`.
        key: Shape `(..., M, D)`.
        value: Shape `(..., M, V)`.
        mask: Truth values that broadcast to `(..., N, M)`: which keys a query sees.
        bias: Added to the scores, `(..., N, M)` or broadcasts; minus infinity hides.

    Returns:
        Shape `(..., N, V)`; 0 for a query that sees no key.
    """
    _check_attention(query, key, value, mask, bias)
    return _fused(query, key, value, mask, bias)


class MultiHeadAttention(nn.Module):
    """Attention of every token to every token, in several subspaces at once.

    Args:
        dim: Length of a token, `D`.
        heads: How many subspaces there are; it divides `D`.
        bias: Whether the four linear maps have one.
        dropout: Share of the weights that are dropped in train mode.
    """

    def __init__(
        self, dim: int, heads: int, *, bias: bool = True, dropout: float = 0.0
    ) -> None:
        super().__init__()
        check_count("dim", dim)
        check_count("heads", heads)
        if dim % heads:
            raise ValueError(f"heads must divide dim = {dim}, got {heads}")
        self.heads, self.drop = heads, Dropout(dropout)
        self.query = nn.Linear(dim, dim, bias=bias)
        self.key = nn.Linear(dim, dim, bias=bias)
        self.value = nn.Linear(dim, dim, bias=bias)
        self.output = nn.Linear(dim, dim, bias=bias)

    def forward(
        self,
        x: Tensor,
        *,
        mask: Tensor | None = None,
        bias: Tensor | None = None,
        lengths: Sequence[int] | None = None,
    ) -> Tensor:
        """Mix the tokens.

        Args:
            x: Tokens, shape `(..., N, D)`.
            mask: Truth values that broadcast to `(..., heads, N, N)`.
            bias: Added to the scores, broadcasts to `(..., heads, N, N)`; minus
                infinity hides a key.
            lengths: Of the rows that stand one after the other in `x`, `(N, D)`, each
                of which sees itself alone; then without mask and bias, and in train
                mode in a single process if there is dropout.

        Returns:
            The shape of `x`.
        """
        self._check(x, mask, bias)
        query, key = self._split(self.query(x)), self._split(self.key(x))
        value = self._split(self.value(x))
        if lengths is None:
            mixed = self._mix(query, key, value, mask, bias)
        else:
            _check_lengths(lengths, x, mask, bias)
            whole = (y.unsqueeze(0) for y in (query, key, value))  # the kernel wants it
            parts = (torch.split(y, list(lengths), -2) for y in whole)
            rows = [self._mix(q, k, v) for q, k, v in zip(*parts, strict=True)]
            mixed = torch.cat(rows, -2).squeeze(0) if rows else value
        joined: Tensor = self.output(rearrange(mixed, "... h n d -> ... n (h d)"))
        return joined

    def weights(
        self, x: Tensor, *, mask: Tensor | None = None, bias: Tensor | None = None
    ) -> Tensor:
        """Attention weights, which `forward` does not keep.

        Args:
            x: Tokens, shape `(..., N, D)`.
            mask: As for `forward`.
            bias: As for `forward`.

        Returns:
            Shape `(..., heads, N, N)`.
        """
        self._check(x, mask, bias)
        query, key = self._split(self.query(x)), self._split(self.key(x))
        return attention_weights(query, key, mask=mask, bias=bias)

    def _mix(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None = None,
        bias: Tensor | None = None,
    ) -> Tensor:
        if self.training and self.drop.rate and key.shape[-2]:
            weights = attention_weights(query, key, mask=mask, bias=bias)
            return cast(Tensor, self.drop(weights)) @ value
        return _fused(query, key, value, mask, bias)

    def _split(self, x: Tensor) -> Tensor:
        return rearrange(x, "... n (h d) -> ... h n d", h=self.heads)

    def _check(self, x: Tensor, mask: Tensor | None, bias: Tensor | None) -> None:
        check_input("x", x, (..., "N", self.query.in_features), like=self)
        count = x.shape[-2]
        _check_extras(mask, bias, (*x.shape[:-2], self.heads, count, count))


def _fused(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    bias: Tensor | None,
) -> Tensor:
    """Without checks, and without a wider dtype, which mixed precision chooses."""
    seen = mask
    if bias is not None:
        added = bias.to(query.dtype)
        seen = added if mask is None else added.masked_fill(~mask, -math.inf)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=seen)


def _check_lengths(
    lengths: Sequence[int], x: Tensor, mask: Tensor | None, bias: Tensor | None
) -> None:
    if mask is not None or bias is not None:
        raise ValueError("lengths go without mask and bias, got one of them")
    for length in lengths:
        check_count("lengths", length, least=0)
    if x.ndim != 2 or sum(lengths) != len(x):
        shape = tuple(x.shape)
        raise ValueError(f"lengths must add up to N of (N, D), got {lengths}, {shape}")


def _check_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    bias: Tensor | None,
) -> None:
    for name, tensor in {"query": query, "key": key, "value": value}.items():
        check_floating(name, tensor)
        if tensor.ndim < 2 or not tensor.shape[-1]:
            shape = tuple(tensor.shape)
            raise ValueError(f"{name} must be (..., N, D) with a D, got shape {shape}")
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(
            "query and key must have vectors of one length, "
            f"got {query.shape[-1]} and {key.shape[-1]}"
        )
    if key.shape[-2] != value.shape[-2] or not key.shape[-2]:
        raise ValueError(
            "key and value must be of the same number of tokens, 1 or more, "
            f"got {key.shape[-2]} and {value.shape[-2]}"
        )
    _check_extras(mask, bias, (*query.shape[:-1], key.shape[-2]))


def _check_extras(
    mask: Tensor | None, bias: Tensor | None, shape: Sequence[int]
) -> None:
    if mask is not None:
        _check_mask("mask", mask, shape)
    if bias is not None:
        check_floating("bias", bias)
        _check_broadcast("bias", bias, shape)


def _check_mask(name: str, mask: Tensor, shape: Sequence[int]) -> None:
    _check_broadcast(name, mask, shape)
    if mask.dtype != torch.bool:
        raise TypeError(f"{name} must hold truth values, got {mask.dtype}")


def _check_broadcast(name: str, extra: Tensor, shape: Sequence[int]) -> None:
    check_tensor(name, extra)
    if not broadcasts_to(extra.shape, shape):
        given = tuple(extra.shape)
        raise ValueError(f"{name} must broadcast to {tuple(shape)}, got shape {given}")
