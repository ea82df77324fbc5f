"""Attention to contents and to distances, each by vectors of its own, after DeBERTa."""

import math
from typing import cast

import torch
from einops import rearrange
from torch import Tensor, nn

from dlnotes.bert.masking import check_mask_of
from dlnotes.blocks.attention import masked_softmax
from dlnotes.blocks.checks import check_count, check_floating, check_tensor
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.precision import widen_half


def distance_index(count: int, reach: int, *, like: Tensor | None = None) -> Tensor:
    """Number the distances of all pairs of tokens, Eq. (distance).

    Args:
        count: Tokens, `N`.
        reach: Distances below this are told apart, `k`; from k - 1 on they share a row.
        like: A tensor on the device of the result.

    Returns:
        Integers from 0 to 2k - 1, shape `(N, N)`: query by key.

    Examples:
        >>> distance_index(4, 2)
        tensor([[2, 1, 0, 0],
                [3, 2, 1, 0],
                [3, 3, 2, 1],
                [3, 3, 3, 2]])
    """
    check_count("count", count)
    check_count("reach", reach)
    if like is not None:
        check_tensor("like", like)
    places = torch.arange(count, device=None if like is None else like.device)
    return (places[:, None] - places + reach).clamp(0, 2 * reach - 1)


@widen_half
def disentangled_scores(
    query: Tensor, key: Tensor, far_query: Tensor, far_key: Tensor
) -> Tensor:
    """Score contents by contents, and both by distances, Eq. (disentangled).

    Args:
        query: Of the contents, `(..., N, d)`.
        key: Of the contents, `(..., N, d)`.
        far_query: Of the distances, `(..., 2k, d)`.
        far_key: Of the distances, `(..., 2k, d)`.

    Returns:
        Scores, query by key, `(..., N, N)`.
    """
    named = {"query": query, "key": key, "far_query": far_query, "far_key": far_key}
    for name, tensor in named.items():
        check_floating(name, tensor)
        if tensor.ndim < 2 or tensor.shape[-1] != query.shape[-1]:
            shape, length = tuple(tensor.shape), query.shape[-1] if query.ndim else 0
            raise ValueError(f"{name} must be (..., N, {length}), got shape {shape}")
    count, rows = query.shape[-2], far_key.shape[-2]
    if key.shape[-2] != count or far_query.shape[-2] != rows or rows < 2 or rows % 2:
        counts = [tensor.shape[-2] for tensor in named.values()]
        raise ValueError(f"rows must be N, N, 2k and 2k, got {counts}")
    index = distance_index(count, rows // 2, like=query)
    scores = query @ key.mT
    to_places = (query @ far_key.mT).gather(-1, index.expand_as(scores))
    from_places = (key @ far_query.mT).gather(-1, index.mT.expand_as(scores)).mT
    return (scores + to_places + from_places) / math.sqrt(3 * query.shape[-1])


class DisentangledAttention(nn.Module):
    """Attention with the scores of Eq. (disentangled), in several heads.

    Args:
        dim: Length of the vector of a token, `D`.
        heads: How many subspaces there are; it divides `D`.
    """

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        check_count("dim", dim)
        check_count("heads", heads)
        if dim % heads:
            raise ValueError(f"heads must divide dim = {dim}, got {heads}")
        self.heads = heads
        self.query, self.key = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.far_query, self.far_key = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.value, self.output = nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x: Tensor, table: Tensor, mask: Tensor | None = None) -> Tensor:
        """Mix the tokens.

        Args:
            x: Tokens, `(B, N, D)`.
            table: One row for each distance, `(2k, D)`, which all layers share.
            mask: Truth values that broadcast to `(B, heads, N, N)`: what is seen. A
                token that sees nothing gets 0, before the last map.

        Returns:
            The shape of `x`.
        """
        weights = self.weights(x, table, mask)
        mixed = weights @ self._split(self.value(x))
        return cast(Tensor, self.output(rearrange(mixed, "b h n d -> b n (h d)")))

    def weights(self, x: Tensor, table: Tensor, mask: Tensor | None = None) -> Tensor:
        """Attention weights, `(B, heads, N, N)`; arguments as for `forward`."""
        self._check(x, table, mask)
        scores = disentangled_scores(
            self._split(self.query(x)),
            self._split(self.key(x)),
            self._split(self.far_query(table)),
            self._split(self.far_key(table)),
        )
        return masked_softmax(scores, mask)

    def _split(self, x: Tensor) -> Tensor:
        return rearrange(x, "... n (h d) -> ... h n d", h=self.heads)

    def _check(self, x: Tensor, table: Tensor, mask: Tensor | None) -> None:
        dim = self.query.in_features
        check_input("x", x, ("B", "N", dim), like=self)
        check_input("table", table, ("2k", dim), like=self)
        if not len(table) or len(table) % 2:
            raise ValueError(f"table must have 2, 4, 6, ... rows, got {len(table)}")
        batch, count, _ = x.shape
        if mask is not None:
            check_mask_of("mask", mask, (batch, self.heads, count, count))
