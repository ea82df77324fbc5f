"""The heads of pre-training, and its loss."""

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlnotes.bert.embedding import check_ids
from dlnotes.bert.model import Bert
from dlnotes.blocks.checks import (
    check_count,
    check_floating,
    check_module,
    check_real,
    check_tensor,
    first_where,
    holds,
)
from dlnotes.blocks.grouping import check_truth
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.precision import half_to_single, widen_half


class WordHead(nn.Module):
    """Score the vocabulary by a table that the embedding shares, Eq. (word-logits).

    Args:
        dim: Length of the vector of a token, `D`.
        width: Length of a row of the table, `E`.
        vocabulary: Rows of the table, `V`.
        eps: In the normalization.
        activation: Makes the nonlinearity.
    """

    def __init__(
        self,
        dim: int,
        width: int,
        vocabulary: int,
        *,
        eps: float = 1e-12,
        activation: Callable[[], nn.Module] = nn.GELU,
    ) -> None:
        super().__init__()
        self.dense, self.activation = nn.Linear(dim, width), activation()
        self.norm = nn.LayerNorm(width, eps=eps)
        self.bias = nn.Parameter(torch.zeros(vocabulary))

    def forward(self, states: Tensor, words: Tensor) -> Tensor:
        """Map vectors `(..., D)`, with the table `(V, E)`, to logits `(..., V)`."""
        width, length = self.dense.weight.shape
        check_input("states", states, (..., length), like=self)
        check_input("words", words, (len(self.bias), width), like=self)
        return F.linear(
            self.norm(self.activation(self.dense(states))), words, self.bias
        )


class Pooler(nn.Module):
    """Sum up a text by its first token, Eq. (pooled).

    Args:
        dim: Length of the vector of a token, `D`.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dense = nn.Linear(dim, dim)

    def forward(self, states: Tensor) -> Tensor:
        """Map `(B, N, D)` to `(B, D)`."""
        check_input("states", states, ("B", "N", self.dense.in_features), like=self)
        check_count("number of tokens", states.shape[1])
        return cast(Tensor, self.dense(states[:, 0])).tanh()


class MaskedLanguageModel(nn.Module):
    """Fill in hidden tokens: an encoder and a head for words.

    Args:
        body: The encoder, which is kept, not copied.
        eps: In the head's normalization.
        activation: Makes the head's nonlinearity.
    """

    def __init__(
        self,
        body: Bert,
        *,
        eps: float = 1e-12,
        activation: Callable[[], nn.Module] = nn.GELU,
    ) -> None:
        super().__init__()
        check_module("body", body)
        vocabulary, width = body.embedding.words.shape
        self.body = body
        self.head = WordHead(
            *(body.dim, width, vocabulary), eps=eps, activation=activation
        )

    def forward(
        self,
        tokens: Tensor,
        segments: Tensor | None = None,
        mask: Tensor | None = None,
        *,
        chosen: Tensor | None = None,
    ) -> Tensor:
        """Score the vocabulary at each place.

        Args:
            tokens: See `Bert`.
            segments: See `Bert`.
            mask: See `Bert`.
            chosen: Truth values `(B, N)`: where logits are wanted; `None` for all.

        Returns:
            Logits `(B, N, V)`, or `(M, V)` for M chosen places in their order.
        """
        _check_chosen(chosen, tokens)
        states = self.body(tokens, segments, mask)
        return cast(Tensor, self.head(pick(states, chosen), self.body.embedding.words))


class Pretraining(MaskedLanguageModel):
    """Fill in hidden tokens, and judge pairs of sentences.

    Args:
        body: The encoder, which is kept, not copied.
        eps: In the normalization of the head for words.
        activation: Makes the nonlinearity of the head for words.
    """

    def __init__(
        self,
        body: Bert,
        *,
        eps: float = 1e-12,
        activation: Callable[[], nn.Module] = nn.GELU,
    ) -> None:
        super().__init__(body, eps=eps, activation=activation)
        self.pooler, self.pair = Pooler(body.dim), nn.Linear(body.dim, 2)

    def forward(  # type: ignore[override]  # two results
        self,
        tokens: Tensor,
        segments: Tensor | None = None,
        mask: Tensor | None = None,
        *,
        chosen: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Score words and the pair.

        Args:
            tokens: See `Bert`.
            segments: See `Bert`.
            mask: See `Bert`.
            chosen: See `MaskedLanguageModel`.

        Returns:
            Logits of words, see `MaskedLanguageModel`, and of the pair, `(B, 2)`: class
            0 says that the second sentence follows the first.
        """
        _check_chosen(chosen, tokens)
        states = self.body(tokens, segments, mask)
        words = self.head(pick(states, chosen), self.body.embedding.words)
        return words, self.pair(self.pooler(states))


