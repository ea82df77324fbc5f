"""The input of the encoder: words, segments and places, added."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlnotes.blocks.checks import (
    broadcasts_to,
    check_count,
    check_floating,
    check_tensor,
    first_where,
    holds,
)
from dlnotes.blocks.dropout import Dropout
from dlnotes.blocks.precision import widen_half


@widen_half
def add_embeddings(
    tokens: Tensor,
    words: Tensor,
    codes: Tensor,
    kinds: Tensor | None = None,
    *,
    segments: Tensor | None = None,
    places: Tensor | None = None,
) -> Tensor:
    """Add up what is known of each token, Eq. (input).

    Args:
        tokens: Numbers of the tokens, integers `(..., N)`.
        words: One row for each token of the vocabulary, `(V, E)`.
        codes: One row for each place, `(P, E)`.
        kinds: One row for each segment, `(S, E)`; `None` for a model without segments.
        segments: Numbers of the segments, integers of the shape of `tokens`; by default
            all are in the first.
        places: Rows of `codes`, integers that broadcast to the shape of `tokens`; by
            default 0 to N - 1.

    Returns:
        Shape `(..., N, E)`.
    """
    for name, table in {"words": words, "codes": codes}.items():
        _check_table(name, table, words)
    if kinds is not None:
        _check_table("kinds", kinds, words)
    check_ids("tokens", tokens, len(words))
    if kinds is None and segments is not None:
        raise ValueError("segments must be None where there are no kinds of them")
    if places is None and tokens.shape[-1] > len(codes):
        length = tokens.shape[-1]
        raise ValueError(f"tokens must be at most {len(codes)} a row, got {length}")
    if isinstance(segments, Tensor) and segments.shape != tokens.shape:
        shape, given = tuple(tokens.shape), tuple(segments.shape)
        raise ValueError(f"segments must have shape {shape}, got {given}")
    total = F.embedding(tokens, words)
    if kinds is not None:
        total = total + _rows("segments", segments, kinds, tokens, default=kinds[0])
    default = codes[: tokens.shape[-1]]
    return total + _rows("places", places, codes, tokens, default=default)


def shifted_places(tokens: Tensor, padding: int) -> Tensor:
    """Number the tokens of a text from padding + 1 on, Eq. (shifted-places).

    Args:
        tokens: Numbers of the tokens, integers `(..., N)`.
        padding: Number of the token that fills up short rows; its place is this number.

    Returns:
        Integers, the shape of `tokens`.

    Examples:
        >>> import torch
        >>> shifted_places(torch.tensor([0, 7, 2, 1, 1]), 1)
        tensor([2, 3, 4, 1, 1])
    """
    check_ids("tokens", tokens, None)
    check_count("padding", padding, least=0)
    is_text = tokens != padding
    return padding + is_text.cumsum(-1) * is_text


class TextEmbedding(nn.Module):
    """Embed tokens: the sum of three rows, normalized.

    Args:
        vocabulary: How many tokens there are, `V`.
        dim: Length of the result for a token, `E`.
        positions: Tokens of the longest text.
        segments: How many kinds of segments there are; 0 for a model without.
        padding: Number of the token that fills up short rows, if places are counted
            from it on, as in RoBERTa; `None` counts them from 0.
        dropout: Share of the entries dropped in train mode.
        eps: In the normalization.
    """

    segments: nn.Parameter | None

    def __init__(
        self,
        vocabulary: int,
        dim: int,
        *,
        positions: int = 512,
        segments: int = 2,
        padding: int | None = None,
        dropout: float = 0.0,
        eps: float = 1e-12,
    ) -> None:
        super().__init__()
        check_count("vocabulary", vocabulary)
        check_count("dim", dim)
        check_count("positions", positions)
        check_count("segments", segments, least=0)
        if padding is not None:
            check_count("padding", padding, least=0, most=vocabulary - 1)
        self.padding = padding
        rows = positions if padding is None else positions + padding + 1
        self.words = nn.Parameter(torch.empty(vocabulary, dim))
        self.positions = nn.Parameter(torch.empty(rows, dim))
        kinds = nn.Parameter(torch.empty(segments, dim)) if segments else None
        self.register_parameter("segments", kinds)
        for table in self.parameters():
            nn.init.normal_(table, std=0.02)
        self.norm = nn.LayerNorm(dim, eps=eps)
        self.drop = Dropout(dropout)

    def forward(self, tokens: Tensor, segments: Tensor | None = None) -> Tensor:
        """Map tokens `(B, N)`, and segments of that shape, to `(B, N, E)`."""
        places = None
        if self.padding is not None:
            places = shifted_places(tokens, self.padding)
        total = add_embeddings(
            *(tokens, self.words, self.positions, self.segments),
            segments=segments,
            places=places,
        )
        embedded: Tensor = self.drop(self.norm(total))
        return embedded


def check_ids(name: str, ids: Tensor, count: int | None) -> None:
    """Refuse what is not a tensor of integers from 0 to below a count.

    Args:
        name: What the caller calls the tensor, for the message.
        ids: The tensor to check.
        count: How many there are; `None` for no limit.
    """
    check_tensor(name, ids)
    if ids.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"{name} must hold integers, got {ids.dtype}")
    if not ids.ndim:
        raise ValueError(f"{name} must be (..., N), got shape ()")
    good = ids >= 0 if count is None else (ids >= 0) & (ids < count)
    if not holds(good):
        odd, most = int(first_where(ids, ~good)), "" if count is None else count - 1
        range_ = f"from 0 to {most}" if count is not None else "at least 0"
        raise ValueError(f"{name} must be {range_}, got {odd}")


def _rows(
    name: str, ids: Tensor | None, table: Tensor, tokens: Tensor, *, default: Tensor
) -> Tensor:
    """Rows of a table, or what stands for them."""
    if ids is None:
        return default
    check_ids(name, ids, len(table))
    if not broadcasts_to(ids.shape, tokens.shape):
        given, shape = tuple(ids.shape), tuple(tokens.shape)
        raise ValueError(f"{name} must have shape {shape}, got {given}")
    return F.embedding(ids, table)


def _check_table(name: str, table: Tensor, words: Tensor) -> None:
    check_floating(name, table)
    if table.ndim != 2 or not len(table) or table.shape[-1] != words.shape[-1]:
        given, length = tuple(table.shape), words.shape[-1] if words.ndim else 0
        raise ValueError(f"{name} must have rows of length {length}, got shape {given}")
