"""Four ways to use an encoder: texts, tokens, pairs of texts, answers in a text."""

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlnotes.bert.masking import check_mask_of
from dlnotes.bert.model import Bert
from dlnotes.bert.pretraining import Pooler
from dlnotes.blocks.checks import check_count, check_floating, check_module
from dlnotes.blocks.dropout import Dropout
from dlnotes.blocks.precision import half_to_single


class TextClassifier(nn.Module):
    """Classify a text, or a pair of them in two segments, Eq. (text-class).

    Args:
        body: The encoder, which is kept, not copied.
        classes: How many there are, `K`.
        pooler: One that was pre-trained; by default a new one.
        dropout: Share of the entries of the pooled vector dropped in train mode.
    """

    def __init__(
        self,
        body: Bert,
        classes: int,
        *,
        pooler: Pooler | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_module("body", body)
        check_count("classes", classes)
        self.body, self.drop = body, Dropout(dropout)
        self.pooler = Pooler(body.dim) if pooler is None else pooler
        self.output = nn.Linear(body.dim, classes)

    def forward(
        self,
        tokens: Tensor,
        segments: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Score the classes; arguments as for `Bert`, logits `(B, K)`."""
        pooled = self.pooler(self.body(tokens, segments, mask))
        return cast(Tensor, self.output(self.drop(pooled)))


class TokenClassifier(nn.Module):
    """Classify each token, Eq. (token-class).

    Args:
        body: The encoder, which is kept, not copied.
        classes: How many there are, `K`.
        dropout: Share of the entries dropped before the last map in train mode.
    """

    def __init__(self, body: Bert, classes: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        check_module("body", body)
        check_count("classes", classes)
        self.body, self.drop = body, Dropout(dropout)
        self.output = nn.Linear(body.dim, classes)

    def forward(
        self,
        tokens: Tensor,
        segments: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Score the classes; arguments as for `Bert`, logits `(B, N, K)`."""
        states = self.drop(self.body(tokens, segments, mask))
        return cast(Tensor, self.output(states))


class SpanExtractor(nn.Module):
    """Score where an answer begins and where it ends, Eq. (span-scores).

    Args:
        body: The encoder, which is kept, not copied.
    """

    def __init__(self, body: Bert) -> None:
        super().__init__()
        check_module("body", body)
        self.body, self.output = body, nn.Linear(body.dim, 2)

    def forward(
        self,
        tokens: Tensor,
        segments: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Score beginnings and ends; arguments as for `Bert`, two tensors `(B, N)`."""
        scores = cast(Tensor, self.output(self.body(tokens, segments, mask)))
        starts, ends = scores.unbind(-1)
        return starts, ends


@half_to_single
def best_span(
    starts: Tensor,
    ends: Tensor,
    *,
    allowed: Tensor | None = None,
    longest: int | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Find the best span that does not end before it begins, Eq. (best-span).

    The first of equal ones is taken.

    Args:
        starts: Scores of beginnings, `(..., N)`.
        ends: Scores of ends, `(..., N)`.
        allowed: Truth values that broadcast to `(..., N)`: where a span may begin and
            end; by default everywhere.
        longest: Tokens of the longest span; by default all.

    Returns:
        First and last token, integers `(...)`, and the score of the span. A row in
        which nothing is allowed has the span 0 to 0 and the score minus infinity.

    Examples:
        >>> import torch
        >>> starts, ends = torch.tensor([0.0, 1, 5]), torch.tensor([4.0, 2, 0])
        >>> best_span(starts, ends)
        (tensor(2), tensor(2), tensor(5.))
    """
    _check_scores(starts, ends, allowed)
    count = starts.shape[-1]
    window = count if longest is None else longest
    check_count("longest", window)
    if allowed is not None:
        starts = starts.masked_fill(~allowed, -math.inf)
        ends = ends.masked_fill(~allowed, -math.inf)
    best, at = _best_within(ends, min(window, count))
    score, first = (starts + best).max(-1)
    last = at.gather(-1, first.unsqueeze(-1)).squeeze(-1)
    blind = score == -math.inf
    return first.where(~blind, 0), last.where(~blind, 0), score


def _best_within(scores: Tensor, window: int) -> tuple[Tensor, Tensor]:
    """Largest score of each place and those behind it, by windows that double."""
    best = scores
    at = torch.arange(scores.shape[-1], device=scores.device).expand_as(scores)
    width = 1
    while width < window:
        step = min(width, window - width)
        behind = F.pad(best[..., step:], (0, step), value=-math.inf)
        better = behind > best
        best = torch.where(better, behind, best)
        at = torch.where(better, F.pad(at[..., step:], (0, step)), at)
        width += step
    return best, at


def _check_scores(starts: Tensor, ends: Tensor, allowed: Tensor | None) -> None:
    for name, scores in {"starts": starts, "ends": ends}.items():
        check_floating(name, scores)
        if not scores.ndim or not scores.shape[-1] or scores.shape != starts.shape:
            shape = tuple(scores.shape)
            raise ValueError(f"{name} must be (..., N) like starts, got shape {shape}")
    if allowed is not None:
        check_mask_of("allowed", allowed, starts.shape)
