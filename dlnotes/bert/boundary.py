"""Fill in a span from its two neighbors, after SpanBERT."""

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlnotes.bert.masking import check_mask
from dlnotes.blocks.checks import check_count, holds
from dlnotes.blocks.inputs import check_input


def span_bounds(chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Find the last token before and the first after each span, Eq. (bounds).

    Args:
        chosen: Truth values `(..., N)`: what is hidden. Hidden neighbors are one span;
            it may not reach the first or last token, which are special ones.

    Returns:
        Two tensors of integers `(..., N)`. Where nothing is hidden they are the place
        itself.
    """
    check_mask("chosen", chosen)
    if not chosen.shape[-1]:
        raise ValueError(f"chosen must be (..., N), got shape {tuple(chosen.shape)}")
    if not holds(~chosen[..., [0, -1]]):
        raise ValueError("chosen must leave the first and the last token, got a span")
    places = torch.arange(chosen.shape[-1], device=chosen.device)
    before = torch.where(chosen, 0, places).cummax(-1).values
    beyond = torch.where(chosen, chosen.shape[-1] - 1, places)
    return before, beyond.flip(-1).cummin(-1).values.flip(-1)


class BoundaryHead(nn.Module):
    """Score the words of a span by its two neighbors, Eq. (boundary).

    Args:
        dim: Length of the vector of a token, `D`.
        width: Length of a row of the table of words, `E`.
        vocabulary: Rows of that table, `V`.
        longest: Tokens of the longest span.
        place: Length of the code of a place in a span; the authors' program has 200.
        eps: In the normalizations.
        activation: Makes the nonlinearities.
    """

    def __init__(
        self,
        dim: int,
        width: int,
        vocabulary: int,
        *,
        longest: int = 20,
        place: int = 200,
        eps: float = 1e-12,
        activation: Callable[[], nn.Module] = nn.GELU,
    ) -> None:
        super().__init__()
        check_count("longest", longest)
        self.dim, self.width = dim, width
        self.places = nn.Parameter(torch.empty(longest, place))
        nn.init.normal_(self.places, std=0.02)
        lengths = [(2 * dim + place, dim), (dim, width)]
        self.layers = nn.Sequential(
            *(
                part
                for before, after in lengths
                for part in (
                    nn.Linear(before, after),
                    activation(),
                    nn.LayerNorm(after, eps=eps),
                )
            )
        )
        self.bias = nn.Parameter(torch.zeros(vocabulary))

    def forward(self, states: Tensor, words: Tensor, chosen: Tensor) -> Tensor:
        """Score the vocabulary at the hidden places.

        Args:
            states: Vectors of the encoder, `(B, N, D)`.
            words: The table, `(V, E)`.
            chosen: Truth values `(B, N)`: what is hidden; see `span_bounds`.

        Returns:
            Logits `(M, V)` for M hidden places in their order.
        """
        check_input("states", states, ("B", "N", self.dim), like=self)
        check_input("words", words, (len(self.bias), self.width), like=self)
        check_mask("chosen", chosen, like=states[..., 0])
        before, after = span_bounds(chosen)
        rows, at = chosen.nonzero(as_tuple=True)
        left, right = before[rows, at], after[rows, at]
        inside = at - left - 1
        if not holds(inside < len(self.places)):
            longest, found = len(self.places), int(inside.max()) + 1
            raise ValueError(f"chosen must have spans up to {longest}, got {found}")
        parts = [states[rows, left], states[rows, right], self.places[inside]]
        inner = cast(Tensor, self.layers(torch.cat(parts, -1)))
        return F.linear(inner, words, self.bias)
