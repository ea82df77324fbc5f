"""From the tokens of images to those of a language model."""

import torch
from einops import rearrange
from torch import Tensor, nn

from dlnotes.blocks.attention import attend
from dlnotes.blocks.checks import check_count, check_floating
from dlnotes.blocks.inputs import check_input


def unshuffle_tokens(tokens: Tensor, grid: tuple[int, int], factor: int) -> Tensor:
    """Join squares of neighboring tokens into longer ones, Eq. (unshuffle).

    Args:
        tokens: Shape `(B, N, D)`, row by row of the grid.
        grid: Rows and columns of tokens.
        factor: Side of a square; it divides both.

    Returns:
        Shape `(B, N / factor ** 2, factor ** 2 * D)`.
    """
    check_floating("tokens", tokens)
    check_count("factor", factor)
    rows, columns = grid
    if tokens.ndim != 3 or tokens.shape[1] != rows * columns:
        shape = tuple(tokens.shape)
        raise ValueError(f"tokens must be (B, N, D) of grid {grid}, got shape {shape}")
    if rows % factor or columns % factor:
        raise ValueError(f"factor must divide {grid}, got {factor}")
    form = "b (h p w q) d -> b (h w) (p q d)"
    return rearrange(tokens, form, h=rows // factor, p=factor, q=factor)


class Resampler(nn.Module):
    """Ask a fixed number of questions of any number of tokens, Eq. (resampler).

    Args:
        dim: Length of a token.
        queries: Number of questions, which is that of the tokens that come out.
    """

    def __init__(self, dim: int, queries: int) -> None:
        super().__init__()
        check_count("queries", queries)
        self.queries = nn.Parameter(torch.randn(queries, dim) * dim**-0.5)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens `(B, N, D)` to `(B, queries, D)`."""
        check_input("tokens", tokens, ("B", "N", self.key.in_features), like=self)
        query = self.queries.expand(len(tokens), -1, -1)
        return attend(query, self.key(tokens), self.value(tokens))