@half_to_single
def label_loss(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Add up the cross-entropy, Eq. (label-loss).

    Args:
        logits: Shape `(..., K)`.
        labels: Integers from 0 to K - 1, shape `(...)`; -100 is left out of sum and
            count, but what is no number in its logits still spoils the gradients.

    Returns:
        The sum, and the count by which it is to be divided, both scalars: sums and
        counts of several batches or processes may be added, means may not.
    """
    check_floating("logits", logits)
    if not logits.ndim or not logits.shape[-1]:
        raise ValueError(f"logits must be (..., K), got shape {tuple(logits.shape)}")
    check_tensor("labels", labels)
    if labels.shape != logits.shape[:-1]:
        shape, wanted = tuple(labels.shape), tuple(logits.shape[:-1])
        raise ValueError(f"labels must have shape {wanted}, got {shape}")
    counted = labels != -100
    kept = labels.where(counted, 0)
    if labels.ndim:
        check_ids("labels", kept, logits.shape[-1])
    losses = logits.logsumexp(-1) - logits.gather(-1, kept[..., None]).squeeze(-1)
    return losses.where(counted, 0).sum(), counted.sum().to(losses.dtype)


@widen_half
def add_means(
    parts: Sequence[tuple[Tensor, Tensor]], weights: Sequence[float] | None = None
) -> Tensor:
    """Add up the means of several losses, Eq. (pretraining-loss).

    Args:
        parts: Pairs of a sum and a count, such as `label_loss` gives.
        weights: Of the means; by default all 1.

    Returns:
        A scalar.
    """
    factors = [1.0] * len(parts) if weights is None else weights
    _check_parts(parts, factors)
    means = [
        factor * total / count
        for factor, (total, count) in zip(factors, parts, strict=True)
    ]
    return torch.stack(means).sum(0)


def pick(states: Tensor, chosen: Tensor | None) -> Tensor:
    """Take the vectors of chosen places.

    Args:
        states: Shape `(B, N, D)`.
        chosen: Truth values `(B, N)`; `None` for all.

    Returns:
        Shape `(M, D)` for M chosen places in their order, or `states`.
    """
    check_floating("states", states)
    check_truth("chosen", chosen, states.shape[:-1])
    return states if chosen is None else states[chosen]


def _check_chosen(chosen: Tensor | None, tokens: Tensor) -> None:
    """Refuse a choice among other places than those of the tokens."""
    check_tensor("tokens", tokens)
    check_truth("chosen", chosen, tokens.shape)


def _check_parts(
    parts: Sequence[tuple[Tensor, Tensor]], factors: Sequence[float]
) -> None:
    if not parts or len(factors) != len(parts):
        counts = len(parts), len(factors)
        raise ValueError(f"parts and weights must be as many, 1 or more, got {counts}")
    for factor, (total, count) in zip(factors, parts, strict=True):
        check_floating("parts", total)
        check_floating("parts", count)
        check_real("weights", factor)
        some = count.detach() > 0
        if not holds(some):
            odd = first_where(count, ~some)
            raise ValueError(f"parts must count something, got a count of {odd:g}")
