"""Codes for grids of any shape: one for the row, one for the column, after NaViT."""

import torch
from torch import Tensor, nn

from dlnotes.blocks.checks import check_count, check_finite
from dlnotes.blocks.encoder import Encoder
from dlnotes.blocks.inputs import check_input
from dlnotes.blocks.patches import two
from dlnotes.blocks.precision import widen_half


@widen_half
def factorized_codes(rows: Tensor, columns: Tensor) -> Tensor:
    """Add a code of the row and one of the column, Eq. (factorized).

    Args:
        rows: Codes of the rows of a grid, `(R, D)`.
        columns: Codes of its columns, `(C, D)`.

    Returns:
        Shape `(R * C, D)`, row by row.
    """
    _check_axes(rows, columns, equal=True)
    return (rows[:, None] + columns).flatten(0, 1)


@widen_half
def stacked_codes(rows: Tensor, columns: Tensor) -> Tensor:
    """Put the code of the row before that of the column, Eq. (stacked).

    Args:
        rows: Codes of the rows of a grid, `(R, D)`.
        columns: Codes of its columns, `(C, E)`.

    Returns:
        Shape `(R * C, D + E)`, row by row.
    """
    _check_axes(rows, columns, equal=False)
    shape = (len(rows), len(columns), -1)
    pair = [rows[:, None].expand(shape), columns.expand(shape)]
    return torch.cat(pair, -1).flatten(0, 1)


@widen_half
def multiplied_codes(rows: Tensor, columns: Tensor) -> Tensor:
    """Multiply the code of the row by that of the column, Eq. (multiplied).

    Args:
        rows: Codes of the rows of a grid, `(R, D)`.
        columns: Codes of its columns, `(C, D)`.

    Returns:
        Shape `(R * C, D)`, row by row.
    """
    _check_axes(rows, columns, equal=True)
    return (rows[:, None] * columns).flatten(0, 1)


@widen_half
def fractional_codes(table: Tensor, count: int) -> Tensor:
    """Read codes at fractions of the side, Eq. (fractional).

    Args:
        table: Codes at equal distances from one edge to the other, `(T, D)`.
        count: Patches along the side.

    Returns:
        Shape `(count, D)`, interpolated linearly; one patch gets the first code.
    """
    check_finite("table", table)
    check_count("count", count)
    if table.ndim != 2 or not table.shape[0]:
        raise ValueError(f"table must be (T, D), got shape {tuple(table.shape)}")
    last = table.shape[0] - 1
    place = torch.arange(count, device=table.device).to(table) / max(count - 1, 1)
    place = place * last
    low = place.detach().floor().long().clamp(0, max(last - 1, 0))
    high = (low + 1).clamp(max=last)
    part = (place - low).unsqueeze(-1)
    return table[low] * (1 - part) + table[high] * part


class GridCodes(nn.Module):
    """Add learned codes of rows and columns to tokens of any grid, Eq. (factorized).

    Args:
        length: Rows of the two tables; the largest side, unless places are fractions.
        dim: Length of a token.
        fractional: Whether places are fractions of the side, Eq. (fractional).
    """

    def __init__(self, length: int, dim: int, *, fractional: bool = False) -> None:
        super().__init__()
        check_count("length", length)
        self.rows = nn.Parameter(torch.zeros(length, dim))
        self.columns = nn.Parameter(torch.zeros(length, dim))
        self.fractional = fractional

    def forward(self, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        """Change tokens `(B, N, D)`, row by row of a grid of rows and columns."""
        rows, columns = two("grid", grid)
        size = rows * columns, self.rows.shape[1]
        check_input("tokens", tokens, ("B", *size), like=self)
        tables = (self.rows, rows), (self.columns, columns)
        if self.fractional:
            codes = [fractional_codes(table, n) for table, n in tables]
        else:
            check_count("grid", max(rows, columns), most=len(self.rows))
            codes = [table[:n] for table, n in tables]
        return tokens + factorized_codes(*codes)


class GridViT(nn.Module):
    """Classify images on grids of any shape, with codes of Eq. (factorized).

    Args:
        patch: Numbers in a patch.
        codes: Adds codes to the tokens.
        dim: Length of a token.
        depth: Layers of the encoder.
        heads: Of attention.
        classes: How many there are.
    """

    def __init__(
        self,
        patch: int,
        codes: GridCodes,
        *,
        dim: int,
        depth: int,
        heads: int,
        classes: int,
    ) -> None:
        super().__init__()
        self.embedding = nn.Linear(patch, dim)
        self.codes = codes
        self.encoder = Encoder(dim, depth, heads)
        self.head = nn.Linear(dim, classes)

    def forward(self, patches: Tensor, grid: tuple[int, int]) -> Tensor:
        """Map patches `(B, N, P)`, row by row of the grid, to logits `(B, K)`."""
        length = self.embedding.in_features
        check_input("patches", patches, ("B", "N", length), like=self)
        tokens = self.codes(self.embedding(patches), grid)
        logits: Tensor = self.head(self.encoder(tokens).mean(1))
        return logits


def _check_axes(rows: Tensor, columns: Tensor, *, equal: bool) -> None:
    check_finite("rows", rows)
    check_finite("columns", columns)
    flat = rows.ndim == columns.ndim == 2
    if not flat or (equal and rows.shape[1] != columns.shape[1]):
        shapes = tuple(rows.shape), tuple(columns.shape)
        raise ValueError(f"rows and columns must be (R, D), (C, D), got {shapes}")
